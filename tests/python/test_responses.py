"""Responses and conversations."""

import json

import openai
import pytest
from pydantic import BaseModel

from conftest import MODEL, until

TOOL = {
    "type": "function",
    "name": "get_weather",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


class Person(BaseModel):
    name: str
    age: int


def test_create(api):
    response = api.responses.create(model=MODEL, input="Hi", instructions="Be brief.", metadata={"job": "7"})
    assert response.object == "response" and response.id.startswith("resp_") and response.status == "completed"
    assert response.output_text and response.error is None
    [message] = [item for item in response.output if item.type == "message"]
    assert message.role == "assistant" and message.content[0].type == "output_text"
    assert response.instructions == "Be brief." and response.metadata == {"job": "7"}
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


def test_stream(api):
    events = list(api.responses.create(model=MODEL, input="Hi", stream=True))
    kinds = [event.type for event in events]
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text and text == events[-1].response.output_text
    for kind in ("output_item", "content_part"):
        assert kinds.index(f"response.{kind}.added") < kinds.index(f"response.{kind}.done")


def test_stream_helper(api):
    with api.responses.stream(model=MODEL, input="Hi") as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert final.output_text == snapshots[-1] and final.status == "completed"


def test_parse(api):
    response = api.responses.parse(model=MODEL, input="Ann is 7.", text_format=Person)
    assert isinstance(response.output_parsed, Person)


def test_parse_of_a_stream(api):
    with api.responses.stream(model=MODEL, input="Ann is 7.", text_format=Person) as stream:
        assert isinstance(stream.get_final_response().output_parsed, Person)


def test_tools(api):
    first = api.responses.create(model=MODEL, input="Weather?", tools=[TOOL], tool_choice="required")
    [call] = [item for item in first.output if item.type == "function_call"]
    assert call.name == "get_weather" and set(json.loads(call.arguments)) == {"city"} and call.status == "completed"
    output = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}]
    second = api.responses.create(model=MODEL, input=output, tools=[TOOL], previous_response_id=first.id)
    assert second.output_text and second.previous_response_id == first.id


def test_streamed_tool_call(api):
    with api.responses.stream(model=MODEL, input="Weather?", tools=[TOOL], tool_choice="required") as stream:
        deltas = [event.delta for event in stream if event.type == "response.function_call_arguments.delta"]
        [call] = [item for item in stream.get_final_response().output if item.type == "function_call"]
    assert "".join(deltas) == call.arguments


def test_items_come_back_as_input(api):
    first = api.responses.create(model=MODEL, input="Hi")
    items = [{"role": "user", "content": "Hi"}, *first.output, {"role": "user", "content": "And?"}]
    assert api.responses.create(model=MODEL, input=items).output_text


def test_stored_responses(api):
    made = api.responses.create(model=MODEL, input=[{"role": "user", "content": "one"}, {"role": "user", "content": "two"}])
    assert api.responses.retrieve(made.id).output_text == made.output_text
    items = list(api.responses.input_items.list(made.id, order="asc", limit=1))
    assert [item.content[0].text for item in items] == ["one", "two"]
    api.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError) as caught:
        api.responses.retrieve(made.id)
    assert made.id in caught.value.message


def test_a_response_that_is_not_stored(api):
    made = api.responses.create(model=MODEL, input="Hi", store=False)
    with pytest.raises(openai.NotFoundError):
        api.responses.retrieve(made.id)


def test_an_unknown_previous_response(api):
    with pytest.raises(openai.APIStatusError) as caught:
        api.responses.create(model=MODEL, input="Hi", previous_response_id="resp_none")
    assert caught.value.status_code in (400, 404) and caught.value.param == "previous_response_id"


def test_background(api):
    made = api.responses.create(model=MODEL, input="Hi", background=True)
    assert made.status in ("queued", "in_progress") and made.background
    done = until(lambda: api.responses.retrieve(made.id), lambda response: response.status not in ("queued", "in_progress"))
    assert done.status == "completed" and done.output_text


def test_cancelled(api):
    made = api.responses.create(model=MODEL, input="Hi", background=True)
    assert api.responses.cancel(made.id).status == "cancelled"
    assert api.responses.retrieve(made.id).status == "cancelled"


def test_a_stored_stream_is_played_again(api):
    first = list(api.responses.create(model=MODEL, input="Hi", stream=True, background=True))
    again = list(api.responses.retrieve(first[0].response.id, stream=True, starting_after=2))
    assert [event.sequence_number for event in again] == [event.sequence_number for event in first][3:]


def test_input_tokens(api):
    short = api.responses.input_tokens.count(model=MODEL, input="Hi").input_tokens
    assert 0 < short


def test_conversation(api):
    item = {"type": "message", "role": "user", "content": "Hi"}
    made = api.conversations.create(items=[item], metadata={"job": "7"})
    assert made.id.startswith("conv_") and api.conversations.retrieve(made.id).metadata == {"job": "7"}
    added = api.conversations.items.create(made.id, items=[{**item, "content": "one"}, {**item, "content": "two"}])
    assert len(added.data) == 2
    listed = list(api.conversations.items.list(made.id, order="asc", limit=1))
    assert [each.content[0].text for each in listed] == ["Hi", "one", "two"]
    assert [each.id for each in api.conversations.items.list(made.id)] == [each.id for each in reversed(listed)]
    assert api.conversations.items.retrieve(listed[1].id, conversation_id=made.id).content[0].text == "one"
    api.conversations.items.delete(listed[1].id, conversation_id=made.id)
    with pytest.raises(openai.NotFoundError):
        api.conversations.items.retrieve(listed[1].id, conversation_id=made.id)
    assert api.conversations.update(made.id, metadata={"job": "8"}).metadata == {"job": "8"}
    assert api.conversations.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        api.conversations.retrieve(made.id)


def test_a_response_in_a_conversation(api):
    conversation = api.conversations.create()
    response = api.responses.create(model=MODEL, input="Hi", conversation=conversation.id)
    assert response.conversation.id == conversation.id
    items = list(api.conversations.items.list(conversation.id, order="asc"))
    assert [item.role for item in items] == ["user", "assistant"]
    assert items[1].content[0].text == response.output_text
