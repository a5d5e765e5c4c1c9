//! Our own sentences: the entry or default that each item has, the faults of the files, and the facts beside the sentences.

use openai_codegen::emit::{DocItem, DocSource, RAW};
use openai_codegen::{Input, Output, generate};

const DOCUMENT: &str = "
openapi: 3.0.3
info: {title: Things, version: '1'}
paths:
  /things/{thing_id}:
    post:
      operationId: makeThing
      deprecated: true
      parameters:
        - {name: thing_id, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}}
        - {name: metadata, in: header, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/ThingCreateParams'}}}}
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  schemas:
    ThingCreateParams:
      type: object
      required: [name]
      properties:
        name: {type: string, maxLength: 1}
        metadata: {type: object, additionalProperties: {type: string}}
        size: {type: integer, minimum: -9223372036854776000, maximum: 9223372036854776000, deprecated: true}
        count: {type: integer, minimum: 0, maximum: 4294967295}
        notes: {type: array, items: {type: string}, minItems: 1}
        shape: {oneOf: [{type: string}, {type: array, items: {type: string}}, {$ref: '#/components/schemas/Mould'}]}
    Mould: {type: object, required: [type], properties: {type: {type: string, enum: [mould]}, depth: {type: number}}}
    BetaThing: {type: object, properties: {color: {type: string}, weight: {type: number}}}
    ThingDeleted: {type: object, properties: {id: {type: string}}}
    Thing:
      type: object
      properties:
        id: {type: string}
        created_at: {type: integer, format: unixtime}
        owner_id: {type: string}
        usage: {$ref: '#/components/schemas/Usage'}
        spare: {$ref: '#/components/schemas/Usage'}
        status: {$ref: '#/components/schemas/ThingStatus'}
        beta: {$ref: '#/components/schemas/BetaThing'}
        deleted: {$ref: '#/components/schemas/ThingDeleted'}
        color: {type: string}
    Usage: {type: object, properties: {total: {type: integer}}}
    ThingStatus: {type: string, enum: [ripe, grown, lost]}
";
const NAMES: &str = "[operations]\nmakeThing = { resource = 'garden.things', verb = 'create' }\n";

const ENTRIES: &str = r#"
"Mould": "A form to pour into. It has a depth."
"Thing.color": "The color of the skin."
"ThingStatus::lost": "Nobody knows where it is."
"garden.things.create": "Plants a thing."
"garden.things.create.limit": "The number of things to plant."
"#;

const DEFAULTS: &str = r#"
fields:
  id: {ThingDeleted: "The id of the lost {subject}.", default: "The id of the {type}."}
  created_at: "The time at which the {type} was created."
  metadata: {header: "Notes for the log.", request: "Notes about {a type}."}
  usage: "The tokens of the {type}."
  "*_id": "The id of the {subject}."
types:
  Usage: "The number of tokens."
  Vec<string>: "Some strings."
values:
  ripe: {Status: "The {type} can be picked."}
  "*": {Status: "The state `{value}`."}
variants: {string: "A name.", list: "Several names."}
suffixes: {Deleted: "The confirmation that {a subject} was deleted."}
like: {"Beta*": "*"}
deprecated: {ThingCreateParams.size: "use `count`", garden.things.create: "use nothing"}
"#;

fn made(files: &[(&str, &str)]) -> Result<Output, String> {
    let docs: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    generate(Input { document: DOCUMENT, names: NAMES, overlays: &[], docs: &docs, strictness: Default::default() })
}

fn whole() -> Output {
    made(&[("docs/garden.yaml", ENTRIES), ("docs/defaults.yaml", DEFAULTS)]).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_item_has_its_entry_or_the_nearest_default() {
    let output = whole();
    let find = |key: &str| -> &DocItem {
        let found = output.documented.iter().find(|item| item.key == key);
        found.unwrap_or_else(|| panic!("{key} is no item"))
    };
    let own = |key: &str| (find(key).source, find(key).hover.clone());
    for (key, sentence) in [
        ("garden.things.create", "Plants a thing."),
        ("garden.things.create.limit", "The number of things to plant."),
        ("Mould", "A form to pour into. It has a depth. Its `type` is always `mould`."),
        ("Thing.color", "The color of the skin."),
        ("ThingStatus::lost", "Nobody knows where it is."),
        // A form has the first sentence of its type.
        ("ThingCreateParamsShape::Mould", "A form to pour into."),
    ] {
        let (source, hover) = own(key);
        assert!(source == DocSource::Own && hover.starts_with(sentence), "{key}: {source:?} {hover}");
    }
    for (key, sentence) in [
        ("ThingCreateParams", "The request body of `garden.things.create`."),
        ("ThingCreateParams.metadata", "Notes about a thing."),
        ("garden.things.create.metadata", "Notes for the log."),
        ("garden.things.create.thing_id", "The id of the thing. Required."),
        ("ThingDeleted", "The confirmation that a thing was deleted."),
        ("ThingDeleted.id", "The id of the lost id."),
        ("Thing.id", "The id of the thing."),
        ("Thing.created_at", "The time at which the thing was created. Unix time in seconds."),
        ("Thing.owner_id", "The id of the owner."),
        // The type of a field goes before the field's name.
        ("Thing.usage", "The number of tokens."),
        ("Thing.spare", "The number of tokens."),
        ("BetaThing.color", "The color of the skin."),
        ("ThingCreateParams.notes", "Some strings. At least 1 item."),
        ("ThingStatus::ripe", "The thing can be picked. On the wire: `ripe`."),
        ("ThingStatus::grown", "The state `grown`."),
        ("ThingCreateParamsShape::Text", "A name."),
        ("ThingCreateParamsShape::List", "Several names."),
    ] {
        assert_eq!(own(key), (DocSource::Default, sentence.to_owned()), "{key}");
    }
    for (key, facts) in [
        ("BetaThing.weight", "`weight`: number."),
        ("ThingCreateParams.name", "`name`: string. Required. At most 1 character."),
        ("ThingCreateParams.size", "`size`: integer."),
        ("ThingCreateParams.count", "`count`: integer. At least 0."),
    ] {
        assert_eq!(own(key), (DocSource::Facts, facts.to_owned()), "{key}");
    }
    assert_eq!(output.docs_faults, ["defaults.yaml: `fields.usage` applies to nothing; remove it"]);
}

#[test]
fn setters_arguments_and_deprecated_items_say_so() {
    let output = whole();
    let file = |path: &str| {
        let found = output.files.iter().find(|(name, _)| name.ends_with(path));
        found.unwrap_or_else(|| panic!("no {path} among {:?}", output.files.keys())).1
    };
    let types = file("types/garden.rs");
    let setter = "    /// Notes about a thing.\n    #[must_use]\n    pub fn metadata";
    assert!(types.contains(setter), "{types}");
    assert!(types.contains("#[deprecated(note = \"use `count`\")]\n    pub size: Option<i64>,"), "{types}");
    assert_eq!(types.matches("note = \"use `count`\"").count(), 2, "field and setter");
    let resource = file("resources/garden/things.rs");
    assert!(resource.contains("/// - `thing_id`: The id of the thing.\n"), "{resource}");
    let methods = ["pub fn create(", "pub fn create_with<"];
    for method in methods {
        let before = resource.split(method).next().unwrap_or_default();
        assert!(before.trim_end().ends_with("#[deprecated(note = \"use nothing\")]"), "{method}");
    }
    assert!(output.files[&format!("{RAW}/mod.rs")].contains("#![allow(deprecated)]"));
    assert!(output.files["docs/api.md"].contains("[`garden.things.create`](https://docs.rs/openai-ext/latest/openai_ext/resources/garden/things/struct.Things.html#method.create), deprecated | `POST /things/{thing_id}` |"));
    let python = &output.files["docs/python-methods.md"];
    let row = "| `client.garden.things.create` | `client.garden().things().create(thing_id, name).send()` | Plants a thing. |";
    assert!(python.contains(row), "{python}");
}

#[test]
fn faults_of_the_files_are_told() {
    let faults = |files: &[(&str, &str)]| match made(files) {
        Ok(output) => output.docs_faults,
        Err(error) => vec![error],
    };
    let defaults = "fields: {id: {Thing: 'The id.'}}\n";
    assert_eq!(
        faults(&[("docs/garden.yaml", "Thing.gone: x\nThing.id: The id.\n"), ("docs/defaults.yaml", defaults)]),
        [
            "docs/garden.yaml: \"Thing.id\": the default `fields.id.Thing` says the same word for word; remove the entry",
            "docs/garden.yaml: \"Thing.gone\" names nothing; rename or remove the entry",
        ]
    );
    assert_eq!(
        faults(&[("docs/moon.yaml", "Thing.id: The id.\n")]),
        ["docs/moon.yaml: \"Thing.id\" belongs to the area `garden`"]
    );
    assert_eq!(
        faults(&[("docs/defaults.yaml", "deprecated: {Thing.id: no}\n")]),
        ["defaults.yaml: `deprecated.Thing.id` is of nothing that is deprecated; remove it"]
    );
    for (files, error) in [
        (
            vec![("docs/a.yaml", "Thing: x\n"), ("docs/b.yaml", "Thing: y\n")],
            "docs/b.yaml: Thing: docs/a.yaml has an entry",
        ),
        (vec![("docs/a.yaml", "Thing: [x]\n")], "docs/a.yaml: Thing: expected a string, found [\"x\"]"),
        (vec![("docs/a.yaml", "- x\n")], "docs/a.yaml: expected a map of keys to sentences"),
        (vec![("docs/defaults.yaml", "field: {}\n")], "docs/defaults.yaml: field is no section"),
        (vec![("docs/defaults.yaml", "fields: {id: [x]}\n")], "docs/defaults.yaml: fields.id: expected a string"),
    ] {
        let found = faults(&files);
        assert!(found.len() == 1 && found[0].starts_with(error), "{found:?}");
    }
}
