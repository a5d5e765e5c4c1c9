//! Reads a list item by item and page by page.
//!
//! `cargo run --example pagination`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    // `items` fetches the next page when the last one is used up.
    let mut items = client.files().list().limit(3).items();
    let mut count = 0;
    while let Some(file) = items.next().await {
        println!("{}", file?.filename);
        count += 1;
        if count == 10 {
            break;
        }
    }

    // `pages` returns the responses themselves.
    let mut pages = client.files().list().limit(3).pages();
    if let Some(page) = pages.next().await {
        let page = page?;
        println!("{} files on this page, more after it: {}", page.data.len(), page.has_next_page());
    }
    Ok(())
}
