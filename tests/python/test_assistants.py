"""Assistants: runs that are polled and runs that are streamed, with tools and without."""

import json

import openai
import pytest
from openai import AssistantEventHandler

from conftest import MODEL

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
def assistant(api):
    return api.beta.assistants.create(model=MODEL, name="Helper", instructions="Help.").id


@pytest.fixture
def armed(api):
    return api.beta.assistants.create(model=MODEL, tools=[TOOL]).id


@pytest.fixture
def thread(api):
    return api.beta.threads.create(messages=[{"role": "user", "content": "Weather?"}]).id


def test_assistant(api):
    made = api.beta.assistants.create(model=MODEL, name="A", tools=[{"type": "code_interpreter"}], metadata={"job": "7"})
    assert made.object == "assistant" and made.id.startswith("asst_") and made.tools[0].type == "code_interpreter"
    assert api.beta.assistants.update(made.id, name="B").name == "B"
    found = api.beta.assistants.retrieve(made.id)
    assert (found.name, found.metadata, found.model) == ("B", {"job": "7"}, MODEL)
    others = [api.beta.assistants.create(model=MODEL).id for _ in range(3)]
    assert [each.id for each in api.beta.assistants.list(limit=2)][:4] == [*others[::-1], made.id]
    assert [each.id for each in api.beta.assistants.list(before=others[1], limit=1).data] == [others[2]]
    assert api.beta.assistants.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        api.beta.assistants.retrieve(made.id)


def test_thread_and_messages(api):
    thread = api.beta.threads.create(metadata={"job": "7"})
    assert thread.id.startswith("thread_") and api.beta.threads.retrieve(thread.id).metadata == {"job": "7"}
    made = [api.beta.threads.messages.create(thread.id, role="user", content=text) for text in ("one", "two", "three")]
    assert made[0].content[0].text.value == "one" and made[0].thread_id == thread.id
    for order, expected in (("asc", made), ("desc", made[::-1])):
        listed = api.beta.threads.messages.list(thread.id, limit=2, order=order)
        assert [message.id for message in listed] == [message.id for message in expected]
    changed = api.beta.threads.messages.update(made[0].id, thread_id=thread.id, metadata={"seen": "yes"})
    assert changed.metadata == {"seen": "yes"}
    api.beta.threads.messages.delete(made[0].id, thread_id=thread.id)
    with pytest.raises(openai.NotFoundError):
        api.beta.threads.messages.retrieve(made[0].id, thread_id=thread.id)
    api.beta.threads.delete(thread.id)
    with pytest.raises(openai.NotFoundError):
        api.beta.threads.retrieve(thread.id)


def test_run_is_polled_to_its_end(api, assistant, thread):
    run = api.beta.threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant, poll_interval_ms=10)
    assert (run.status, run.assistant_id, run.thread_id) == ("completed", assistant, thread)
    assert run.completed_at and run.usage.total_tokens > 0
    [answer, question] = api.beta.threads.messages.list(thread).data
    assert (answer.role, answer.run_id, answer.assistant_id) == ("assistant", run.id, assistant)
    assert answer.content[0].text.value and question.role == "user"
    [step] = api.beta.threads.runs.steps.list(run.id, thread_id=thread)
    assert step.status == "completed" and step.step_details.message_creation.message_id == answer.id


def test_run_is_polled_as_the_server_says(api, assistant, thread):
    assert api.beta.threads.runs.create_and_poll(thread_id=thread, assistant_id=assistant).status == "completed"


def test_run_passes_through_its_states(api, assistant, thread):
    run = api.beta.threads.runs.create(thread, assistant_id=assistant)
    assert run.status == "queued"
    seen = [run.status]
    while seen[-1] != "completed":
        seen.append(api.beta.threads.runs.retrieve(run.id, thread_id=thread).status)
        assert seen[-1] in ("queued", "in_progress", "completed") and len(seen) < 100
    assert "in_progress" in seen


def test_run_with_a_tool(api, armed, thread):
    run = api.beta.threads.runs.create_and_poll(thread_id=thread, assistant_id=armed, poll_interval_ms=10)
    assert run.status == "requires_action" and run.required_action.type == "submit_tool_outputs"
    [call] = run.required_action.submit_tool_outputs.tool_calls
    assert call.function.name == "get_weather" and "city" in json.loads(call.function.arguments)
    done = api.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=thread, tool_outputs=[{"tool_call_id": call.id, "output": "rain"}], poll_interval_ms=10
    )
    assert done.status == "completed" and done.required_action is None
    kinds = [step.type for step in api.beta.threads.runs.steps.list(run.id, thread_id=thread, order="asc")]
    assert kinds == ["tool_calls", "message_creation"]


def test_create_and_run_poll(api, assistant):
    run = api.beta.threads.create_and_run_poll(
        assistant_id=assistant, thread={"messages": [{"role": "user", "content": "Hi"}]}, poll_interval_ms=10
    )
    assert run.status == "completed" and len(api.beta.threads.messages.list(run.thread_id).data) == 2


def test_run_that_is_cancelled(api, assistant, thread):
    run = api.beta.threads.runs.create(thread, assistant_id=assistant)
    assert api.beta.threads.runs.cancel(run.id, thread_id=thread).status in ("cancelling", "cancelled")
    assert api.beta.threads.runs.poll(run.id, thread_id=thread, poll_interval_ms=10).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        api.beta.threads.runs.cancel(run.id, thread_id=thread)


class Notes(AssistantEventHandler):
    def __init__(self):
        super().__init__()
        self.text, self.steps, self.ended = "", 0, False

    def on_text_delta(self, delta, snapshot):
        self.text += delta.value or ""
        assert snapshot.value == self.text

    def on_run_step_done(self, run_step):
        self.steps += 1

    def on_end(self):
        self.ended = True


def test_streamed_run(api, assistant, thread):
    notes = Notes()
    with api.beta.threads.runs.stream(thread_id=thread, assistant_id=assistant, event_handler=notes) as stream:
        stream.until_done()
        [message] = stream.get_final_messages()
        run = stream.get_final_run()
    assert run.status == "completed" and notes.ended and notes.steps == 1
    assert notes.text and notes.text == message.content[0].text.value
    assert api.beta.threads.messages.retrieve(message.id, thread_id=thread).content[0].text.value == notes.text


def test_streamed_run_with_a_tool(api, armed, thread):
    with api.beta.threads.runs.stream(thread_id=thread, assistant_id=armed) as stream:
        events = [event.event for event in stream]
        run = stream.current_run
    assert events[0] == "thread.run.created" and "thread.run.requires_action" in events
    calls = run.required_action.submit_tool_outputs.tool_calls
    outputs = [{"tool_call_id": call.id, "output": "rain"} for call in calls]
    with api.beta.threads.runs.submit_tool_outputs_stream(run_id=run.id, thread_id=thread, tool_outputs=outputs) as stream:
        text = "".join(stream.text_deltas)
    assert text and api.beta.threads.messages.list(thread).data[0].content[0].text.value == text
    assert api.beta.threads.runs.retrieve(run.id, thread_id=thread).status == "completed"


def test_raw_stream_of_a_run(api, assistant, thread):
    events = [event.event for event in api.beta.threads.runs.create(thread, assistant_id=assistant, stream=True)]
    assert events[0] == "thread.run.created" and events[-1] in ("thread.run.completed", "done")
    assert events.index("thread.message.created") < events.index("thread.message.delta") < events.index("thread.message.completed")


def test_run_of_nobody(api, thread):
    with pytest.raises(openai.NotFoundError) as caught:
        api.beta.threads.runs.create(thread, assistant_id="asst_none")
    assert "asst_none" in caught.value.message
