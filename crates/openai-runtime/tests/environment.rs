//! Where a client's options come from: variables of the environment, and what wins over them.
#![allow(missing_docs)]

mod support;

use std::sync::Arc;

use openai_runtime::http::HeaderMap;
use openai_runtime::{Call, Client, ClientBuilder, DataResidency, Endpoint, Error, ErrorKind, Security};
use support::{ENDPOINT, Reply, server};

static CREATE: Endpoint = ENDPOINT;
static ADMIN: Endpoint = Endpoint { security: Security::Admin, ..ENDPOINT };

type Vars = Vec<(&'static str, &'static str)>;

/// The URL and headers of a call by a client with these variables.
async fn sent(
    vars: &Vars,
    endpoint: &'static Endpoint,
    change: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<(String, HeaderMap), Error> {
    let server = server([Reply::json(200, "{}")]);
    let variable = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let builder = ClientBuilder::<Client>::from_vars(variable).transport(Arc::new(support::Handle::new(&server)));
    let client = change(builder).build()?;
    Call::new(&client, endpoint).send_unit().await?;
    let request = server.requests().remove(0);
    Ok((request.uri, request.headers))
}

/// The variables that every row has, then its own.
fn with(own: &[(&'static str, &'static str)]) -> Vars {
    own.iter().copied().chain([("OPENAI_API_KEY", "sk-env"), ("OPENAI_ADMIN_KEY", "admin-env")]).collect()
}

#[tokio::test]
async fn each_variable_sets_its_option() {
    for (name, value, endpoint, header, expected) in [
        ("OPENAI_API_KEY", "sk-other", &CREATE, "authorization", Some("Bearer sk-other")),
        ("OPENAI_API_KEY", " sk-other \r\n", &CREATE, "authorization", Some("Bearer sk-other")),
        ("OPENAI_ADMIN_KEY", "admin-other", &ADMIN, "authorization", Some("Bearer admin-other")),
        ("OPENAI_ADMIN_KEY", "admin-other", &CREATE, "authorization", Some("Bearer sk-env")),
        ("OPENAI_ORG_ID", "org-env", &CREATE, "openai-organization", Some("org-env")),
        ("OPENAI_ORG_ID", "org-env", &ADMIN, "openai-organization", Some("org-env")),
        ("OPENAI_ORG_ID", "", &CREATE, "openai-organization", None),
        ("OPENAI_ORG_ID", " \t ", &CREATE, "openai-organization", None),
        ("OPENAI_PROJECT_ID", "proj-env", &CREATE, "openai-project", Some("proj-env")),
        ("OPENAI_PROJECT_ID", "\n", &CREATE, "openai-project", None),
    ] {
        let (_, headers) = sent(&with(&[(name, value)]), endpoint, |builder| builder).await.unwrap();
        let found = headers.get(header).map(|value| value.to_str().unwrap());
        assert_eq!(found, expected, "{name}={value:?}");
    }
    let secret = |text: &'static str| {
        let vars = with(&[("OPENAI_WEBHOOK_SECRET", text)]);
        let variable = move |name: &str| vars.iter().find(|(known, _)| *known == name).map(|pair| pair.1.to_owned());
        let client = ClientBuilder::<Client>::from_vars(variable).build().unwrap();
        client.webhook_secret().map(|secret| secret.expose().to_owned())
    };
    assert_eq!([secret(" whsec_env\n"), secret(" "), secret("")], [Some("whsec_env".to_owned()), None, None]);
}

#[tokio::test]
async fn without_a_key_there_is_no_client() {
    for (vars, built) in [
        (vec![], false),
        (vec![("OPENAI_API_KEY", "")], false),
        (vec![("OPENAI_API_KEY", " \r\n ")], false),
        (vec![("OPENAI_ADMIN_KEY", "\t")], false),
        (vec![("OPENAI_ORG_ID", "org"), ("OPENAI_WEBHOOK_SECRET", "s")], false),
        (vec![("OPENAI_API_KEY", "k")], true),
        (vec![("OPENAI_ADMIN_KEY", "k")], true),
        (vec![("OPENAI_CUSTOM_HEADERS", "Authorization: Basic x")], true),
        (vec![("OPENAI_CUSTOM_HEADERS", "api-key: x")], true),
    ] {
        let variable = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|pair| pair.1.to_owned());
        let client = ClientBuilder::<Client>::from_vars(variable).build();
        assert_eq!(client.is_ok(), built, "{vars:?}");
        if let Err(error) = client {
            assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::Config, 0, None));
            assert!(error.message().contains("OPENAI_API_KEY"));
        }
    }
}

#[tokio::test]
async fn base_url_and_region() {
    use DataResidency::{Ae, Au, Eu, Global, In, Jp, Us};
    for (region, host) in [
        (Global, "api.openai.com"),
        (Us, "us.api.openai.com"),
        (Eu, "eu.api.openai.com"),
        (Ae, "ae.api.openai.com"),
        (Au, "au.api.openai.com"),
        (In, "in.api.openai.com"),
        (Jp, "jp.api.openai.com"),
    ] {
        for vars in [with(&[]), with(&[("OPENAI_BASE_URL", "https://env.example/v1")])] {
            // A region is asked for by the program, so it wins over the environment.
            let (uri, _) = sent(&vars, &CREATE, |builder| builder.data_residency(region)).await.unwrap();
            assert_eq!(uri, format!("https://{host}/v1/things"));
            let both = sent(&vars, &CREATE, |builder| builder.data_residency(region).base_url("https://h")).await;
            assert_eq!(both.unwrap_err().kind(), ErrorKind::Config);
        }
    }
    for (value, expected) in [
        ("https://env.example/v1", Some("https://env.example/v1/things")),
        (" https://env.example/v1/ \n", Some("https://env.example/v1/things")),
        ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080/things")),
        ("", Some("https://api.openai.com/v1/things")),
        ("  ", Some("https://api.openai.com/v1/things")),
        ("env.example/v1", None),
        ("wss://env.example", None),
    ] {
        let vars = with(&[("OPENAI_BASE_URL", value)]);
        let found = sent(&vars, &CREATE, |builder| builder).await.map(|(uri, _)| uri).map_err(|error| error.kind());
        assert_eq!(found.as_deref(), expected.ok_or(&ErrorKind::Config), "{value:?}");
        let (uri, _) = sent(&vars, &CREATE, |builder| builder.base_url("https://mine.example/")).await.unwrap();
        assert_eq!(uri, "https://mine.example/things");
    }
}

#[tokio::test]
async fn custom_headers() {
    for (lines, name, expected) in [
        ("X-One: 1", "x-one", Some("1")),
        ("X-One: 1\nX-Two: 2", "x-two", Some("2")),
        ("X-One: 1\r\nX-Two: 2\r\n", "x-one", Some("1")),
        ("X-One: 1\r\nX-Two: 2\r\n", "x-two", Some("2")),
        ("\n\n \nX-One:1\n\n", "x-one", Some("1")),
        ("no colon\nX-One: 1\nnor here", "x-one", Some("1")),
        ("X-Url: http://h:80/a?b=c:d", "x-url", Some("http://h:80/a?b=c:d")),
        ("  X-One  :  a b  ", "x-one", Some("a b")),
        ("X-One:", "x-one", Some("")),
        ("X-One: 1\nx-one: 2", "x-one", Some("2")),
        ("   ", "x-one", None),
        ("User-Agent: me", "user-agent", Some("me")),
        ("OpenAI-Organization: theirs", "openai-organization", Some("theirs")),
        ("Authorization: Basic abc", "authorization", Some("Basic abc")),
    ] {
        let vars = with(&[("OPENAI_CUSTOM_HEADERS", lines), ("OPENAI_ORG_ID", "org")]);
        let (_, headers) = sent(&vars, &CREATE, |builder| builder).await.unwrap();
        let found: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{lines:?}");
        // What the program sets wins, and can take out.
        let (_, headers) = sent(&vars, &CREATE, |builder| builder.default_header(name, "mine")).await.unwrap();
        assert_eq!(headers[name], "mine", "{lines:?}");
        let (_, headers) = sent(&vars, &CREATE, |builder| builder.default_header(name, None)).await.unwrap();
        assert!(!headers.contains_key(name), "{lines:?}");
    }
    for lines in [": 1", "bad name: 1", "X-One: a\u{1}b"] {
        let error = sent(&with(&[("OPENAI_CUSTOM_HEADERS", lines)]), &CREATE, |builder| builder).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{lines:?}");
        assert!(error.message().starts_with("OPENAI_CUSTOM_HEADERS: "), "{error}");
    }
}

#[tokio::test]
async fn what_is_set_by_hand_wins() {
    let vars = with(&[("OPENAI_ORG_ID", "org-env"), ("OPENAI_PROJECT_ID", "proj-env")]);
    let by_hand = |builder: ClientBuilder| builder.api_key("sk-mine").organization("org-mine").project("proj-mine");
    let (_, headers) = sent(&vars, &CREATE, by_hand).await.unwrap();
    for (name, value) in
        [("authorization", "Bearer sk-mine"), ("openai-organization", "org-mine"), ("openai-project", "proj-mine")]
    {
        assert_eq!(headers[name], value);
    }
    let provider = |builder: ClientBuilder| builder.api_key_provider(|| async { Ok::<_, Error>("sk-provided\n") });
    let (_, headers) = sent(&vars, &CREATE, provider).await.unwrap();
    assert_eq!(headers["authorization"], "Bearer sk-provided");
}

/// What [`the_environment_of_the_process_is_read`] runs in a process of its own.
#[tokio::test]
async fn in_a_process_with_variables() {
    if std::env::var_os("OPENAI_RUNTIME_TEST_CHILD").is_none() {
        return;
    }
    let server = server([Reply::json(200, "{}")]);
    let handle = Arc::new(support::Handle::new(&server));
    let client: Client = ClientBuilder::from_env().transport(handle).build().unwrap();
    assert_eq!(Client::from_env().unwrap().base_url(), "https://child.example/v1");
    Call::new(&client, &CREATE).send_unit().await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!((request.header("authorization"), request.header("x-child")), (Some("Bearer sk-child"), Some("1")));
    println!("the child is content");
}

#[test]
fn the_environment_of_the_process_is_read() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "in_a_process_with_variables", "--nocapture"])
        .env("OPENAI_RUNTIME_TEST_CHILD", "1")
        .env("OPENAI_API_KEY", "sk-child")
        .env("OPENAI_BASE_URL", "https://child.example/v1")
        .env("OPENAI_CUSTOM_HEADERS", "X-Child: 1")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && out.contains("the child is content"), "{out}");
}
