//! Fine-tuning jobs.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, send};

async fn begun(api: &Api) -> TestResult<(Value, String)> {
    let file = api.upload("train.jsonl", "fine-tune", b"{\"messages\": []}").await?;
    let method = json!({"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}});
    let body = json!({"model": "gpt-4o-mini", "training_file": file, "suffix": "mine", "seed": 7, "method": method, "metadata": {"k": "v"}});
    let job = api.post("/fine_tuning/jobs", body.clone()).await?;
    for field in ["model", "training_file", "seed", "method", "metadata"] {
        assert_eq!(job[field], body[field], "{field}");
    }
    let path = format!("/fine_tuning/jobs/{}", id(&job)?);
    assert!(path.starts_with("/fine_tuning/jobs/ftjob-"));
    Ok((job, path))
}

async fn messages(api: &Api, path: &str) -> TestResult<Vec<String>> {
    let events = api.get(&format!("{path}/events")).await?;
    let events = events["data"].as_array().into_iter().flatten();
    Ok(events.filter_map(|event| event["message"].as_str()).map(str::to_owned).collect())
}

async fn command(api: &Api, path: &str) -> TestResult<Value> {
    api.checked("POST", path, "", Default::default()).await
}

#[tokio::test]
async fn a_job_trains_a_model() -> TestResult {
    let api = Api::start().await?;
    let (job, path) = begun(&api).await?;
    assert_eq!((&job["status"], &job["fine_tuned_model"]), (&json!("validating_files"), &Value::Null));
    assert_eq!(api.page(&format!("{path}/checkpoints")).await?.0.len(), 0);
    assert_eq!(api.looks(&path, 4).await?, ["queued", "running", "succeeded", "succeeded"]);
    let done = api.get(&path).await?;
    let model = done["fine_tuned_model"].as_str().unwrap_or_default();
    assert!(
        model.starts_with("ft:gpt-4o-mini:openai-ext-mock:mine:")
            && done["finished_at"].is_u64()
            && done["trained_tokens"] == 4,
        "{done}"
    );
    let result = done["result_files"][0].as_str().unwrap_or_default();
    assert_eq!(api.get(&format!("/files/{result}")).await?["purpose"], "fine-tune-results");
    assert!(
        send(&api.server, "GET", &format!("/files/{result}/content"), "", "")
            .await?
            .text()
            .starts_with("step,train_loss")
    );
    let told = messages(&api, &path).await?;
    assert_eq!((told.len(), told[0].as_str()), (5, "The job has successfully completed"));
    let (ids, more) = api.page(&format!("{path}/events?limit=2")).await?;
    assert!(more && api.page(&format!("{path}/events?after={}", ids[1])).await?.0.len() == 3);
    let checkpoints = api.get(&format!("{path}/checkpoints?limit=2")).await?;
    assert_eq!(
        (&checkpoints["has_more"], &checkpoints["data"][0]["fine_tuned_model_checkpoint"]),
        (&json!(true), &json!(model))
    );
    assert_eq!(checkpoints["data"][1]["fine_tuning_job_id"], job["id"]);
    assert_eq!(api.page("/fine_tuning/jobs?metadata[k]=v").await?.0, [id(&job)?]);
    assert_eq!(api.page("/fine_tuning/jobs?metadata[k]=w").await?.0.len(), 0);
    assert_eq!(api.refused("POST", &format!("{path}/cancel"), Value::Null).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn a_job_pauses_resumes_and_is_cancelled() -> TestResult {
    let api = Api::start().await?;
    let (_, path) = begun(&api).await?;
    command(&api, &format!("{path}/pause")).await?;
    assert_eq!(api.looks(&path, 2).await?, ["validating_files", "validating_files"]);
    assert_eq!(api.refused("POST", &format!("{path}/pause"), Value::Null).await?.0, 400);
    command(&api, &format!("{path}/resume")).await?;
    assert_eq!(api.refused("POST", &format!("{path}/resume"), Value::Null).await?.0, 400);
    assert_eq!(api.looks(&path, 1).await?, ["queued"]);
    assert_eq!(command(&api, &format!("{path}/cancel")).await?["status"], "cancelled");
    assert_eq!(api.looks(&path, 2).await?, ["cancelled", "cancelled"]);
    let told = messages(&api, &path).await?;
    assert_eq!(told[0], "Fine-tuning job cancelled");
    assert!(
        told.contains(&"Fine-tuning job paused".to_owned()) && told.contains(&"Fine-tuning job resumed".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn jobs_of_nothing_are_refused() -> TestResult {
    let api = Api::start().await?;
    let body = |file: &str| json!({"model": "m", "training_file": file});
    assert_eq!(api.refused("POST", "/fine_tuning/jobs", body("file-0")).await?, missing("training_file"));
    assert_eq!(api.refused("POST", "/fine_tuning/jobs", json!({"model": "m"})).await?.1, "training_file");
    for path in ["", "/events", "/checkpoints"] {
        let path = format!("/fine_tuning/jobs/ftjob-0{path}");
        assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("fine_tuning_job_id"));
    }
    Ok(())
}
