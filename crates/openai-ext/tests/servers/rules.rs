//! What providers exclude, what of the environment is left out, and what is never shown.

use openai_ext::bedrock::{AccessToken, AwsCredentials, BedrockConfig};
use openai_ext::prelude::*;
use openai_ext::vertex::VertexConfig;
use openai_ext::{ClientBuilder, DataResidency, ErrorKind, Provider, TokenFn, WorkloadIdentity};
use std::time::Duration;

use super::{any, base, json, server};

fn bedrock() -> BedrockConfig {
    BedrockConfig::new("us-west-2")
}

fn vertex() -> VertexConfig {
    VertexConfig::new("p", "global")
}

fn keys() -> AwsCredentials {
    AwsCredentials::new("AKIDEXAMPLE", "secret-of-aws")
}

async fn access() -> openai_ext::Result<AccessToken> {
    Ok(AccessToken::new("t", Duration::from_secs(60)))
}

async fn token() -> openai_ext::Result<String> {
    Ok("t".to_owned())
}

async fn aws() -> openai_ext::Result<AwsCredentials> {
    Ok(keys())
}

#[test]
fn two_credentials_are_an_error() {
    type Set<C> = (&'static str, fn(C) -> C);
    let of_bedrock: [Set<BedrockConfig>; 5] = [
        ("api_key", |config| config.api_key("k")),
        ("token_provider", |config| config.token_provider(token)),
        ("cached_token_provider", |config| config.cached_token_provider(access)),
        ("credentials", |config| config.credentials(keys())),
        ("credential_provider", |config| config.credential_provider(aws)),
    ];
    let of_vertex: [Set<VertexConfig>; 3] = [
        ("access_token", |config| config.access_token("t")),
        ("token_provider", |config| config.token_provider(token)),
        ("cached_token_provider", |config| config.cached_token_provider(access)),
    ];
    check(bedrock(), &of_bedrock);
    check(vertex(), &of_vertex);

    fn check<C: Provider + Clone>(config: C, options: &[Set<C>]) {
        for (first, set) in options {
            for (second, other) in options {
                let found = base(other(set(config.clone())));
                if first == second {
                    assert!(found.is_ok(), "{first} twice: {found:?}");
                } else {
                    let error = found.expect_err(first);
                    assert!(error.contains(&format!("`{first}` and `{second}` exclude each other")), "{error}");
                }
            }
        }
    }
}

/// A credential that is set by hand takes the place of those of the environment, and a key the place of AWS's.
#[tokio::test]
async fn the_order_of_credentials() -> openai_ext::Result<()> {
    let all = |name: &str| match name {
        "AWS_REGION" => Some("us-west-2".to_owned()),
        "AWS_BEARER_TOKEN_BEDROCK" => Some("key-of-env".to_owned()),
        "AWS_ACCESS_KEY_ID" => Some("AKIDENV".to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some("secret-of-env".to_owned()),
        "AWS_SESSION_TOKEN" => Some("session-of-env".to_owned()),
        _ => None,
    };
    let aws = move |name: &str| all(name).filter(|_| name != "AWS_BEARER_TOKEN_BEDROCK");
    for (config, expected, session) in [
        (BedrockConfig::from_vars(all), "Bearer key-of-env", None),
        (BedrockConfig::from_vars(all).api_key("mine"), "Bearer mine", None),
        (BedrockConfig::from_vars(all).credentials(keys()), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", None),
        (BedrockConfig::from_vars(aws), "AWS4-HMAC-SHA256 Credential=AKIDENV/", Some("session-of-env")),
        (BedrockConfig::from_vars(aws).api_key("mine"), "Bearer mine", None),
    ] {
        let server = any();
        server.client(config)?.models().list().send().await?;
        let sent = server.last();
        assert!(sent.header("authorization").is_some_and(|value| value.starts_with(expected)), "{expected}");
        assert_eq!(sent.header("x-amz-security-token"), session);
    }
    Ok(())
}

#[test]
fn what_a_provider_excludes() {
    let options: [fn(ClientBuilder<Client>) -> ClientBuilder<Client>; 6] = [
        |options| options.api_key("k"),
        |options| options.admin_api_key("k"),
        |options| options.api_key_provider(token),
        |options| options.workload_identity(WorkloadIdentity::new("i", "s", TokenFn::jwt(token))),
        |options| options.base_url("https://bedrock-mantle.us-west-2.api.aws/openai/v1"),
        |options| options.data_residency(DataResidency::Us),
    ];
    for option in options {
        let server = any();
        for built in [
            option(server.builder(bedrock().api_key("k"))).build(),
            option(server.builder(bedrock().credentials(keys()))).build(),
            option(server.builder(vertex().access_token("t"))).build(),
        ] {
            let error = built.expect_err("an option that is excluded");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains("the provider"), "{error}");
        }
        assert!(server.sent().is_empty());
    }
}

#[tokio::test]
async fn the_environment_of_openai_is_left_out() -> openai_ext::Result<()> {
    let vars = |name: &str| match name {
        "OPENAI_API_KEY" | "OPENAI_ADMIN_KEY" => Some("sk-of-openai".to_owned()),
        "OPENAI_ORG_ID" | "OPENAI_PROJECT_ID" => Some("id-of-openai".to_owned()),
        "OPENAI_BASE_URL" => Some("https://gateway.example/v1".to_owned()),
        "OPENAI_CUSTOM_HEADERS" => Some("X-Env: of-openai\nAuthorization: Bearer of-openai".to_owned()),
        _ => None,
    };
    let server = any();
    let options = || {
        let handle = std::sync::Arc::new(super::Handle(server.clone()));
        ClientBuilder::<Client>::from_vars(vars).transport(handle)
    };
    for client in [
        options().provider(bedrock().api_key("k")).build()?,
        options().provider(bedrock().credentials(keys())).build()?,
        options().provider(vertex().access_token("t")).build()?,
    ] {
        client.responses().create("m", "Hi").send().await?;
        let sent = server.last();
        assert!(!sent.url.contains("gateway") && !format!("{:?}", sent.headers).contains("of-openai"), "{sent:?}");
    }
    Ok(())
}

#[test]
fn credentials_that_no_header_can_have() {
    for credentials in [
        AwsCredentials::new("", "secret-key"),
        AwsCredentials::new("AKID", " "),
        AwsCredentials::new("AK/ID", "secret-key"),
        AwsCredentials::new("AKID,x", "secret-key"),
        AwsCredentials::new("AK\nID", "secret-key"),
        AwsCredentials::new("AKID", "secret\nkey"),
        AwsCredentials::new("AKID", "secret-key").session_token("secret\ttoken"),
        AwsCredentials::new("secret key", "AKID"),
    ] {
        let error = base(bedrock().credentials(credentials)).expect_err("credentials that are none");
        assert!(
            !error.contains("secret-key") && !error.contains("secret\n") && !error.contains("secret key"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn nothing_secret_is_shown() -> openai_ext::Result<()> {
    let echo = || {
        server(|sent, _| {
            let all: Vec<_> = sent.headers.values().filter_map(|value| value.to_str().ok()).collect();
            let body = serde_json::json!({"error": {"message": all.join(" "), "code": sent.signature()}});
            json(400, &body.to_string())
        })
    };
    let session = keys().session_token("token-of-session");
    let secrets = ["secret-of-aws", "token-of-session", "key-of-bedrock", "token-of-vertex"];
    let server = echo();
    let (signed, keyed) = (bedrock().credentials(session.clone()), bedrock().api_key("key-of-bedrock"));
    let token = vertex().access_token("token-of-vertex");
    let mut shown = format!("{session:?} {session:#?} {signed:?} {keyed:?} {token:?}");
    for client in [server.client(signed)?, server.client(keyed)?, server.client(token)?] {
        let error = client.responses().create("m", "Hi").send().await.expect_err("status 400");
        let signature = server.last().signature().to_owned();
        let text = format!("{error} {error:?} {client:?} {:?}", error.code());
        assert!(signature.is_empty() || !text.contains(&signature), "{text}");
        shown.push_str(&text);
    }
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains("AKIDEXAMPLE"));
    Ok(())
}
