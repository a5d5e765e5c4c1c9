//! The upstream documents themselves, where they are at hand.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use openai_codegen::import::{Imported, Rule, import};
use openai_codegen::yaml;

const NEWEST: &str = "openapi-2026-10-03.yaml";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of an upstream document; none, said aloud, where the documents are not there.
fn upstream(name: &str) -> Option<String> {
    let path = root().join("../shared/openai-openapi").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(fs::read_to_string(&path).expect("the document is readable text"))
}

fn imported(name: &str) -> Option<Imported> {
    let imported = import(&upstream(name)?, name);
    Some(imported.unwrap_or_else(|error| panic!("{error}")))
}

/// What holds for every imported document.
fn check(name: &str) -> Option<Imported> {
    let imported = imported(name)?;
    let parsed: openapiv3::OpenAPI = serde_json::from_value(imported.document.clone()).expect("openapiv3 reads it");
    let again = serde_json::to_value(&parsed).expect("openapiv3 writes it");
    assert!(again == imported.document, "openapiv3 loses something of {name}");
    assert_eq!(parsed.operations().count(), imported.report.counts.operations);

    let reread = yaml::parse(&imported.yaml).expect("the YAML is read back");
    assert!(reread == imported.document, "the YAML of {name} is another document");
    let fixpoint = import(&imported.yaml, "openapi.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert!(fixpoint.yaml == imported.yaml, "importing the result of {name} changes it");

    for (line, text) in (1..).zip(imported.yaml.lines()) {
        let key = text.trim_start().trim_start_matches("- ");
        let prose = ["summary: ", "example: ", "description: "].iter().any(|word| key.starts_with(word));
        assert!(!prose || key == "description: ''", "prose in line {line} of {name}: {text}");
    }
    for (name, schema) in imported.document["components"]["schemas"].as_object().expect("there are schemas") {
        assert_ne!(schema.get("nullable"), Some(&true.into()), "the component {name} is nullable");
    }
    Some(imported)
}

#[test]
fn newest() {
    let Some(imported) = check(NEWEST) else {
        return;
    };
    let counts = imported.report.counts;
    assert_eq!((counts.operations, counts.schemas, counts.webhooks), (354, 1961, 26));
    assert_eq!(imported.report.count(Rule::NullVariant), 1041);
    assert_eq!(imported.report.count(Rule::RefSiblings), 539);
    assert_eq!(imported.report.count(Rule::NullableComponent), 33);
    assert_eq!(imported.report.count(Rule::ContentEncoding), 1);
    assert_eq!(imported.report.count(Rule::Conditional), 1);
    let report = imported.report.to_string();
    insta::assert_snapshot!(report);
}

#[test]
fn of_august_2026() {
    let Some(imported) = check("openapi-2026-08-21.yaml") else {
        return;
    };
    let report = imported.report.to_string();
    insta::assert_snapshot!(report);
}

#[test]
fn of_november_2026() {
    let Some(imported) = check("openapi-2026-11-19.yaml") else {
        return;
    };
    let counts = imported.report.counts;
    assert_eq!((counts.operations, counts.webhooks), (388, 32));
}

#[test]
fn of_may_2026() {
    let Some(imported) = check("openapi-2026-05-13.yaml") else {
        return;
    };
    let report = imported.report.to_string();
    insta::assert_snapshot!(report);
}

#[test]
fn of_march_2025() {
    let Some(imported) = check("openapi-2025-03-22.yaml") else {
        return;
    };
    let report = imported.report.to_string();
    insta::assert_snapshot!(report);
}

#[test]
fn twice_the_same_bytes() {
    let (Some(first), Some(second)) = (imported(NEWEST), imported(NEWEST)) else {
        return;
    };
    assert!(first == second);
}

/// The committed document; this one needs nothing from outside.
#[test]
fn committed_document_is_a_fixpoint_and_quickly_read() {
    let text = fs::read_to_string(root().join("openapi.yaml")).expect("openapi.yaml is in the repository");
    let start = cpu_time();
    yaml::parse(&text).expect("openapi.yaml is YAML");
    // A generous limit: `regen` has 5 s for everything and reads the document first.
    match (start, cpu_time()) {
        (Some(start), Some(end)) => {
            eprintln!("read openapi.yaml in {:?}", end - start);
            assert!(end - start < Duration::from_millis(1500), "reading openapi.yaml took {:?}", end - start);
        }
        _ => eprintln!("skipped: this system does not tell a thread's time by /proc/thread-self/schedstat"),
    }
    let imported = import(&text, "openapi.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert!(imported.yaml == text, "openapi.yaml is not what an import writes");
    if let Some(upstream) = imported_newest() {
        assert!(upstream == text, "openapi.yaml is not what the import of {NEWEST} writes");
    }
}

/// What this thread has had of a processor, whatever else runs on the machine.
fn cpu_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

fn imported_newest() -> Option<String> {
    imported(NEWEST).map(|imported| imported.yaml)
}
