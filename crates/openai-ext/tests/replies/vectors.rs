//! Vectors of embeddings: from whom they are asked for in base64.

use std::sync::{Arc, Mutex};

use openai_ext::http::{Request, Response};
use openai_ext::runtime::json::Value;
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::types::EmbeddingCreateParams;
use openai_ext::{Client, ClientBuilder, Method, compatible};
use openai_ext_mock::MockServer;
use serde_json::json;

/// Takes every request, and keeps the body of the last one.
#[derive(Clone, Default)]
struct Any(Arc<Mutex<Value>>);

impl Transport for Any {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let body = request.body().as_bytes().expect("a body in memory");
        *self.0.lock().expect("no panic") = serde_json::from_slice(body).expect("JSON");
        let reply = Body::from(r#"{"data": [{"index": 0, "embedding": [0.25, 1]}]}"#);
        Box::pin(std::future::ready(Ok(Response::new(reply))))
    }
}

/// The form that a client asks for, by a call and in the line of a batch.
async fn asked(builder: ClientBuilder<Client>) -> openai_ext::Result<Value> {
    let any = Any::default();
    let client = builder.transport(Arc::new(any.clone())).build()?;
    let call = client.embeddings().create("text-embedding-3-small", "Hi");
    let line: Value = serde_json::from_slice(&call.clone().into_call().json_body()?).expect("JSON");
    assert_eq!(call.send().await?.data[0].embedding[..], [0.25, 1.0]);
    let sent = any.0.lock().expect("no panic").take();
    assert_eq!(line, sent);
    Ok(sent["encoding_format"].clone())
}

#[tokio::test]
async fn base64_is_asked_for_from_known_hosts() -> openai_ext::Result<()> {
    let builder = || Client::builder().api_key("any");
    let at = |url: &str| builder().base_url(url);
    for known in [builder(), at("https://eu.api.openai.com/v1"), at("https://res.openai.azure.com/openai/v1")] {
        assert_eq!(asked(known).await?, "base64");
    }
    let servers = [
        at("http://127.0.0.1:9999/v1"),
        at("https://gateway.example.com/v1"),
        at("https://api.openai.com.example.com/v1"),
        compatible::ollama(),
        compatible::vllm(),
        compatible::llama_cpp(),
        compatible::litellm("any"),
        compatible::openrouter("any"),
        compatible::bedrock("us-west-2", "any")?,
        compatible::gemini("any"),
        compatible::deepseek("any"),
    ];
    for unknown in servers {
        assert_eq!(asked(unknown).await?, Value::Null);
    }
    Ok(())
}

#[cfg(feature = "azure")]
#[tokio::test]
async fn azure_is_known_by_its_configuration() -> openai_ext::Result<()> {
    use openai_ext::azure::AzureConfig;

    for endpoint in ["https://res.openai.azure.com", "http://127.0.0.1:9999", "https://gateway.example.com"] {
        let azure = AzureConfig::new(endpoint).api_key("any").v1();
        assert_eq!(asked(Client::builder().provider(azure)).await?, "base64", "{endpoint}");
    }
    Ok(())
}

/// The mock answers what is asked for; by itself a client asks it for nothing.
#[tokio::test]
async fn vectors_by_the_callers_word() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start().await?;
    let client = Client::builder().base_url(server.base_url()).api_key("any").build()?;
    let call = || client.embeddings().create("text-embedding-3-small", "Hi").dimensions(4);
    let mut vectors = Vec::new();
    for (call, sent) in [
        (call(), Value::Null),
        (call().encoding_format("float"), json!("float")),
        (call().encoding_format("base64"), json!("base64")),
        (call().with_body_field("encoding_format", "base64"), json!("base64")),
    ] {
        let mut reply = call.send().await?;
        let request = server.requests().pop().ok_or("no request")?;
        assert_eq!(request.json().ok_or("no JSON")?["encoding_format"], sent);
        assert_eq!(json!(reply)["data"][0]["embedding"].is_string(), sent == "base64");
        vectors.push(reply.data.remove(0).embedding);
    }
    assert!(vectors.iter().all(|vector| vector.len() == 4 && *vector == vectors[0]), "{vectors:?}");
    let body = json!({"model": "text-embedding-3-small", "input": "Hi"});
    // Whoever makes the call by hand gets what is asked for there.
    client.request(Method::POST, "/embeddings").json(&body).send().await?;
    assert_eq!(server.requests().pop().ok_or("no request")?.json(), Some(body));
    Ok(())
}

#[test]
fn a_body_of_its_own_is_sent_as_it_is() {
    let body = EmbeddingCreateParams::new("text-embedding-3-small", "Hi");
    assert_eq!(json!(body), json!({"model": "text-embedding-3-small", "input": "Hi"}));
}
