//! A web service that streams a model's answer to browsers.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use openai_ext::prelude::*;

async fn chat(State(client): State<Client>, Path(question): Path<String>) -> impl IntoResponse {
    let call = client.chat().completions().create("gpt-5.5", question);
    let events = call.stream().await.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?.to_sse();
    Ok::<_, (StatusCode, String)>(([(header::CONTENT_TYPE, events.content_type())], Body::from_stream(events)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/chat/{question}", get(chat)).with_state(Client::from_env()?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
