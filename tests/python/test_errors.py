"""Errors come as the client's own classes, and say what it is about."""

import openai
import pytest
from openai import OpenAI

from conftest import MODEL, mock

HI = [{"role": "user", "content": "Hi"}]


def test_not_found(api):
    with pytest.raises(openai.NotFoundError) as caught:
        api.files.retrieve("file-none")
    error = caught.value
    assert error.status_code == 404 and error.type == "invalid_request_error" and "file-none" in error.message
    assert error.request_id.startswith("req_") and error.body["message"]


def test_unknown_url(api):
    with pytest.raises(openai.NotFoundError) as caught:
        api.get("/nothing", cast_to=object)
    assert caught.value.code == "unknown_url" and "GET /v1/nothing" in caught.value.message


@pytest.mark.parametrize(
    ("param", "body"),
    [
        ("messages", {"model": MODEL}),
        ("model", {"messages": HI}),
        ("messages", {"model": MODEL, "messages": "Hi"}),
        ("messages[0].role", {"model": MODEL, "messages": [{"role": "nobody", "content": "Hi"}]}),
        ("temperature", {"model": MODEL, "messages": HI, "temperature": 9}),
        ("n", {"model": MODEL, "messages": HI, "n": "two"}),
        ("response_format.json_schema", {"model": MODEL, "messages": HI, "response_format": {"type": "json_schema"}}),
    ],
)
def test_the_field_is_named(api, param, body):
    with pytest.raises(openai.BadRequestError) as caught:
        api.post("/chat/completions", cast_to=object, body=body)
    assert caught.value.param == param and caught.value.type == "invalid_request_error"


def test_the_field_of_other_calls_is_named(api):
    calls = {
        "input": lambda: api.post("/responses", cast_to=object, body={"model": MODEL, "input": 7}),
        "purpose": lambda: api.files.create(file=("a", b"b"), purpose="nothing"),
        "order": lambda: api.files.list(order="sideways"),
        "voice": lambda: api.post("/audio/speech", cast_to=object, body={"model": "tts-1", "input": "Hi"}),
    }
    for param, call in calls.items():
        with pytest.raises(openai.BadRequestError) as caught:
            call()
        assert caught.value.param == param


def test_a_wrong_request_for_a_stream(api):
    with pytest.raises(openai.BadRequestError) as caught:
        api.chat.completions.create(model=MODEL, messages=HI, stream=True, n=0)
    assert caught.value.param == "n"


def test_a_body_that_is_not_json(api):
    with pytest.raises(openai.BadRequestError):
        api.post("/chat/completions", cast_to=object, content=b"{", options={"headers": {"content-type": "application/json"}})


def test_the_key_is_checked_when_asked_for():
    with mock("--require-auth", "sk-right") as url:
        with pytest.raises(openai.AuthenticationError) as caught:
            OpenAI(api_key="sk-wrong", base_url=url).models.list()
        assert caught.value.status_code == 401 and caught.value.code == "invalid_api_key"
        assert OpenAI(api_key="sk-right", base_url=url).models.list().data


def test_a_body_that_is_too_large():
    with mock("--max-body", "100") as url:
        api = OpenAI(api_key="sk-any", base_url=url, max_retries=0)
        with pytest.raises(openai.APIStatusError) as caught:
            api.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "x" * 1000}])
        assert caught.value.status_code == 413
        assert api.embeddings.create(model="text-embedding-3-small", input="Hi").data


def test_the_same_seed_gives_the_same_answers():
    def answer(seed):
        with mock("--seed", seed) as url:
            reply = OpenAI(api_key="sk-any", base_url=url).chat.completions.create(model=MODEL, messages=HI)
            return reply.id, reply.choices

    assert answer("7") == answer("7") != answer("8")
