//! `/fine_tuning/jobs`, their events and checkpoints, and the models that they made.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{find, find_mut, given, id_of, merged, metadata_filter, parameter};
use crate::handlers::shared::stored_files::{self, NewFile};
use crate::state::{self, FineTuningJob, JobRecord, Polls, ServerState, Table};

/// A job trains this many epochs, with a checkpoint after each.
const EPOCHS: u64 = 3;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/fine_tuning/jobs") => create(call, state),
        ("GET", "/fine_tuning/jobs") => list(call, state),
        ("GET", "/fine_tuning/jobs/{fine_tuning_job_id}") => retrieve(call, state),
        ("POST", "/fine_tuning/jobs/{fine_tuning_job_id}/cancel") => cancel(call, state),
        ("POST", "/fine_tuning/jobs/{fine_tuning_job_id}/pause") => pause(call, state, true),
        ("POST", "/fine_tuning/jobs/{fine_tuning_job_id}/resume") => pause(call, state, false),
        ("GET", "/fine_tuning/jobs/{fine_tuning_job_id}/events") => list_of(call, state, |state| &state.job_events),
        ("GET", "/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints") => {
            list_of(call, state, |state| &state.checkpoints)
        }
        ("DELETE", "/models/{model}") => delete_model(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let model = call.required_text("model")?;
    let training_file = call.required_text("training_file")?;
    stored_files::get(state, training_file, "training_file")?;
    if let Some(file) = call.optional_text("validation_file")? {
        stored_files::get(state, file, "validation_file")?;
    }
    let id = call.rng().id("ftjob-");
    let defaults = json!({
        "validation_file": null, "integrations": [], "metadata": null, "seed": 42,
        "hyperparameters": {"batch_size": "auto", "learning_rate_multiplier": "auto", "n_epochs": EPOCHS},
        "method": {"type": "supervised", "supervised": {"hyperparameters":
            {"batch_size": "auto", "learning_rate_multiplier": "auto", "n_epochs": EPOCHS}}},
    });
    let own = json!({
        "id": id, "object": "fine_tuning.job", "created_at": call.now(), "model": model, "training_file": training_file,
        "status": "validating_files", "error": null, "fine_tuned_model": null, "finished_at": null,
        "trained_tokens": null, "result_files": [], "estimated_finish": null, "organization_id": "org-mock",
    });
    let fields = merged(merged(defaults, given("FineTuningJob", call)), own.as_object().cloned().unwrap_or_default());
    let object = objects::make(call, "FineTuningJob", fields);
    let suffix = call.optional_text("suffix")?.map(str::to_owned);
    let job = FineTuningJob { object: object.clone(), polls: Polls::default(), paused: false, suffix };
    state.jobs.insert(id.clone(), job, call.request.body.len());
    tell(call, state, &id, 0, &format!("Created fine-tuning job: {id}"));
    tell(call, state, &id, 1, &format!("Validating training file: {training_file}"));
    Ok(object.into())
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let pairs = metadata_filter(call);
    let wanted = |job: &FineTuningJob| pairs.iter().all(|(name, value)| job.object["metadata"][*name] == *value);
    state::page(call, &state.jobs, wanted, str::to_owned)
}

fn list_of(call: &Call<'_>, state: &ServerState, table: impl Fn(&ServerState) -> &Table<JobRecord>) -> Outcome {
    let id = parameter(call, "fine_tuning_job_id");
    find(state.jobs.get(id), "fine-tuning job", id, "fine_tuning_job_id")?;
    state::page(call, table(state), |of_job| of_job.job == id, str::to_owned)
}

fn job<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut FineTuningJob, Refusal> {
    let id = parameter(call, "fine_tuning_job_id");
    find_mut(state.jobs.get_mut(id), "fine-tuning job", id, "fine_tuning_job_id")
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let per_step = state.settings.polls_per_step;
    let job_now = job(call, state)?;
    let steps = if job_now.paused { 0 } else { job_now.polls.count(per_step) };
    for number in 0..u64::from(steps) {
        step(call, state, number)?;
    }
    Ok(job(call, state)?.object.clone().into())
}

/// One status further.
fn step(call: &Call<'_>, state: &mut ServerState, number: u64) -> Result<(), Refusal> {
    let id = parameter(call, "fine_tuning_job_id");
    let now = job(call, state)?.object.clone();
    let (fields, told) = match now["status"].as_str() {
        Some("validating_files") => (json!({"status": "queued"}), "Files validated, moving job to queued state"),
        Some("queued") => (json!({"status": "running"}), "Fine-tuning job started"),
        Some("running") => (finish(call, state, &now)?, "The job has successfully completed"),
        _ => return Ok(()),
    };
    objects::set("FineTuningJob", &mut job(call, state)?.object, fields);
    tell(call, state, id, number, told);
    Ok(())
}

/// The end of a job: checkpoints, a file of results, a model.
fn finish(call: &Call<'_>, state: &mut ServerState, now: &Value) -> Result<Value, Refusal> {
    let mut rng = call.rng().child(3);
    let suffix = job(call, state)?.suffix.clone().unwrap_or_default();
    let base = now["model"].as_str().unwrap_or_default();
    let model = format!("ft:{base}:openai-ext-mock:{suffix}:{}", rng.hex(8));
    let mut csv = "step,train_loss,train_accuracy\n".to_owned();
    for epoch in 1..=EPOCHS {
        let (step_number, loss) = (epoch * 10, 1.0 / f64::from(u32::try_from(epoch).unwrap_or(1)));
        csv.push_str(&format!("{step_number},{loss},{}\n", 1.0 - loss / 2.0));
        let checkpoint = if epoch == EPOCHS { model.clone() } else { format!("{model}:ckpt-step-{step_number}") };
        let fields = json!({
            "id": rng.id("ftckpt_"), "object": "fine_tuning.job.checkpoint", "created_at": call.now(),
            "fine_tuning_job_id": now["id"], "step_number": step_number,
            "fine_tuned_model_checkpoint": checkpoint,
            "metrics": {"step": step_number, "train_loss": loss, "train_mean_token_accuracy": 1.0 - loss / 2.0},
        });
        let object = objects::make(call, "FineTuningJobCheckpoint", fields);
        state.checkpoints.insert(id_of(&object), JobRecord { job: id_of(now), object }, 0);
    }
    let trained = now["training_file"].as_str().and_then(|id| state.files.get(id)).map_or(0, |file| file.bytes.len());
    let result = NewFile {
        id: rng.id("file-"),
        filename: "step_metrics.csv",
        purpose: "fine-tune-results",
        expires_at: None,
        bytes: Bytes::from(csv),
    };
    let result = stored_files::store(call, state, result);
    Ok(json!({
        "status": "succeeded", "fine_tuned_model": model, "finished_at": call.now(),
        "trained_tokens": trained.div_ceil(4), "result_files": [result["id"]],
    }))
}

/// Only a model that a job made can be deleted, and only once.
fn delete_model(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let model = parameter(call, "model");
    let made = state.jobs.iter().any(|job| job.object["fine_tuned_model"] == model);
    if !made || !state.deleted_models.insert(model.to_owned()) {
        return Err(Refusal::not_found("model", model, "model"));
    }
    Ok(json!({"id": model, "object": "model", "deleted": true}).into())
}

fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    live(call, state, "cancelled")?;
    let fields = json!({"status": "cancelled", "finished_at": call.now()});
    objects::set("FineTuningJob", &mut job(call, state)?.object, fields);
    tell(call, state, parameter(call, "fine_tuning_job_id"), 0, "Fine-tuning job cancelled");
    Ok(job(call, state)?.object.clone().into())
}

fn pause(call: &Call<'_>, state: &mut ServerState, paused: bool) -> Outcome {
    live(call, state, if paused { "paused" } else { "resumed" })?;
    let job_now = job(call, state)?;
    if job_now.paused == paused {
        let how = if paused { "already paused" } else { "not paused" };
        return Err(Refusal::state(format!("The job is {how}.")));
    }
    job_now.paused = paused;
    let object = job_now.object.clone();
    let told = if paused { "Fine-tuning job paused" } else { "Fine-tuning job resumed" };
    tell(call, state, parameter(call, "fine_tuning_job_id"), 0, told);
    Ok(object.into())
}

/// Refuses what only a job that has not ended can be.
fn live(call: &Call<'_>, state: &mut ServerState, wanted: &str) -> Result<(), Refusal> {
    let status = &job(call, state)?.object["status"];
    match status.as_str() {
        Some(status @ ("succeeded" | "failed" | "cancelled")) => {
            Err(Refusal::state(format!("A job with status '{status}' cannot be {wanted}.")))
        }
        _ => Ok(()),
    }
}

/// Adds an event. `number` tells the events of one call apart.
fn tell(call: &Call<'_>, state: &mut ServerState, job: &str, number: u64, message: &str) {
    let fields = json!({
        "id": call.rng().child(100 + number).id("ftevent-"), "object": "fine_tuning.job.event", "created_at": call.now(),
        "level": "info", "message": message, "type": "message", "data": {},
    });
    let object = objects::make(call, "FineTuningJobEvent", fields);
    state.job_events.insert(id_of(&object), JobRecord { job: job.to_owned(), object }, 0);
}
