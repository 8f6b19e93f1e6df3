//! The exports as the `export!` macro declares them. What its forms mean stands in src/ffi/export.rs.

use super::sources::understood;
use quote::ToTokens;
use std::path::Path;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Block, Expr, Ident, Item, Lit, Meta, Pat, PatType, Token, Type};

/// The exports of one file.
pub struct Family {
    /// The file's name, as Rust's modules have it.
    pub module: String,
    /// The first line of the file's page.
    pub heading: String,
    pub functions: Vec<Function>,
}

/// One C function.
pub struct Function {
    /// The lines of its doc comment.
    pub docs: Vec<String>,
    pub name: String,
    pub parameters: Vec<Parameter>,
    /// The type of a success, as Rust spells it.
    pub answer: String,
    /// The word before `fn`, or the empty one.
    pub manner: String,
}

pub struct Parameter {
    pub name: String,
    pub kind: Kind,
}

/// The kinds of parameters that any host can pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Integer,
    TextIn,
    TextOut,
    BytesIn,
    BytesOut,
    IntegersOut,
}

/// The exports of a file. Its page names the family.
pub fn family_of(file: &syn::File, path: &Path) -> Family {
    let page = docs_of(&file.attrs);
    let heading = page.first().filter(|line| line.ends_with('.'));
    let heading =
        heading.unwrap_or_else(|| panic!("{}: its page begins with no sentence", path.display()));
    let mut functions = Vec::new();
    for item in &file.items {
        if let Item::Macro(item) = item
            && item.mac.path.is_ident("export")
        {
            let export: Export = understood(item.mac.parse_body(), path);
            functions.extend(export.functions());
        }
    }
    let module = path.file_stem().expect("a file has a name");
    Family {
        module: module.to_string_lossy().into_owned(),
        heading: heading.clone(),
        functions,
    }
}

/// The lines of a doc comment, without the blank that follows the slashes.
pub fn docs_of(attributes: &[Attribute]) -> Vec<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(value) = &pair.value
            && let Lit::Str(text) = &value.lit
        {
            let text = text.value();
            assert!(!text.contains("*/"), "it would end C's comment: {text}");
            lines.push(text.strip_prefix(' ').unwrap_or(&text).to_owned());
        }
    }
    lines
}

/// What stands in one `export!`.
struct Export {
    docs: Vec<String>,
    manner: String,
    names: Names,
    parameters: Vec<(String, Type)>,
    answer: String,
}

enum Names {
    Alone(String),
    /// By name and by id.
    Pair(Option<String>, Option<String>),
}

impl Parse for Export {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let docs = docs_of(&input.call(Attribute::parse_outer)?);
        let manner = match input.peek(Token![fn]) {
            true => String::new(),
            false => input.parse::<Ident>()?.to_string(),
        };
        input.parse::<Token![fn]>()?;
        let names = match (name_of(input)?, input.parse::<Option<Token![/]>>()?) {
            (by_name, Some(_)) => Names::Pair(by_name, name_of(input)?),
            (Some(alone), None) => Names::Alone(alone),
            (None, None) => return Err(input.error("a function without a name")),
        };
        let inside;
        syn::parenthesized!(inside in input);
        let mut parameters = Vec::new();
        for parameter in Punctuated::<Typed, Token![,]>::parse_terminated(&inside)? {
            parameters.push((parameter.name, parameter.kind));
        }
        input.parse::<Token![->]>()?;
        let answer = input.parse::<Type>()?.to_token_stream().to_string();
        input.parse::<Block>()?;
        Ok(Export {
            docs,
            manner,
            names,
            parameters,
            answer,
        })
    }
}

/// A name, or `_` where there is no such form.
fn name_of(input: ParseStream<'_>) -> syn::Result<Option<String>> {
    if input.parse::<Option<Token![_]>>()?.is_some() {
        return Ok(None);
    }
    Ok(Some(input.parse::<Ident>()?.to_string()))
}

struct Typed {
    name: String,
    kind: Type,
}

impl Parse for Typed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let syn::FnArg::Typed(PatType { pat, ty, .. }) = input.parse()? else {
            return Err(input.error("an export has no self"));
        };
        let Pat::Ident(pattern) = *pat else {
            return Err(input.error("a parameter is a name and its type"));
        };
        Ok(Typed {
            name: pattern.ident.to_string(),
            kind: *ty,
        })
    }
}

/// The two families.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    ByName,
    ById,
}

impl Export {
    /// The C functions that it stands for.
    fn functions(&self) -> Vec<Function> {
        match &self.names {
            Names::Alone(name) => vec![self.function(name, Form::ByName, self.docs.clone())],
            Names::Pair(by_name, by_id) => {
                let mut functions = Vec::new();
                if let Some(name) = by_name {
                    functions.push(self.function(name, Form::ByName, self.docs.clone()));
                }
                if let Some(id) = by_id {
                    let docs = match by_name {
                        Some(name) => self.docs_by_id(name),
                        None => self.docs.clone(),
                    };
                    functions.push(self.function(id, Form::ById, docs));
                }
                functions
            }
        }
    }

    fn makes_a_socket(&self) -> bool {
        matches!(self.parameters.first(), Some((_, kind)) if spelled(kind) == "&[u8]")
    }

    fn docs_by_id(&self, name: &str) -> Vec<String> {
        if self.makes_a_socket() {
            return vec![
                format!("As `{name}`, without a name."),
                String::new(),
                "@return the new id, or `-code`.".into(),
            ];
        }
        let takes_two = |(_, kind): &(String, Type)| spelled(kind) == "implHandle";
        match self.parameters.iter().any(takes_two) {
            true => vec![format!("As `{name}`, by ids.")],
            false => vec![format!("As `{name}`, by id.")],
        }
    }

    fn function(&self, name: &str, form: Form, docs: Vec<String>) -> Function {
        let handle = |by_name: &str, by_id: &str| {
            Some(match form {
                Form::ByName => (by_name.to_owned(), Kind::TextIn),
                Form::ById => (by_id.to_owned(), Kind::Integer),
            })
        };
        let mut parameters = Vec::new();
        for (parameter, kind) in &self.parameters {
            let kind = spelled(kind);
            let same = |kind| Some((parameter.clone(), kind));
            let in_c = match kind.as_str() {
                "&Socket" if parameter == "watch" => handle("watch", "watch"),
                "&Socket" | "Target" | "Option<Target>" | "implHandle" => handle("name", "id"),
                "&[u8]" if form == Form::ById => None,
                "&[u8]" => handle("name", "id"),
                "i32" => same(Kind::Integer),
                "*constc_char" => same(Kind::TextIn),
                "*mutc_char" => same(Kind::TextOut),
                "*constc_void" => same(Kind::BytesIn),
                "*mutc_void" => same(Kind::BytesOut),
                "*muti32" => same(Kind::IntegersOut),
                other => panic!("{name}: no host can pass {other}"),
            };
            if let Some((name, kind)) = in_c {
                parameters.push(Parameter { name, kind });
            }
        }
        let answer = match (self.makes_a_socket(), form) {
            (true, Form::ByName) => "()",
            (true, Form::ById) => "isize",
            (false, _) => self.answer.as_str(),
        };
        Function {
            docs,
            name: name.to_owned(),
            parameters,
            answer: answer.to_owned(),
            manner: self.manner.clone(),
        }
    }
}

impl Function {
    /// Whether it takes or gives text, so that there is one of the UTF-16 family for it.
    pub fn has_text(&self) -> bool {
        let is_text = |one: &Parameter| matches!(one.kind, Kind::TextIn | Kind::TextOut);
        self.parameters.iter().any(is_text)
    }
}

/// A type without blanks.
fn spelled(kind: &Type) -> String {
    let mut text = kind.to_token_stream().to_string();
    text.retain(|letter| letter != ' ');
    text
}
