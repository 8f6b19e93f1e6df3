//! The constants as the tables in src/constants/ declare them.

use super::declared::docs_of;
use super::sources::understood;
use std::path::Path;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, ExprPath, Ident, Item, LitInt, LitStr, Token};

/// Constants that belong together.
pub struct Group {
    pub heading: String,
    pub constants: Vec<Constant>,
}

pub struct Constant {
    /// The lines of its comment.
    pub docs: Vec<String>,
    pub name: String,
    pub value: String,
    /// What else its row says, where it is a whole-number option.
    pub option: Option<Row>,
}

/// The groups of a file.
pub fn groups_of(file: &syn::File, path: &Path) -> Vec<Group> {
    let mut groups = Vec::new();
    for item in &file.items {
        let Item::Macro(item) = item else { continue };
        let Some(name) = item.mac.path.get_ident() else {
            continue;
        };
        let read = match name.to_string().as_str() {
            "constants" => Group::plain,
            "options" => Group::options,
            "errors" => Group::errors,
            _ => continue,
        };
        groups.push(understood(item.mac.parse_body_with(read), path));
    }
    groups
}

impl Group {
    fn read(
        input: ParseStream<'_>,
        rest: impl Fn(ParseStream<'_>, &mut Constant) -> syn::Result<()>,
    ) -> syn::Result<Group> {
        if input.peek(Ident) {
            // The name of the list that the code has of them.
            input.parse::<Ident>()?;
            input.parse::<Token![:]>()?;
        }
        let heading = input.parse::<LitStr>()?.value();
        input.parse::<Token![;]>()?;
        let mut constants = Vec::new();
        while !input.is_empty() {
            let mut constant: Constant = input.parse()?;
            rest(input, &mut constant)?;
            input.parse::<Token![;]>()?;
            constants.push(constant);
        }
        Ok(Group { heading, constants })
    }

    fn plain(input: ParseStream<'_>) -> syn::Result<Group> {
        Group::read(input, |_, _| Ok(()))
    }

    fn options(input: ParseStream<'_>) -> syn::Result<Group> {
        Group::read(input, |input, constant| {
            constant.option = Some(input.parse()?);
            Ok(())
        })
    }

    fn errors(input: ParseStream<'_>) -> syn::Result<Group> {
        Group::read(input, |input, _| {
            // All but the first have a name in Rust and a sentence.
            if input.parse::<Option<Token![,]>>()?.is_some() {
                input.parse::<Ident>()?;
                input.parse::<Token![,]>()?;
                input.parse::<LitStr>()?;
            }
            Ok(())
        })
    }
}

impl Parse for Constant {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let docs = docs_of(&input.call(Attribute::parse_outer)?);
        let name = input.parse::<Ident>()?;
        input.parse::<Token![=]>()?;
        let minus = input.parse::<Option<Token![-]>>()?.map_or("", |_| "-");
        let number = input.parse::<LitInt>()?.base10_parse::<i32>()?;
        if docs.is_empty() {
            return Err(syn::Error::new(name.span(), "a constant without a comment"));
        }
        Ok(Constant {
            docs,
            name: name.to_string(),
            value: format!("{minus}{number}"),
            option: None,
        })
    }
}

/// What follows the number of a whole-number option.
pub struct Row {
    unit: String,
    lowest: i32,
    /// None: what an int32_t can be.
    highest: Option<i32>,
    default: i32,
    /// What the default means, if it needs saying.
    meaning: Option<String>,
    /// The sockets for which it means something.
    kinds: Vec<String>,
    at_creation: bool,
}

impl Parse for Row {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Token![,]>()?;
        let lowest = input.parse::<LitInt>()?.base10_parse()?;
        input.parse::<Token![..=]>()?;
        let highest = match input.peek(LitInt) {
            true => Some(input.parse::<LitInt>()?.base10_parse()?),
            false => {
                // Nothing but i32::MAX, which is no limit.
                input.parse::<ExprPath>()?;
                None
            }
        };
        input.parse::<Token![,]>()?;
        let unit = input.parse::<LitStr>()?.value();
        input.parse::<Token![,]>()?;
        input.parse::<Token![default]>()?;
        let default = input.parse::<LitInt>()?.base10_parse()?;
        let meaning = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse::<LitStr>()?.value()),
            None => None,
        };
        // Who keeps it is of no interest to a program.
        input.parse::<Token![,]>()?;
        input.parse::<Ident>()?;
        input.parse::<Token![,]>()?;
        let kinds;
        syn::bracketed!(kinds in input);
        let kinds = Punctuated::<Ident, Token![,]>::parse_terminated(&kinds)?;
        let at_creation = input.parse::<Option<Token![,]>>()?.is_some();
        if at_creation {
            input.parse::<Ident>()?;
        }
        Ok(Row {
            unit,
            lowest,
            highest,
            default,
            meaning,
            kinds: kinds.iter().map(Ident::to_string).collect(),
            at_creation,
        })
    }
}

impl Row {
    /// What it takes, and in which unit.
    pub fn takes(&self) -> String {
        let unit = &self.unit;
        let takes = match (self.lowest, self.highest) {
            (0, Some(1)) => "0/1".to_owned(),
            (lowest, Some(highest)) => format!("{lowest} to {highest} {unit}"),
            (_, None) => unit.clone(),
        };
        takes.trim_end().to_owned()
    }

    /// What it is where nobody says otherwise.
    pub fn default(&self) -> String {
        match &self.meaning {
            // A number outside of what it takes stands for something that cannot be set.
            Some(meaning) if self.default < self.lowest => meaning.clone(),
            Some(meaning) => format!("{} = {meaning}", self.default),
            None => self.default.to_string(),
        }
    }

    /// The sockets for which it counts, and whether it has to be set before they are made.
    pub fn counts_for(&self) -> String {
        let kinds: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| match kind.as_str() {
                "Stream" => "connections",
                "Listener" => "servers",
                "Bluetooth" => "Bluetooth",
                "Udp" => "UDP",
                "WebSocket" => "WebSockets",
                "Watch" => "watches",
                other => panic!("no kind of socket is called {other}"),
            })
            .collect();
        let before = if self.at_creation {
            "; set it before"
        } else {
            ""
        };
        kinds.join(", ") + before
    }
}
