//! Options and environment: what is missing, what excludes what, what is printed.

use openai_ext::ErrorKind;
use openai_ext::azure::AzureConfig;
use openai_ext::prelude::*;

use super::{ENDPOINT, any, keyed};

fn vars(set: &'static [(&'static str, &'static str)]) -> AzureConfig {
    AzureConfig::from_vars(|name| set.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()))
}

fn message(config: AzureConfig) -> String {
    let error = config.client().expect_err("something is wrong");
    assert_eq!(error.kind(), ErrorKind::Config);
    error.message().to_owned()
}

#[test]
fn what_is_missing_is_named() {
    assert!(message(vars(&[])).contains("no version of the API: set OPENAI_API_VERSION"));
    assert!(message(vars(&[]).v1()).contains("no endpoint: set AZURE_OPENAI_ENDPOINT"));
    let blank = vars(&[("AZURE_OPENAI_ENDPOINT", " \t"), ("AZURE_OPENAI_API_KEY", ""), ("OPENAI_API_VERSION", "1")]);
    assert!(message(blank).contains("no endpoint"));
    assert!(message(AzureConfig::new(ENDPOINT).v1()).contains("no credential: set AZURE_OPENAI_API_KEY"));
    assert!(message(AzureConfig::new(ENDPOINT).v1().api_key(" ")).contains("no credential"));
    assert!(message(AzureConfig::new(" ").v1().api_key("k")).contains("no endpoint"));
    assert!(message(keyed().api_version(" ")).contains("no version"));
}

/// Two credentials, whichever they are, and whatever comes after them.
#[test]
fn two_credentials_are_an_error() {
    type Set = fn(AzureConfig) -> AzureConfig;
    let options: [(&str, Set); 4] = [
        ("api_key", |config| config.api_key("k")),
        ("entra_token", |config| config.entra_token("t")),
        ("token_provider", |config| config.token_provider(|| async { Ok::<_, openai_ext::Error>("t") })),
        ("cached_token_provider", |config| {
            let token =
                || async { Ok::<_, openai_ext::Error>(openai_ext::azure::AccessToken::new("t", Default::default())) };
            config.cached_token_provider(token)
        }),
    ];
    let env = vars(&[("AZURE_OPENAI_API_KEY", "k"), ("AZURE_OPENAI_AD_TOKEN", "t")]);
    for plain in [AzureConfig::default(), env] {
        let plain = plain.endpoint(ENDPOINT).v1();
        for (first, set) in &options {
            for (second, other) in &options {
                let both = other(set(plain.clone()));
                if first == second {
                    assert!(both.client().is_ok(), "{first}");
                    continue;
                }
                let expected = format!("Azure: `{first}` and `{second}` exclude each other");
                assert!(message(both.clone()).starts_with(&expected));
                assert!(message(set(both.clone())).starts_with(&expected));
                // None of them is wanted.
                assert!(both.no_api_key().client().is_ok());
            }
        }
    }
}

#[test]
fn what_excludes_what() {
    assert!(message(keyed().base_url("https://x").v1()).contains("`endpoint` and `base_url` exclude each other"));
    assert!(message(keyed().v1().deployment("d")).contains("`deployment` has no meaning with `v1`"));
    let whole = AzureConfig::new(format!("{ENDPOINT}/openai/v1/")).api_key("k").v1();
    assert!(message(whole).contains("ends with /openai/v1"));
    assert!(message(AzureConfig::new("res.openai.azure.com").api_key("k").v1()).contains("is no URL"));
    let error = Client::builder().api_key("sk-1").provider(keyed().v1()).build().expect_err("two keys");
    assert!(error.message().contains("the provider sets the credential"), "{error}");
    let error = Client::builder().base_url("https://x").provider(keyed().v1()).build().expect_err("two URLs");
    assert!(error.message().contains("the provider says the base URL"), "{error}");
}

#[tokio::test]
async fn the_environment() -> openai_ext::Result<()> {
    let all = || {
        vars(&[
            ("AZURE_OPENAI_ENDPOINT", " https://env.openai.azure.com/ "),
            ("AZURE_OPENAI_API_KEY", "key-of-env"),
            ("OPENAI_API_VERSION", "2024-10-21\n"),
        ])
    };
    let sent = async |config: AzureConfig| {
        let server = any();
        server.client(config)?.models().list().send().await?;
        let sent = server.last();
        let credential = sent.header("api-key").or(sent.header("authorization")).unwrap_or_default();
        Ok::<_, openai_ext::Error>(format!("{} {credential}", sent.url))
    };
    let env = "https://env.openai.azure.com/openai";
    assert_eq!(sent(all()).await?, format!("{env}/models?api-version=2024-10-21 key-of-env"));
    assert_eq!(sent(all().v1()).await?, format!("{env}/v1/models key-of-env"));
    assert_eq!(sent(all().api_version("2")).await?, format!("{env}/models?api-version=2 key-of-env"));
    assert_eq!(sent(all().entra_token("t")).await?, format!("{env}/models?api-version=2024-10-21 Bearer t"));
    // A base URL set by hand takes the place of the environment's endpoint.
    assert_eq!(sent(all().base_url("https://gw/x")).await?, "https://gw/x/models?api-version=2024-10-21 key-of-env");
    // A token wins over a key, as both can be there.
    let token = vars(&[
        ("AZURE_OPENAI_ENDPOINT", "https://env.openai.azure.com"),
        ("AZURE_OPENAI_API_KEY", "key-of-env"),
        ("AZURE_OPENAI_AD_TOKEN", "token-of-env"),
        ("OPENAI_API_VERSION", "1"),
    ]);
    assert_eq!(sent(token).await?, format!("{env}/models?api-version=1 Bearer token-of-env"));
    Ok(())
}

#[test]
fn no_secret_is_printed() -> openai_ext::Result<()> {
    let config = AzureConfig::default().base_url("https://gw/x?key=secret").api_key("secret-key").api_version("1");
    let printed = format!("{config:?}");
    assert!(!printed.contains("secret") && printed.contains("https://gw/x"), "{printed}");
    let client = config.client()?;
    assert!(!format!("{client:?}").contains("secret"));
    Ok(())
}

/// An answer that repeats what was sent does not get it into an error.
#[tokio::test]
async fn no_secret_is_in_an_error() -> openai_ext::Result<()> {
    let server = super::server(|sent| {
        let key = sent.header("api-key").unwrap_or_default().to_owned();
        super::json(400, &format!(r#"{{"error":{{"message":"bad key {key}","code":"400"}}}}"#))
    });
    let error = server.client(keyed().v1())?.models().list().send().await.expect_err("status 400");
    assert_eq!(error.message(), "bad key ***");
    assert!(!format!("{error} {error:?}").contains("key-of-azure"));
    Ok(())
}
