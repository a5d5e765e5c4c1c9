"""Realtime sessions, and responses over a WebSocket."""

import asyncio
import base64
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from conftest import MODEL, mock
from openai import OpenAI

REALTIME = "gpt-realtime"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def until(connection, kind):
    """The events up to the first one of this type."""
    events = [connection.recv()]
    while events[-1].type != kind:
        assert events[-1].type != "error", events[-1]
        events.append(connection.recv())
    return events


def user(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


@pytest.fixture
def session(api):
    with api.realtime.connect(model=REALTIME) as connection:
        created = connection.recv()
        assert created.type == "session.created" and created.session.model == REALTIME
        yield connection


def test_text_turn(session):
    session.session.update(session={"type": "realtime", "output_modalities": ["text"], "instructions": "Be brief."})
    updated = session.recv()
    assert updated.type == "session.updated" and updated.session.instructions == "Be brief."
    session.conversation.item.create(item=user("Say it rains"))
    assert session.recv().type == "conversation.item.added"
    assert session.recv().type == "conversation.item.done"
    session.response.create()
    events = until(session, "response.done")
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    [text] = [event.text for event in events if event.type == "response.output_text.done"]
    assert text == "".join(deltas) == "It rains."
    response = events[-1].response
    assert response.status == "completed" and response.usage.total_tokens > 0
    assert response.output[0].content[0].text == "It rains."
    assert all(event.event_id for event in events)


def test_audio_turn(session):
    sound = base64.b64encode(bytes(4_800)).decode()
    session.input_audio_buffer.append(audio=sound)
    session.input_audio_buffer.commit()
    committed = session.recv()
    assert committed.type == "input_audio_buffer.committed" and committed.item_id
    until(session, "conversation.item.done")
    session.response.create()
    events = until(session, "response.done")
    heard = b"".join(base64.b64decode(event.delta) for event in events if event.type == "response.output_audio.delta")
    words = [event.delta for event in events if event.type == "response.output_audio_transcript.delta"]
    assert heard and "".join(words)


def test_tool_call(session):
    session.session.update(session={"type": "realtime", "output_modalities": ["text"], "tools": [WEATHER]})
    session.recv()
    session.response.create(response={"tool_choice": "required"})
    events = until(session, "response.done")
    [done] = [event for event in events if event.type == "response.function_call_arguments.done"]
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert done.arguments == "".join(deltas) and "city" in json.loads(done.arguments)
    [call] = events[-1].response.output
    assert (call.type, call.name, call.call_id) == ("function_call", "get_weather", done.call_id)
    session.conversation.item.create(
        item={"type": "function_call_output", "call_id": call.call_id, "output": '{"degrees": 21}'}
    )
    assert session.recv().item.type == "function_call_output"
    session.recv()
    session.response.create()
    assert until(session, "response.done")[-1].response.output[0].type == "message"


def test_items_are_retrieved_and_deleted(session):
    session.conversation.item.create(item={**user("One"), "id": "item_one"})
    until(session, "conversation.item.done")
    session.conversation.item.retrieve(item_id="item_one")
    assert session.recv().item.content[0].text == "One"
    session.conversation.item.delete(item_id="item_one")
    deleted = session.recv()
    assert (deleted.type, deleted.item_id) == ("conversation.item.deleted", "item_one")


def test_an_error_leaves_the_session_open(session):
    session.conversation.item.delete(item_id="item_none", event_id="event_mine")
    error = session.recv()
    assert error.type == "error" and error.error.code == "item_not_found" and error.error.event_id == "event_mine"
    session.response.create(response={"output_modalities": ["text"]})
    assert until(session, "response.done")[-1].response.status == "completed"


def test_closes(api):
    with api.realtime.connect(model=REALTIME) as connection:
        connection.recv()
        connection.close(code=3001, reason="done")
        with pytest.raises(ConnectionClosed):
            connection.recv()
    # Leaving the block closes as well, and the next session is a new one.
    with api.realtime.connect(model=REALTIME) as connection:
        assert connection.recv().type == "session.created"


def test_a_wrong_key_gets_no_session():
    with mock("--require-auth", "sk-right") as url, OpenAI(api_key="sk-wrong", base_url=url) as wrong:
        with pytest.raises(InvalidStatus) as refused:
            with wrong.realtime.connect(model=REALTIME):
                pass
    assert refused.value.response.status_code == 401


def test_async_session(async_api):
    async def turn():
        async with async_api.realtime.connect(model=REALTIME) as connection:
            await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
            await connection.conversation.item.create(item=user("Say hi"))
            await connection.response.create()
            text = ""
            async for event in connection:
                if event.type == "response.output_text.delta":
                    text += event.delta
                if event.type == "response.done":
                    return text

    assert asyncio.run(turn()) == "Hi."


def test_responses(api):
    with api.responses.connect() as connection:
        connection.response.create(model=MODEL, input="Say one")
        events = until(connection, "response.completed")
        assert events[0].type == "response.created"
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "One."
        first = events[-1].response
        assert first.output_text == "One." and first.status == "completed"
        # The connection goes on, and so does the conversation.
        connection.response.create(model=MODEL, input="Say two", previous_response_id=first.id)
        second = until(connection, "response.completed")[-1].response
        assert second.previous_response_id == first.id and second.output_text == "Two."
    assert api.responses.retrieve(second.id).output_text == "Two."


def test_responses_with_a_tool_call_and_an_error(api):
    with api.responses.connect() as connection:
        tool = {**WEATHER, "strict": False}
        connection.response.create(model=MODEL, input="Weather?", tools=[tool], tool_choice="required")
        [call] = until(connection, "response.completed")[-1].response.output
        assert call.type == "function_call" and "city" in json.loads(call.arguments)
        connection.response.create(model=MODEL, input="x", previous_response_id="resp_none")
        error = connection.recv()
        assert error.type == "error" and error.error.code == "previous_response_not_found", error
        connection.response.create(model=MODEL, input="Say three")
        assert until(connection, "response.completed")[-1].response.output_text == "Three."
