//! Secrets that operations take and hand out: they are sent and read, and shown nowhere.
#![cfg(all(feature = "admin", feature = "agents", feature = "live", feature = "realtime", feature = "webhooks"))]

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::types::{
    AdminApiKeyCreateResponse, CreateVaultCredentialAuthParamEnvironmentVariable,
    CreateVaultCredentialAuthParamMcpOauth, CreateVaultCredentialAuthParamStaticBearer, McpTool,
    RealtimeClientSecretCreateResponse, RotateVaultCredentialAuthParamStaticBearer, Tool,
    VaultCredentialNetworkingParamUnrestricted, WebhookEndpointWithSecretResource,
};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{MockServer, Reply};
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn Error>>;

const SECRET: &str = "not-to-be-shown";

fn hides(shown: &dyn std::fmt::Debug) {
    let (short, long) = (format!("{shown:?}"), format!("{shown:#?}"));
    assert!(!short.contains(SECRET) && !long.contains(SECRET), "{short}");
    assert!(short.contains("***"), "{short}");
}

#[test]
fn what_is_handed_out_is_not_in_debug() -> TestResult {
    let key: AdminApiKeyCreateResponse = serde_json::from_value(json!({"id": "key_1", "value": SECRET}))?;
    assert_eq!(key.value, SECRET);
    hides(&key);
    let secret: RealtimeClientSecretCreateResponse = serde_json::from_value(json!({"value": SECRET}))?;
    hides(&secret);
    let endpoint: WebhookEndpointWithSecretResource = serde_json::from_value(json!({"signing_secret": SECRET}))?;
    hides(&endpoint);
    assert_eq!(serde_json::to_value(&endpoint)?["signing_secret"], SECRET);
    Ok(())
}

/// Sent with the request, and neither in what is shown of the request nor in its errors.
#[tokio::test]
async fn credentials_of_vaults() -> TestResult {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("sk-test").max_retries(0).build()?;
    let vault = client.beta().agents().vaults().create().send().await?;
    let credentials = client.beta().agents().vaults().credentials();
    let bearer = CreateVaultCredentialAuthParamStaticBearer::new("https://mcp.example.com", SECRET);
    hides(&bearer);
    hides(&CreateVaultCredentialAuthParamMcpOauth::new("https://mcp.example.com", SECRET));
    let networking = VaultCredentialNetworkingParamUnrestricted::new();
    hides(&CreateVaultCredentialAuthParamEnvironmentVariable::new("NAME", SECRET, networking));

    let create = credentials.create(&vault.id, "Bearer", bearer);
    hides(&create);
    let credential = create.send().await?;
    assert!(!format!("{credential:?}").contains(SECRET));
    let auth = |request: usize| mock.requests()[request].json().map(|body| body["auth"]["token"].clone());
    assert_eq!(auth(1), Some(Value::from(SECRET)));
    let rotate =
        credentials.update(&vault.id, &credential.id).auth(RotateVaultCredentialAuthParamStaticBearer::new(SECRET));
    hides(&rotate);
    rotate.send().await?;
    assert_eq!(auth(2), Some(Value::from(SECRET)));
    Ok(())
}

#[tokio::test]
async fn errors_quote_no_secret() -> TestResult {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("sk-test").admin_api_key("sk-admin").build()?;
    let body = format!(r#"{{"signing_secret":"{SECRET}","value":"{SECRET}","id":"#);
    for operation in ["CreateWebhookEndpoint", "RotateWebhookEndpointSigningSecret", "admin-api-keys-create"] {
        mock.on(operation).reply(Reply::bytes(StatusCode::OK, "application/json", body.clone()))?;
    }
    let endpoints = client.webhooks();
    let kind = "response.completed";
    let created = endpoints.create("Example", "https://example.com/webhook", [kind]).send().await.err();
    let rotated = endpoints.rotate_secret("we_1").send().await.err();
    for error in [created, rotated] {
        let error = error.ok_or("read what is no JSON")?;
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(r#""signing_secret":"***""#), "{error}");
        assert!(!format!("{error:?}").contains(r#""signing_secret":"not"#), "{error:?}");
    }
    let error = client.admin().organization().admin_api_keys().create("key").send().await.unwrap_err();
    assert!(error.to_string().contains(r#""value":"***""#), "{error}");
    Ok(())
}

/// All that is shown of an error.
fn shown(error: &openai_ext::Error) -> String {
    let mut text = format!("{error} {error:?} {:?}", error.headers());
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    text
}

/// Whatever goes wrong with a response that hands out a secret, or with a request that takes one.
#[tokio::test]
async fn no_error_about_a_secret_shows_it() -> TestResult {
    let body = json!({
        "error": {"message": format!("{SECRET} is taken"), "code": SECRET}, "value": SECRET, "signing_secret": SECRET,
        "client_secret": {"value": SECRET}, "api_key": {"value": SECRET}, "authorization": SECRET, "token": SECRET,
        "headers": {"Authorization": format!("Bearer {SECRET}")},
    });
    let cut = body.to_string();
    for reply in [
        Reply::bytes(StatusCode::OK, "application/json", cut[..cut.len() - 1].to_owned()),
        Reply::bytes(StatusCode::OK, "application/json", json!([body]).to_string()),
        Reply::json(StatusCode::OK, &body),
        Reply::bytes(StatusCode::BAD_REQUEST, "application/json", body.to_string()),
        Reply::bytes(StatusCode::BAD_REQUEST, "application/json", cut[..cut.len() - 1].to_owned()),
        Reply::bytes(StatusCode::INTERNAL_SERVER_ERROR, "application/json", json!({"detail": body}).to_string()),
    ] {
        let mock = MockServer::start().await?;
        mock.on_request(move |_| Some(reply.clone()));
        let client = Client::builder().base_url(mock.base_url()).api_key("sk-test").admin_api_key("sk-admin");
        let client = client.max_retries(0).build()?;
        let admin = client.admin();
        let keys = admin.organization();
        let bearer = CreateVaultCredentialAuthParamStaticBearer::new("https://mcp.example.com", SECRET);
        let headers = [("Authorization", format!("Bearer {SECRET}"))];
        let tool = McpTool::new("server").authorization(SECRET).headers(headers);
        hides(&tool);
        let ask = client.responses().create("gpt-5.5", "Hello").tools(vec![Tool::from(tool)]);
        let errors = [
            keys.admin_api_keys().create("key").send().await.err(),
            keys.projects().service_accounts().create("proj_1", "name").send().await.err(),
            client.webhooks().rotate_secret("we_1").send().await.err(),
            client.realtime().client_secrets().create().send().await.err(),
            client
                .realtime()
                .client_secrets()
                .create()
                .send_raw()
                .await
                .and_then(|raw| raw.deserialize::<Wrong>())
                .err(),
            client.beta().agents().vaults().credentials().create("vault_1", "Bearer", bearer).send().await.err(),
            ask.clone().send().await.err(),
            ask.clone().stream().await.err(),
            ask.stream_events().await.err(),
        ];
        let count = errors.iter().flatten().count();
        assert!(count >= 5, "{count} errors");
        for error in errors.iter().flatten() {
            let text = shown(error);
            assert!(!text.contains(SECRET), "{text}");
        }
    }
    Ok(())
}

/// A type that the response does not fit, in which serde quotes the value that it found.
#[derive(Debug, serde::Deserialize)]
struct Wrong {
    #[serde(rename = "value")]
    _value: u8,
}
