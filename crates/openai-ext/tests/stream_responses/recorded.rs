//! Recorded streams, compared with what the official Python SDK makes of them.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use openai_ext::runtime::sse::Decoder;
use openai_ext::stream::responses::ResponseAccumulator;
use openai_ext::types::ResponseStreamEvent;
use serde_json::Value;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Where ours is another object than Python's, and why ours is right.
const DIFFERENT: &[(&str, &str)] = &[];

/// Where deltas alone do not come to the output of the last event, and what the stream lacks.
const NOT_IN_DELTAS: &[(&str, &str)] = &[
    (
        "responses-pydai-test-openai-responses-model-file-search-tool-stream deltas",
        "`queries` come with the item only, once it is done",
    ),
    (
        "responses-pydai-test-openai-responses-model-mcp-list-tools-stream-backfills-missing-re all",
        "the items are done with `tools` empty; only the last event has them",
    ),
    (
        "responses-pydai-test-openai-responses-model-mcp-list-tools-stream-backfills-missing-re deltas",
        "`tools` come with the item only, once it is done",
    ),
    (
        "responses-pydai-test-openai-responses-model-mcp-server-tool-stream deltas",
        "`tools` and `output` come with the items only, once they are done",
    ),
    ("responses-vercel-azure-code-interpreter-tool-1 deltas", "`outputs` come with the item only, once it is done"),
    (
        "responses-vercel-openai-code-interpreter-tool-1 deltas",
        "`outputs` come with the items only, once they are done",
    ),
    ("responses-vercel-openai-web-search-tool-1 deltas", "`action` comes with the items only, once they are done"),
    ("responses-vercel-programmatic-tool-calling-1 deltas", "a program's `code` has no deltas"),
    (
        "responses-vercel-should-handle-file-citation-annotations-without-optional-fields-in-str deltas",
        "the text has no deltas",
    ),
    (
        "responses-vercel-should-handle-multiple-reasoning-blocks all",
        "messages come without role and status, parts not at all; a part made here has `logprobs`",
    ),
    ("responses-vercel-should-handle-multiple-reasoning-blocks deltas", "the same"),
    ("responses-vercel-should-handle-reasoning-with-summary all", "the same"),
    ("responses-vercel-should-handle-reasoning-with-summary deltas", "the same"),
    (
        "responses-vercel-should-stream-text-deltas all",
        "the part comes with `logprobs`, the last event leaves them out",
    ),
    ("responses-vercel-should-stream-text-deltas deltas", "the same, and the last event gives the message another id"),
];

#[test]
fn streams_come_to_what_python_makes_of_them() -> Result {
    let (mut equal, mut total, mut differ) = (0, 0, Vec::new());
    for path in streams() {
        let name = name(&path);
        let Ok(expected) = fs::read(path.with_extension("python.json")) else { continue };
        let mut expected: Value = serde_json::from_slice(&expected)?;
        let mut found = serde_json::to_value(accumulate(&events(&path)?)?.finish()?)?;
        strip(&mut expected);
        strip(&mut found);
        total += 1;
        if found == expected {
            equal += 1;
        } else {
            differ.push((name, difference(&found, &expected, "")));
        }
    }
    println!("{equal} of {total} streams equal; {} argued", DIFFERENT.len());
    differ.iter().for_each(|(name, what)| println!("{name}:\n  {}", what.join("\n  ")));
    let names: Vec<&str> = differ.iter().map(|(name, _)| name.as_str()).collect();
    let argued: Vec<&str> = DIFFERENT.iter().map(|(name, _)| *name).filter(|_| total > 0).collect();
    assert_eq!(names, argued);
    Ok(())
}

/// All events but the last: the items are there already.
#[test]
fn deltas_alone_come_to_the_output() -> Result {
    let (mut equal, mut total, mut differ) = (0, 0, Vec::new());
    for path in streams() {
        let events = events(&path)?;
        let Some(ResponseStreamEvent::ResponseCompleted(last)) = events.last() else { continue };
        let whole = accumulate(&events)?.finish()?;
        for (kind, events) in [
            ("all", events[..events.len() - 1].to_vec()),
            ("deltas", events.iter().filter(|event| is_delta(event)).cloned().collect()),
        ] {
            let found = accumulate(&events)?;
            let mut found = serde_json::to_value(found.snapshot().map(|found| &found.output))?;
            let mut expected = serde_json::to_value(&last.response.output)?;
            if last.response.output.is_empty() {
                expected = serde_json::to_value(&whole.output)?;
            }
            for output in [&mut found, &mut expected] {
                strip(output);
                strip_what_changes(output, kind == "deltas");
            }
            total += 1;
            if found == expected {
                equal += 1;
            } else {
                differ.push((format!("{} {kind}", name(&path)), difference(&found, &expected, "")));
            }
        }
    }
    println!("{equal} of {total} outputs equal without the last event; {} argued", NOT_IN_DELTAS.len());
    differ.iter().for_each(|(name, what)| println!("{name}:\n  {}", what.join("\n  ")));
    let names: Vec<&str> = differ.iter().map(|(name, _)| name.as_str()).collect();
    let argued: Vec<&str> = NOT_IN_DELTAS.iter().map(|(name, _)| *name).filter(|_| total > 0).collect();
    assert_eq!(names, argued);
    Ok(())
}

/// A state that is stored after each event and read again comes to the same.
#[test]
fn a_stored_state_goes_on() -> Result {
    for path in streams() {
        let events = events(&path)?;
        if events.len() > 200 || !path.with_extension("python.json").exists() {
            continue;
        }
        let mut stored = ResponseAccumulator::default();
        for event in &events {
            stored.push(event)?;
            stored = serde_json::from_str(&serde_json::to_string(&stored)?)?;
        }
        assert!(stored.is_complete(), "{}", name(&path));
        assert_eq!(stored.finish()?, accumulate(&events)?.finish()?, "{}", name(&path));
    }
    Ok(())
}

fn is_delta(event: &ResponseStreamEvent) -> bool {
    use ResponseStreamEvent as E;
    !matches!(
        event,
        E::ResponseCompleted(_)
            | E::ResponseOutputItemDone(_)
            | E::ResponseContentPartDone(_)
            | E::ResponseOutputTextDone(_)
            | E::ResponseReasoningSummaryPartDone(_)
            | E::ResponseReasoningSummaryTextDone(_)
            | E::ResponseReasoningTextDone(_)
            | E::ResponseFunctionCallArgumentsDone(_)
            | E::ResponseMcpCallArgumentsDone(_)
            | E::ResponseCodeInterpreterCallCodeDone(_)
            | E::ResponseShellCallCommandDone(_)
    )
}

fn accumulate(events: &[ResponseStreamEvent]) -> Result<ResponseAccumulator> {
    let mut accumulator = ResponseAccumulator::default();
    events.iter().try_for_each(|event| accumulator.push(event))?;
    Ok(accumulator)
}

fn events(path: &Path) -> Result<Vec<ResponseStreamEvent>> {
    let mut decoder = Decoder::new();
    decoder.push(&fs::read(path)?);
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event()? {
        if event.data != b"[DONE]" {
            events.push(serde_json::from_slice(event.data)?);
        }
    }
    Ok(events)
}

fn streams() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("{} is not there: skipped", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| name(path).starts_with("responses-") && path.extension().is_some_and(|end| end == "sse"))
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What the comparison is to pass over; a time may be a float or an integer.
fn strip(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, value| {
                !value.is_null() && !["parsed", "parsed_arguments", "obfuscation"].contains(&name.as_str())
            });
            object.values_mut().for_each(strip);
        }
        Value::Array(array) => array.iter_mut().for_each(strip),
        Value::Number(number) => {
            if let Some(whole) = number.as_f64().filter(|_| number.is_f64()).filter(|number| number.fract() == 0.0) {
                *value = Value::from(whole as i64);
            }
        }
        _ => {}
    }
}

/// What the server seals anew each time, and the status of items, which no delta tells.
fn strip_what_changes(output: &mut Value, status: bool) {
    for item in output.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        item.remove("encrypted_content");
        item.remove("fingerprint");
        if status {
            item.remove("status");
        }
    }
}

fn difference(found: &Value, expected: &Value, path: &str) -> Vec<String> {
    let short = |value: &Value| value.to_string().chars().take(100).collect::<String>();
    match (found, expected) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<&String> = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))).collect();
            names.sort();
            names
                .into_iter()
                .filter(|name| a.get(*name) != b.get(*name))
                .flat_map(|name| difference(&found[name], &expected[name], &format!("{path}/{name}")))
                .collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.flat_map(|(at, (a, b))| difference(a, b, &format!("{path}/{at}"))).collect()
        }
        (found, expected) if found == expected => Vec::new(),
        _ => vec![format!("{path}: ours {} / {}", short(found), short(expected))],
    }
}
