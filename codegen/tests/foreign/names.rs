//! Names by rule: of operations, of what collides with generated code, and the names.toml that the rules amount to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use openai_codegen::emit::RAW;
use openai_codegen::import::import_with;
use openai_codegen::strictness::Strictness;
use openai_codegen::surface::NameKind;
use openai_codegen::{Input, Output, generate};
use serde_json::{Value, json};

use crate::support::made;

/// Words that generated code, its imports, the compiler or a disk have a meaning for, and some that become one name.
const WORDS: &str = "
Create List Request Call Pages Streams send client bytes pages value extra new crate super self Self String T K K1 B N mod
Option Vec Result Box Some None Ok Err Default Clone Copy Debug Into From FooBar fooBar foo_bar foo-bar FOOBAR foobar AB aB
a_b ab 1st 2 привет 日本 type fn async await dyn match impl try gen union str bool i64 u8 f64 char std core alloc types
openai_runtime resources Extra Value Map Plan InputFile InputError IntoField IntoList Operation Bytes Endpoint Client NoBody
Security Done Paging Polling object open_enum Unknown UnknownValue query header body body_mut with_timeout with stream items
poll into_call extension optional_json call_ body_ full default blocking webhooks common from_env builder with_options deref
clone fmt read write as_str con aux com1 Send Sync Iterator Fn Drop Error Message Page Stream Required id Id ID $ -
create_with create_operation get_operation get";

fn generated(document: &str, names: &str) -> Result<Output, String> {
    let imported = import_with(document, "things.yaml", Strictness::Lenient).map_err(|error| error.to_string())?;
    let strictness = Strictness::Lenient;
    generate(Input { document: &imported.yaml, names, overlays: &[], docs: &[], strictness })
}

/// The result of the words, made once.
fn of_words() -> &'static Output {
    static MADE: LazyLock<Output> = LazyLock::new(|| generated(&everywhere(), "").unwrap());
    &MADE
}

/// Each word as a schema, a field, a value, a form, a parameter in each place, a resource, an action and an operationId.
fn everywhere() -> String {
    let (mut paths, mut schemas) = (BTreeMap::new(), BTreeMap::new());
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let json_of = |schema: Value| json!({ "application/json": { "schema": schema } });
    let done = || json!({ "204": { "description": "" } });
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    for (index, word) in words.iter().enumerate() {
        let reference = json!({ "$ref": format!("#/components/schemas/{word}") });
        schemas.insert((*word).to_owned(), json!({ "type": "object", "properties": { *word: { "type": "string" } } }));
        let at = |place: &str| json!({ "name": word, "in": place, "schema": { "type": "string" } });
        let needed = json!({ "name": word, "in": "query", "required": true, "schema": { "type": "integer" } });
        let choice =
            json!({ "type": "object", "required": [word], "properties": { *word: { "enum": ["a", "B", "b"] } } });
        let body = json!({ "required": true, "content": json_of(reference.clone()) });
        let answer = json!({ "200": { "description": "", "content": json_of(reference) } });
        let post = json!({ "parameters": [at("query"), at("header")], "requestBody": body, "responses": done() });
        let get = json!({ "operationId": word, "responses": answer });
        paths.insert(format!("/{word}"), json!({ "get": get, "post": post, "put": { "responses": done() } }));
        let act = json!({ "operationId": format!("op{}", index / 2), "responses": done(),
            "parameters": [id.clone(), { "name": "id", "in": "query", "required": true, "schema": {} }, needed],
            "requestBody": { "content": json_of(choice) } });
        paths.insert(format!("/{word}/{{id}}/{word}"), json!({ "post": act.clone() }));
        paths.insert(
            format!("/{word}/{word}"),
            json!({ "get": { "responses": done() }, "patch": { "responses": done() } }),
        );
        paths.insert(format!("/things/{{id}}/{word}"), json!({ "post": act }));
        paths.insert(format!("/things/{word}"), json!({ "get": { "responses": done() } }));
        paths.insert(format!("/others/{{id}}:{word}"), json!({ "parameters": [id], "post": { "responses": done() } }));
    }
    let fields: serde_json::Map<_, _> = words.iter().take(100).map(|word| ((*word).to_owned(), json!({}))).collect();
    let form =
        |word: &&str| json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "enum": [word] } } });
    schemas.insert("AllFields".into(), json!({ "type": "object", "required": words[..9], "properties": fields }));
    schemas.insert("AllValues".into(), json!({ "type": "string", "enum": words }));
    schemas.insert("AllForms".into(), json!({ "oneOf": words.iter().map(form).collect::<Vec<_>>() }));
    for name in ["AllFields", "AllValues", "AllForms"] {
        let content = json_of(json!({ "$ref": format!("#/components/schemas/{name}") }));
        paths.insert(
            format!("/all/{name}"),
            json!({ "post": { "requestBody": { "content": content }, "responses": done() } }),
        );
    }
    json!({ "openapi": "3.1.0", "info": { "title": "Words", "version": "1" }, "paths": paths, "components": { "schemas": schemas } })
        .to_string()
}

/// No two things in one scope have one name, and none has a name that the code around it means something else by.
#[test]
fn every_name_is_free_where_it_stands() {
    let output = of_words();
    let words = WORDS.split_whitespace().count();
    let operations = output.surface.names.values().filter(|entry| entry.kind == NameKind::Operation).count();
    assert_eq!(operations, words * 9 + 3);
    let mut types = BTreeSet::new();
    for (path, text) in &output.files {
        let Some(below) = path.strip_prefix(RAW) else { continue };
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut scope = Scope { path, ..Scope::default() };
        file.items.iter().for_each(|item| scope.item(item));
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
        for child in &scope.modules {
            let found = [format!("{module}/{child}.rs"), format!("{module}/{child}/mod.rs")];
            let found = found.iter().filter(|path| output.files.contains_key(*path)).count();
            assert_eq!(found, 1, "{path}: files of mod {child}");
            assert!(!DEVICES.contains(&child.as_str()), "{path}: {child} is no file on Windows");
        }
        if below.starts_with("/types/") {
            for name in scope.defined {
                assert!(types.insert(name.clone()), "two types are called {name}");
            }
        }
    }
    assert!(types.len() > words, "{}", types.len());
    let features = &output.files["crates/openai-raw/features.toml"];
    let table: toml::Table = toml::from_str(features).unwrap_or_else(|error| panic!("{error}"));
    assert!(table["features"].get("full_api").is_some() && table["features"].get("default_api").is_some());
}

const DEVICES: [&str; 3] = ["con", "aux", "com1"];

/// The names of one file.
#[derive(Default)]
struct Scope<'a> {
    path: &'a str,
    /// Types, modules and imports share one namespace.
    names: BTreeSet<String>,
    defined: Vec<String>,
    modules: Vec<String>,
    methods: BTreeSet<(String, String)>,
}

impl Scope<'_> {
    fn item(&mut self, item: &syn::Item) {
        match item {
            syn::Item::Struct(item) => {
                self.define(&item.ident);
                let members: Vec<String> =
                    item.fields.iter().flat_map(|field| &field.ident).map(ToString::to_string).collect();
                self.unique(&members);
            }
            syn::Item::Enum(item) => {
                self.define(&item.ident);
                self.unique(&item.variants.iter().map(|variant| variant.ident.to_string()).collect::<Vec<_>>());
            }
            syn::Item::Type(item) => self.define(&item.ident),
            syn::Item::Mod(item) => {
                self.name(&item.ident);
                self.modules.push(item.ident.to_string().trim_start_matches("r#").to_owned());
            }
            syn::Item::Use(item) if matches!(item.vis, syn::Visibility::Inherited) => self.import(&item.tree),
            syn::Item::Impl(item) if item.trait_.is_none() => self.block(item),
            _ => {}
        }
    }

    fn define(&mut self, name: &syn::Ident) {
        const MEANT: [&str; 12] =
            ["Option", "Vec", "Box", "String", "Result", "Some", "None", "Ok", "Err", "Default", "Clone", "Self"];
        assert!(!MEANT.iter().any(|meant| name == meant), "{}: {name} is defined", self.path);
        self.name(name);
        self.defined.push(name.to_string());
    }

    fn name(&mut self, name: &syn::Ident) {
        assert!(self.names.insert(name.to_string()), "{}: {name} is there twice", self.path);
    }

    fn import(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree),
            syn::UseTree::Name(name) => self.name(&name.ident),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree)),
            _ => {}
        }
    }

    fn block(&mut self, item: &syn::ItemImpl) {
        let ty = match &*item.self_ty {
            syn::Type::Path(path) => path.path.get_ident().map(ToString::to_string).unwrap_or_default(),
            _ => String::new(),
        };
        for function in item
            .items
            .iter()
            .filter_map(|item| if let syn::ImplItem::Fn(function) = item { Some(function) } else { None })
        {
            let name = function.sig.ident.to_string();
            assert!(self.methods.insert((ty.clone(), name.clone())), "{}: {ty}::{name} is there twice", self.path);
            let arguments = function.sig.inputs.iter().filter_map(|argument| match argument {
                syn::FnArg::Typed(argument) => match &*argument.pat {
                    syn::Pat::Ident(pattern) => Some(pattern.ident.to_string()),
                    _ => None,
                },
                syn::FnArg::Receiver(_) => None,
            });
            self.unique(&arguments.collect::<Vec<_>>());
        }
    }

    fn unique(&self, names: &[String]) {
        let set: BTreeSet<&String> = names.iter().collect();
        assert_eq!(set.len(), names.len(), "{}: {names:?}", self.path);
    }
}

const SHOP: &str = "
openapi: 3.0.3
info: {title: Shop, version: '1'}
paths:
  /api/v1/orders:
    get: {operationId: listOrders, responses: {'204': {description: ''}}}
    post: {operationId: same, responses: {'204': {description: ''}}}
  /api/v1/orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: same, responses: {'204': {description: ''}}}
    put: {responses: {'204': {description: ''}}}
    patch: {operationId: changeOrder, responses: {'204': {description: ''}}}
    head: {operationId: headOrder, responses: {'204': {description: ''}}}
  /api/v1/orders/{id}/ship:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post: {operationId: shipOrder, responses: {'204': {description: ''}}}
  /api/v1/orders/{id}/cancel:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post: {operationId: cancelOrder, responses: {'204': {description: ''}}}
  /api/v1/orders/{id}/cancel/reasons:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: cancelReasons, responses: {'204': {description: ''}}}
  /api/v1/orders/create/template:
    get: {operationId: orderTemplate, responses: {'204': {description: ''}}}
  /api/v1/models/{model}:generate:
    parameters: [{name: model, in: path, required: true, schema: {type: string}}]
    post: {operationId: generate, responses: {'204': {description: ''}}}
  /api/v1/status:
    get: {operationId: status, responses: {'204': {description: ''}}}
";

#[test]
fn operations_are_named_by_rule() {
    let (imported, output) = made(SHOP).unwrap();
    let names = output.surface.names.iter().filter(|(_, entry)| entry.kind == NameKind::Operation);
    let names: Vec<String> = names.map(|(name, entry)| format!("{}  {name}\n", entry.place)).collect();
    let notes: Vec<String> = imported.report.passed_over().iter().map(|place| format!("{place}\n")).collect();
    insta::assert_snapshot!(format!("{}\n{}", names.concat(), notes.concat()));
}

/// Paths that differ in their versions alone keep them.
#[test]
fn versions_that_tell_operations_apart_stay() {
    let both = SHOP.replace("  /api/v1/status:", "  /api/v2/orders:");
    let names: Vec<String> = made(&both).unwrap().1.surface.names.into_keys().collect();
    assert!(
        names.contains(&"api.v1.orders.list".to_owned()) && names.contains(&"api.v2.orders.list".to_owned()),
        "{names:?}"
    );
}

/// The names that are written make the same crate when they are given back, and an edited one is used.
#[test]
fn written_names_make_the_same_crate() {
    let shop = generated(SHOP, "").unwrap();
    for (document, first) in [(SHOP.to_owned(), &shop), (everywhere(), of_words())] {
        let again = generated(&document, &first.names).unwrap();
        assert!(first.files == again.files, "the files differ");
        assert_eq!(again.names, first.names);
    }
    let names = &shop.names;
    let edited = names.replacen("verb = \"ship\"", "verb = \"send_off\"", 1);
    assert_ne!(*names, edited);
    let output = generated(SHOP, &edited).unwrap();
    assert!(output.surface.names.contains_key("orders.send_off"), "{:?}", output.surface.names.keys());
}

/// A report says nothing about files that nobody gave.
#[test]
fn reports_name_no_file_that_is_not_given() {
    for report in [&generated(SHOP, "").unwrap().report, &of_words().report] {
        assert!(!report.iter().any(|line| line.text.contains("names.toml")), "{report:?}");
    }
}
