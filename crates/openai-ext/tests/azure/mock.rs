//! The same over a connection to the mock.

use openai_ext::azure::AzureConfig;
use openai_ext::prelude::*;
use openai_ext::{ErrorKind, Method};
use openai_ext_mock::MockServer;

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn both_modes_and_streams() -> TestResult {
    let mock = MockServer::builder().require_key("key-of-azure").start().await?;
    let config = || AzureConfig::new(mock.azure_endpoint()).api_key("key-of-azure");
    for client in [config().api_version("2024-10-21").client()?, config().v1().client()?] {
        let chat = || client.chat().completions().create("my gpt", [Message::user("Hello")]);
        assert!(!chat().send().await?.text().is_empty());
        let whole = chat().stream_events().await?.final_completion().await?;
        assert!(!whole.text().is_empty());
        let speech = InputFile::from_bytes("RIFF").name("a.wav");
        client.audio().transcriptions().create(speech, "my gpt").send().await?;
        assert!(!client.responses().create("my gpt", "Hello").send().await?.output_text().is_empty());
        let file = client.files().create(InputFile::from_bytes("{}").name("a.jsonl"), "batch").send().await?;
        assert_eq!(client.files().retrieve(&file.id).send().await?.id, file.id);
    }
    let requests = mock.requests();
    let versioned = &requests[..6];
    assert_eq!(versioned[0].path(), "/openai/deployments/my%20gpt/chat/completions");
    assert_eq!(versioned[0].deployment().as_deref(), Some("my gpt"));
    assert_eq!(versioned[2].path(), "/openai/deployments/my%20gpt/audio/transcriptions");
    assert_eq!(versioned[3].path(), "/openai/responses");
    assert!(versioned.iter().all(|request| request.query() == [("api-version".to_owned(), "2024-10-21".to_owned())]));
    let plain = &requests[6..];
    assert_eq!((plain.len(), plain[0].path(), plain[0].deployment()), (6, "/openai/v1/chat/completions", None));
    assert!(plain.iter().all(|request| request.query().is_empty()));
    assert!(requests.iter().all(|request| request.operation().is_some() && request.header("api-key").is_some()));
    Ok(())
}

/// The mock is no looser than Azure, so that a test finds what would fail there.
#[tokio::test]
async fn what_azure_would_refuse() -> TestResult {
    let mock = MockServer::builder().require_key("key-of-azure").start().await?;
    let status = async |config: AzureConfig, path: &str| {
        let error = config.client()?.request(Method::POST, path).json(&serde_json::json!({"model": "d"})).send().await;
        Ok::<_, Box<dyn std::error::Error>>(error.err().map(|error| (error.kind(), error.code().map(str::to_owned))))
    };
    let config = || AzureConfig::new(mock.azure_endpoint());
    let code = |kind, code: &str| Some((kind, Some(code.to_owned())));
    let wrong = config().api_key("another").v1();
    assert_eq!(status(wrong, "/chat/completions").await?, code(ErrorKind::Authentication, "401"));
    let none = config().no_api_key().v1();
    assert_eq!(status(none, "/chat/completions").await?, code(ErrorKind::Authentication, "401"));
    // Without a version, and without a deployment.
    let unversioned = AzureConfig::default().base_url(format!("{}/openai", mock.azure_endpoint()));
    let unversioned = unversioned.api_key("key-of-azure").v1();
    assert_eq!(status(unversioned, "/files").await?, code(ErrorKind::NotFound, "404"));
    let client = Client::builder().base_url(format!("{}/openai", mock.azure_endpoint())).api_key("key-of-azure");
    let call = client.default_query("api-version", "1").build()?.chat().completions();
    let error = call.create("d", [Message::user("Hi")]).send().await.expect_err("no deployment");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    // OpenAI's own path knows no `api-key`.
    let client = Client::builder().base_url(mock.base_url()).default_header("api-key", "key-of-azure").build()?;
    assert_eq!(client.models().list().send().await.expect_err("no key").kind(), ErrorKind::Authentication);
    Ok(())
}
