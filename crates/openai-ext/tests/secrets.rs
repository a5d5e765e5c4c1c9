//! Secrets that operations take and hand out: they are sent and read, and shown nowhere.
#![cfg(all(feature = "admin", feature = "agents", feature = "live", feature = "realtime", feature = "webhooks"))]
#![allow(missing_docs)]

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::types::{
    AdminApiKeyCreateResponse, CreateVaultCredentialAuthParamEnvironmentVariable,
    CreateVaultCredentialAuthParamMcpOauth, CreateVaultCredentialAuthParamStaticBearer,
    RealtimeClientSecretCreateResponse, RotateVaultCredentialAuthParamStaticBearer,
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
