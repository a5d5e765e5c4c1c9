//! APIs of other documents: where the credential goes, and that nothing of OpenAI's goes with it.

use std::sync::Arc;

use crate::support::{ENDPOINT, Handle, Reply, server};
use openai_runtime::{Call, Client, ClientBuilder, CredentialPlace, Endpoint, ErrorKind, Security, Service};
use serde_json::Value;

static CREATE: Endpoint = ENDPOINT;
static OPEN: Endpoint = Endpoint { security: Security::None, ..ENDPOINT };

const PETS: Service =
    Service::new("Pets").with_base_url("https://pets.example.com/v1").with_variables("PETS_API_KEY", "PETS_BASE_URL");
static BEARER: Service = PETS.with_credential(CredentialPlace::Bearer).with_user_agent("pets/1");
static BASIC: Service = PETS.with_credential(CredentialPlace::Basic);
static HEADER: Service = PETS.with_credential(CredentialPlace::Header("X-Pets"));
static QUERY: Service = PETS.with_credential(CredentialPlace::Query("key"));
static COOKIE: Service = PETS.with_credential(CredentialPlace::Cookie("session"));
static KEYLESS: Service = PETS;
static NOWHERE: Service = Service::new("Nowhere").with_variables("NOWHERE_API_KEY", "NOWHERE_BASE_URL");

#[tokio::test]
async fn the_credential_is_where_the_service_takes_it() {
    let places = [
        (&BEARER, "authorization", Some("Bearer keeper:of-the-pets-1234"), "https://pets.example.com/v1/things"),
        (&BASIC, "authorization", Some("Basic a2VlcGVyOm9mLXRoZS1wZXRzLTEyMzQ="), "https://pets.example.com/v1/things"),
        (&HEADER, "x-pets", Some("keeper:of-the-pets-1234"), "https://pets.example.com/v1/things"),
        (&COOKIE, "cookie", Some("session=keeper:of-the-pets-1234"), "https://pets.example.com/v1/things"),
        (&QUERY, "authorization", None, "https://pets.example.com/v1/things?key=keeper%3Aof-the-pets-1234"),
        (&KEYLESS, "authorization", None, "https://pets.example.com/v1/things"),
    ];
    for (service, name, value, url) in places {
        // An attempt that fails and one that succeeds; then a server that echoes the key, plain and in base64.
        let server = server([
            Reply::json(500, "{}"),
            Reply::json(200, "{}"),
            Reply::json(400, "{\"message\": \"bad keeper:of-the-pets-1234 a2VlcGVyOm9mLXRoZS1wZXRzLTEyMzQ=\"}"),
        ]);
        let handle = || Arc::new(Handle::new(&server));
        let builder: ClientBuilder<Client> = ClientBuilder::for_service(service).transport(handle()).clock(handle());
        let client =
            if *service == KEYLESS { builder } else { builder.api_key("keeper:of-the-pets-1234") }.build().unwrap();
        Call::new(&client, &CREATE).send::<Value>().await.unwrap();
        let error = Call::new(&client, &CREATE).send::<Value>().await.unwrap_err();
        let shown = format!("{error} {error:?}");
        let is_shown = shown.contains("keeper:of-the-pets-1234");
        assert_eq!(is_shown, *service == KEYLESS, "{error:?}");
        assert_eq!(shown.contains("a2VlcGVyOm9mLXRoZS1wZXRzLTEyMzQ="), *service == KEYLESS, "{error:?}");
        let sent = server.requests();
        assert_eq!(sent.len(), 3);
        for request in &sent {
            assert_eq!(request.uri, url);
            assert_eq!(request.header(name), value, "{service:?}");
            let names = request.headers.keys().map(|name| name.as_str());
            let of_openai: Vec<&str> =
                names.filter(|name| name.contains("stainless") || name.contains("openai")).collect();
            assert!(of_openai.is_empty(), "{of_openai:?}");
            assert_eq!(request.header("user-agent"), (*service == BEARER).then_some("pets/1"));
        }
    }
}

#[tokio::test]
async fn an_open_operation_gets_no_credential() {
    let server = server([Reply::json(200, "{}")]);
    let handle = || Arc::new(Handle::new(&server));
    let builder: ClientBuilder<Client> = ClientBuilder::for_service(&HEADER).transport(handle()).clock(handle());
    Call::new(&builder.api_key("keeper:of-the-pets-1234").build().unwrap(), &OPEN).send::<Value>().await.unwrap();
    assert_eq!(server.requests()[0].header("x-pets"), None);
}

#[test]
fn what_is_missing_is_told_in_the_words_of_the_service() {
    let error = ClientBuilder::<Client>::for_service(&HEADER).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("no key for Pets: set PETS_API_KEY") && !text.contains("OPENAI"), "{text}");
    let text = ClientBuilder::<Client>::for_service(&NOWHERE).build().unwrap_err().to_string();
    assert!(text.contains("Nowhere has no base URL") && text.contains("NOWHERE_BASE_URL"), "{text}");
    // The header by hand stands for the key.
    ClientBuilder::<Client>::for_service(&HEADER).default_header("x-pets", "1").build().unwrap();
}
