//! Where each operation goes, and with which headers.

use openai_ext::azure::AzureConfig;
use openai_ext::http::Method;
use openai_ext::prelude::*;
use serde_json::json;

use super::{ENDPOINT, any, keyed};

/// Makes every call that has a deployment's path, and some of the others, and gives the URLs below the endpoint.
async fn urls(config: AzureConfig, model: &str) -> openai_ext::Result<Vec<String>> {
    let server = any();
    let client = server.client(config)?;
    let file = || InputFile::from_bytes("bytes").name("a.wav");
    drop(client.chat().completions().create(model, [Message::user("Hi")]).send().await?);
    drop(client.completions().create(model, "Hi").send().await?);
    drop(client.embeddings().create(model, "Hi").send().await?);
    drop(client.audio().transcriptions().create(file(), model).send().await?);
    drop(client.audio().translations().create(file(), model).send().await?);
    drop(client.audio().speech().create("Hi", model, "alloy").send_bytes().await?);
    drop(client.images().generate("A boat").model(model).send().await?);
    drop(client.images().edit(file(), "A boat").model(model).send().await?);
    // These belong to no deployment.
    drop(client.responses().create(model, "Hi").send().await?);
    drop(client.files().create(file(), "batch").send().await?);
    drop(client.files().retrieve("file 1").send().await?);
    drop(client.chat().completions().list().send().await?);
    drop(client.models().list().send().await?);
    drop(client.request(Method::POST, "/chat/completions").json(&json!({"model": model})).send().await?);
    drop(client.request(Method::GET, "/new?x=1").send().await?);
    let sent = server.sent();
    Ok(sent.iter().map(|sent| format!("{} {}", sent.method, sent.url)).collect())
}

#[tokio::test]
async fn every_path_with_a_version() -> openai_ext::Result<()> {
    for endpoint in [ENDPOINT.to_owned(), format!("{ENDPOINT}/"), format!(" {ENDPOINT}//\n")] {
        let config = AzureConfig::new(&endpoint).api_key("k").api_version("2024-10-21");
        let made = urls(config, "my gpt/4").await?;
        let below = |path: &str| format!("{ENDPOINT}/openai{path}");
        let of = |path: &str| format!("POST {}/deployments/my%20gpt%2F4{path}?api-version=2024-10-21", below(""));
        let expected = [
            of("/chat/completions"),
            of("/completions"),
            of("/embeddings"),
            of("/audio/transcriptions"),
            of("/audio/translations"),
            of("/audio/speech"),
            of("/images/generations"),
            of("/images/edits"),
            format!("POST {}?api-version=2024-10-21", below("/responses")),
            format!("POST {}?api-version=2024-10-21", below("/files")),
            format!("GET {}?api-version=2024-10-21", below("/files/file%201")),
            format!("GET {}?api-version=2024-10-21", below("/chat/completions")),
            format!("GET {}?api-version=2024-10-21", below("/models")),
            of("/chat/completions"),
            format!("GET {}?x=1&api-version=2024-10-21", below("/new")),
        ];
        assert_eq!(made, expected, "{endpoint:?}");
    }
    Ok(())
}

#[tokio::test]
async fn every_path_without_versions() -> openai_ext::Result<()> {
    let by_endpoint = AzureConfig::new(format!("{ENDPOINT}/")).api_key("k").v1();
    let by_url = AzureConfig::default().base_url(format!("{ENDPOINT}/openai/v1/")).api_key("k");
    for config in [by_endpoint, by_url] {
        let made = urls(config, "my gpt/4").await?;
        let expected = [
            "POST /chat/completions",
            "POST /completions",
            "POST /embeddings",
            "POST /audio/transcriptions",
            "POST /audio/translations",
            "POST /audio/speech",
            "POST /images/generations",
            "POST /images/edits",
            "POST /responses",
            "POST /files",
            "GET /files/file%201",
            "GET /chat/completions",
            "GET /models",
            "POST /chat/completions",
            "GET /new?x=1",
        ];
        assert_eq!(made, expected.map(|line| line.replacen(" /", &format!(" {ENDPOINT}/openai/v1/"), 1)));
    }
    Ok(())
}

#[tokio::test]
async fn one_deployment_for_all_calls() -> openai_ext::Result<()> {
    let named = keyed().api_version("1").deployment("of all calls");
    let made = urls(named, "any model").await?;
    for (index, url) in made.iter().enumerate() {
        let belongs = index < 8 || index == 13;
        assert_eq!(url.contains("/openai/deployments/of%20all%20calls/"), belongs, "{url}");
        assert!(!url.contains("any"), "{url}");
    }
    // A base URL with a deployment is taken as it is.
    let gateway = "https://gw.example.com/team/openai/deployments/d";
    let made = urls(AzureConfig::default().base_url(gateway).api_key("k").api_version("1"), "m").await?;
    assert_eq!(made[0], format!("POST {gateway}/chat/completions?api-version=1"));
    assert_eq!(made[8], format!("POST {gateway}/responses?api-version=1"));
    // Another one is treated as an endpoint with its /openai.
    let gateway = "https://gw.example.com/team/";
    let made = urls(AzureConfig::default().base_url(gateway).api_key("k").api_version("1"), "m").await?;
    assert_eq!(made[0], "POST https://gw.example.com/team/deployments/m/chat/completions?api-version=1");
    // Its query is kept.
    let config = AzureConfig::default().base_url("https://gw.example.com/x?team=a").api_key("k").api_version("1");
    assert_eq!(
        urls(config, "m").await?[0],
        "POST https://gw.example.com/x/deployments/m/chat/completions?team=a&api-version=1"
    );
    Ok(())
}

#[tokio::test]
async fn the_version_of_a_call_wins() -> openai_ext::Result<()> {
    let server = any();
    let client = server.client(keyed().api_version("2024-10-21"))?;
    client.models().list().with_query("api-version", "2025-01-01-preview").send().await?;
    assert_eq!(server.last().url, format!("{ENDPOINT}/openai/models?api-version=2025-01-01-preview"));
    // A preview of the API without versions.
    let client =
        server.client(keyed().v1())?.with_options(|options| options.default_query("api-version", "preview"))?;
    client.models().list().send().await?;
    assert_eq!(server.last().url, format!("{ENDPOINT}/openai/v1/models?api-version=preview"));
    Ok(())
}

#[tokio::test]
async fn a_body_without_a_deployment() -> openai_ext::Result<()> {
    let server = any();
    let client = server.client(keyed().api_version("1"))?;
    for model in ["", " "] {
        let call = client.chat().completions().create(model, [Message::user("Hi")]);
        let error = call.send().await.expect_err("no deployment");
        assert_eq!((error.kind(), error.attempts()), (openai_ext::ErrorKind::InvalidRequest, 0));
        assert!(error.message().contains("/chat/completions needs a deployment"), "{error}");
    }
    client.images().generate("A boat").send().await.expect_err("no deployment");
    client.chat().completions().create("..", [Message::user("Hi")]).send().await.expect_err("no segment");
    assert!(server.sent().is_empty());
    // However a path is written.
    for path in ["chat/completions", "/chat/completions?x=1", &format!("{ENDPOINT}/openai/chat/completions")] {
        client.request(Method::POST, path).json(&json!({"model": "d"})).send().await?;
        assert!(server.last().url.starts_with(&format!("{ENDPOINT}/openai/deployments/d/chat/completions?")), "{path}");
    }
    // By the field of a call, which wins over the body's own.
    let call = client.chat().completions().create("old", [Message::user("Hi")]).with_body_field("model", "new");
    call.send().await?;
    assert!(server.last().url.contains("/deployments/new/"));
    Ok(())
}

#[tokio::test]
async fn heads_of_sockets() -> openai_ext::Result<()> {
    let head = async |config: AzureConfig, query: &[(&str, &str)]| {
        let client = any().client(config)?;
        let mut request = client.request(Method::GET, "/realtime");
        for (name, value) in query {
            request = request.query(*name, *value);
        }
        let head = request.into_call().prepare().await?;
        assert_eq!(head.headers()["api-key"], "key-of-azure");
        Ok::<_, openai_ext::Error>(head.uri().to_string().replace(ENDPOINT, ""))
    };
    let model = [("model", "my gpt")];
    assert_eq!(head(keyed().v1(), &model).await?, "/openai/v1/realtime?model=my%20gpt");
    assert_eq!(head(keyed().api_version("1"), &model).await?, "/openai/realtime?api-version=1&deployment=my%20gpt");
    let named = keyed().api_version("1").deployment("d");
    assert_eq!(head(named.clone(), &model).await?, "/openai/realtime?api-version=1&deployment=d");
    let transcribes = [("intent", "transcription")];
    assert_eq!(head(named, &transcribes).await?, "/openai/realtime?intent=transcription&api-version=1&deployment=d");
    assert_eq!(
        head(keyed().api_version("1"), &transcribes).await?,
        "/openai/realtime?intent=transcription&api-version=1"
    );
    Ok(())
}

#[tokio::test]
async fn headers_of_each_credential() -> openai_ext::Result<()> {
    let plain = || AzureConfig::new(ENDPOINT).v1();
    let cases = [
        (plain().api_key("k-1\n"), Some("k-1"), None),
        (plain().entra_token("t-1"), None, Some("Bearer t-1")),
        (plain().token_provider(|| async { Ok::<_, std::io::Error>("t-2\n") }), None, Some("Bearer t-2")),
        // Of one kind the last one counts.
        (plain().api_key("k-1").api_key("k-2"), Some("k-2"), None),
        (plain().api_key("k-1").no_api_key().entra_token("t-3"), None, Some("Bearer t-3")),
        (plain().api_key("k-1").no_api_key(), None, None),
    ];
    for (config, key, bearer) in cases {
        let server = any();
        let client = server.client(config)?;
        client.models().list().send().await?;
        let sent = server.last();
        assert_eq!((sent.header("api-key"), sent.header("authorization")), (key, bearer));
        // A credential of the call takes its place.
        let by_hand = client.models().list().with_header("api-key", "by-hand").with_header("authorization", "by-hand");
        by_hand.send().await?;
        let sent = server.last();
        assert_eq!((sent.header("api-key"), sent.header("authorization")), (Some("by-hand"), Some("by-hand")));
        // Streams have the same head.
        let messages = [Message::user("Hi")];
        drop(client.chat().completions().create("d", messages).stream().await);
        let sent = server.last();
        assert_eq!((sent.header("api-key"), sent.header("authorization")), (key, bearer));
        assert_eq!(sent.header("accept"), Some("text/event-stream"));
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_keeps_the_key_home() -> openai_ext::Result<()> {
    for config in [keyed(), AzureConfig::new(ENDPOINT).entra_token("token-of-azure")] {
        for (target, keeps) in [("https://other.example.com/x", false), ("/openai/elsewhere", true)] {
            let server = super::server(move |sent| match sent.url.contains("/deployments/") {
                true => (307, vec![("location", target.to_owned())], String::new()),
                false => super::json(200, "{}"),
            });
            let client = server.client(config.clone().api_version("1"))?;
            let asked = client.chat().completions().create("d", [Message::user("Hi")]).send().await;
            let sent = server.sent();
            if !keeps {
                // Nor does the body go anywhere else.
                let error = asked.expect_err("a redirect to another site");
                assert_eq!((error.kind(), sent.len()), (openai_ext::ErrorKind::Redirect, 1), "{target}");
                continue;
            }
            asked?;
            let credential = |index: usize| {
                let request: &super::Sent = &sent[index];
                request.header("api-key").or(request.header("authorization")).is_some()
            };
            assert_eq!((sent.len(), credential(0), credential(1)), (2, true, true), "{target}");
        }
    }
    Ok(())
}

/// No key that is not Azure's may get there.
#[tokio::test]
async fn keys_of_openai_stay_home() -> openai_ext::Result<()> {
    let server = any();
    let vars = |name: &str| name.starts_with("OPENAI_").then(|| "https://of-openai.example.com".to_owned());
    let builder = openai_ext::ClientBuilder::<Client>::from_vars(|name| match name {
        "OPENAI_CUSTOM_HEADERS" => None,
        _ => vars(name),
    });
    let client =
        builder.provider(keyed().v1()).transport(std::sync::Arc::new(super::Handle(server.clone()))).build()?;
    client.models().list().send().await?;
    client.request(Method::GET, "/x").with_admin_key().send().await?;
    for sent in server.sent() {
        assert!(sent.url.starts_with(ENDPOINT), "{}", sent.url);
        assert_eq!((sent.header("authorization"), sent.header("api-key")), (None, Some("key-of-azure")));
    }
    Ok(())
}
