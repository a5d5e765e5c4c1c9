//! A web service that streams a model's answer to browsers.

use std::convert::Infallible;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use serde_json::json;

type Failed = (StatusCode, String);

async fn chat(
    State(client): State<Client<OpenAIConfig>>,
    Path(question): Path<String>,
) -> Result<impl IntoResponse, Failed> {
    let failed = |error: async_openai::error::OpenAIError| (StatusCode::BAD_GATEWAY, error.to_string());
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-5.5")
        .messages([ChatCompletionRequestUserMessage::from(question).into()])
        .build()
        .map_err(failed)?;
    let chunks = client.chat().create_stream(request).await.map_err(failed)?;
    let events = chunks.map(|chunk| match chunk {
        Ok(chunk) => json!(chunk).to_string(),
        Err(error) => json!({"error": {"message": error.to_string()}}).to_string(),
    });
    let events = events.chain(stream::iter(["[DONE]".to_owned()]));
    Ok(Sse::new(events.map(|data| Ok::<_, Infallible>(Event::default().data(data)))))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/chat/{question}", get(chat)).with_state(Client::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
