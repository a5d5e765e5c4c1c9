//! An independent reading of the document: progenitor and typify against our generator. Prints a line of JSON, and fails
//! if the two differ. `cargo xtask crosscheck` runs it.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use crosscheck::document::{self, Operation};
use crosscheck::kind::Kind;
use crosscheck::ours::Ours;
use crosscheck::{compare, left_out, progenitor, theirs};
use heck::ToPascalCase as _;
use serde_json::{Value, json};

fn main() -> ExitCode {
    // What progenitor panics with is in the report.
    std::panic::set_hook(Box::new(|_| {}));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (document, ours) = match document::load(&root).and_then(|document| Ok((document, Ours::read(&root)?))) {
        Ok(read) => read,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = Report { left_out: Vec::new(), differ: Vec::new() };
    let (operations, compared) = operations(&document, &ours, &mut report);
    let schemas = schemas(&document, &ours, &mut report);
    let Report { left_out, differ } = report;
    let well = differ.is_empty();
    println!(
        "{}",
        json!({"operations": operations, "compared": compared, "left_out": left_out, "schemas": schemas, "differ": differ})
    );
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Report {
    left_out: Vec<Value>,
    differ: Vec<String>,
}

/// Returns the number of operations, and of those that are compared in every part.
fn operations(document: &Value, ours: &Ours, report: &mut Report) -> (usize, usize) {
    let operations = document::operations(document);
    let mut compared = 0;
    for operation in &operations {
        compared += usize::from(operation_is_whole(document, operation, ours, report));
    }
    let known = |id: &str| operations.iter().any(|operation| operation.id == id);
    for id in left_out::OPERATIONS.iter().flat_map(|entry| entry.ids).filter(|id| !known(id)) {
        report.differ.push(format!("{id} is left out, but the document has no such operation"));
    }
    for id in ours.calls.keys().filter(|id| !known(id)) {
        report.differ.push(format!("{id} is not in the document"));
    }
    (operations.len(), compared)
}

fn operation_is_whole(document: &Value, operation: &Operation<'_>, ours: &Ours, report: &mut Report) -> bool {
    let id = operation.id;
    let replace = |name: &str| ours.names.get(name).cloned();
    let Some(mut call) = ours.calls.get(id).cloned() else {
        report.differ.push(format!("{id}: ours has none"));
        return false;
    };
    let mut entry = left_out::OPERATIONS.iter().find(|entry| entry.ids.contains(&id));
    let mut made = progenitor::run(&document::of_operation(document, operation, |_| {}), replace);
    let whole = made.is_ok();
    if let Err(error) = &made
        && let Some(found) = entry.take_if(|entry| error.contains(entry.says))
    {
        report.left_out.push(json!({"operation": id, "part": found.part.word(), "why": found.why}));
        // Of a body that it does not read it tells the type at least.
        if let (Some((_, theirs)), Some((ours, _))) = (error.split_once("unexpected content type: "), &call.body)
            && theirs != ours
        {
            report.differ.push(format!("{id}: body: theirs {theirs}, ours {ours}"));
        }
        found.part.ignore(&mut call);
        made = progenitor::run(&document::of_operation(document, operation, |cut| found.part.cut(cut)), replace);
    }
    if let Some(entry) = entry {
        report.differ.push(format!("{id}: {} is left out, but need not be", entry.part.word()));
    }
    match made.map(|file| theirs::call(&file)) {
        Ok(Some(theirs)) => {
            let differ = compare::calls(&theirs, &call, ours);
            report.differ.extend(differ.into_iter().map(|line| format!("{id}: {line}")));
        }
        Ok(None) => report.differ.push(format!("{id}: progenitor makes no call")),
        Err(error) => report.differ.push(format!("{id}: progenitor fails: {error}")),
    }
    whole
}

/// Returns the number of component schemas that are compared: those with a type of their own. The others are compared
/// where they are used.
fn schemas(document: &Value, ours: &Ours, report: &mut Report) -> usize {
    let mut needed = Vec::new();
    for (name, our_name) in &ours.names {
        for line in schema(document, name, our_name, ours) {
            let expected = |entry: &&left_out::Schemas| entry.names.contains(&&**name) && line.starts_with(entry.says);
            match left_out::SCHEMAS.iter().find(expected) {
                Some(entry) => {
                    report.left_out.push(json!({"schema": name, "at": entry.says, "why": entry.why}));
                    needed.push((entry.says, name.as_str()));
                }
                None => report.differ.push(format!("{name}{line}")),
            }
        }
    }
    for entry in left_out::SCHEMAS {
        for name in entry.names.iter().filter(|name| !needed.contains(&(entry.says, name))) {
            report.differ.push(format!("{name}: {:?} is expected, but need not be", entry.says));
        }
    }
    ours.names.len()
}

fn schema(document: &Value, name: &str, our_name: &str, ours: &Ours) -> Vec<String> {
    let replace = |other: &str| ours.names.get(other).filter(|_| other != name).cloned();
    let file = match progenitor::run(&document::of_schema(document, name), replace) {
        Ok(file) => file,
        Err(error) => return vec![format!(": typify fails: {error}")],
    };
    let their_name = name.to_pascal_case();
    let types = theirs::Types::of(&file, Some((their_name.clone(), our_name.to_owned())));
    match types.get(&their_name) {
        Some(theirs) => compare::kinds("", &theirs, &Kind::Ours(our_name.to_owned()), ours),
        None => vec![format!(": typify makes no {their_name}")],
    }
}
