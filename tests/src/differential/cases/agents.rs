//! Agents, their sessions, environments and vaults; webhook endpoints; decisions.

use openai_ext::Client;
use openai_ext::types::{
    CreateAgentParams, CreateAgentSessionParams, CreateSessionEventsParams, CreateVaultCredentialParams,
    DecisionCreateParams, EnvironmentParam,
};
use serde_json::json;

use super::{Outcome, drain, of, table};

table![
    agents_create,
    agents_list,
    agent_sessions_create,
    agent_sessions_create_stream,
    agent_sessions_list,
    agent_session_events_create,
    agent_session_events_stream,
    agent_session_turn_items,
    agent_environment_files,
    agent_automation_pause,
    vault_credentials_create,
    webhook_endpoints_create,
    webhook_endpoints_rotate_secret,
    decisions_create,
];

const MODEL: &str = "gpt-5.5";

async fn agents_create(client: Client) -> Outcome {
    let function = json!({"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}});
    let body: CreateAgentParams = of(json!({"model": MODEL, "tools": [function]}))?;
    let call = client.beta().agents().create_with(body).name("A").instructions("Be kind.");
    call.metadata([("k", "v")]).send().await?;
    Ok(())
}

async fn agents_list(client: Client) -> Outcome {
    client.beta().agents().list().limit(2).order("asc").after("agent_1").send().await?;
    Ok(())
}

async fn agent_sessions_create(client: Client) -> Outcome {
    let sessions = client.beta().agents().sessions();
    let call = sessions.create(EnvironmentParam::None(Default::default())).agent_id("agent_1");
    call.input("Say hello").vault_ids(["vault_1"]).send().await?;
    Ok(())
}

async fn agent_sessions_create_stream(client: Client) -> Outcome {
    let body: CreateAgentSessionParams = of(json!({"agent_id": "agent_1", "environment": {"type": "none"}}))?;
    drain(client.beta().agents().sessions().create_with(body).stream().await?).await
}

async fn agent_sessions_list(client: Client) -> Outcome {
    client.beta().agents().sessions().list().agent_id("agent_1").metadata([("k", "v")]).send().await?;
    Ok(())
}

async fn agent_session_events_create(client: Client) -> Outcome {
    let written = json!([{"role": "user", "content": [{"type": "input_text", "text": "Say hello"}]}]);
    let event = json!({"type": "agent.session.input.message", "input": written});
    let body: CreateSessionEventsParams = of(json!({"events": [event]}))?;
    let events = client.beta().agents().sessions().events();
    events.create_with("session_1", body).idempotency_key("key-1").send().await?;
    Ok(())
}

async fn agent_session_events_stream(client: Client) -> Outcome {
    let events = client.beta().agents().sessions().events();
    drain(events.stream("session_1").include_obfuscation(false).stream().await?).await
}

async fn agent_session_turn_items(client: Client) -> Outcome {
    let turns = client.beta().agents().sessions().turns();
    turns.items().list("session_1", "turn_1").after("item_1").send().await?;
    Ok(())
}

async fn agent_environment_files(client: Client) -> Outcome {
    let files = client.beta().agents().environments().files();
    files.list("env_1").path("/workspace/in").page("p 2").send().await?;
    Ok(())
}

async fn agent_automation_pause(client: Client) -> Outcome {
    client.beta().agents().automations().pause("automation_1").send().await?;
    Ok(())
}

async fn vault_credentials_create(client: Client) -> Outcome {
    let auth = json!({"type": "static_bearer", "mcp_server_url": "https://example.com", "token": "t"});
    let body: CreateVaultCredentialParams = of(json!({"name": "C", "auth": auth}))?;
    client.beta().agents().vaults().credentials().create_with("vault_1", body).send().await?;
    Ok(())
}

async fn webhook_endpoints_create(client: Client) -> Outcome {
    let kinds = ["batch.completed", "batch.failed"];
    client.webhooks().create("A", "https://example.com/hook", kinds).send().await?;
    Ok(())
}

async fn webhook_endpoints_rotate_secret(client: Client) -> Outcome {
    client.webhooks().rotate_secret("we_1").keep_old_secret_active_for_24_hours(true).send().await?;
    Ok(())
}

async fn decisions_create(client: Client) -> Outcome {
    let question = json!({"type": "predicate", "name": "q", "instructions": "Is it wet?"});
    let body: DecisionCreateParams = of(json!({"model": "gpt-6-luna", "input": "It rains.", "questions": [question]}))?;
    client.decisions().create_with(body).send().await?;
    Ok(())
}
