//! The modules of a crate as their files declare them.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta, Visibility};

/// A module with the items of its own; its child modules are modules of their own.
pub struct Module {
    /// The last segment of its path; a root is `crate`.
    pub name: String,
    /// The index of the module around it; a root has none.
    pub parent: Option<usize>,
    /// The file it stands in, relative to the crate.
    pub file: PathBuf,
    /// The items, without child modules and without what only tests compile.
    pub items: Vec<Item>,
    /// The attributes of its declaration and of its file.
    pub attributes: Vec<Attribute>,
    /// A `pub mod`, or a root.
    pub public: bool,
    /// A file that a program wrote.
    pub generated: bool,
}

/// All modules of a crate: those of its library and of each of its programs.
#[derive(Default)]
pub struct Source {
    /// The modules; a parent stands before its children.
    pub modules: Vec<Module>,
}

impl Source {
    /// Parses the crate's targets and follows each `mod`, whatever `cfg` stands at it.
    ///
    /// # Errors
    /// A file cannot be read or parsed, or a declared module has no file.
    pub fn read(krate: &Path) -> Result<Self, String> {
        let mut source = Self::default();
        for root in roots(krate) {
            let place = Place { folder: folder(&root), file: root, inline: false };
            source.file(krate, place, Declared { name: "crate".into(), ..Declared::default() })?;
        }
        Ok(source)
    }

    /// Returns the path of a module, as `json::reader`.
    pub fn path(&self, module: usize) -> String {
        let mut names: Vec<&str> = self.ancestors(module).map(|at| self.modules[at].name.as_str()).collect();
        names.pop();
        names.reverse();
        if names.is_empty() { "crate".into() } else { names.join("::") }
    }

    /// Returns the module itself, its parent, and so on up to the root.
    pub fn ancestors(&self, module: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(module), |at| self.modules[*at].parent)
    }

    fn file(&mut self, krate: &Path, place: Place, declared: Declared) -> Result<(), String> {
        let path = krate.join(&place.file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let parsed = syn::parse_file(&text).map_err(|error| {
            let at = error.span().start();
            format!("{}:{}:{}: {error}", path.display(), at.line, at.column + 1)
        })?;
        let attributes = declared.attributes.into_iter().chain(parsed.attrs).collect();
        self.module(krate, place, Declared { attributes, ..declared }, parsed.items)
    }

    fn module(&mut self, krate: &Path, place: Place, declared: Declared, items: Vec<Item>) -> Result<(), String> {
        let own = self.modules.len();
        self.modules.push(Module {
            name: declared.name,
            parent: declared.parent,
            generated: place.file.iter().any(|name| name == "generated"),
            file: place.file.clone(),
            items: Vec::new(),
            attributes: declared.attributes,
            public: declared.parent.is_none() || declared.public,
        });
        for item in items {
            if for_tests(attributes(&item)) {
                continue;
            }
            match item {
                Item::Mod(child) => self.child(krate, &place, own, child)?,
                item => self.modules[own].items.push(item),
            }
        }
        Ok(())
    }

    fn child(&mut self, krate: &Path, place: &Place, parent: usize, child: ItemMod) -> Result<(), String> {
        let name = child.ident.to_string().trim_start_matches("r#").to_owned();
        let public = matches!(child.vis, Visibility::Public(_));
        let given = child.attrs.iter().find_map(path_attribute);
        let declared = Declared { name: name.clone(), parent: Some(parent), attributes: child.attrs, public };
        if let Some((_, items)) = child.content {
            let folder = place.folder.join(given.as_deref().unwrap_or(&name));
            return self.module(krate, Place { folder, file: place.file.clone(), inline: true }, declared, items);
        }
        if let Some(given) = given {
            // The compiler looks from the file's folder, and inside an inline module from that module's folder.
            let file = if place.inline { place.folder.join(given) } else { folder(&place.file).join(given) };
            return self.file(krate, Place { folder: folder(&file), file, inline: false }, declared);
        }
        let inner = place.folder.join(&name);
        let candidates = [inner.with_extension("rs"), inner.join("mod.rs")];
        let Some(file) = candidates.into_iter().find(|file| krate.join(file).is_file()) else {
            let at = krate.join(&place.file);
            return Err(format!("{} declares `mod {name}`, which has no file", at.display()));
        };
        self.file(krate, Place { folder: inner, file, inline: false }, declared)
    }
}

/// The position of a module's text.
struct Place {
    file: PathBuf,
    /// The folder its children's files are looked for in.
    folder: PathBuf,
    /// An inline module.
    inline: bool,
}

/// The declaration of a module.
#[derive(Default)]
struct Declared {
    name: String,
    parent: Option<usize>,
    attributes: Vec<Attribute>,
    public: bool,
}

/// Returns the root files of the crate's library and programs.
fn roots(krate: &Path) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = ["src/lib.rs", "src/main.rs"].map(PathBuf::from).into();
    let programs = fs::read_dir(krate.join("src/bin")).into_iter().flatten().flatten();
    let mut programs: Vec<_> = programs.map(|entry| Path::new("src/bin").join(entry.file_name())).collect();
    programs.sort();
    for program in programs {
        roots.extend(if krate.join(&program).is_dir() { Some(program.join("main.rs")) } else { Some(program) });
    }
    roots.retain(|root| root.extension().is_some_and(|kind| kind == "rs") && krate.join(root).is_file());
    roots
}

fn folder(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_path_buf()
}

fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if pair.path.is_ident("path") => Some(text.value()),
        _ => None,
    }
}

/// Returns `true` for `cfg(test)`, alone or as one of several conditions that must all hold.
pub fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        let condition = list.tokens.to_string().replace(' ', "");
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
    })
}

/// Returns the attributes of any item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
