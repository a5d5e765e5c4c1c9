"""What runs on its own: batches, fine-tuning."""

import json

import openai
import pytest

from conftest import MODEL, until

ENDED = ("completed", "failed", "expired", "cancelled")


def upload(api, lines, purpose="batch"):
    data = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    return api.files.create(file=("lines.jsonl", data), purpose=purpose).id


def chat(custom_id, **body):
    body = {"model": MODEL, "messages": [{"role": "user", "content": custom_id}], **body}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def run(api, lines, endpoint="/v1/chat/completions"):
    made = api.batches.create(input_file_id=upload(api, lines), endpoint=endpoint, completion_window="24h")
    assert made.status == "validating" and made.object == "batch"
    return until(lambda: api.batches.retrieve(made.id), lambda batch: batch.status in ENDED)


def rows(api, file_id):
    return [json.loads(line) for line in api.files.content(file_id).text.splitlines()]


def test_batch(api):
    batch = run(api, [chat("one"), chat("two"), chat("three")])
    assert batch.status == "completed" and batch.error_file_id is None
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (3, 3, 0)
    assert api.files.retrieve(batch.output_file_id).purpose == "batch_output"
    answers = {row["custom_id"]: row for row in rows(api, batch.output_file_id)}
    assert set(answers) == {"one", "two", "three"}
    for row in answers.values():
        assert row["error"] is None and row["response"]["status_code"] == 200
        assert row["response"]["body"]["choices"][0]["message"]["content"]


def test_batch_of_embeddings(api):
    line = {"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {"model": "text-embedding-3-small", "input": "Hi"}}
    [row] = rows(api, run(api, [line], "/v1/embeddings").output_file_id)
    assert len(row["response"]["body"]["data"][0]["embedding"]) == 1536


def test_batch_with_a_wrong_request(api):
    batch = run(api, [chat("right"), chat("wrong", messages="no list")])
    assert batch.status == "completed" and (batch.request_counts.completed, batch.request_counts.failed) == (1, 1)
    assert [row["custom_id"] for row in rows(api, batch.output_file_id)] == ["right"]
    [row] = rows(api, batch.error_file_id)
    assert row["custom_id"] == "wrong" and row["response"]["status_code"] == 400
    assert row["response"]["body"]["error"]["param"] == "messages"


def test_batch_of_a_file_that_is_no_list_of_requests(api):
    batch = run(api, ["{not json"])
    assert batch.status == "failed" and batch.errors.data[0].line == 1 and batch.errors.data[0].message


def test_batch_that_is_cancelled(api):
    made = api.batches.create(input_file_id=upload(api, [chat("1")]), endpoint="/v1/chat/completions", completion_window="24h")
    assert api.batches.cancel(made.id).status in ("cancelling", "cancelled")
    done = until(lambda: api.batches.retrieve(made.id), lambda batch: batch.status in ENDED)
    assert done.status == "cancelled" and done.cancelled_at


def test_batches_are_listed(api):
    made = [run(api, [chat("1")]).id for _ in range(3)]
    listed = [batch.id for batch in api.batches.list(limit=2)]
    assert listed[:3] == made[::-1]


def test_batch_without_its_file(api):
    with pytest.raises(openai.APIStatusError) as caught:
        api.batches.create(input_file_id="file-none", endpoint="/v1/chat/completions", completion_window="24h")
    assert caught.value.status_code in (400, 404)


@pytest.fixture
def training(api):
    line = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    return upload(api, [line] * 10, "fine-tune")


def test_fine_tuning(api, training):
    job = api.fine_tuning.jobs.create(model="gpt-4o-mini-2024-07-18", training_file=training, suffix="mine", metadata={"k": "v"})
    assert job.object == "fine_tuning.job" and job.id.startswith("ftjob-")
    assert job.status in ("validating_files", "queued") and job.fine_tuned_model is None
    done = until(lambda: api.fine_tuning.jobs.retrieve(job.id), lambda job: job.status in ("succeeded", "failed", "cancelled"))
    assert done.status == "succeeded" and done.finished_at >= done.created_at
    assert done.fine_tuned_model.startswith("ft:gpt-4o-mini") and ":mine:" in done.fine_tuned_model
    events = list(api.fine_tuning.jobs.list_events(job.id, limit=2))
    assert len(events) > 2 and all(event.object == "fine_tuning.job.event" for event in events)
    assert [checkpoint.fine_tuning_job_id for checkpoint in api.fine_tuning.jobs.checkpoints.list(job.id)]
    assert job.id in [each.id for each in api.fine_tuning.jobs.list(limit=1, metadata={"k": "v"})]


def test_fine_tuning_that_is_cancelled(api, training):
    job = api.fine_tuning.jobs.create(model="gpt-4o-mini-2024-07-18", training_file=training)
    assert api.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    assert api.fine_tuning.jobs.retrieve(job.id).status == "cancelled"


def test_fine_tuning_without_its_file(api):
    with pytest.raises(openai.APIStatusError) as caught:
        api.fine_tuning.jobs.create(model="gpt-4o-mini-2024-07-18", training_file="file-none")
    assert caught.value.status_code in (400, 404) and "file-none" in caught.value.message
