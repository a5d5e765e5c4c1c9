//! What the content filter says, in bodies and streams as Azure sends them.

use std::path::Path;

use openai_ext::azure::{ContentFilterResults, FilterSeverity};
use openai_ext::prelude::*;
use openai_ext::types::{ChatCompletion, ChatCompletionChunk, Completion, Response};
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn safe() -> Value {
    json!({"filtered": false, "severity": "safe"})
}

#[test]
fn a_completion() -> TestResult {
    let body = json!({
        "choices": [{
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hi"},
            "content_filter_results": {
                "hate": safe(),
                "violence": {"filtered": true, "severity": "medium"},
                "self_harm": {"filtered": false, "severity": "very_low", "new_member": 1},
                "protected_material_code": {
                    "detected": true, "filtered": false, "citation": {"URL": "https://example.com/repo", "license": "MIT"}
                },
                "custom_blocklists": {"filtered": true, "details": [{"id": "words", "filtered": true}, null]},
                "task_adherence": {"filtered": false, "detected": true},
                "sexual": null,
                "profanity": "odd"
            },
        }, {"index": 1, "message": {}, "content_filter_results": {}}],
        "prompt_filter_results": [
            {"prompt_index": 0, "content_filter_results": {"jailbreak": {"filtered": false, "detected": true}}},
            {"prompt_index": 1},
            "odd"
        ]
    });
    let reply: ChatCompletion = serde_json::from_value(body.clone())?;
    let found = reply.choices[0].content_filter_results().ok_or("none")?;
    assert!(found.is_filtered());
    assert_eq!(
        found.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["hate", "violence", "self_harm", "protected_material_code", "custom_blocklists"]
    );
    let severity = |result: &Option<openai_ext::azure::ContentFilterResult>| result.as_ref()?.severity.clone();
    assert_eq!(severity(&found.hate), Some(FilterSeverity::Safe));
    assert_eq!(severity(&found.violence), Some(FilterSeverity::Medium));
    assert_eq!(severity(&found.self_harm), Some(FilterSeverity::Unknown("very_low".into())));
    assert_eq!(found.self_harm.as_ref().and_then(|result| result.other.get("new_member")), Some(&json!(1)));
    let code = found.protected_material_code.as_ref().ok_or("none")?;
    assert_eq!((code.detected, code.filtered), (Some(true), false));
    let citation = code.citation.clone().unwrap_or_default();
    assert_eq!(citation.url.as_deref(), Some("https://example.com/repo"));
    assert_eq!(citation.license.as_deref(), Some("MIT"));
    let lists = &found.custom_blocklists.as_ref().ok_or("none")?.details;
    assert_eq!((lists.len(), lists[0].id.as_str(), lists[0].filtered), (1, "words", true));
    assert_eq!((&found.sexual, &found.profanity), (&None, &None));
    assert_eq!(found.other.get("task_adherence"), Some(&json!({"filtered": false, "detected": true})));
    assert_eq!(reply.choices[1].content_filter_results(), Some(ContentFilterResults::default()));
    let prompts = reply.prompt_filter_results();
    assert_eq!((prompts.len(), prompts[1].prompt_index), (2, 1));
    assert_eq!(prompts[0].content_filter_results.jailbreak.as_ref().and_then(|found| found.detected), Some(true));
    // Reading takes nothing out.
    assert_eq!(serde_json::to_value(&reply)?, body);
    Ok(())
}

#[test]
fn other_shapes() -> TestResult {
    // Block lists as a list, a category that is new and filters, a filter that failed beside an empty plural.
    let old = ContentFilterResults::from_value(&json!({"custom_blocklists": [{"id": "a", "filtered": true}]}));
    let old = old.ok_or("none")?;
    assert!(old.is_filtered() && old.custom_blocklists.ok_or("none")?.details.len() == 1);
    let new = ContentFilterResults::from_value(&json!({"new": {"filtered": true}})).ok_or("none")?;
    assert!(new.is_filtered());
    let chunk: ChatCompletionChunk = serde_json::from_value(json!({"choices": [{
        "index": 0, "delta": {},
        "content_filter_results": {},
        "content_filter_result": {"error": {"code": "content_filter_error", "message": "The contents are not filtered"}},
        "content_filter_offsets": {"check_offset": 5, "start_offset": 1, "end_offset": 7}
    }]}))?;
    let found = chunk.choices[0].content_filter_results().ok_or("none")?;
    assert_eq!(found.error.ok_or("none")?.code.as_deref(), Some("content_filter_error"));
    assert_eq!(chunk.choices[0].content_filter_offsets().ok_or("none")?.end_offset, 7);
    let completion: Completion = serde_json::from_value(json!({
        "choices": [{"index": 0, "text": "Hi", "content_filter_results": {"hate": safe()}}],
        "prompt_annotations": [{"prompt_index": 0, "content_filter_results": {"hate": safe()}}]
    }))?;
    assert!(completion.choices[0].content_filter_results().is_some_and(|found| found.hate.is_some()));
    assert_eq!(completion.prompt_filter_results().len(), 1);
    // Nothing said is nothing found.
    let plain: ChatCompletion = serde_json::from_value(json!({"choices": [{"index": 0, "message": {}}]}))?;
    assert!(plain.prompt_filter_results().is_empty() && plain.choices[0].content_filter_results().is_none());
    assert_eq!(ContentFilterResults::from_value(&json!("odd")), None);
    Ok(())
}

#[tokio::test]
async fn a_refused_prompt() -> TestResult {
    let body = json!({"error": {
        "message": "The prompt was filtered.", "type": null, "param": "prompt", "code": "content_filter", "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"hate": {"filtered": true, "severity": "high"}, "jailbreak": {"detected": false}}
        }
    }});
    let refusing = |body: Value| super::server(move |_| super::json(400, &body.to_string()));
    let error = refusing(body).client(super::keyed().v1())?.models().list().send().await.expect_err("status 400");
    assert!(error.is_content_filter());
    assert_eq!((error.code(), error.param()), (Some("content_filter"), Some("prompt")));
    assert_eq!(error.inner_error_code().as_deref(), Some("ResponsibleAIPolicyViolation"));
    let found = error.content_filter_result().ok_or("none")?;
    assert_eq!(found.hate.and_then(|found| found.severity), Some(FilterSeverity::High));
    let plain = json!({"error": {"message": "no", "code": "400", "innererror": null}});
    let error = refusing(plain).client(super::keyed().v1())?.models().list().send().await.expect_err("status 400");
    assert!(!error.is_content_filter() && error.content_filter_result().is_none());
    assert!(!openai_ext::Error::new(openai_ext::ErrorKind::Timeout, "late").is_content_filter());
    Ok(())
}

/// Streams recorded at Azure. Needs `../shared/streams`.
#[test]
fn recorded_streams() -> TestResult {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    let Ok(files) = std::fs::read_dir(&folder) else { return Ok(()) };
    let (mut prompts, mut choices, mut responses) = (0, 0, 0);
    for file in files {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for data in text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| data.contains("filter")) {
            let Ok(event) = serde_json::from_str::<Value>(data) else { continue };
            if let Some(response) = event.get("response") {
                let response: Response = serde_json::from_value(response.clone())?;
                for filter in response.content_filters() {
                    let checked = filter.content_filter_results.iter().count();
                    assert!(matches!(filter.source_type.as_str(), "prompt" | "completion") && !filter.blocked);
                    assert!(
                        checked > 0
                            && filter.content_filter_offsets.is_some()
                            && filter.content_filter_results.other.is_empty()
                    );
                    responses += 1;
                }
            } else if event.get("choices").is_some() {
                let chunk: ChatCompletionChunk = serde_json::from_value(event)?;
                let found = chunk.choices.iter().filter_map(|choice| choice.content_filter_results());
                for result in found.chain(chunk.prompt_filter_results().into_iter().map(|prompt| {
                    prompts += 1;
                    prompt.content_filter_results
                })) {
                    assert!(result.other.is_empty() && !result.is_filtered(), "{data}");
                    choices += usize::from(result.hate.is_some());
                }
            }
        }
    }
    assert!(prompts >= 4 && choices > 20 && responses >= 2, "{prompts} {choices} {responses}");
    Ok(())
}
