//! The facts of the generated crate about operations and types, read from its code and not from the document.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ImplItem, Item, Token, Type};

use crate::call::Call;
use crate::kind::{Field, Fields, Kind, bare, named, of_std};

/// Types and calls of the generated crate.
#[derive(Default)]
pub struct Ours {
    /// By operationId.
    pub calls: BTreeMap<String, Call>,
    /// The Rust name of a component schema's type.
    pub names: BTreeMap<String, String>,
    types: BTreeMap<String, Kind>,
    aliases: BTreeMap<String, Type>,
}

impl Ours {
    /// Reads the code below `root`.
    ///
    /// # Errors
    /// A file can't be read or is no Rust.
    pub fn read(root: &Path) -> Result<Self, String> {
        let generated = root.join("crates/openai-raw/src/generated");
        let mut ours = Self::default();
        for file in files(&generated.join("types"))? {
            ours.types_of(&file);
        }
        for file in files(&generated.join("resources"))? {
            ours.calls_of(&file);
        }
        let path = root.join("tests/src/generated/schemas.rs");
        let mut index = Index(&mut ours.names);
        index.visit_file(&parse(&path)?);
        Ok(ours)
    }

    /// The name of the definition behind a name, where there is one.
    pub fn canonical(&self, name: &str) -> String {
        match self.aliases.get(name).map(bare) {
            Some(Type::Path(path)) if matches!(path.path.segments.last(), Some(last) if last.arguments.is_none()) => {
                self.canonical(&named(&path.path).0)
            }
            _ => name.to_owned(),
        }
    }

    /// Returns the type of a name, its fields' types by name.
    pub fn get(&self, name: &str) -> Option<Kind> {
        let name = self.canonical(name);
        self.types.get(&name).cloned().or_else(|| self.aliases.get(&name).map(kind))
    }

    fn types_of(&mut self, file: &syn::File) {
        let mut structs = BTreeMap::new();
        for item in &file.items {
            match item {
                Item::Struct(found) => drop(structs.insert(found.ident.to_string(), found)),
                Item::Type(found) => drop(self.aliases.insert(found.ident.to_string(), (*found.ty).clone())),
                Item::Enum(found) => drop(self.types.insert(found.ident.to_string(), Kind::Union(variants(found)))),
                _ => {}
            }
        }
        for item in &file.items {
            let Item::Macro(found) = item else { continue };
            if found.mac.path.is_ident("object") {
                let Ok(Object { name, fields, members }) = found.mac.parse_body() else { continue };
                let types = structs.get(&name).map(|found| types_of(found)).unwrap_or_default();
                self.types.insert(name, Kind::Object(table(&fields, &members, &types)));
            } else if found.mac.path.is_ident("open_enum") {
                let Ok(Texts { name, texts }) = found.mac.parse_body() else { continue };
                self.types.insert(name, Kind::Enum(texts.into_iter().collect()));
            }
        }
    }

    fn calls_of(&mut self, file: &syn::File) {
        let mut calls: BTreeMap<String, (String, Call)> = BTreeMap::new();
        let mut builders = BTreeMap::new();
        for item in &file.items {
            match item {
                Item::Impl(found) => {
                    if let Some((id, call)) = endpoint(found) {
                        calls.insert(last(&found.self_ty), (id, call));
                    }
                }
                Item::Type(found) => {
                    if let Type::Path(path) = &*found.ty
                        && let Some(argument) = named(&path.path).1
                    {
                        builders.insert(found.ident.to_string(), last(argument));
                    }
                }
                _ => {}
            }
        }
        for item in &file.items {
            let Item::Impl(found) = item else { continue };
            let builder = builders.get(&last(&found.self_ty));
            for item in &found.items {
                let ImplItem::Fn(method) = item else { continue };
                let mut reading = Method::default();
                reading.visit_block(&method.block);
                // A method of the resource names its endpoint, and what it sets is required; a setter is of its builder.
                let marker = reading.endpoint.as_ref().or(builder);
                let Some((_, call)) = marker.and_then(|marker| calls.get_mut(marker)) else { continue };
                let required = reading.endpoint.is_some();
                call.headers.extend(reading.headers.iter().map(|name| name.to_lowercase()));
                if required {
                    call.in_path = reading.in_path;
                }
                for name in reading.query {
                    *call.query.entry(name).or_default() |= required;
                }
            }
        }
        self.calls.extend(calls.into_values());
    }
}

/// Returns the kinds of an enum's variants, `Unknown` aside.
fn variants(found: &syn::ItemEnum) -> Vec<Kind> {
    let known = found.variants.iter().filter(|variant| variant.ident != "Unknown");
    known.filter_map(|variant| variant.fields.iter().next()).map(|field| kind(&field.ty)).collect()
}

fn types_of(found: &syn::ItemStruct) -> BTreeMap<String, Kind> {
    found.fields.iter().filter_map(|field| Some((field.ident.as_ref()?.to_string(), kind(&field.ty)))).collect()
}

/// The fields on the wire; those that are constants have no member.
fn table(fields: &[Expr], members: &[String], types: &BTreeMap<String, Kind>) -> Fields {
    let mut members = members.iter();
    let mut out = Fields::new();
    for field in fields {
        let Expr::Call(call) = field else { continue };
        let Some(name) = call.args.first().and_then(text) else { continue };
        let (required, kind) = match call.args.get(1) {
            Some(Expr::Call(constant)) => {
                (None, Kind::Constant(constant.args.first().and_then(text).unwrap_or_default()))
            }
            Some(Expr::Path(path)) => {
                let kind = members.next().and_then(|member| types.get(member)).cloned();
                let letter = path.path.get_ident().map(ToString::to_string).unwrap_or_default();
                let required = is_required(&letter);
                // A letter unknown here is a difference, not a field that is passed over.
                let kind = required.and(kind).unwrap_or(Kind::Plain("unknown to the crosscheck"));
                (required, kind)
            }
            _ => continue,
        };
        out.insert(name, Field { required, kind });
    }
    out
}

/// Reads the letter of a field: each form of a value has one letter for required fields and one for optional ones.
fn is_required(letter: &str) -> Option<bool> {
    match letter {
        "R" | "S" | "J" | "T" | "M" | "L" => Some(true),
        "O" | "P" | "K" | "U" | "N" | "Q" => Some(false),
        _ => None,
    }
}

/// Returns the kind of a type; types of the crate by their names.
fn kind(ty: &Type) -> Kind {
    match bare(ty) {
        Type::Path(path) => {
            let (name, argument) = named(&path.path);
            match (&*name, argument) {
                ("List", Some(item)) => Kind::Page(Box::new(kind(item))),
                ("InputFile" | "Bytes", _) => Kind::Plain("bytes"),
                _ => of_std(&name, argument.map(kind)).unwrap_or(Kind::Ours(name)),
            }
        }
        Type::Tuple(tuple) if tuple.elems.is_empty() => Kind::Plain("nothing"),
        _ => Kind::Plain("unknown to the crosscheck"),
    }
}

/// Id and constants of `impl Operation for …`.
fn endpoint(found: &syn::ItemImpl) -> Option<(String, Call)> {
    let (path, _) = found.trait_.as_ref()?;
    if !path.is_ident("Operation") {
        return None;
    }
    let mut id = String::new();
    let mut call = Call { method: "GET".into(), ..Call::default() };
    let mut body_type = None;
    for item in &found.items {
        match item {
            ImplItem::Type(found) if found.ident == "Body" => body_type = Some(kind(&found.ty)),
            ImplItem::Type(found) if found.ident == "Output" => call.output = Some(kind(&found.ty)),
            ImplItem::Const(found) => {
                let Expr::Reference(reference) = &found.expr else { continue };
                let Expr::Struct(value) = &*reference.expr else { continue };
                for field in &value.fields {
                    let syn::Member::Named(name) = &field.member else { continue };
                    set(&name.to_string(), &field.expr, &mut id, &mut call);
                }
            }
            _ => {}
        }
    }
    if let Some((_, kind)) = &mut call.body {
        *kind = body_type;
    }
    Some((id, call))
}

fn set(name: &str, value: &Expr, id: &mut String, call: &mut Call) {
    match name {
        "id" => *id = text(value).unwrap_or_default(),
        "method" => call.method = text(value).unwrap_or_default(),
        "path" => call.path = template(&text(value).unwrap_or_default()),
        "query" => call.query.extend(pairs(value).into_iter().map(|name| (name, true))),
        "stream" => call.streams = true,
        "body" => {
            if let Expr::Path(path) = value {
                let media = match path.path.segments.last().map(|last| last.ident.to_string()).as_deref() {
                    Some("Json") => "application/json",
                    Some("Form") => "application/x-www-form-urlencoded",
                    Some("Multipart") => "multipart/form-data",
                    _ => "application/sdp",
                };
                call.body = Some((media.to_owned(), None));
            }
        }
        _ => {}
    }
}

/// The path with its parameters' names taken out.
fn template(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The names in `&[("name", "value")]`.
fn pairs(value: &Expr) -> Vec<String> {
    let Expr::Reference(reference) = value else { return Vec::new() };
    let Expr::Array(array) = &*reference.expr else { return Vec::new() };
    let names = array.elems.iter().filter_map(|pair| match pair {
        Expr::Tuple(pair) => pair.elems.first().and_then(text),
        _ => None,
    });
    names.collect()
}

/// The effect of a method on a call.
#[derive(Default)]
struct Method {
    endpoint: Option<String>,
    in_path: Vec<String>,
    query: Vec<String>,
    headers: Vec<String>,
}

impl<'ast> Visit<'ast> for Method {
    fn visit_expr_path(&mut self, found: &'ast syn::ExprPath) {
        let names: Vec<String> = found.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [marker, what] = &names[..]
            && what == "ENDPOINT"
        {
            self.endpoint = Some(marker.clone());
        }
    }

    fn visit_expr_method_call(&mut self, found: &'ast syn::ExprMethodCall) {
        // What is called first is further in.
        visit::visit_expr_method_call(self, found);
        let list = match &*found.method.to_string() {
            "path" => &mut self.in_path,
            "query" => &mut self.query,
            "header" => &mut self.headers,
            _ => return,
        };
        list.extend(found.args.first().and_then(text));
    }
}

/// `("Schema", round_trip::<types::Type>)`, in the acceptance crate's index.
struct Index<'a>(&'a mut BTreeMap<String, String>);

impl<'ast> Visit<'ast> for Index<'_> {
    fn visit_expr_tuple(&mut self, found: &'ast syn::ExprTuple) {
        let (Some(name), Some(Expr::Path(path))) = (found.elems.first().and_then(text), found.elems.get(1)) else {
            return;
        };
        if let Some(Type::Path(ty)) = named(&path.path).1 {
            self.0.insert(name, named(&ty.path).0);
        }
    }
}

/// `object!(Name, [fields], [members])`
struct Object {
    name: String,
    fields: Vec<Expr>,
    members: Vec<String>,
}

impl Parse for Object {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse::<syn::Ident>()?.to_string();
        input.parse::<Token![,]>()?;
        let fields;
        syn::bracketed!(fields in input);
        let fields = Punctuated::<Expr, Token![,]>::parse_terminated(&fields)?.into_iter().collect();
        input.parse::<Token![,]>()?;
        let members;
        syn::bracketed!(members in input);
        let members = Punctuated::<syn::Ident, Token![,]>::parse_terminated(&members)?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { name, fields, members: members.iter().map(ToString::to_string).collect() })
    }
}

/// `open_enum!(Name, { "text": Variant })`
struct Texts {
    name: String,
    texts: Vec<String>,
}

impl Parse for Texts {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse::<syn::Ident>()?.to_string();
        input.parse::<Token![,]>()?;
        let pairs;
        syn::braced!(pairs in input);
        let mut texts = Vec::new();
        while !pairs.is_empty() {
            texts.push(pairs.parse::<syn::LitStr>()?.value());
            pairs.parse::<Token![:]>()?;
            pairs.parse::<syn::Ident>()?;
            pairs.parse::<Option<Token![,]>>()?;
        }
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { name, texts })
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn last(ty: &Type) -> String {
    match ty {
        Type::Path(path) => named(&path.path).0,
        _ => String::new(),
    }
}

fn files(folder: &Path) -> Result<Vec<syn::File>, String> {
    let mut out = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files(&path)?);
        } else {
            out.push(parse(&path)?);
        }
    }
    Ok(out)
}

fn parse(path: &Path) -> Result<syn::File, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))
}
