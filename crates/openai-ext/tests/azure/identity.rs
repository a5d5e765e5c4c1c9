//! Credentials of the Azure SDK.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use openai_ext::ErrorKind;
use openai_ext::azure::AzureConfig;

use super::ENDPOINT;

/// Remembers what it was asked for.
#[derive(Debug, Default)]
struct Mine {
    scopes: Mutex<Vec<String>>,
    fails: bool,
}

#[async_trait::async_trait]
impl TokenCredential for Mine {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        self.scopes.lock().expect("no panic").extend(scopes.iter().map(|scope| (*scope).to_owned()));
        if self.fails {
            return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, "not logged in"));
        }
        let ends = SystemTime::now() + Duration::from_secs(3600);
        Ok(AccessToken::new("token-of-entra", ends.into()))
    }
}

#[tokio::test]
async fn its_token_is_kept() -> openai_ext::Result<()> {
    for (scope, asked) in [
        (None, "https://cognitiveservices.azure.com/.default"),
        (Some("https://cognitiveservices.azure.us/.default"), "https://cognitiveservices.azure.us/.default"),
    ] {
        let credential = Arc::new(Mine::default());
        let mut config = AzureConfig::new(ENDPOINT).v1().credential(credential.clone());
        if let Some(scope) = scope {
            config = config.scope(scope);
        }
        let server = super::any();
        let client = server.client(config)?;
        for _ in 0..3 {
            client.models().list().send().await?;
            assert_eq!(server.last().header("authorization"), Some("Bearer token-of-entra"));
        }
        assert_eq!(*credential.scopes.lock().expect("no panic"), [asked]);
        // It lives an hour, and is renewed 20 minutes before.
        server.set_time(2500);
        client.models().list().send().await?;
        assert_eq!(credential.scopes.lock().expect("no panic").len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn one_that_fails_ends_the_call() -> openai_ext::Result<()> {
    let credential = Arc::new(Mine { fails: true, ..Mine::default() });
    let config = AzureConfig::new(ENDPOINT).v1().credential(credential);
    let error = super::any().client(config)?.models().list().send().await.expect_err("no token");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
    assert!(error.message().contains("not logged in"), "{error}");
    Ok(())
}
