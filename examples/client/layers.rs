//! Layers of tower: a limit of concurrent calls, a recorder of calls, and a signer of requests.
//!
//! `cargo run --example layers --features tower`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use openai_ext::http::{HeaderValue, Request, Response};
use openai_ext::prelude::*;
use openai_ext::runtime::transport::Body;
use openai_ext::{Bytes, HttpService};
use sha2::{Digest, Sha256};
use tower::layer::layer_fn;
use tower::limit::ConcurrencyLimitLayer;
use tower::util::{BoxCloneService, MapRequestLayer};
use tower::{BoxError, ServiceExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let records = Arc::new(Mutex::new(Vec::new()));
    let recorder = recorder(records.clone());
    // The layer that is added last is the outermost: a call waits for its turn before it is recorded.
    let client = client.with_options(|options| {
        options.attempt_layer(MapRequestLayer::new(sign)).layer(recorder).layer(ConcurrencyLimitLayer::new(2))
    })?;
    let call = || client.chat().completions().create(model, [Message::user("Say this is a test")]).send();
    let (first, second, third) = tokio::join!(call(), call(), call());
    for reply in [first?, second?, third?] {
        println!("{}", reply.text());
    }
    let records = records.lock().map_err(|_| "a recorder panicked")?;
    for Record { request, status, response } in records.iter() {
        println!("{} bytes sent, {status}, {} bytes received", request.len(), response.len());
    }
    Ok(())
}

/// One call: the bodies of its request and of its response.
struct Record {
    request: Bytes,
    status: u16,
    response: Bytes,
}

/// Makes a layer that keeps the bodies of whole calls; the body of a stream is not there yet when the response arrives.
fn recorder(
    records: Arc<Mutex<Vec<Record>>>,
) -> impl tower::Layer<HttpService, Service = BoxCloneService<Request<Body>, Response<Body>, BoxError>> {
    layer_fn(move |inner: HttpService| {
        let records = records.clone();
        BoxCloneService::new(tower::service_fn(move |request: Request<Body>| {
            let (inner, records) = (inner.clone(), records.clone());
            async move {
                let sent = request.body().as_bytes().cloned().unwrap_or_default();
                let response = inner.oneshot(request).await?;
                let received = response.body().as_bytes().cloned().unwrap_or_default();
                let record = Record { request: sent, status: response.status().as_u16(), response: received };
                records.lock().map_err(|_| "a recorder panicked")?.push(record);
                Ok(response)
            }
        }))
    })
}

/// Signs a request in the style of AWS: by a MAC of its method, path and body, made with a secret that both sides know.
fn sign(mut request: Request<Body>) -> Request<Body> {
    let body = Sha256::digest(request.body().as_bytes().map(AsRef::as_ref).unwrap_or_default());
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a secret of both sides").expect("HMAC takes keys of any length");
    mac.update(request.method().as_str().as_bytes());
    mac.update(request.uri().path().as_bytes());
    mac.update(&body);
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    if let Ok(mut value) = HeaderValue::try_from(signature) {
        value.set_sensitive(true);
        request.headers_mut().insert("x-signature", value);
    }
    request
}
