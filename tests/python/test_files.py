"""Files, uploads in parts, and lists over several pages."""

import asyncio
import io

import openai
import pytest

from conftest import until


def test_file_from_upload_to_deletion(api, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Buy milk.\r\n--boundary\x00\xff")
    made = api.files.create(file=path, purpose="user_data")
    assert (made.object, made.filename, made.bytes, made.purpose) == ("file", "notes.txt", path.stat().st_size, "user_data")
    assert api.files.retrieve(made.id).model_dump(exclude={"status"}) == made.model_dump(exclude={"status"})
    assert api.files.content(made.id).read() == path.read_bytes()
    assert made.id in [file.id for file in api.files.list(purpose="user_data")]
    deleted = api.files.delete(made.id)
    assert deleted.deleted and deleted.id == made.id
    for call in (api.files.retrieve, api.files.content, api.files.delete):
        with pytest.raises(openai.NotFoundError):
            call(made.id)


def test_waiting_for_processing(api):
    made = api.files.create(file=("a.txt", b"Hi"), purpose="assistants")
    assert api.files.wait_for_processing(made.id, poll_interval=0.01).status == "processed"


def test_content_is_streamed_to_a_file(api, tmp_path):
    data = bytes(range(256)) * 4096
    made = api.files.create(file=("a.bin", io.BytesIO(data)), purpose="user_data")
    with api.files.with_streaming_response.content(made.id) as response:
        response.stream_to_file(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == data


def test_expiry(api):
    expires = {"anchor": "created_at", "seconds": 3600}
    made = api.files.create(file=("a.txt", b"Hi"), purpose="user_data", expires_after=expires)
    assert made.expires_at == made.created_at + 3600


def test_upload_in_parts(api):
    upload = api.uploads.create(bytes=10, filename="a.txt", mime_type="text/plain", purpose="assistants")
    assert upload.status == "pending" and upload.expires_at > upload.created_at
    second = api.uploads.parts.create(upload.id, data=b"56789")
    first = api.uploads.parts.create(upload.id, data=b"01234")
    assert first.upload_id == upload.id and first.object == "upload.part"
    done = api.uploads.complete(upload.id, part_ids=[first.id, second.id])
    assert done.status == "completed" and done.file.filename == "a.txt" and done.file.bytes == 10
    assert api.files.content(done.file.id).read() == b"0123456789"


def test_upload_in_chunks_by_the_helper(api):
    data = b"0123456789" * 10
    done = api.uploads.upload_file_chunked(
        file=data, filename="a.txt", bytes=len(data), mime_type="text/plain", purpose="assistants", part_size=33
    )
    assert api.files.content(done.file.id).read() == data


def test_upload_that_is_not_whole(api):
    upload = api.uploads.create(bytes=10, filename="a.txt", mime_type="text/plain", purpose="assistants")
    part = api.uploads.parts.create(upload.id, data=b"01234")
    with pytest.raises(openai.BadRequestError):
        api.uploads.complete(upload.id, part_ids=[part.id])


def test_upload_that_is_cancelled(api):
    upload = api.uploads.create(bytes=10, filename="a.txt", mime_type="text/plain", purpose="assistants")
    assert api.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        api.uploads.parts.create(upload.id, data=b"01234")


@pytest.fixture(scope="module")
def seven(url):
    with openai.OpenAI(api_key="sk-any", base_url=url) as client:
        return [client.files.create(file=(f"{number}.txt", b"Hi"), purpose="vision").id for number in range(7)]


def test_pages_follow_each_other(api, seven):
    for order, expected in (("asc", seven), ("desc", seven[::-1])):
        assert [file.id for file in api.files.list(purpose="vision", limit=3, order=order)] == expected


def test_a_page_at_a_time(api, seven):
    page = api.files.list(purpose="vision", limit=3, order="asc")
    sizes = [len(page.data)]
    while page.has_next_page():
        page = page.get_next_page()
        sizes.append(len(page.data))
    assert sizes == [3, 3, 1] and not page.has_more


def test_a_page_after_an_id(api, seven):
    page = api.files.list(purpose="vision", after=seven[4], order="asc")
    assert [file.id for file in page.data] == seven[5:] and not page.has_more


def test_pages_without_blocking(async_api, seven):
    async def read():
        return [file.id async for file in async_api.files.list(purpose="vision", limit=2, order="asc")]

    assert asyncio.run(read()) == seven


def test_containers(api):
    made = api.containers.create(name="sandbox", expires_after={"anchor": "last_active_at", "minutes": 20})
    assert made.name == "sandbox" and api.containers.retrieve(made.id).id == made.id
    file = api.containers.files.create(made.id, file=("a.csv", b"a,b\n"))
    assert file.container_id == made.id and file.bytes == 4
    assert api.containers.files.content.retrieve(file.id, container_id=made.id).read() == b"a,b\n"
    assert [each.id for each in api.containers.files.list(made.id)] == [file.id]
    api.containers.files.delete(file.id, container_id=made.id)
    assert list(api.containers.files.list(made.id)) == []
    assert made.id in [container.id for container in api.containers.list()]
    api.containers.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        api.containers.retrieve(made.id)


def test_videos(api):
    made = api.videos.create_and_poll(prompt="A boat", model="sora-2", seconds="4", poll_interval_ms=10)
    assert made.status == "completed" and made.progress == 100 and made.seconds == "4"
    assert api.videos.download_content(made.id).read()
    remix = api.videos.remix(made.id, prompt="At night")
    assert remix.remixed_from_video_id == made.id and remix.prompt == "At night"
    until(lambda: api.videos.retrieve(remix.id), lambda video: video.status == "completed")
    assert {made.id, remix.id} <= {video.id for video in api.videos.list(limit=1)}
    api.videos.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        api.videos.retrieve(made.id)
