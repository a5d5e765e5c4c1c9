//! Evals, their runs and what these put out.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::TestResult;

fn check(name: &str, operation: &str) -> Value {
    let (input, reference) = ("{{ sample.output_text }}", "{{item.answer}}");
    json!({"type": "string_check", "name": name, "input": input, "reference": reference, "operation": operation})
}

fn eval(criteria: &[Value]) -> Value {
    let schema = json!({"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]});
    let config = json!({"type": "custom", "item_schema": schema, "include_sample_schema": true});
    json!({"name": "rain", "metadata": {"k": "v"}, "data_source_config": config, "testing_criteria": criteria})
}

/// The model is asked to say the question; one of the answers is what it says.
fn source() -> Value {
    let row = |question: &str, answer: &str| json!({"item": {"question": question, "answer": answer}});
    let content = json!([row("it rains", "It rains."), row("it snows", "It rains.")]);
    let message = json!({"role": "user", "content": "Say {{ item.question }}"});
    json!({
        "type": "completions", "model": "gpt-5.5", "source": {"type": "file_content", "content": content},
        "input_messages": {"type": "template", "template": [message]}, "sampling_params": {"temperature": 0.5},
    })
}

async fn begun(api: &Api, source: Value) -> TestResult<(String, Value)> {
    let eval = api.post("/evals", eval(&[check("same", "eq"), check("part", "ilike")])).await?;
    let path = format!("/evals/{}/runs", id(&eval)?);
    let run = api.post(&path, json!({"name": "first", "data_source": source})).await?;
    Ok((path, run))
}

#[tokio::test]
async fn an_eval_is_what_was_asked_for() -> TestResult {
    let api = Api::start().await?;
    let label = json!({"type": "label_model", "name": "l", "model": "gpt-5.5", "labels": ["a", "b"], "passing_labels": ["a"],
        "input": [{"role": "user", "content": "{{item.answer}}"}]});
    let made = api.post("/evals", eval(&[check("same", "eq"), label])).await?;
    assert_eq!((&made["name"], &made["metadata"]["k"]), (&json!("rain"), &json!("v")));
    assert_eq!(made["data_source_config"]["schema"]["properties"]["item"]["required"], json!(["answer"]));
    assert_eq!(made["data_source_config"]["schema"]["required"], json!(["item", "sample"]));
    assert_eq!(made["testing_criteria"][0], check("same", "eq"));
    assert_eq!(made["testing_criteria"][1]["passing_labels"], json!(["a"]));
    let path = format!("/evals/{}", id(&made)?);
    let other = id(&api.post("/evals", eval(&[])).await?)?;
    let changed = api.post(&path, json!({"name": "snow", "metadata": null})).await?;
    assert_eq!((&changed["name"], &changed["metadata"]), (&json!("snow"), &Value::Null));
    assert_eq!(api.get(&path).await?, changed);
    assert_eq!(api.page("/evals").await?.0, [id(&made)?, other.clone()]);
    assert_eq!(api.page("/evals?order_by=updated_at").await?.0, [other.clone(), id(&made)?]);
    assert_eq!(api.page("/evals?order=desc&limit=1").await?, (vec![other], true));
    assert_eq!(api.delete(&path).await?, json!({"object": "eval.deleted", "deleted": true, "eval_id": made["id"]}));
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("eval_id"));
    Ok(())
}

#[tokio::test]
async fn a_run_grades_each_row() -> TestResult {
    let api = Api::start().await?;
    let (runs, run) = begun(&api, source()).await?;
    assert_eq!((&run["status"], &run["model"], &run["name"]), (&json!("queued"), &json!("gpt-5.5"), &json!("first")));
    let path = format!("{runs}/{}", id(&run)?);
    assert_eq!(api.page(&format!("{path}/output_items")).await?.0.len(), 0);
    assert_eq!(api.looks(&path, 3).await?, ["in_progress", "completed", "completed"]);
    let done = api.get(&path).await?;
    assert_eq!(done["result_counts"], json!({"total": 2, "errored": 0, "failed": 1, "passed": 1}));
    let by_name = |name: &str| json!({"testing_criteria": name, "passed": 1, "failed": 1});
    assert_eq!(done["per_testing_criteria_results"], json!([by_name("same"), by_name("part")]));
    let usage = &done["per_model_usage"][0];
    assert_eq!((&usage["model_name"], &usage["invocation_count"]), (&json!("gpt-5.5"), &json!(2)));
    let items = format!("{path}/output_items");
    let (ids, more) = api.page(&format!("{items}?limit=1")).await?;
    assert!(more && api.page(&format!("{items}?after={}", ids[0])).await?.0.len() == 1);
    let failed = api.get(&format!("{items}?status=fail")).await?;
    let item = &failed["data"][0];
    assert_eq!((failed["data"].as_array().map(Vec::len), &item["datasource_item_id"]), (Some(1), &json!(1)));
    assert_eq!(item["sample"]["input"], json!([{"role": "user", "content": "Say it snows"}]));
    assert_eq!(item["sample"]["output"][0]["content"], "It snows.");
    assert_eq!(item["sample"]["temperature"], 0.5);
    assert_eq!(item["results"][0], json!({"name": "same", "type": "string_check", "score": 0.0, "passed": false}));
    assert_eq!(&api.get(&format!("{items}/{}", id(item)?)).await?, item);
    assert_eq!(api.refused("GET", &format!("{items}/outputitem_0"), Value::Null).await?, missing("output_item_id"));
    assert_eq!(api.refused("POST", &format!("{path}/cancel"), Value::Null).await?.0, 400);
    assert_eq!(api.delete(&path).await?, json!({"object": "eval.run.deleted", "deleted": true, "run_id": run["id"]}));
    assert_eq!(api.refused("GET", &items, Value::Null).await?, missing("run_id"));
    Ok(())
}

#[tokio::test]
async fn rows_come_from_a_file_or_from_what_is_stored() -> TestResult {
    let api = Api::start().await?;
    let rows = concat!(
        r#"{"item": {"answer": "a"}, "sample": {"output_text": "a"}}"#,
        "\n\n",
        r#"{"item": {"answer": "b"}, "sample": {"output_text": "c"}}"#,
        "\n",
    );
    let file = api.upload("rows.jsonl", "evals", rows.as_bytes()).await?;
    let of_file = |file: &str| json!({"type": "jsonl", "source": {"type": "file_id", "id": file}});
    let (runs, run) = begun(&api, of_file(&file)).await?;
    let path = format!("{runs}/{}", id(&run)?);
    api.looks(&path, 2).await?;
    let done = api.get(&path).await?;
    assert_eq!(done["result_counts"], json!({"total": 2, "errored": 0, "failed": 1, "passed": 1}));
    assert_eq!(done["per_model_usage"], json!([]));
    for (content, why) in [("{}", "Line 1 has no 'item'."), ("\nno JSON", "Line 2 is not JSON")] {
        let file = api.upload("rows.jsonl", "evals", content.as_bytes()).await?;
        let run = api.post(&runs, json!({"data_source": of_file(&file)})).await?;
        let path = format!("{runs}/{}", id(&run)?);
        assert_eq!(api.looks(&path, 2).await?, ["in_progress", "failed"]);
        let message = api.get(&path).await?["error"]["message"].clone();
        assert!(message.as_str().is_some_and(|message| message.starts_with(why)), "{message}");
    }
    for body in [json!({"store": true, "metadata": {"a": "b"}}), json!({"store": true}), json!({"store": false})] {
        let mut body = body;
        body["model"] = json!("gpt-5.5");
        body["messages"] = json!([{"role": "user", "content": "Say a"}]);
        api.post("/chat/completions", body).await?;
    }
    api.post("/responses", json!({"model": "gpt-5.5", "input": "Say a"})).await?;
    for (kind, source, total) in [
        ("completions", json!({"type": "stored_completions"}), 2),
        ("completions", json!({"type": "stored_completions", "metadata": {"a": "b"}}), 1),
        ("completions", json!({"type": "stored_completions", "model": "other"}), 0),
        ("responses", json!({"type": "responses", "model": "gpt-5.5"}), 1),
    ] {
        let run = api.post(&runs, json!({"data_source": {"type": kind, "source": source}})).await?;
        let path = format!("{runs}/{}", id(&run)?);
        api.looks(&path, 2).await?;
        assert_eq!(api.get(&path).await?["result_counts"]["total"], total, "{source}");
    }
    Ok(())
}

#[tokio::test]
async fn texts_are_compared_as_the_graders_say() -> TestResult {
    let api = Api::start().await?;
    let alike = |threshold: f64| {
        json!({"type": "text_similarity", "name": "alike", "input": "{{sample.output_text}}", "reference": "it does rain",
            "evaluation_metric": "fuzzy_match", "pass_threshold": threshold})
    };
    let python = json!({"type": "python", "name": "p", "source": "def grade(sample, item): return 0"});
    let criteria =
        [check("a", "eq"), check("b", "ne"), check("c", "like"), check("d", "ilike"), alike(0.6), alike(0.7), python];
    let path = format!("/evals/{}/runs", id(&api.post("/evals", eval(&criteria)).await?)?);
    let row = json!({"item": {"answer": "RAIN"}, "sample": {"output_text": "It does snow"}});
    let rain = json!({"item": {"answer": "DOES"}, "sample": {"output_text": "It does rain"}});
    let source = json!({"type": "jsonl", "source": {"type": "file_content", "content": [row, rain]}});
    let run = api.post(&path, json!({"data_source": source})).await?;
    let path = format!("{path}/{}", id(&run)?);
    api.looks(&path, 2).await?;
    let items = api.get(&format!("{path}/output_items")).await?;
    let passed = |index: usize| -> Vec<bool> {
        let results = items["data"][index]["results"].as_array().into_iter().flatten();
        results.map(|result| result["passed"] == true).collect()
    };
    assert_eq!(passed(0), [false, true, false, false, true, false, true]);
    assert_eq!(passed(1), [false, true, false, true, true, true, true]);
    Ok(())
}

#[tokio::test]
async fn a_run_is_cancelled_and_runs_of_nothing_are_refused() -> TestResult {
    let api = Api::start().await?;
    let (runs, run) = begun(&api, source()).await?;
    let path = format!("{runs}/{}", id(&run)?);
    assert_eq!(api.looks(&path, 1).await?, ["in_progress"]);
    let cancel = format!("{path}/cancel");
    assert_eq!(api.checked("POST", &cancel, "", Default::default()).await?["status"], "canceled");
    assert_eq!(api.looks(&path, 2).await?, ["canceled", "canceled"]);
    assert_eq!(api.page(&format!("{runs}?status=canceled")).await?.0, [id(&run)?]);
    assert_eq!(api.page(&format!("{runs}?status=queued")).await?.0.len(), 0);
    let other = id(&api.post("/evals", eval(&[])).await?)?;
    assert_eq!(api.page(&format!("/evals/{other}/runs")).await?.0.len(), 0);
    let elsewhere = format!("/evals/{other}/runs/{}", id(&run)?);
    assert_eq!(api.refused("GET", &elsewhere, Value::Null).await?, missing("run_id"));
    assert_eq!(api.refused("POST", "/evals", json!({"testing_criteria": []})).await?.1, "data_source_config");
    assert_eq!(api.refused("POST", "/evals", json!({"data_source_config": {}})).await?.1, "testing_criteria");
    assert_eq!(api.refused("POST", &runs, json!({})).await?.1, "data_source");
    assert_eq!(api.refused("POST", "/evals/eval_0/runs", json!({})).await?, missing("eval_id"));
    let gone = json!({"data_source": {"type": "jsonl", "source": {"type": "file_id", "id": "file-0"}}});
    assert_eq!(api.refused("POST", &runs, gone).await?, missing("data_source.source.id"));
    Ok(())
}
