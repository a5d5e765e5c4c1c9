//! The objects that the API keeps: vector stores, batches, assistants, conversations, fine-tuning, evals.

use std::time::Duration;

use openai_ext::Client;
use serde_json::json;

use super::{Outcome, drain, of, table};

table![
    vector_stores_create,
    vector_stores_create_empty,
    vector_stores_update,
    vector_stores_list,
    vector_stores_search,
    vector_stores_delete,
    vector_store_file_create,
    vector_store_file_update,
    vector_store_files_list,
    vector_store_file_content,
    file_batch_create,
    vector_store_file_create_and_poll,
    file_batch_create_and_poll,
    runs_create_and_poll,
    runs_poll,
    videos_create_and_poll,
    file_batch_files,
    file_batch_cancel,
    batches_create,
    batches_list,
    batches_cancel,
    assistants_create,
    assistants_list,
    assistants_update,
    threads_create,
    threads_create_empty,
    threads_create_and_run,
    threads_delete,
    messages_create,
    messages_list,
    runs_create,
    runs_create_stream,
    runs_submit_tool_outputs,
    runs_cancel,
    run_step_retrieve,
    conversations_create,
    conversations_update,
    conversation_items_create,
    conversation_items_list,
    conversation_item_delete,
    fine_tuning_create,
    fine_tuning_list,
    fine_tuning_events,
    fine_tuning_pause,
    checkpoint_permissions_create,
    evals_create,
    evals_list,
    eval_runs_create,
    eval_output_items,
    models_list,
    admin_audit_logs,
    admin_usage,
    admin_project_create,
];

const RESULTS: &str = "step_details.tool_calls[*].file_search.results[*].content";

async fn vector_stores_create(client: Client) -> Outcome {
    let mut call = client.vector_stores().create().name("notes").file_ids(["file-1", "file-2"]);
    let body = call.body_mut();
    body.expires_after = of(json!({"anchor": "last_active_at", "days": 7}))?;
    body.chunking_strategy =
        of(json!({"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}}))?;
    call.metadata([("job", "7")]).send().await?;
    Ok(())
}

async fn vector_stores_create_empty(client: Client) -> Outcome {
    client.vector_stores().create().send().await?;
    Ok(())
}

async fn vector_stores_update(client: Client) -> Outcome {
    // A name that is null is not one that is unset.
    let call = client.vector_stores().update("vs_1").with_body_field("name", serde_json::Value::Null);
    call.metadata(<[(&str, &str); 0]>::default()).send().await?;
    Ok(())
}

async fn vector_stores_list(client: Client) -> Outcome {
    client.vector_stores().list().limit(2).order("asc").before("vs_1").send().await?;
    Ok(())
}

async fn vector_stores_search(client: Client) -> Outcome {
    let mut call = client
        .vector_stores()
        .search("vs_1", [String::from("a"), String::from("b")])
        .max_num_results(3)
        .rewrite_query(true);
    let body = call.body_mut();
    body.filters = of(json!({"type": "and", "filters": [
        {"type": "eq", "key": "x", "value": 1.5}, {"type": "ne", "key": "y", "value": true},
    ]}))?;
    body.ranking_options = of(json!({"ranker": "auto", "score_threshold": 0.5}))?;
    call.send().await?;
    Ok(())
}

async fn vector_stores_delete(client: Client) -> Outcome {
    client.vector_stores().delete("vs_1").send().await?;
    Ok(())
}

async fn vector_store_file_create(client: Client) -> Outcome {
    let mut call = client.vector_stores().files().create("vs_1", "file-1");
    let body = call.body_mut();
    body.attributes = of(json!({"a": "x", "b": 2, "c": true}))?;
    body.chunking_strategy = of(json!({"type": "auto"}))?;
    call.send().await?;
    Ok(())
}

async fn vector_store_file_update(client: Client) -> Outcome {
    client.vector_stores().files().update("vs_1", "file-1", [("a", 0.5)]).send().await?;
    Ok(())
}

async fn vector_store_files_list(client: Client) -> Outcome {
    client.vector_stores().files().list("vs_1").filter("completed").limit(10).send().await?;
    Ok(())
}

async fn vector_store_file_content(client: Client) -> Outcome {
    client.vector_stores().files().content("vs_1", "file-1").send().await?;
    Ok(())
}

async fn file_batch_create(client: Client) -> Outcome {
    client.vector_stores().file_batches().create("vs_1").file_ids(["file-1", "file-2"]).send().await?;
    Ok(())
}

async fn vector_store_file_create_and_poll(client: Client) -> Outcome {
    client.vector_stores().files().create("vs_1", "file-1").send_and_poll().await?;
    Ok(())
}

async fn file_batch_create_and_poll(client: Client) -> Outcome {
    let call = client.vector_stores().file_batches().create("vs_1").file_ids(["file-1"]);
    call.send_and_poll().with_poll_interval(Duration::from_millis(20)).await?;
    Ok(())
}

async fn runs_create_and_poll(client: Client) -> Outcome {
    let call = client.beta().threads().runs().create("thread_1", "asst_1");
    call.send_and_poll().with_poll_interval(Duration::from_millis(20)).await?;
    Ok(())
}

async fn runs_poll(client: Client) -> Outcome {
    client.beta().threads().runs().retrieve("thread_1", "job_1").with_header("x-mine", "yes").poll().await?;
    Ok(())
}

async fn videos_create_and_poll(client: Client) -> Outcome {
    client.videos().create("A cat").send_and_poll().with_poll_interval(Duration::from_millis(20)).await?;
    Ok(())
}

async fn file_batch_files(client: Client) -> Outcome {
    let call = client.vector_stores().file_batches().list_files("vs_1", "vsfb_1");
    call.filter("failed").after("file-1").send().await?;
    Ok(())
}

async fn file_batch_cancel(client: Client) -> Outcome {
    client.vector_stores().file_batches().cancel("vs_1", "vsfb_1").send().await?;
    Ok(())
}

async fn batches_create(client: Client) -> Outcome {
    let mut call = client.batches().create("file-1", "/v1/chat/completions").metadata([("job", "7")]);
    call.body_mut().output_expires_after = of(json!({"anchor": "created_at", "seconds": 3600}))?;
    call.send().await?;
    Ok(())
}

async fn batches_list(client: Client) -> Outcome {
    client.batches().list().after("batch_1").limit(2).send().await?;
    Ok(())
}

async fn batches_cancel(client: Client) -> Outcome {
    client.batches().cancel("batch_1").send().await?;
    Ok(())
}

async fn assistants_create(client: Client) -> Outcome {
    let call = client.beta().assistants().create("gpt-5.5").name("Helper").instructions("Help.").temperature(0.5);
    let mut call = call.metadata([("job", "7")]);
    let body = call.body_mut();
    body.tools = of(json!([
        {"type": "code_interpreter"}, {"type": "file_search", "file_search": {"max_num_results": 5}},
    ]))?;
    body.tool_resources = of(json!({
        "file_search": {"vector_store_ids": ["vs_1"]}, "code_interpreter": {"file_ids": ["file-1"]},
    }))?;
    body.response_format = of(json!("auto"))?;
    call.send().await?;
    Ok(())
}

async fn assistants_list(client: Client) -> Outcome {
    client.beta().assistants().list().limit(2).order("desc").after("asst_1").before("asst_9").send().await?;
    Ok(())
}

async fn assistants_update(client: Client) -> Outcome {
    client.beta().assistants().update("asst_1").name("Other").top_p(0.5).send().await?;
    Ok(())
}

async fn threads_create(client: Client) -> Outcome {
    let mut call = client.beta().threads().create().metadata([("job", "7")]);
    call.body_mut().messages = of(json!([{
        "role": "user", "content": "Hi", "attachments": [{"file_id": "file-1", "tools": [{"type": "file_search"}]}],
    }]))?;
    call.send().await?;
    Ok(())
}

async fn threads_create_empty(client: Client) -> Outcome {
    client.beta().threads().create().send().await?;
    Ok(())
}

async fn threads_create_and_run(client: Client) -> Outcome {
    let mut call = client.beta().threads().create_and_run("asst_1").instructions("Help.");
    call.body_mut().thread = of(json!({"messages": [{"role": "user", "content": "Hi"}]}))?;
    call.send().await?;
    Ok(())
}

async fn threads_delete(client: Client) -> Outcome {
    client.beta().threads().delete("thread_1").send().await?;
    Ok(())
}

async fn messages_create(client: Client) -> Outcome {
    let content: openai_ext::types::ThreadMessageCreateParamsContent = of(json!([
        {"type": "text", "text": "Hi"}, {"type": "image_file", "image_file": {"file_id": "file-1"}},
    ]))?;
    client.beta().threads().messages().create("thread_1", "user", content).send().await?;
    Ok(())
}

async fn messages_list(client: Client) -> Outcome {
    client.beta().threads().messages().list("thread_1").run_id("run_1").limit(3).send().await?;
    Ok(())
}

async fn runs_create(client: Client) -> Outcome {
    let call = client.beta().threads().runs().create("thread_1", "asst_1").include([RESULTS]);
    let mut call = call.max_completion_tokens(300);
    let body = call.body_mut();
    body.additional_messages = of(json!([{"role": "user", "content": "And?"}]))?;
    body.truncation_strategy = of(json!({"type": "last_messages", "last_messages": 5}))?;
    body.tool_choice = of(json!("required"))?;
    call.send().await?;
    Ok(())
}

async fn runs_create_stream(client: Client) -> Outcome {
    drain(client.beta().threads().runs().create("thread_1", "asst_1").stream().await?).await
}

async fn runs_submit_tool_outputs(client: Client) -> Outcome {
    let output: openai_ext::types::RunToolOutput = of(json!({"tool_call_id": "call_1", "output": "rain"}))?;
    client.beta().threads().runs().submit_tool_outputs("thread_1", "run_1", [output]).send().await?;
    Ok(())
}

async fn runs_cancel(client: Client) -> Outcome {
    client.beta().threads().runs().cancel("thread_1", "run_1").send().await?;
    Ok(())
}

async fn run_step_retrieve(client: Client) -> Outcome {
    client.beta().threads().runs().steps().retrieve("thread_1", "run_1", "step_1").include([RESULTS]).send().await?;
    Ok(())
}

async fn conversations_create(client: Client) -> Outcome {
    let mut call = client.conversations().create().metadata([("job", "7")]);
    call.body_mut().items = of(json!([{"type": "message", "role": "user", "content": "Hi"}]))?;
    call.send().await?;
    Ok(())
}

async fn conversations_update(client: Client) -> Outcome {
    client.conversations().update("conv_1", [("job", "8")]).send().await?;
    Ok(())
}

async fn conversation_items_create(client: Client) -> Outcome {
    let item: openai_ext::types::ResponseInputItem =
        of(json!({"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}))?;
    let call = client.conversations().items().create("conv_1", [item]);
    call.include(["message.input_image.image_url", "reasoning.encrypted_content"]).send().await?;
    Ok(())
}

async fn conversation_items_list(client: Client) -> Outcome {
    let call = client.conversations().items().list("conv_1").include(["reasoning.encrypted_content"]);
    call.limit(2).order("asc").send().await?;
    Ok(())
}

async fn conversation_item_delete(client: Client) -> Outcome {
    client.conversations().items().delete("conv_1", "msg_1").send().await?;
    Ok(())
}

async fn fine_tuning_create(client: Client) -> Outcome {
    let call = client.fine_tuning().jobs().create("gpt-4o-mini", "file-1").validation_file("file-2");
    let mut call = call.suffix("mine").seed(7);
    let body = call.body_mut();
    body.method = of(json!({
        "type": "supervised", "supervised": {"hyperparameters": {"n_epochs": "auto", "batch_size": 4}},
    }))?;
    body.integrations = of(json!([{"type": "wandb", "wandb": {"project": "p", "tags": ["t"]}}]))?;
    call.send().await?;
    Ok(())
}

async fn fine_tuning_list(client: Client) -> Outcome {
    let call = client.fine_tuning().jobs().list().limit(2).after("ftjob-1").metadata([("job", "7"), ("x", "y")]);
    call.send().await?;
    Ok(())
}

async fn fine_tuning_events(client: Client) -> Outcome {
    client.fine_tuning().jobs().list_events("ftjob-1").limit(2).send().await?;
    Ok(())
}

async fn fine_tuning_pause(client: Client) -> Outcome {
    client.fine_tuning().jobs().pause("ftjob-1").send().await?;
    Ok(())
}

async fn checkpoint_permissions_create(client: Client) -> Outcome {
    let permissions = client.fine_tuning().checkpoints().permissions();
    permissions.create("ft:gpt-4o-mini:org::id:ckpt-step-1", ["proj_1"]).send().await?;
    Ok(())
}

async fn evals_create(client: Client) -> Outcome {
    let body: openai_ext::types::EvalCreateParams = of(json!({
        "name": "e",
        "data_source_config": {
            "type": "custom",
            "item_schema": {"type": "object", "properties": {"q": {"type": "string"}}},
            "include_sample_schema": true,
        },
        "testing_criteria": [{
            "type": "string_check", "name": "same", "input": "{{sample.output_text}}", "operation": "eq",
            "reference": "{{item.a}}",
        }],
        "metadata": {"job": "7"},
    }))?;
    client.evals().create_with(body).send().await?;
    Ok(())
}

async fn evals_list(client: Client) -> Outcome {
    client.evals().list().limit(2).order("desc").order_by("updated_at").send().await?;
    Ok(())
}

async fn eval_runs_create(client: Client) -> Outcome {
    let body: openai_ext::types::EvalRunCreateParams = of(json!({
        "name": "r", "data_source": {"type": "jsonl", "source": {"type": "file_id", "id": "file-1"}},
    }))?;
    client.evals().runs().create_with("eval_1", body).send().await?;
    Ok(())
}

async fn eval_output_items(client: Client) -> Outcome {
    client.evals().runs().output_items().list("eval_1", "evalrun_1").status("fail").limit(5).send().await?;
    Ok(())
}

async fn models_list(client: Client) -> Outcome {
    client.models().list().send().await?;
    Ok(())
}

async fn admin_audit_logs(client: Client) -> Outcome {
    let logs = client.admin().organization().audit_logs().list().actor_ids(["user-1", "user-2"]);
    let at: openai_ext::types::AdminOrganizationAuditLogListEffectiveAt = of(json!({"gt": 1, "lte": 99}))?;
    logs.effective_at(at).event_types(["project.created"]).limit(2).send().await?;
    Ok(())
}

async fn admin_usage(client: Client) -> Outcome {
    let usage = client.admin().organization().usage().completions(1).bucket_width("1d");
    usage.group_by(["model", "project_id"]).batch(true).models(["gpt-5.5"]).send().await?;
    Ok(())
}

async fn admin_project_create(client: Client) -> Outcome {
    client.admin().organization().projects().create("p").send().await?;
    Ok(())
}
