//! The facts of progenitor's code about an operation or a schema.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Expr, FnArg, ImplItem, Item, Pat, Type};

use crate::call::Call;
use crate::kind::{Field, Fields, Kind, bare, is_option, named, of_std};

/// Types by their names.
pub struct Types<'a> {
    items: BTreeMap<String, &'a Item>,
    /// The one that is looked at, and its name on our side: within itself it is known.
    itself: Option<(String, String)>,
}

impl<'a> Types<'a> {
    /// Those in the module `types`.
    pub fn of(file: &'a syn::File, itself: Option<(String, String)>) -> Self {
        let mut types = BTreeMap::new();
        for item in &file.items {
            let Item::Mod(module) = item else { continue };
            for item in module.content.iter().filter(|_| module.ident == "types").flat_map(|(_, items)| items) {
                match item {
                    Item::Struct(found) => types.insert(found.ident.to_string(), item),
                    Item::Enum(found) => types.insert(found.ident.to_string(), item),
                    _ => None,
                };
            }
        }
        Self { items: types, itself }
    }

    /// Returns the kind of the type of that name.
    pub fn get(&self, name: &str) -> Option<Kind> {
        Some(match self.items.get(name)? {
            Item::Struct(found) => match &found.fields {
                syn::Fields::Named(fields) => fields_of(fields, self),
                fields => self.kind(&fields.iter().next()?.ty),
            },
            Item::Enum(found) => {
                let units = found.variants.iter().all(|variant| matches!(variant.fields, syn::Fields::Unit));
                let texts: Option<BTreeSet<String>> = units.then(|| found.variants.iter().map(text_of).collect());
                match texts {
                    Some(texts) if texts.len() == 1 => Kind::Constant(texts.into_iter().next()?),
                    Some(texts) => Kind::Enum(texts),
                    None => self.union(found),
                }
            }
            _ => return None,
        })
    }

    /// A union; where serde writes a tag, it is a field of each form, and the content may be one too.
    fn union(&self, found: &syn::ItemEnum) -> Kind {
        let [tag, content] = ["tag", "content"].map(|option| serde_option(&found.attrs, option));
        let forms = found.variants.iter().map(|variant| {
            let held = self.held(variant);
            let Some(tag) = &tag else { return held.unwrap_or_else(|| Kind::Constant(text_of(variant))) };
            let mut fields = match (held, &content) {
                (Some(held), Some(content)) => Fields::from([(content.clone(), Field { required: None, kind: held })]),
                (Some(Kind::Object(fields)), None) => fields,
                _ => Fields::new(),
            };
            fields.insert(tag.clone(), Field { required: Some(true), kind: Kind::Constant(text_of(variant)) });
            Kind::Object(fields)
        });
        Kind::Union(forms.collect())
    }

    fn held(&self, variant: &syn::Variant) -> Option<Kind> {
        match &variant.fields {
            syn::Fields::Unit => None,
            syn::Fields::Named(fields) => Some(fields_of(fields, self)),
            syn::Fields::Unnamed(fields) => fields.unnamed.first().map(|field| self.kind(&field.ty)),
        }
    }

    /// Returns the kind of a type.
    pub fn kind(&self, ty: &Type) -> Kind {
        match bare(ty) {
            Type::Path(path) => {
                let (name, argument) = named(&path.path);
                if path.path.segments.first().is_some_and(|first| first.ident == "ours") {
                    return Kind::Ours(name);
                }
                if let Some((theirs, ours)) = &self.itself
                    && *theirs == name
                {
                    return Kind::Ours(ours.clone());
                }
                of_std(&name, argument.map(|argument| self.kind(argument)))
                    .or_else(|| self.get(&name))
                    .unwrap_or(Kind::Plain("unknown to the crosscheck"))
            }
            Type::Array(array) => Kind::List(Box::new(self.kind(&array.elem))),
            Type::Tuple(tuple) if tuple.elems.is_empty() => Kind::Plain("nothing"),
            _ => Kind::Plain("unknown to the crosscheck"),
        }
    }
}

/// Returns the fields; a flattened one holds free members beside named ones, or a form: typify writes `anyOf` as a
/// struct of all its forms.
fn fields_of(fields: &syn::FieldsNamed, types: &Types<'_>) -> Kind {
    let mut out = Fields::new();
    let mut forms = Vec::new();
    for field in &fields.named {
        let attributes: Vec<String> = field.attrs.iter().map(|attribute| tokens(&attribute.meta)).collect();
        if attributes.iter().any(|text| text.contains("flatten")) {
            forms.extend(is_option(&field.ty).then(|| types.kind(&field.ty)));
            continue;
        }
        let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let name = serde_option(&field.attrs, "rename").unwrap_or_else(|| ident.trim_start_matches("r#").to_owned());
        let required = !attributes.iter().any(|text| text.contains("skip_serializing_if") || text.contains("default"));
        out.insert(name, Field { required: Some(required), kind: types.kind(&field.ty) });
    }
    if forms.is_empty() { Kind::Object(out) } else { Kind::Union(forms) }
}

/// The text that stands for a variant.
fn text_of(variant: &syn::Variant) -> String {
    serde_option(&variant.attrs, "rename").unwrap_or_else(|| variant.ident.to_string())
}

/// The text that an option of serde is set to.
fn serde_option(attributes: &[syn::Attribute], option: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // What follows an option that is not asked for does not matter.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Ok(value) = meta.value() {
                let value: syn::LitStr = value.parse()?;
                if meta.path.is_ident(option) {
                    found = Some(value.value());
                }
            }
            Ok(())
        });
    }
    found
}

fn tokens(meta: &impl quote::ToTokens) -> String {
    meta.to_token_stream().to_string()
}

/// The one call that the code makes.
pub fn call(file: &syn::File) -> Option<Call> {
    let types = Types::of(file, None);
    let methods = file.items.iter().filter_map(|item| match item {
        Item::Impl(found) if found.trait_.is_none() => Some(&found.items),
        _ => None,
    });
    let mut methods = methods.flatten().filter_map(|item| match item {
        ImplItem::Fn(method) if method.sig.asyncness.is_some() => Some(method),
        _ => None,
    });
    let method = methods.next()?;
    let mut reading = Reading { arguments: BTreeMap::new(), types: &types, call: Call::default() };
    for input in &method.sig.inputs {
        if let FnArg::Typed(typed) = input
            && let Pat::Ident(name) = &*typed.pat
        {
            reading.arguments.insert(name.ident.to_string(), &typed.ty);
        }
    }
    reading.visit_block(&method.block);
    let mut call = reading.call;
    if let syn::ReturnType::Type(_, ty) = &method.sig.output {
        call.output = answer(ty).map(|answer| types.kind(answer));
    }
    Some(call)
}

/// `T` of `Result<ResponseValue<T>, _>`.
fn answer(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    let syn::GenericArgument::Type(Type::Path(value)) = arguments.args.first()? else { return None };
    named(&value.path).1
}

struct Reading<'a> {
    arguments: BTreeMap<String, &'a Type>,
    types: &'a Types<'a>,
    call: Call,
}

impl Reading<'_> {
    fn required(&self, argument: &Expr) -> bool {
        self.arguments.get(&name_in(argument)).is_some_and(|ty| !is_option(ty))
    }
}

impl<'ast> Visit<'ast> for Reading<'_> {
    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        let parser = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        let Ok(parts) = found.parse_body_with(parser) else { return };
        let mut parts = parts.iter();
        if let Some(text) = parts.next().and_then(text) {
            let text = text.trim_start_matches("{}");
            // A few paths of the document have a fixed query in them.
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            self.call.path = path.to_owned();
            self.call.query.extend(query.split_once('=').map(|(name, _)| (name.to_owned(), true)));
            self.call.in_path = parts.skip(1).map(name_in).collect();
        }
    }

    fn visit_expr_method_call(&mut self, found: &'ast syn::ExprMethodCall) {
        let name = found.method.to_string();
        let first = found.args.first();
        match (&*name, first) {
            (_, Some(url)) if name_in(url) == "url" => self.call.method = name.to_uppercase(),
            ("json" | "form_urlencoded", Some(body)) => {
                let media = if name == "json" { "application/json" } else { "application/x-www-form-urlencoded" };
                let kind = self.arguments.get(&name_in(body)).map(|ty| self.types.kind(ty));
                self.call.body = Some((media.to_owned(), kind));
            }
            ("body", Some(_)) => self.call.body = Some(("bytes".to_owned(), None)),
            ("query", Some(parameter)) => {
                if let Some((name, value)) = query(parameter) {
                    let required = self.required(value);
                    // Our client writes the brackets of a list itself.
                    self.call.query.insert(name.trim_end_matches("[]").to_owned(), required);
                }
            }
            ("append", Some(_)) => {
                if let Some(name) = first.and_then(inner_text).filter(|name| name != "api-version") {
                    self.call.headers.insert(name.to_lowercase());
                }
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, found);
    }
}

/// Name and value of `&QueryParam::new("name", &value)`.
fn query(expr: &Expr) -> Option<(String, &Expr)> {
    let Expr::Reference(reference) = expr else { return None };
    let Expr::Call(call) = &*reference.expr else { return None };
    Some((text(call.args.first()?)?, call.args.get(1)?))
}

/// The text in `f("…")`.
fn inner_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Call(call) => call.args.first().and_then(text),
        expr => text(expr),
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The variable that an expression is about: `thing` of `&thing`, `encode_path(&thing.to_string())`.
fn name_in(expr: &Expr) -> String {
    match expr {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string).unwrap_or_default(),
        Expr::Reference(reference) => name_in(&reference.expr),
        Expr::MethodCall(call) => name_in(&call.receiver),
        Expr::Call(call) => call.args.first().map(name_in).unwrap_or_default(),
        _ => String::new(),
    }
}
