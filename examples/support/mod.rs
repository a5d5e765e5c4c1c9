//! What the examples share: the server to talk to.

use openai_ext::Client;
use openai_ext_mock::MockServer;

/// A client, the model to ask, and the mock that answers if there is no other server.
pub struct Session {
    pub client: Client,
    pub model: String,
    _mock: Option<MockServer>,
}

/// With OPENAI_API_KEY or OPENAI_BASE_URL set: that server. Otherwise a mock in this process, without key or network.
pub async fn connect() -> Result<Session, Box<dyn std::error::Error>> {
    let set = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    let (client, mock) = match (set("OPENAI_API_KEY"), set("OPENAI_BASE_URL")) {
        (Some(_), _) => (Client::from_env()?, None),
        // A local server needs no key.
        (None, Some(url)) => (Client::builder().base_url(url).no_api_key().build()?, None),
        (None, None) => {
            let mock = MockServer::start().await?;
            (Client::builder().base_url(mock.base_url()).api_key("no-key").build()?, Some(mock))
        }
    };
    match &mock {
        Some(_) => eprintln!("Answers come from a mock. Set OPENAI_API_KEY or OPENAI_BASE_URL for a real model."),
        None => eprintln!("Answers come from {}.", client.base_url()),
    }
    let model = set("OPENAI_MODEL").unwrap_or_else(|| "gpt-5.5".to_owned());
    Ok(Session { client, model, _mock: mock })
}
