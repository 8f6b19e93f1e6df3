//! The house has no circle: each layer names only those below it, and no two files need each other.

mod common;

use common::project;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::Visit;

/// The layers, lowest first. What stands in one line may name what stands before it.
const LAYERS: [&str; 13] = [
    "constants",
    "moment",
    "error",
    "room",
    "backlog",
    "framing",
    "trace",
    "registry",
    "net",
    "tls",
    "websocket",
    "socket",
    "ffi",
];

/// A file by its place in the crate: `net::sys::unix::socket`.
type Place = Vec<String>;

/// What every file names of the others.
struct House(BTreeMap<Place, BTreeSet<Place>>);

impl House {
    fn read() -> House {
        let mut files = BTreeMap::new();
        collect(&project().join("src"), &mut Vec::new(), &mut files);
        files.remove(&vec!["lib".to_owned()]);
        let places: BTreeSet<Place> = files.keys().cloned().collect();
        let named = files.iter().map(|(place, path)| {
            let text = fs::read_to_string(path).expect("read a source");
            let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let is_folder = path.ends_with("mod.rs")
                || places
                    .iter()
                    .any(|other| other.starts_with(place) && other != place);
            let mut reader = Reader {
                places: &places,
                here: place.clone(),
                is_folder,
                named: BTreeSet::new(),
            };
            reader.visit_file(&file);
            reader.named.remove(place);
            (place.clone(), reader.named)
        });
        House(named.collect())
    }
}

fn collect(folder: &Path, place: &mut Place, files: &mut BTreeMap<Place, PathBuf>) {
    for entry in fs::read_dir(folder).expect("list the sources") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            place.push(name);
            collect(&path, place, files);
            place.pop();
        } else if name == "mod" {
            files.insert(place.clone(), path);
        } else {
            let mut own = place.clone();
            own.push(name);
            files.insert(own, path);
        }
    }
}

/// Collects the files that one file names, in its `use` lines and in its paths; its tests count for nothing.
struct Reader<'a> {
    places: &'a BTreeSet<Place>,
    here: Place,
    /// Whether other files lie below this one, which it declares.
    is_folder: bool,
    named: BTreeSet<Place>,
}

impl Reader<'_> {
    fn name(&mut self, path: &[String]) {
        let mut rest = path;
        let mut base = self.here.clone();
        match rest.first().map(String::as_str) {
            Some("crate") => {
                base.clear();
                rest = &rest[1..];
            }
            Some("self") => rest = &rest[1..],
            Some("super") => {
                while rest.first().is_some_and(|first| first == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            // What a folder's own file says of the files below it.
            Some(_) if self.is_folder => {}
            _ => return,
        }
        base.extend_from_slice(rest);
        while !base.is_empty() {
            if self.places.contains(&base) {
                self.named.insert(base);
                return;
            }
            base.pop();
        }
    }

    fn tree(&mut self, before: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(before, &path.tree);
                before.pop();
            }
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.tree(before, item);
                }
            }
            syn::UseTree::Glob(_) => self.name(before),
            syn::UseTree::Name(syn::UseName { ident })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                before.push(ident.to_string());
                self.name(before);
                before.pop();
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|what| what == "test")
        };
        if !module.attrs.iter().any(is_test) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    /// Who may see an item names nobody.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let whole: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if matches!(whole[0].as_str(), "crate" | "super") {
            self.name(&whole);
        }
        syn::visit::visit_path(self, path);
    }
}

#[test]
fn a_layer_names_only_those_below_it() {
    let house = House::read();
    let height = |place: &Place| LAYERS.iter().position(|layer| *layer == place[0]);
    assert!(house.0.len() > 90, "only {} files were read", house.0.len());
    for (file, named) in &house.0 {
        let own = height(file).unwrap_or_else(|| panic!("{} is in no layer", file.join("::")));
        for other in named {
            assert!(
                height(other).is_some_and(|height| height <= own),
                "{} names {}, which is above it",
                file.join("::"),
                other.join("::")
            );
        }
    }
}

#[test]
fn no_files_need_each_other() {
    let mut house = House::read().0;
    // Whoever names nobody that is left can be read first; a circle is what never can.
    while let Some(free) = house
        .iter()
        .find(|(_, named)| named.is_empty())
        .map(|(file, _)| file.clone())
    {
        house.remove(&free);
        for named in house.values_mut() {
            named.remove(&free);
        }
    }
    // Nor is whoever nobody that is left names.
    loop {
        let named: BTreeSet<Place> = house.values().flatten().cloned().collect();
        let before = house.len();
        house.retain(|file, _| named.contains(file));
        if house.len() == before {
            break;
        }
    }
    let circles: Vec<_> = house
        .iter()
        .map(|(file, named)| {
            let named: Vec<_> = named.iter().map(|other| other.join("::")).collect();
            format!("{} needs {}", file.join("::"), named.join(", "))
        })
        .collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}
