//! `/evals`, their runs, and the items that a run puts out.

use serde_json::{Value, json};

use super::grading::{self, SourceRow, Tally};
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::document;
use crate::handlers::shared::fields::{find, find_mut, given, id_of, merged, parameter};
use crate::handlers::shared::stored_files;
use crate::state::{self, Eval, EvalItem, EvalRun, Polls, ServerState};

const RUN: &str = "/evals/{eval_id}/runs/{run_id}";
/// The model of a run that names none.
const MODEL: &str = "gpt-4o-mini";

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/evals") => create(call, state),
        ("GET", "/evals") => list(call, state),
        ("GET", "/evals/{eval_id}") => eval(call, state).map(|eval| eval.object.clone().into()),
        ("POST", "/evals/{eval_id}") => modify(call, state),
        ("DELETE", "/evals/{eval_id}") => delete(call, state),
        ("POST", "/evals/{eval_id}/runs") => begin(call, state),
        ("GET", "/evals/{eval_id}/runs") => list_runs(call, state),
        ("GET", RUN) => retrieve(call, state),
        ("POST", "/evals/{eval_id}/runs/{run_id}/cancel") => cancel(call, state),
        ("DELETE", RUN) => delete_run(call, state),
        ("GET", "/evals/{eval_id}/runs/{run_id}/output_items") => list_items(call, state),
        ("GET", "/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}") => item(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    if !call.field("data_source_config").is_object() {
        return Err(Refusal::missing("data_source_config"));
    }
    let Some(criteria) = call.field("testing_criteria").as_array() else {
        return Err(Refusal::missing("testing_criteria"));
    };
    let id = call.rng().id("eval_");
    let schema = document::component("Eval").map(|eval| &eval["properties"]["testing_criteria"]["items"]);
    let fitted = criteria.iter().filter_map(|criterion| objects::fit(call, schema?, criterion));
    let own = json!({
        "id": id, "object": "eval", "created_at": call.now(), "testing_criteria": fitted.collect::<Vec<_>>(),
        "data_source_config": shown_config(call.field("data_source_config")),
    });
    let fields = merged(json!({"name": "", "metadata": null}), given("Eval", call));
    let fields = merged(fields, own.as_object().cloned().unwrap_or_default());
    let object = objects::make(call, "Eval", fields);
    state.evals.insert(id, Eval { object: object.clone(), updated: call.now() }, call.request.body.len());
    Ok(object.into())
}

/// The data source, with the schema that each row has.
fn shown_config(config: &Value) -> Value {
    let sample = json!({"type": "object", "properties": {"output_text": {"type": "string"}}});
    let (mut properties, mut required) = (json!({}), vec!["item"]);
    properties["item"] = config.get("item_schema").cloned().unwrap_or_else(|| json!({"type": "object"}));
    if config["type"] != "custom" || config["include_sample_schema"] == true {
        properties["sample"] = sample;
        required.push("sample");
    }
    let schema = json!({"type": "object", "properties": properties, "required": required});
    let mut shown = json!({"type": config["type"], "schema": schema});
    if let Some(metadata) = config.get("metadata") {
        shown["metadata"] = metadata.clone();
    }
    shown
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    if call.query("order_by") != Some("updated_at") {
        return state::page(call, &state.evals, |_| true, str::to_owned);
    }
    let mut evals: Vec<&Eval> = state.evals.iter().collect();
    evals.sort_by_key(|eval| eval.updated);
    state::page_of(call, &evals.into_iter().map(|eval| eval.object.clone()).collect::<Vec<_>>())
}

fn eval<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s Eval, Refusal> {
    let id = parameter(call, "eval_id");
    find(state.evals.get(id), "eval", id, "eval_id")
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "eval_id");
    let eval = find_mut(state.evals.get_mut(id), "eval", id, "eval_id")?;
    let mut body = call.body.clone();
    if let Value::Object(body) = &mut body {
        body.retain(|name, _| name == "name" || name == "metadata");
    }
    objects::amend("Eval", &mut eval.object, &body);
    eval.updated = call.now();
    Ok(eval.object.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "eval_id");
    find(state.evals.remove(id).as_ref(), "eval", id, "eval_id")?;
    state.eval_runs.retain(|run| run.object["eval_id"] != id);
    state.eval_items.retain(|item| item.object["eval_id"] != id);
    Ok(json!({"object": "eval.deleted", "deleted": true, "eval_id": id}).into())
}

fn begin(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let eval = id_of(&eval(call, state)?.object);
    let source = call.field("data_source");
    if !source.is_object() {
        return Err(Refusal::missing("data_source"));
    }
    if source["source"]["type"] == "file_id" {
        stored_files::get(state, source["source"]["id"].as_str().unwrap_or_default(), "data_source.source.id")?;
    }
    let id = call.rng().id("evalrun_");
    let own = json!({
        "id": id, "object": "eval.run", "created_at": call.now(), "eval_id": eval, "status": "queued",
        "model": source["model"].as_str().unwrap_or(MODEL), "data_source": source,
        "report_url": format!("https://platform.openai.com/evaluations/{eval}?run_id={id}"),
        "result_counts": {"total": 0, "errored": 0, "failed": 0, "passed": 0},
        "per_model_usage": [], "per_testing_criteria_results": [], "error": NO_ERROR.clone(),
    });
    let fields = merged(json!({"name": "", "metadata": null}), given("EvalRun", call));
    let fields = merged(fields, own.as_object().cloned().unwrap_or_default());
    let object = objects::make(call, "EvalRun", fields);
    state.eval_runs.insert(id, EvalRun { object: object.clone(), polls: Polls::default() }, call.request.body.len());
    Ok(object.into())
}

/// The document lets no error be null.
static NO_ERROR: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({"code": "", "message": ""}));

fn list_runs(call: &Call<'_>, state: &ServerState) -> Outcome {
    let eval = &eval(call, state)?.object["id"];
    let status = call.query("status");
    let wanted =
        |run: &EvalRun| run.object["eval_id"] == *eval && status.is_none_or(|status| run.object["status"] == status);
    state::page(call, &state.eval_runs, wanted, str::to_owned)
}

fn run<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut EvalRun, Refusal> {
    let (eval, id) = (parameter(call, "eval_id"), parameter(call, "run_id"));
    find(state.evals.get(eval), "eval", eval, "eval_id")?;
    let found = state.eval_runs.get_mut(id).filter(|run| run.object["eval_id"] == eval);
    find_mut(found, "eval run", id, "run_id")
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let per_step = state.settings.polls_per_step;
    for _ in 0..run(call, state)?.polls.count(per_step) {
        let now = run(call, state)?.object.clone();
        let fields = match now["status"].as_str() {
            Some("queued") => json!({"status": "in_progress"}),
            Some("in_progress") => finish(call, state, &now)?,
            _ => break,
        };
        objects::set("EvalRun", &mut run(call, state)?.object, fields);
    }
    Ok(run(call, state)?.object.clone().into())
}

/// The end of a run: each row has been answered and graded, or they could not be read.
fn finish(call: &Call<'_>, state: &mut ServerState, now: &Value) -> Result<Value, Refusal> {
    let criteria = eval(call, state)?.object["testing_criteria"].clone();
    let criteria = criteria.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = match SourceRow::all(state, &now["data_source"]) {
        Ok(rows) => rows,
        Err(message) => {
            return Ok(json!({"status": "failed", "error": {"code": "invalid_data_source", "message": message}}));
        }
    };
    let mut tally = Tally::new(criteria);
    for (index, row) in rows.iter().enumerate() {
        let mut fields = grading::graded(row, criteria, now, &mut tally);
        fields["id"] = Value::from(call.rng().child(10 + index as u64).id("outputitem_"));
        fields["created_at"] = Value::from(call.now());
        fields["datasource_item_id"] = Value::from(index);
        let object = objects::make(call, "EvalRunOutputItem", fields);
        let weight = object.to_string().len();
        state.eval_items.insert(id_of(&object), EvalItem { run: id_of(now), object }, weight);
    }
    Ok(tally.of_run(now))
}

fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let run = run(call, state)?;
    match run.object["status"].as_str() {
        Some("queued" | "in_progress") => objects::set("EvalRun", &mut run.object, json!({"status": "canceled"})),
        status => {
            let status = status.unwrap_or_default();
            return Err(Refusal::state(format!("A run with status '{status}' cannot be canceled.")));
        }
    }
    Ok(run.object.clone().into())
}

fn delete_run(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = id_of(&run(call, state)?.object);
    state.eval_runs.remove(&id);
    state.eval_items.retain(|item| item.run != id);
    Ok(json!({"object": "eval.run.deleted", "deleted": true, "run_id": id}).into())
}

fn list_items(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = id_of(&run(call, state)?.object);
    let status = call.query("status");
    let wanted = |item: &EvalItem| item.run == id && status.is_none_or(|status| item.object["status"] == status);
    state::page(call, &state.eval_items, wanted, str::to_owned)
}

fn item(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let (run, id) = (id_of(&run(call, state)?.object), parameter(call, "output_item_id"));
    let found = state.eval_items.get(id).filter(|item| item.run == run);
    Ok(HandlerAnswer::Object(find(found, "output item", id, "output_item_id")?.object.clone()))
}
