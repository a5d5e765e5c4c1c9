"""Chat completions: plain, streamed, with tools, with structured outputs, stored."""

import asyncio
import json

import openai
import pytest
from pydantic import BaseModel

from conftest import MODEL, until

HI = [{"role": "user", "content": "Why is the sky blue?"}]

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}


class Step(BaseModel):
    explanation: str
    output: float


class Maths(BaseModel):
    steps: list[Step]
    final_answer: str


def test_create(api):
    reply = api.chat.completions.create(model=MODEL, messages=HI)
    assert reply.object == "chat.completion" and reply.id.startswith("chatcmpl-") and reply.model.startswith(MODEL)
    [choice] = reply.choices
    assert choice.index == 0 and choice.finish_reason == "stop"
    assert choice.message.role == "assistant" and choice.message.content
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
    assert reply._request_id.startswith("req_")


def test_several_choices(api):
    reply = api.chat.completions.create(model=MODEL, messages=HI, n=3)
    assert [choice.index for choice in reply.choices] == [0, 1, 2]


def test_raw_response_has_the_headers(api):
    raw = api.chat.completions.with_raw_response.create(model=MODEL, messages=HI)
    assert raw.status_code == 200 and raw.headers["content-type"].startswith("application/json")
    assert raw.request_id and int(raw.headers["openai-processing-ms"]) > 0
    assert raw.parse().choices[0].message.content


def test_stream(api):
    chunks = list(api.chat.completions.create(model=MODEL, messages=HI, stream=True))
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices[0].finish_reason] == ["stop"]
    assert all(chunk.usage is None for chunk in chunks)


def test_stream_with_usage(api):
    options = {"include_usage": True}
    chunks = list(api.chat.completions.create(model=MODEL, messages=HI, stream=True, stream_options=options))
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_stream_that_is_left_early(api):
    with api.chat.completions.create(model=MODEL, messages=HI, stream=True) as stream:
        next(iter(stream))
    assert api.chat.completions.create(model=MODEL, messages=HI).choices


def test_stream_helper(api):
    with api.chat.completions.stream(model=MODEL, messages=HI, n=2) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    text = {}
    for event in events:
        if event.type == "chunk":
            for choice in event.chunk.choices:
                text[choice.index] = text.get(choice.index, "") + (choice.delta.content or "")
    assert text == {choice.index: choice.message.content for choice in final.choices} and len(text) == 2
    assert [event.type for event in events].count("content.done") == 2


def test_async_stream(async_api):
    async def read():
        stream = await async_api.chat.completions.create(model=MODEL, messages=HI, stream=True)
        return [chunk async for chunk in stream]

    assert "".join(chunk.choices[0].delta.content or "" for chunk in asyncio.run(read()))


def test_tools_and_their_results(api):
    tools = [WEATHER]
    first = api.chat.completions.create(model=MODEL, messages=HI, tools=tools, tool_choice="required")
    [choice] = first.choices
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    [call] = choice.message.tool_calls
    assert call.type == "function" and call.id.startswith("call_") and call.function.name == "get_weather"
    arguments = json.loads(call.function.arguments)
    assert set(arguments) == {"city", "unit"} and arguments["unit"] in ("C", "F")

    messages = [*HI, choice.message, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
    second = api.chat.completions.create(model=MODEL, messages=messages, tools=tools)
    assert second.choices[0].finish_reason == "stop" and second.choices[0].message.content


def test_a_named_tool(api):
    other = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
    choice = {"type": "function", "function": {"name": "get_time"}}
    reply = api.chat.completions.create(model=MODEL, messages=HI, tools=[WEATHER, other], tool_choice=choice)
    assert [call.function.name for call in reply.choices[0].message.tool_calls] == ["get_time"]


def test_no_tool_when_none_is_to_be_called(api):
    reply = api.chat.completions.create(model=MODEL, messages=HI, tools=[WEATHER], tool_choice="none")
    assert reply.choices[0].message.tool_calls is None and reply.choices[0].message.content


def test_streamed_tool_calls(api):
    with api.chat.completions.stream(model=MODEL, messages=HI, tools=[WEATHER], tool_choice="required") as stream:
        events = list(stream)
        final = stream.get_final_completion()
    [call] = final.choices[0].message.tool_calls
    deltas = [event for event in events if event.type == "tool_calls.function.arguments.delta"]
    assert "".join(event.arguments_delta for event in deltas) == call.function.arguments
    assert set(json.loads(call.function.arguments)) == {"city", "unit"}


def test_structured_outputs(api):
    reply = api.chat.completions.parse(model=MODEL, messages=HI, response_format=Maths)
    parsed = reply.choices[0].message.parsed
    assert isinstance(parsed, Maths)
    assert json.loads(reply.choices[0].message.content) == parsed.model_dump()


def test_structured_outputs_streamed(api):
    with api.chat.completions.stream(model=MODEL, messages=HI, response_format=Maths) as stream:
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Maths)


def test_structured_arguments_of_tools(api):
    tool = openai.pydantic_function_tool(Maths)
    reply = api.chat.completions.parse(model=MODEL, messages=HI, tools=[tool], tool_choice="required")
    assert isinstance(reply.choices[0].message.tool_calls[0].function.parsed_arguments, Maths)


def test_json_mode(api):
    messages = [{"role": "user", "content": "Answer in JSON."}]
    reply = api.chat.completions.create(model=MODEL, messages=messages, response_format={"type": "json_object"})
    assert isinstance(json.loads(reply.choices[0].message.content), dict)


def test_stored_completions(api):
    made = api.chat.completions.create(model=MODEL, messages=HI, store=True, metadata={"job": "stored"})
    other = api.chat.completions.create(model=MODEL, messages=HI, store=True, metadata={"job": "other"})
    assert api.chat.completions.retrieve(made.id).choices[0].message.content == made.choices[0].message.content
    # What is stored is listed some seconds later by the real API.
    found = until(lambda: [each.id for each in api.chat.completions.list(metadata={"job": "stored"})], bool)
    assert found == [made.id]
    [message] = api.chat.completions.messages.list(made.id)
    assert message.content == HI[0]["content"]
    assert api.chat.completions.update(made.id, metadata={"job": "new"}).metadata == {"job": "new"}
    deleted = api.chat.completions.delete(made.id)
    assert deleted.deleted and deleted.id == made.id
    with pytest.raises(openai.NotFoundError):
        api.chat.completions.retrieve(made.id)
    assert api.chat.completions.retrieve(other.id).id == other.id


def test_what_is_not_stored_is_not_found(api):
    made = api.chat.completions.create(model=MODEL, messages=HI)
    with pytest.raises(openai.NotFoundError):
        api.chat.completions.retrieve(made.id)


def test_completions(api):
    reply = api.completions.create(model="gpt-3.5-turbo-instruct", prompt=["a", "b"], n=1)
    assert [choice.index for choice in reply.choices] == [0, 1] and all(choice.text for choice in reply.choices)
    stream = api.completions.create(model="gpt-3.5-turbo-instruct", prompt="a", stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream)
