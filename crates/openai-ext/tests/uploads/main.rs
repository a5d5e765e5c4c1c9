//! Many files into vector stores, and large files in parts, against the mock.
#![cfg(all(feature = "files", feature = "uploads", feature = "vector_stores"))]

mod bulk;
mod chunked;
#[cfg(all(feature = "audio", feature = "images", feature = "videos"))]
mod forms;

use openai_ext::prelude::*;
use openai_ext_mock::{MockServer, ReceivedRequest};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn start() -> Result<(MockServer, Client), Box<dyn std::error::Error>> {
    let mock = MockServer::builder().keep_requests(100_000).start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("any").max_retries(0).build()?;
    Ok((mock, client))
}

fn of<'r>(requests: &'r [ReceivedRequest], operation: &str) -> Vec<&'r ReceivedRequest> {
    requests.iter().filter(|request| request.operation().is_some_and(|known| known.id() == operation)).collect()
}
