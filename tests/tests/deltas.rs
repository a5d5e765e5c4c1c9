//! Recorded responses without their last event: deltas alone come to the output that it has.

use acceptance::compare::difference;
use acceptance::playback::comparable;
use acceptance::script::{self, Script};
use openai_ext::responses::ResponseAccumulator;
use openai_ext::types::ResponseStreamEvent;
use serde_json::{Value, json};

/// The streams whose deltas alone do not add up to the output of the last event, with the parts that they lack.
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

/// All events but the last, and of these only what is new in each: the items are there already.
#[test]
fn deltas_alone_come_to_the_output() -> Result<(), String> {
    let Some(folder) = script::recorded() else { return Ok(()) };
    let (mut total, mut differ) = (0, Vec::new());
    for script in script::load(&folder)?.iter().filter(|script| script.kind() == "responses") {
        let (events, _) = script.events::<ResponseStreamEvent>();
        let Some((ResponseStreamEvent::ResponseCompleted(last), before)) = events.split_last() else { continue };
        let output = match last.response.output.is_empty() {
            true => json!(accumulate(script, &events)?.snapshot().map(|whole| &whole.output)),
            false => json!(last.response.output),
        };
        let deltas: Vec<_> = events.iter().filter(|event| is_delta(event)).cloned().collect();
        for (kind, events) in [("all", before), ("deltas", &deltas)] {
            let found = json!(accumulate(script, events)?.snapshot().map(|found| &found.output));
            let [found, output] = [&found, &output].map(|output| compared(output, kind == "deltas"));
            total += 1;
            differ.extend(difference(&output, &found).map(|what| (format!("{} {kind}", script.name), what)));
        }
    }
    println!("{total} outputs without the last event: {differ:#?}");
    assert!(total > 40, "{total} outputs");
    let names: Vec<&str> = differ.iter().map(|(name, _)| name.as_str()).collect();
    let argued: Vec<&str> = NOT_IN_DELTAS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, argued);
    Ok(())
}

fn accumulate(script: &Script, events: &[ResponseStreamEvent]) -> Result<ResponseAccumulator, String> {
    let mut accumulator = ResponseAccumulator::default();
    let pushed = events.iter().try_for_each(|event| accumulator.push(event));
    pushed.map(|()| accumulator).map_err(|error| format!("{}: {error}", script.name))
}

/// Without what the server seals anew each time, and without the status of items, which no delta tells.
fn compared(output: &Value, without_status: bool) -> Value {
    let mut output = comparable(output);
    for item in output.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        item.remove("encrypted_content");
        item.remove("fingerprint");
        if without_status {
            item.remove("status");
        }
    }
    output
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
