//! Vertex: URLs, the operations that it has, and what must not be set.

use openai_ext::prelude::*;
use openai_ext::vertex::VertexConfig;
use openai_ext::{ErrorKind, Method};

use super::{any, base};

fn config() -> VertexConfig {
    VertexConfig::new("my-project", "global").access_token("t")
}

#[test]
fn urls() {
    for (project, location, expected) in [
        ("my-project", "global", Some("aiplatform.googleapis.com/v1/projects/my-project/locations/global")),
        (
            "my-project",
            "europe-west4",
            Some("europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4"),
        ),
        (" p1 ", " us-east5\n", Some("us-east5-aiplatform.googleapis.com/v1/projects/p1/locations/us-east5")),
        ("example.com:mine", "global", Some("aiplatform.googleapis.com/v1/projects/example.com:mine/locations/global")),
        ("p", "evil.example/", None),
        ("p", "evil.example#", None),
        ("p", "GLOBAL", None),
        ("p", "-x", None),
        ("p/../q", "global", None),
        ("p?x", "global", None),
        ("..", "global", None),
        ("", "global", None),
        ("p", " ", None),
        ("ya29.secret token", "global", None),
        ("p", "ya29.secret", None),
    ] {
        let found = base(VertexConfig::new(project, location).access_token("t"));
        let expected = expected.map(|text| format!("https://{text}/publishers/openai/v1"));
        assert_eq!(found.as_ref().ok(), expected.as_ref(), "{project} {location} {found:?}");
        assert!(!found.is_err_and(|text| text.contains("secret")));
    }
    let vars = |name: &str| match name {
        "GOOGLE_CLOUD_PROJECT" => Some(" p-env ".to_owned()),
        "GOOGLE_CLOUD_LOCATION" => Some("us-east5".to_owned()),
        _ => None,
    };
    let of_env = || VertexConfig::from_vars(vars).access_token("t");
    assert!(base(of_env()).is_ok_and(|url| url.contains("/p-env/locations/us-east5/")));
    assert!(base(of_env().project("mine").location("global")).is_ok_and(|url| url.contains("/mine/locations/global/")));
    for (url, fits) in [
        ("https://gateway.example/v1/responses", true),
        ("http://127.0.0.1:8080/v1", true),
        ("http://gateway.example/v1", false),
        ("gateway.example", false),
        ("https://user:password@gateway.example", false),
    ] {
        assert_eq!(base(config().base_url(url)).is_ok(), fits, "{url}");
    }
    for (missing, name) in [
        (VertexConfig::default().access_token("t"), "GOOGLE_CLOUD_PROJECT"),
        (VertexConfig::default().project("p").access_token("t"), "GOOGLE_CLOUD_LOCATION"),
        (VertexConfig::new("p", "global"), "access_token"),
        (VertexConfig::new("p", "global").access_token(" "), "access_token"),
    ] {
        assert!(base(missing).is_err_and(|text| text.contains(name)));
    }
}

#[tokio::test]
async fn responses_and_nothing_else() -> openai_ext::Result<()> {
    let server = any();
    let client = server.client(config())?;
    let below = "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/publishers/openai/v1";
    client.responses().create("m", "Hi").send().await?;
    assert_eq!(server.last().url, format!("{below}/responses"));
    client.responses().retrieve("r").send().await?;
    client.responses().cancel("r").send().await?;
    client.responses().delete("r").send().await?;
    client.responses().input_items().list("r").send().await?;
    client.request(Method::POST, "responses?x=1").send().await?;
    client.request(Method::GET, format!("{below}/responses/r")).send().await?;
    let sent = server.sent();
    assert_eq!(sent.len(), 7);
    assert!(sent.iter().all(|sent| sent.url.starts_with(&format!("{below}/responses"))));
    let error = |error: Option<openai_ext::Error>| {
        let error = error.expect("an operation that Vertex does not have");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        error.message().to_owned()
    };
    let text = error(client.chat().completions().create("m", [Message::user("Hi")]).send().await.err());
    assert!(text.contains("Responses only") && text.contains("/chat/completions"), "{text}");
    error(client.models().list().send().await.err());
    error(client.files().create(("a.txt", "a"), "user_data").send().await.err());
    error(client.chat().completions().create("m", [Message::user("Hi")]).stream().await.err());
    error(client.request(Method::GET, "/responsesx").send().await.err());
    error(client.request(Method::GET, "https://aiplatform.googleapis.com/responses").send().await.err());
    assert_eq!(server.sent().len(), 7);
    Ok(())
}

#[tokio::test]
async fn headers_that_say_who_calls() -> openai_ext::Result<()> {
    for name in ["Authorization", "OPENAI-ORGANIZATION", "OpenAI-Project"] {
        let server = any();
        let client = server.client(config())?;
        let defaults = server.builder(config()).default_header(name, "by-hand").build()?;
        let call = |client: &Client| client.responses().create("m", "Hi");
        for call in [call(&client).with_header(name, "by-hand"), call(&defaults)] {
            let error = call.send().await.expect_err(name);
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
            assert!(error.message().to_lowercase().contains(&name.to_lowercase()), "{error}");
        }
        assert!(server.sent().is_empty());
    }
    let server = any();
    let identified = server.builder(config()).organization("org").project("proj").build()?;
    let error = identified.responses().create("m", "Hi").send().await.expect_err("an organization");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    // Taking out what is not there is nothing.
    let client = server.client(config())?;
    client.responses().create("m", "Hi").with_header("OpenAI-Project", None).send().await?;
    assert_eq!(server.last().header("authorization"), Some("Bearer t"));
    Ok(())
}

#[tokio::test]
async fn no_redirect_is_followed() -> openai_ext::Result<()> {
    for status in [301, 307, 308] {
        let server = super::server(move |_, _| (status, vec![("location", "/x".to_owned())], String::new()));
        let error = server.client(config())?.responses().retrieve("r").send().await.expect_err("a redirect");
        assert_eq!((error.kind(), server.sent().len()), (ErrorKind::Redirect, 1));
    }
    Ok(())
}
