//! Clients of other servers: where they send, and with which key.

use std::sync::{Arc, Mutex};

use openai_ext::compatible;
use openai_ext::http::{HeaderMap, Request, Response};
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::{Client, ClientBuilder, ErrorKind, Method};

/// Takes every request, and keeps the last one.
#[derive(Clone, Default)]
struct Any(Arc<Mutex<(String, HeaderMap)>>);

impl Transport for Any {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let (parts, _) = request.into_parts();
        *self.0.lock().expect("no panic") = (parts.uri.to_string(), parts.headers);
        Box::pin(std::future::ready(Ok(Response::new(Body::from("{}")))))
    }
}

/// Where a request goes, and what it has as its key.
async fn sent(builder: ClientBuilder<Client>) -> openai_ext::Result<(String, Option<String>)> {
    let any = Any::default();
    let client = builder.transport(Arc::new(any.clone())).build()?;
    client.request(Method::GET, "/models").send().await?;
    let (url, headers) = any.0.lock().expect("no panic").clone();
    let key = headers.get("authorization").map(|value| value.to_str().expect("a text").to_owned());
    Ok((url, key))
}

#[tokio::test]
async fn each_server() -> openai_ext::Result<()> {
    let key = |text: &str| Some(format!("Bearer {text}"));
    let cases = [
        (compatible::ollama(), "http://localhost:11434/v1/models", None),
        (compatible::vllm(), "http://localhost:8000/v1/models", None),
        (compatible::vllm().api_key("k"), "http://localhost:8000/v1/models", key("k")),
        (compatible::llama_cpp(), "http://localhost:8080/v1/models", None),
        (compatible::litellm("k"), "http://localhost:4000/v1/models", key("k")),
        (compatible::openrouter("k"), "https://openrouter.ai/api/v1/models", key("k")),
        (
            compatible::bedrock("us-west-2", "k")?,
            "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/models",
            key("k"),
        ),
        (
            compatible::bedrock("us-west-2", "k")?.base_url("https://bedrock-mantle.us-west-2.api.aws/v1"),
            "https://bedrock-mantle.us-west-2.api.aws/v1/models",
            key("k"),
        ),
    ];
    for (builder, url, key) in cases {
        assert_eq!(sent(builder).await?, (url.to_owned(), key));
    }
    Ok(())
}

#[tokio::test]
async fn bedrock_by_the_environment() -> openai_ext::Result<()> {
    let vars = |set: &[(&str, &str)]| {
        compatible::bedrock_from_vars(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        })
    };
    let token = ("AWS_BEARER_TOKEN_BEDROCK", "k\n");
    let (url, key) = sent(vars(&[token, ("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "us-east-1")])?).await?;
    assert!(url.starts_with("https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/"), "{url}");
    assert_eq!(key.as_deref(), Some("Bearer k"));
    let (url, _) = sent(vars(&[token, ("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "us-east-1")])?).await?;
    assert!(url.contains(".us-east-1."), "{url}");
    for (set, names) in [
        (vars(&[token]), "AWS_REGION"),
        (vars(&[("AWS_REGION", "us-east-1")]), "AWS_BEARER_TOKEN_BEDROCK"),
        (vars(&[token, ("AWS_REGION", "evil.example.com/#")]), "is no region"),
    ] {
        let error = set.expect_err("something is missing");
        assert!(error.kind() == ErrorKind::Config && error.message().contains(names), "{error}");
    }
    for region in ["", "a.b", "a/b", "a@b", "US-WEST-2", "a b", "a:1"] {
        assert!(compatible::bedrock(region, "k").is_err(), "{region:?}");
    }
    Ok(())
}
