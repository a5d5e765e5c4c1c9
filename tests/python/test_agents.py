"""Agents, their sessions and streams, environments, automations and vaults."""

import asyncio

import openai
import pytest

from conftest import MODEL, until

NO_ENVIRONMENT = {"type": "none"}
FUNCTION = {
    "type": "function",
    "name": "weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture
def agents(api):
    return api.beta.agents


def message(text):
    written = {"role": "user", "content": [{"type": "input_text", "text": text}]}
    return {"type": "agent.session.input.message", "input": [written]}


def begin(agents, **agent):
    return agents.sessions.create(agent={"model": MODEL, **agent}, environment=NO_ENVIRONMENT)


def is_gone(retrieve, *ids, **more):
    with pytest.raises(openai.NotFoundError):
        retrieve(*ids, **more)


def test_agent(agents):
    made = agents.create(model=MODEL, name="Poet", instructions="One line.", tools=[FUNCTION], metadata={"a": "b"})
    assert made.object == "agent" and made.name == "Poet" and made.tools[0].name == "weather"
    assert agents.retrieve(made.id) == made
    changed = agents.update(made.id, instructions="Two lines.")
    assert changed.instructions == "Two lines." and changed.name == "Poet"
    other = agents.create(model=MODEL)
    assert [agent.id for agent in agents.list(limit=1)][:2] == [other.id, made.id]
    assert agents.delete(made.id).deleted
    is_gone(agents.retrieve, made.id)


def test_session_of_an_agent(agents):
    agent = agents.create(model=MODEL, instructions="A")
    made = agents.sessions.create(agent_id=agent.id, environment=NO_ENVIRONMENT, metadata={"k": "v"})
    assert made.status == "idle" and made.agent.id == agent.id
    assert agents.sessions.retrieve(made.id).metadata == {"k": "v"}
    assert [session.id for session in agents.sessions.list(agent_id=agent.id)] == [made.id]
    assert agents.sessions.update(made.id, metadata={"k": "w"}).metadata == {"k": "w"}
    assert agents.sessions.delete(made.id).deleted
    is_gone(agents.sessions.retrieve, made.id)
    is_gone(agents.sessions.events.stream, made.id)


def test_turn_of_a_session(agents):
    session = begin(agents)
    agents.sessions.events.create(session.id, events=[message("Say hello")], idempotency_key="one")
    done = until(lambda: agents.sessions.retrieve(session.id), lambda session: session.status == "idle")
    [turn] = agents.sessions.turns.list(session.id)
    assert turn.status == "completed" and done.usage == turn.usage
    assert agents.sessions.turns.retrieve(turn.id, session_id=session.id) == turn
    items = list(agents.sessions.items.list(session.id, order="asc"))
    assert [item.role for item in items] == ["user", "assistant"]
    assert items[1].content[0].text == "Hello."
    assert list(agents.sessions.turns.items.list(turn.id, session_id=session.id, order="asc")) == items


def test_streamed_turn(agents):
    session = begin(agents)
    with agents.sessions.stream(session.id, input="Say hello").with_result_collection() as stream:
        events = list(stream)
        result = stream.get_final_result()
    kinds = [event.type for event in events]
    assert "agent.session.turn.created" in kinds and kinds[-1] == "agent.session.idle"
    deltas = [event.delta for event in events if event.type == "agent.session.turn.output_text.delta"]
    assert "".join(deltas) == result.output_text == "Hello."


def test_streamed_session(agents):
    with agents.sessions.create(agent={"model": MODEL}, environment=NO_ENVIRONMENT, input="Say one", stream=True) as stream:
        kinds = [event.type for event in stream]
    assert kinds[0] == "agent.session.created" and kinds[-1] == "agent.session.idle"
    assert "agent.session.turn.completed" in kinds


def test_tools_run_while_a_turn_is_read(agents):
    session = begin(agents, tools=[FUNCTION])
    called = []

    def weather(arguments):
        called.append(arguments)
        return "rain"

    with agents.sessions.stream(session.id, input="What is the weather?", tool_handlers={"weather": weather}) as stream:
        result = stream.get_final_result()
    assert [set(arguments) for arguments in called] == [{"city"}]
    assert "rain" in result.output_text


def test_function_call_by_hand(agents):
    session = begin(agents, tools=[FUNCTION])
    agents.sessions.events.create(session.id, events=[message("What is the weather?")])
    waiting = until(lambda: agents.sessions.retrieve(session.id), lambda session: session.status == "requires_action")
    [action] = waiting.required_actions
    assert action.type == "function_call" and action.name == "weather"
    told = {"type": "agent.session.input.tool_result", "turn_id": action.turn_id, "call_id": action.call_id}
    agents.sessions.events.create(session.id, events=[{**told, "success": True, "output": "sun"}])
    with pytest.raises(openai.BadRequestError) as twice:
        agents.sessions.events.create(session.id, events=[{**told, "success": True, "output": "rain"}])
    assert twice.value.code == "invalid_request_error"
    until(lambda: agents.sessions.retrieve(session.id), lambda session: session.status == "idle")


def test_cancelled_turn(agents):
    session = begin(agents)
    agents.sessions.events.create(session.id, events=[message("Say hello")])
    agents.sessions.events.create(session.id, events=[{"type": "agent.session.input.cancel"}])
    [turn] = agents.sessions.turns.list(session.id)
    assert turn.status == "cancelled" and agents.sessions.retrieve(session.id).status == "idle"


def test_environment(agents):
    made = agents.environments.create(environment={"type": "openai_hosted"}, idempotency_key="e")
    assert agents.environments.create(environment={"type": "openai_hosted"}, idempotency_key="e").id == made.id
    until(lambda: agents.environments.retrieve(made.id), lambda environment: environment.status == "ready")
    agents.environments.files.create(made.id, type="inline", data="aGk=", path="/workspace/a")
    agents.environments.files.upload(made.id, file=b"abc", path="/workspace/b")
    files = list(agents.environments.files.list(made.id, limit=1))
    assert [(file.path, file.size_bytes) for file in files] == [("/workspace/a", 2), ("/workspace/b", 3)]
    assert made.id in [environment.id for environment in agents.environments.list(type="openai_hosted")]
    is_gone(agents.environments.retrieve, "env_0")


def test_environment_template(agents):
    templates = agents.environments.templates
    made = templates.create(name="T", packages={"python": ["numpy"]})
    assert templates.retrieve(made.id).packages.python == ["numpy"]
    assert templates.update(made.id, name="U").name == "U"
    assert [template.id for template in templates.list()] == [made.id]
    assert templates.delete(made.id).deleted
    is_gone(templates.retrieve, made.id)


def test_automation(agents):
    session = begin(agents)
    target = {"type": "existing_session", "session_id": session.id, "instructions": "Say hi"}
    made = agents.automations.create(type="periodic", name="A", expression="0 9 * * *", timezone="UTC", target=target)
    assert made.status == "active" and agents.automations.pause(made.id).status == "paused"
    assert agents.automations.resume(made.id).status == "active"
    assert [automation.id for automation in agents.automations.list(session_id=session.id)] == [made.id]
    run = agents.automations.invocations.create(made.id)
    look = lambda: agents.automations.invocations.retrieve(run.id, automation_id=made.id)
    assert until(look, lambda run: run.status == "completed").session_id == session.id
    assert [found.id for found in agents.automations.invocations.list(made.id)] == [run.id]
    assert agents.automations.delete(made.id).deleted
    is_gone(agents.automations.retrieve, made.id)


def test_vault_and_its_secrets(agents):
    vault = agents.vaults.create(name="V", metadata={"k": "v"})
    assert agents.vaults.retrieve(vault.id) == vault and agents.vaults.update(vault.id, name="W").name == "W"
    assert [found.id for found in agents.vaults.list(metadata={"k": "v"})] == [vault.id]
    credentials = agents.vaults.credentials
    auth = {"type": "static_bearer", "mcp_server_url": "https://example.com", "token": "hidden"}
    made = credentials.create(vault.id, name="C", auth=auth)
    rotated = credentials.update(made.id, vault_id=vault.id, auth={"type": "static_bearer", "token": "hidden too"})
    found = [credentials.retrieve(made.id, vault_id=vault.id), *credentials.list(vault.id), made, rotated]
    assert len(found) == 4 and not any("hidden" in one.to_json() for one in found)
    session = agents.sessions.create(agent={"model": MODEL}, environment=NO_ENVIRONMENT, vault_ids=[vault.id])
    assert session.vault_ids == [vault.id]
    assert credentials.delete(made.id, vault_id=vault.id).deleted and agents.vaults.delete(vault.id).deleted
    is_gone(agents.vaults.retrieve, vault.id)


def test_async_session(async_api):
    async def run():
        sessions = async_api.beta.agents.sessions
        session = await sessions.create(agent={"model": MODEL}, environment=NO_ENVIRONMENT)
        async with sessions.stream(session.id, input="Say hello") as stream:
            result = await stream.get_final_result()
        return result.output_text, [item.role async for item in sessions.items.list(session.id, order="asc")]

    assert asyncio.run(run()) == ("Hello.", ["user", "assistant"])
