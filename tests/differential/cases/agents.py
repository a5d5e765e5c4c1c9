"""Agents, their sessions, environments and vaults; webhook endpoints; decisions."""

from . import table

CASES, case = table()

MODEL = "gpt-5.5"


@case
def agents_create(api):
    function = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}
    api.beta.agents.create(model=MODEL, name="A", instructions="Be kind.", tools=[function], metadata={"k": "v"})


@case
def agents_list(api):
    api.beta.agents.list(limit=2, order="asc", after="agent_1")


@case
def agent_sessions_create(api):
    api.beta.agents.sessions.create(agent_id="agent_1", environment={"type": "none"}, input="Say hello", vault_ids=["vault_1"])


@case
def agent_sessions_create_stream(api):
    for _ in api.beta.agents.sessions.create(agent_id="agent_1", environment={"type": "none"}, stream=True):
        pass


@case
def agent_sessions_list(api):
    api.beta.agents.sessions.list(agent_id="agent_1", metadata={"k": "v"})


@case
def agent_session_events_create(api):
    written = [{"role": "user", "content": [{"type": "input_text", "text": "Say hello"}]}]
    event = {"type": "agent.session.input.message", "input": written}
    api.beta.agents.sessions.events.create("session_1", events=[event], idempotency_key="key-1")


@case
def agent_session_events_stream(api):
    for _ in api.beta.agents.sessions.events.stream("session_1", include_obfuscation=False):
        pass


@case
def agent_session_turn_items(api):
    api.beta.agents.sessions.turns.items.list("turn_1", session_id="session_1", after="item_1")


@case
def agent_environment_files(api):
    api.beta.agents.environments.files.list("env_1", path="/workspace/in", page="p 2")


@case
def agent_automation_pause(api):
    api.beta.agents.automations.pause("automation_1")


@case
def vault_credentials_create(api):
    auth = {"type": "static_bearer", "mcp_server_url": "https://example.com", "token": "t"}
    api.beta.agents.vaults.credentials.create("vault_1", name="C", auth=auth)


@case
def webhook_endpoints_create(api):
    api.webhooks.create(name="A", url="https://example.com/hook", event_types=["batch.completed", "batch.failed"])


@case
def webhook_endpoints_rotate_secret(api):
    api.webhooks.rotate_secret("we_1", keep_old_secret_active_for_24_hours=True)


@case
def decisions_create(api):
    question = {"type": "predicate", "name": "q", "instructions": "Is it wet?"}
    api.decisions.create(model="gpt-6-luna", input="It rains.", questions=[question])
