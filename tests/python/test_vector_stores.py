"""Vector stores: their files, batches of files with the client's helpers, search."""

import openai
import pytest

from conftest import until


@pytest.fixture
def files(api):
    texts = (b"Boats float on water.", b"Birds fly in the air.", b"Moles dig in the earth.")
    return [api.files.create(file=(f"{index}.txt", text), purpose="assistants").id for index, text in enumerate(texts)]


@pytest.fixture
def store(api):
    return api.vector_stores.create(name="notes").id


def test_store(api, files):
    made = api.vector_stores.create(name="all", file_ids=files, metadata={"job": "7"})
    assert made.object == "vector_store" and made.id.startswith("vs_")
    done = until(lambda: api.vector_stores.retrieve(made.id), lambda store: store.status != "in_progress")
    assert (done.status, done.file_counts.completed, done.file_counts.total) == ("completed", 3, 3)
    changed = api.vector_stores.update(made.id, name="some", metadata={})
    assert (changed.name, changed.metadata) == ("some", {})
    assert made.id in [store.id for store in api.vector_stores.list(limit=1)]
    assert api.vector_stores.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        api.vector_stores.retrieve(made.id)
    assert api.files.retrieve(files[0]).id == files[0]


def test_a_file_and_its_attributes(api, store, files):
    made = api.vector_stores.files.create_and_poll(
        files[0], vector_store_id=store, attributes={"kind": "boat", "year": 1999, "new": True}, poll_interval_ms=10
    )
    assert (made.id, made.status, made.vector_store_id) == (files[0], "completed", store)
    assert made.attributes == {"kind": "boat", "year": 1999, "new": True}
    changed = api.vector_stores.files.update(files[0], vector_store_id=store, attributes={"kind": "ship"})
    assert changed.attributes == {"kind": "ship"}
    text = "".join(part.text for part in api.vector_stores.files.content(files[0], vector_store_id=store))
    assert text == "Boats float on water."
    assert api.vector_stores.files.delete(files[0], vector_store_id=store).deleted
    with pytest.raises(openai.NotFoundError):
        api.vector_stores.files.retrieve(files[0], vector_store_id=store)


def test_batch_is_polled_to_its_end(api, store, files):
    batch = api.vector_stores.file_batches.create_and_poll(store, file_ids=files, poll_interval_ms=10)
    # The document has `files_batch`, recorded traffic `file_batch`.
    assert batch.status == "completed" and batch.object in ("vector_store.file_batch", "vector_store.files_batch")
    assert (batch.file_counts.completed, batch.file_counts.in_progress, batch.file_counts.total) == (3, 0, 3)
    listed = api.vector_stores.file_batches.list_files(batch.id, vector_store_id=store, limit=2, order="asc")
    assert sorted(file.id for file in listed) == sorted(files)
    filtered = api.vector_stores.files.list(store, filter="completed", limit=1)
    assert sorted(file.id for file in filtered) == sorted(files)


def test_batch_is_polled_as_the_server_says(api, store, files):
    # Without an interval of its own the client waits as long as `openai-poll-after-ms` has it.
    assert api.vector_stores.file_batches.create_and_poll(store, file_ids=files).status == "completed"


def test_upload_and_poll(api, store):
    uploads = [(f"{number}.md", f"# Note {number}".encode()) for number in range(7)]
    batch = api.vector_stores.file_batches.upload_and_poll(store, files=uploads, poll_interval_ms=10)
    assert (batch.status, batch.file_counts.completed) == ("completed", 7)
    names = {api.files.retrieve(file.id).filename for file in api.vector_stores.files.list(store)}
    assert names == {name for name, _ in uploads}


def test_batch_that_is_cancelled(api, store, files):
    batch = api.vector_stores.file_batches.create(store, file_ids=files)
    assert batch.status == "in_progress"
    cancelled = api.vector_stores.file_batches.cancel(batch.id, vector_store_id=store)
    assert cancelled.status in ("cancelled", "in_progress")
    assert api.vector_stores.file_batches.poll(batch.id, vector_store_id=store, poll_interval_ms=10).status == "cancelled"


def test_search(api, store, files):
    api.vector_stores.file_batches.create_and_poll(store, file_ids=files, poll_interval_ms=10)
    page = api.vector_stores.search(store, query="Where do birds fly?", max_num_results=2)
    assert 1 <= len(page.data) <= 2
    assert page.data[0].file_id == files[1] and page.data[0].content[0].text == "Birds fly in the air."
    assert all(first.score >= second.score for first, second in zip(page.data, page.data[1:]))


def test_a_file_that_is_not_there(api, store):
    with pytest.raises(openai.NotFoundError):
        api.vector_stores.files.create(store, file_id="file-none")
