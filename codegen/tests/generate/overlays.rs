//! Overlays: what their actions do, and what is wrong with one that does nothing.

use openai_codegen::overlay::apply;
use openai_codegen::yaml;

const DOCUMENT: &str = "
paths: {}
components:
  schemas:
    Thing:
      type: object
      required: [id]
      properties:
        id: {type: string}
        size: {type: string}
    Other: {type: string, enum: [a]}
    Third: {type: string, enum: [a]}
";

/// The schemas after the actions, then what applying them said; or the error.
fn applied(actions: &str) -> String {
    let mut document = yaml::parse(DOCUMENT).expect("a document");
    let overlay = format!("overlay: 1.0.0\nactions:\n{actions}");
    let overlay = yaml::parse(&overlay).expect("an overlay");
    match apply(&mut document, &overlay, "fixups.yaml") {
        Ok(applied) => {
            let schemas = yaml::to_string(&document["components"]["schemas"]);
            format!("{}\n--- becomes\n{schemas}--- {:#?}", actions.trim_matches('\n'), applied)
        }
        Err(error) => format!("{}\n--- {error}", actions.trim_matches('\n')),
    }
}

macro_rules! overlay {
    ($($name:ident: $actions:literal;)*) => {
        $(
            #[test]
            fn $name() {
                let shown = applied($actions);
                insta::assert_snapshot!(shown);
            }
        )*
    };
}

overlay! {
    update_merges_objects_and_extends_lists: "
- target: $.components.schemas.Thing
  description: The API sends a color, and the size is a number.
  update:
    required: [color]
    properties:
      color: {type: string}
      size: {type: integer}
";

    update_appends_one_value_to_a_list: "
- target: $.components.schemas.Thing.required
  description: The size is always there.
  update: size
";

    update_of_several_places: "
- target: $.components.schemas[?@.enum]
  description: A value that both have.
  update: {enum: [b]}
";

    remove_members_and_items: "
- target: $.components.schemas.Thing.properties.size
  description: There is no size.
  remove: true
- target: $.components.schemas.Thing.required[0]
  description: The id may be missing.
  remove: true
- target: $.components.schemas[?@.enum]
  description: Nobody uses these.
  remove: true
";

    replace_by_remove_and_update: "
- target: $.components.schemas.Thing.properties.size
  description: First the wrong form goes,
  remove: true
- target: $.components.schemas.Thing.properties
  description: then the right one comes.
  update: {size: {oneOf: [{type: string}, {type: integer}]}}
";

    target_that_matches_nothing: "
- target: $.components.schemas.Gone
  description: It was mended upstream.
  remove: true
";

    no_description: "
- target: $.components.schemas.Thing
  remove: true
";

    no_target: "
- description: Where?
  remove: true
";

    bad_json_path: "
- target: components/schemas/Thing
  description: A pointer is no path.
  remove: true
";

    neither_update_nor_remove: "
- target: $.components.schemas.Thing
  description: And then?
";
}

#[test]
fn not_an_overlay() {
    let mut document = yaml::parse(DOCUMENT).expect("a document");
    for text in ["actions: []", "overlay: 2.0.0\nactions: []", "overlay: 1.0.0"] {
        let overlay = yaml::parse(text).expect("it is YAML");
        let error = apply(&mut document, &overlay, "fixups.yaml").expect_err("it is no overlay");
        assert!(error.starts_with("fixups.yaml: expected "), "{error}");
    }
}

#[test]
fn unmatched_targets_are_told_with_their_file() {
    let overlay = "overlay: 1.0.0\nactions: [{target: $.nowhere, description: Gone., remove: true}]";
    let overlays = [("fixups.yaml".to_owned(), overlay.to_owned())];
    let document = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n";
    let input =
        openai_codegen::Input { document, names: "", overlays: &overlays, docs: &[], strictness: Default::default() };
    let output = openai_codegen::generate(input).expect("an overlay that matches nothing is the caller's to judge");
    assert_eq!(output.unmatched, ["fixups.yaml: $.nowhere"]);
}
