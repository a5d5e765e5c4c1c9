//! The facts of an error, and the reaction to each kind.
//!
//! `cargo run --example errors`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::{Error as ApiError, ErrorKind, Method};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // A path that the API does not have.
    if let Err(error) = client.request(Method::GET, "/boats").send().await {
        explain(&error);
    }

    // No server at all, and one more attempt.
    let nowhere = Client::builder().base_url("http://127.0.0.1:9").api_key("no-key").max_retries(1).build()?;
    if let Err(error) = nowhere.chat().completions().create(model, [Message::user("Hello")]).send().await {
        explain(&error);
    }
    Ok(())
}

fn explain(error: &ApiError) {
    println!("{error}");
    match error.kind() {
        ErrorKind::NotFound => println!("  no such object, model or path"),
        ErrorKind::BadRequest => println!("  the request is wrong, at {:?}", error.param()),
        ErrorKind::Authentication => println!("  check the key"),
        ErrorKind::RateLimit if !error.is_retryable() => println!("  no quota is left"),
        _ if error.is_retryable() => println!("  may succeed later; {} attempts were made", error.attempts()),
        kind => println!("  {kind:?}"),
    }
    println!("  status {:?}, code {:?}, request id {:?}", error.status(), error.code(), error.request_id());
}
