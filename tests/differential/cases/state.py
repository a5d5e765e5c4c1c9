"""What the API keeps: vector stores, batches, assistants, conversations, fine-tuning, evals."""

from . import table

CASES, case = table()


@case
def vector_stores_create(api):
    api.vector_stores.create(
        name="notes",
        file_ids=["file-1", "file-2"],
        expires_after={"anchor": "last_active_at", "days": 7},
        chunking_strategy={"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}},
        metadata={"job": "7"},
    )


@case
def vector_stores_create_empty(api):
    api.vector_stores.create()


@case
def vector_stores_update(api):
    api.vector_stores.update("vs_1", name=None, metadata={})


@case
def vector_stores_list(api):
    api.vector_stores.list(limit=2, order="asc", before="vs_1")


@case
def vector_stores_search(api):
    api.vector_stores.search(
        "vs_1",
        query=["a", "b"],
        max_num_results=3,
        rewrite_query=True,
        filters={"type": "and", "filters": [{"type": "eq", "key": "x", "value": 1.5}, {"type": "ne", "key": "y", "value": True}]},
        ranking_options={"ranker": "auto", "score_threshold": 0.5},
    )


@case
def vector_stores_delete(api):
    api.vector_stores.delete("vs_1")


@case
def vector_store_file_create(api):
    api.vector_stores.files.create("vs_1", file_id="file-1", attributes={"a": "x", "b": 2, "c": True}, chunking_strategy={"type": "auto"})


@case
def vector_store_file_update(api):
    api.vector_stores.files.update("file-1", vector_store_id="vs_1", attributes={"a": 0.5})


@case
def vector_store_files_list(api):
    api.vector_stores.files.list("vs_1", filter="completed", limit=10)


@case
def vector_store_file_content(api):
    api.vector_stores.files.content("file-1", vector_store_id="vs_1")


@case
def file_batch_create(api):
    api.vector_stores.file_batches.create("vs_1", file_ids=["file-1", "file-2"])


@case
def vector_store_file_create_and_poll(api):
    api.vector_stores.files.create_and_poll("file-1", vector_store_id="vs_1")


@case
def file_batch_create_and_poll(api):
    api.vector_stores.file_batches.create_and_poll("vs_1", file_ids=["file-1"], poll_interval_ms=20)


@case
def runs_create_and_poll(api):
    api.beta.threads.runs.create_and_poll(thread_id="thread_1", assistant_id="asst_1", poll_interval_ms=20)


@case
def runs_poll(api):
    api.beta.threads.runs.poll("job_1", thread_id="thread_1", extra_headers={"x-mine": "yes"})


@case
def videos_create_and_poll(api):
    api.videos.create_and_poll(prompt="A cat", poll_interval_ms=20)


@case
def file_batch_files(api):
    api.vector_stores.file_batches.list_files("vsfb_1", vector_store_id="vs_1", filter="failed", after="file-1")


@case
def file_batch_cancel(api):
    api.vector_stores.file_batches.cancel("vsfb_1", vector_store_id="vs_1")


@case
def batches_create(api):
    api.batches.create(
        input_file_id="file-1",
        endpoint="/v1/chat/completions",
        completion_window="24h",
        metadata={"job": "7"},
        output_expires_after={"anchor": "created_at", "seconds": 3600},
    )


@case
def batches_list(api):
    api.batches.list(after="batch_1", limit=2)


@case
def batches_cancel(api):
    api.batches.cancel("batch_1")


@case
def assistants_create(api):
    api.beta.assistants.create(
        model="gpt-5.5",
        name="Helper",
        instructions="Help.",
        tools=[{"type": "code_interpreter"}, {"type": "file_search", "file_search": {"max_num_results": 5}}],
        tool_resources={"file_search": {"vector_store_ids": ["vs_1"]}, "code_interpreter": {"file_ids": ["file-1"]}},
        temperature=0.5,
        response_format="auto",
        metadata={"job": "7"},
    )


@case
def assistants_list(api):
    api.beta.assistants.list(limit=2, order="desc", after="asst_1", before="asst_9")


@case
def assistants_update(api):
    api.beta.assistants.update("asst_1", name="Other", top_p=0.5)


@case
def threads_create(api):
    api.beta.threads.create(
        messages=[{"role": "user", "content": "Hi", "attachments": [{"file_id": "file-1", "tools": [{"type": "file_search"}]}]}],
        metadata={"job": "7"},
    )


@case
def threads_create_empty(api):
    api.beta.threads.create()


@case
def threads_create_and_run(api):
    api.beta.threads.create_and_run(assistant_id="asst_1", thread={"messages": [{"role": "user", "content": "Hi"}]}, instructions="Help.")


@case
def threads_delete(api):
    api.beta.threads.delete("thread_1")


@case
def messages_create(api):
    api.beta.threads.messages.create("thread_1", role="user", content=[{"type": "text", "text": "Hi"}, {"type": "image_file", "image_file": {"file_id": "file-1"}}])


@case
def messages_list(api):
    api.beta.threads.messages.list("thread_1", run_id="run_1", limit=3)


@case
def runs_create(api):
    api.beta.threads.runs.create(
        "thread_1",
        assistant_id="asst_1",
        include=["step_details.tool_calls[*].file_search.results[*].content"],
        additional_messages=[{"role": "user", "content": "And?"}],
        max_completion_tokens=300,
        truncation_strategy={"type": "last_messages", "last_messages": 5},
        tool_choice="required",
    )


@case
def runs_create_stream(api):
    for _ in api.beta.threads.runs.create("thread_1", assistant_id="asst_1", stream=True):
        pass


@case
def runs_submit_tool_outputs(api):
    api.beta.threads.runs.submit_tool_outputs("run_1", thread_id="thread_1", tool_outputs=[{"tool_call_id": "call_1", "output": "rain"}])


@case
def runs_cancel(api):
    api.beta.threads.runs.cancel("run_1", thread_id="thread_1")


@case
def run_step_retrieve(api):
    api.beta.threads.runs.steps.retrieve(
        "step_1", thread_id="thread_1", run_id="run_1", include=["step_details.tool_calls[*].file_search.results[*].content"]
    )


@case
def conversations_create(api):
    api.conversations.create(items=[{"type": "message", "role": "user", "content": "Hi"}], metadata={"job": "7"})


@case
def conversations_update(api):
    api.conversations.update("conv_1", metadata={"job": "8"})


@case
def conversation_items_create(api):
    api.conversations.items.create(
        "conv_1",
        items=[{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        include=["message.input_image.image_url", "reasoning.encrypted_content"],
    )


@case
def conversation_items_list(api):
    api.conversations.items.list("conv_1", include=["reasoning.encrypted_content"], limit=2, order="asc")


@case
def conversation_item_delete(api):
    api.conversations.items.delete("msg_1", conversation_id="conv_1")


@case
def fine_tuning_create(api):
    api.fine_tuning.jobs.create(
        model="gpt-4o-mini",
        training_file="file-1",
        validation_file="file-2",
        suffix="mine",
        seed=7,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": "auto", "batch_size": 4}}},
        integrations=[{"type": "wandb", "wandb": {"project": "p", "tags": ["t"]}}],
    )


@case
def fine_tuning_list(api):
    api.fine_tuning.jobs.list(limit=2, after="ftjob-1", metadata={"job": "7", "x": "y"})


@case
def fine_tuning_events(api):
    api.fine_tuning.jobs.list_events("ftjob-1", limit=2)


@case
def fine_tuning_pause(api):
    api.fine_tuning.jobs.pause("ftjob-1")


@case
def checkpoint_permissions_create(api):
    list(api.fine_tuning.checkpoints.permissions.create("ft:gpt-4o-mini:org::id:ckpt-step-1", project_ids=["proj_1"]))


@case
def evals_create(api):
    api.evals.create(
        name="e",
        data_source_config={"type": "custom", "item_schema": {"type": "object", "properties": {"q": {"type": "string"}}}, "include_sample_schema": True},
        testing_criteria=[{"type": "string_check", "name": "same", "input": "{{sample.output_text}}", "operation": "eq", "reference": "{{item.a}}"}],
        metadata={"job": "7"},
    )


@case
def evals_list(api):
    api.evals.list(limit=2, order="desc", order_by="updated_at")


@case
def eval_runs_create(api):
    api.evals.runs.create("eval_1", name="r", data_source={"type": "jsonl", "source": {"type": "file_id", "id": "file-1"}})


@case
def eval_output_items(api):
    api.evals.runs.output_items.list("evalrun_1", eval_id="eval_1", status="fail", limit=5)


@case
def models_list(api):
    list(api.models.list())


@case
def admin_audit_logs(api):
    api.admin.organization.audit_logs.list(
        actor_ids=["user-1", "user-2"], effective_at={"gt": 1, "lte": 99}, event_types=["project.created"], limit=2
    )


@case
def admin_usage(api):
    api.admin.organization.usage.completions(start_time=1, bucket_width="1d", group_by=["model", "project_id"], batch=True, models=["gpt-5.5"])


@case
def admin_project_create(api):
    api.admin.organization.projects.create(name="p")
