//! Sessions on Azure: the WebSocket's URL and credential are those of the provider.
#![cfg(feature = "azure")]

use openai_ext::azure::AzureConfig;
use openai_ext::prelude::*;
use openai_ext_mock::MockServer;

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

async fn handshake(config: impl FnOnce(AzureConfig) -> AzureConfig) -> TestResult<(String, Vec<String>, Vec<String>)> {
    let server = MockServer::start().await?;
    let endpoint = server.base_url().trim_end_matches("/v1").to_owned();
    let client = config(AzureConfig::new(endpoint).api_key("azure-key")).client()?;
    // The mock may know no session below this path: what it was asked is what counts.
    let _ = client.realtime().connect("gpt realtime").with_max_retries(0).await;
    let request = server.requests().first().cloned().ok_or("no request")?;
    let query = request.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let header = |name: &str| format!("{name}: {}", request.header(name).unwrap_or("-"));
    let headers = ["api-key", "authorization", "upgrade", "sec-websocket-version"].map(header).to_vec();
    Ok((request.path().to_owned(), query, headers))
}

#[tokio::test]
async fn both_modes_have_their_urls() -> TestResult {
    let headers = ["api-key: azure-key", "authorization: -", "upgrade: websocket", "sec-websocket-version: 13"];
    let (path, query, sent) = handshake(|config| config.v1()).await?;
    assert_eq!((path.as_str(), query), ("/openai/v1/realtime", vec!["model=gpt realtime".to_owned()]));
    assert_eq!(sent, headers);
    let (path, mut query, sent) = handshake(|config| config.api_version("2025-04-01-preview")).await?;
    query.sort();
    assert_eq!(path, "/openai/realtime");
    assert_eq!(query, ["api-version=2025-04-01-preview", "deployment=gpt realtime"]);
    assert_eq!(sent, headers);
    Ok(())
}
