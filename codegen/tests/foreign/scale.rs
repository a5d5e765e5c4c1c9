//! Long chains and wide documents: the work grows with the document, not with its square.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::support::{made, with_schemas};

/// Far above what a linear step takes without optimisation, far below what a quadratic one does.
const MOST: Duration = Duration::from_secs(30);

fn chain(count: usize, link: impl Fn(usize) -> String, end: &str) -> String {
    let mut schemas = String::from("Thing: {type: object, properties: {first: {$ref: '#/components/schemas/S0'}}}\n");
    for index in 0..count {
        let _ = writeln!(schemas, "S{index}: {}", link(index + 1));
    }
    let _ = writeln!(schemas, "S{count}: {end}");
    with_schemas(&schemas)
}

fn next(index: usize) -> String {
    format!("{{$ref: '#/components/schemas/S{index}'}}")
}

fn timed(name: &str, text: &str) -> usize {
    let start = Instant::now();
    let notes = match made(text) {
        Ok((imported, output)) => imported.report.passed_over().len() + output.passed_over.len(),
        Err(error) => panic!("{name}: {error}"),
    };
    let took = start.elapsed();
    eprintln!("{name}: {took:?}, {notes} notes");
    assert!(took < MOST, "{name} takes {took:?}");
    notes
}

#[test]
fn chain_of_references() {
    assert_eq!(timed("references", &chain(5000, next, "{type: object, properties: {a: {type: string}}}")), 0);
    assert_eq!(timed("nullable", &chain(5000, next, "{type: string, nullable: true}")), 0);
}

#[test]
fn chain_of_parts() {
    let part =
        |index| format!("{{allOf: [{}, {{type: object, properties: {{p{index}: {{type: string}}}}}}]}}", next(index));
    let notes = timed("parts", &chain(1000, part, "{type: object, properties: {a: {type: string}}}"));
    assert!(notes > 0, "a chain that is cut is told");
    timed("lone parts", &chain(5000, |index| format!("{{allOf: [{}]}}", next(index)), "{type: string}"));
}

#[test]
fn chain_of_lists_and_variants() {
    let notes =
        timed("lists", &chain(5000, |index| format!("{{type: array, items: {}}}", next(index)), "{type: string}"));
    assert!(notes > 0, "a chain that is cut is told");
    timed(
        "variants",
        &chain(2000, |index| format!("{{oneOf: [{}, {{type: integer}}]}}", next(index)), "{type: string}"),
    );
}

#[test]
fn chain_and_ring_of_objects() {
    let object = |index| format!("{{type: object, properties: {{next: {}}}, required: [next]}}", next(index));
    timed("objects", &chain(1000, object, "{type: object, properties: {a: {type: string}}}"));
    timed("ring", &chain(1000, object, &object(0)));
}

#[test]
fn wide_documents() {
    let fields: String = (0..2000).map(|index| format!("f{index}: {{type: string}}, ")).collect();
    let notes = timed("fields", &with_schemas(&format!("Thing: {{type: object, properties: {{{fields}}}}}")));
    assert_eq!(notes, 2000 - 128);
    let values: Vec<String> = (0..2000).map(|index| format!("v{index}")).collect();
    timed("values", &with_schemas(&format!("Thing: {{type: string, enum: [{}]}}", values.join(", "))));
    let mut variants = String::from("Thing:\n  oneOf:\n");
    for index in 0..400 {
        let _ = writeln!(variants, "  - {{type: object, required: [k], properties: {{k: {{const: k{index}}}}}}}");
    }
    assert_eq!(timed("variants", &with_schemas(&variants)), 400 - 255);
}
