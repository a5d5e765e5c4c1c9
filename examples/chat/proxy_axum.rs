//! A server (axum) that hands an answer on to browsers as it arrives, with errors as events.
//!
//! `cargo run --example proxy_axum`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionChunk;
use openai_ext::{EventStream, Method};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

/// Starts the server, and asks it as a browser does.
pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/", get(page))
        .route("/chat/{question}", get(chat))
        .with_state((client.clone(), model.to_owned()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let text = ask(&url, "Tell me a joke").await?;
    println!("{text}");
    server.abort();
    Ok(())
}

/// The answer to a question as server-sent events. One that breaks off ends with an event that has the error, because the
/// status was sent long before.
async fn chat(State((client, model)): State<(Client, String)>, Path(question): Path<String>) -> Response {
    let call = client.chat().completions().create(model, [Message::user(question)]);
    match call.stream().await {
        Ok(events) => {
            let events = events.to_sse();
            ([(header::CONTENT_TYPE, events.content_type())], Body::from_stream(events)).into_response()
        }
        Err(error) => {
            // A browser need not know why.
            eprintln!("{error}");
            (StatusCode::BAD_GATEWAY, "The model can't be asked now.").into_response()
        }
    }
}

/// The page of a browser. The chunks of completions have no names, so that `onmessage` gets all of them, also the error.
async fn page() -> Html<&'static str> {
    Html(
        r#"<p id="answer"></p>
<script>
  const events = new EventSource("/chat/" + encodeURIComponent("Tell me a joke"));
  events.onmessage = ({data}) => {
    if (data === "[DONE]") return events.close();
    const chunk = JSON.parse(data);
    if (chunk.error) events.close();
    answer.textContent += chunk.error?.message ?? chunk.choices[0]?.delta.content ?? "";
  };
</script>"#,
    )
}

/// Stands in for a browser: reads the stream as a program does that is no browser.
async fn ask(url: &str, question: &str) -> Result<String, Box<dyn Error>> {
    let server = Client::builder().base_url(url).no_api_key().build()?;
    let path = format!("/chat/{}", question.replace(' ', "%20"));
    let body = server.request(Method::GET, &path).bytes_stream().await?;
    let mut chunks = EventStream::<ChatCompletionChunk>::from_reader(body);
    let mut text = String::new();
    while let Some(chunk) = chunks.next().await {
        text.push_str(chunk?.text_delta().unwrap_or_default());
    }
    Ok(text)
}
