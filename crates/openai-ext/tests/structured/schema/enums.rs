//! Enums in all their forms, flattened fields, and types that contain themselves.

use super::*;

#[test]
fn types_that_contain_themselves() {
    #[derive(JsonSchema)]
    struct Node {
        value: i64,
        /// The rest.
        next: Option<Box<Node>>,
        children: Vec<Node>,
    }
    let node = object(json!({
        "value": {"type": "integer"},
        "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "description": "The rest."},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
    }));
    assert_eq!(strict::<Node>(), with_defs(node.clone(), json!({"Node": node})));

    #[derive(JsonSchema)]
    struct Formula {
        /// What is computed.
        term: Term,
    }
    #[derive(JsonSchema)]
    enum Term {
        Number(f64),
        Minus {
            /// What is negated.
            term: Box<Term>,
        },
    }
    // Inlined where it is described, but not again within itself.
    let inner = json!({"description": "What is negated.", "anyOf": [{"$ref": "#/$defs/Term"}]});
    let variants = json!([
        object(json!({"Number": {"type": "number"}})),
        object(json!({"Minus": object(json!({"term": inner}))})),
    ]);
    assert_eq!(
        strict::<Formula>(),
        with_defs(
            object(json!({"term": {"description": "What is computed.", "anyOf": variants}})),
            json!({"Term": {"anyOf": variants}}),
        )
    );
}

#[test]
fn tagged_enums() {
    #[derive(JsonSchema)]
    enum External {
        Nowhere,
        At(Place),
        Moving { speed: i64 },
    }
    let defs = |name: &str, variants: Value| {
        let mut defs = json!({"Place": place()});
        defs[name] = json!({"anyOf": variants});
        with_defs(of(json!({"$ref": format!("#/$defs/{name}")})), defs)
    };
    let moving = object(json!({"speed": {"type": "integer"}}));
    let at = json!({"$ref": "#/$defs/Place"});
    assert_eq!(
        strict::<Of<External>>(),
        defs(
            "External",
            json!([
                {"type": "string", "enum": ["Nowhere"]},
                object(json!({"At": at})),
                object(json!({"Moving": moving})),
            ])
        )
    );

    #[derive(JsonSchema)]
    #[serde(tag = "kind", content = "of")]
    enum Adjacent {
        Nowhere,
        At(Place),
        Moving { speed: i64 },
    }
    let tag = |name: &str| json!({"type": "string", "const": name});
    assert_eq!(
        strict::<Of<Adjacent>>(),
        defs(
            "Adjacent",
            json!([
                object(json!({"kind": tag("Nowhere")})),
                object(json!({"kind": tag("At"), "of": at})),
                object(json!({"kind": tag("Moving"), "of": moving})),
            ])
        )
    );

    #[derive(JsonSchema)]
    #[serde(tag = "kind")]
    enum Internal {
        Nowhere,
        At(Place),
        Moving { speed: i64 },
    }
    let at = described(
        object(json!({
            "kind": tag("At"),
            "latitude": {"type": "number", "description": "Degrees north."},
            "name": {"type": ["string", "null"]},
        })),
        "A place on Earth.",
    );
    let variants = json!([
        object(json!({"kind": tag("Nowhere")})),
        at,
        object(json!({"kind": tag("Moving"), "speed": {"type": "integer"}})),
    ]);
    let defs = json!({"Internal": {"anyOf": variants}});
    assert_eq!(strict::<Of<Internal>>(), with_defs(of(json!({"$ref": "#/$defs/Internal"})), defs));

    #[derive(JsonSchema)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
    }
    let defs = json!({"Untagged": {"anyOf": [{"type": "integer"}, {"type": "string"}]}});
    assert_eq!(strict::<Of<Untagged>>(), with_defs(of(json!({"$ref": "#/$defs/Untagged"})), defs));
}

#[derive(JsonSchema)]
struct Tagged {
    id: u8,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(JsonSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[test]
fn flattened_fields() {
    #[derive(JsonSchema)]
    struct Flat {
        id: u8,
        #[serde(flatten)]
        place: Place,
    }
    let id = json!({"type": "integer", "minimum": 0, "maximum": 255});
    // A description of the struct would win; there is none.
    let flat = object(json!({
        "id": id,
        "latitude": {"type": "number", "description": "Degrees north."},
        "name": {"type": ["string", "null"]},
    }));
    let mut made = strict::<Flat>();
    made.as_object_mut().expect("an object").remove("description");
    assert_eq!(made, flat);

    // A union can't stand beside properties, so each variant has them.
    let number = json!({"type": "number"});
    let variants = json!([
        object(json!({"id": id, "shape": {"type": "string", "const": "circle"}, "radius": number})),
        object(json!({"id": id, "shape": {"type": "string", "const": "square"}, "side": number})),
    ]);
    let defs = json!({"Tagged": {"anyOf": variants}});
    assert_eq!(strict::<Of<Tagged>>(), with_defs(of(json!({"$ref": "#/$defs/Tagged"})), defs));
    assert!(refused::<Tagged>().contains("$: the root must be an object"), "{}", refused::<Tagged>());
}
