//! The ways to give a credential to a client or a call.

use std::sync::Arc;

use openai_ext::azure::AzureConfig;
use openai_ext::http::HeaderValue;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::runtime::{Call, ClientBuilder, Provider, ProviderRequest, Result, TokenFn, WorkloadIdentity};
use openai_raw::Client;

use super::echo::{Echo, SECRET, base64, percent};

/// A client with a credential, and what its calls are given besides.
pub type Way = fn(Arc<Echo>) -> (Client, fn(&mut Call));

pub const WAYS: [(&str, Way); 19] = [
    ("api_key", |echo| built(echo, |builder| builder.api_key(SECRET).admin_api_key(SECRET))),
    ("api_key_provider", |echo| {
        built(echo, |builder| {
            builder.api_key_provider(|| async { Ok::<_, std::io::Error>(SECRET) }).admin_api_key(SECRET)
        })
    }),
    ("from_vars", |echo| {
        let variable = |name: &str| match name {
            "OPENAI_API_KEY" | "OPENAI_ADMIN_KEY" => Some(format!(" {SECRET}\n")),
            _ => None,
        };
        finish(ClientBuilder::from_vars(variable), echo)
    }),
    ("custom headers of the environment", |echo| {
        let variable = |name: &str| match name {
            "OPENAI_API_KEY" | "OPENAI_ADMIN_KEY" => Some("sk-other-key".to_owned()),
            "OPENAI_CUSTOM_HEADERS" => Some(format!("X-Gateway: {SECRET}")),
            _ => None,
        };
        finish(ClientBuilder::from_vars(variable), echo)
    }),
    ("workload identity", |echo| {
        built(echo, |builder| {
            let subject = TokenFn::jwt(|| async { Ok::<_, std::io::Error>("subject-token") });
            let identity = WorkloadIdentity::new("idp", "sa", subject).token_url("http://tokens.example/");
            builder.workload_identity(identity).admin_api_key(SECRET)
        })
    }),
    ("default authorization", |echo| {
        built(echo, |builder| builder.default_header("Authorization", format!("Bearer {SECRET}")))
    }),
    ("default basic", |echo| {
        built(echo, |builder| {
            builder.default_header("authorization", format!("Basic {}", base64(format!("user:{SECRET}").as_bytes())))
        })
    }),
    ("default api-key", |echo| built(echo, |builder| builder.default_header("api-key", SECRET))),
    ("default header of any name", |echo| {
        built(echo, |builder| keyed(builder).default_header("x-any", HeaderValue::from_static(SECRET)))
    }),
    ("default query", |echo| built(echo, |builder| keyed(builder).default_query("subscription-key", SECRET))),
    ("default query of any name", |echo| built(echo, |builder| keyed(builder).default_query("any", SECRET))),
    ("query of the base URL", |echo| {
        built(echo, |builder| keyed(builder).base_url(format!("http://host.example/v1?any={}", percent(SECRET, true))))
    }),
    ("authorization of the call", |echo| {
        with_options(echo, |call| call.with_header("authorization", format!("Bearer {SECRET}")))
    }),
    ("header of the call", |echo| with_options(echo, |call| call.with_header("x-any", SECRET))),
    ("cookie of the call", |echo| with_options(echo, |call| call.with_header("cookie", format!("a=b; s={SECRET}")))),
    ("query of the call", |echo| with_options(echo, |call| call.with_query("sig", SECRET))),
    ("provider", |echo| built(echo, |builder| builder.provider(Gateway))),
    ("Azure key", |echo| {
        let azure = AzureConfig::new("http://azure.example").v1().api_key(SECRET);
        built(echo, |builder| builder.provider(azure))
    }),
    ("Entra token", |echo| {
        let azure = AzureConfig::new("http://azure.example").v1();
        let azure = azure.token_provider(|| async { Ok::<_, std::io::Error>(SECRET) });
        built(echo, |builder| builder.provider(azure))
    }),
];

/// A server whose credentials are in headers of its own.
struct Gateway;

impl Provider for Gateway {
    fn has_credential(&self) -> bool {
        true
    }

    fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        Box::pin(async move {
            let mut value = HeaderValue::from_static(SECRET);
            value.set_sensitive(true);
            request.headers_mut().insert("x-sensitive", value);
            Ok(request)
        })
    }
}

/// A client with another credential, which is not the one to be looked for.
fn keyed(builder: ClientBuilder<Client>) -> ClientBuilder<Client> {
    builder.api_key("sk-other-key").admin_api_key("sk-other-key")
}

fn built(echo: Arc<Echo>, set: impl FnOnce(ClientBuilder<Client>) -> ClientBuilder<Client>) -> (Client, fn(&mut Call)) {
    finish(set(Client::builder()), echo)
}

fn with_options(echo: Arc<Echo>, options: fn(&mut Call)) -> (Client, fn(&mut Call)) {
    (built(echo, keyed).0, options)
}

fn finish(builder: ClientBuilder<Client>, echo: Arc<Echo>) -> (Client, fn(&mut Call)) {
    (builder.max_retries(0).transport(echo).build().unwrap(), |_| {})
}
