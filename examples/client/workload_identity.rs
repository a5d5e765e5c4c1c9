//! The token of a platform instead of a stored key: Kubernetes, Azure or Google Cloud.
//!
//! `cargo run --example workload_identity`

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use openai_ext::prelude::*;
use openai_ext::{TokenFn, WorkloadIdentity};
use openai_ext_mock::MockServer;

/// Always uses a mock, because a real server refuses an invented token.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    run(&client, "gpt-5.5").await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // On a platform: `KubernetesToken::new()`, `AzureImds::new()` or `GcpMetadata::new()`, and no URL.
    let provider = TokenFn::jwt(|| async { Ok::<_, io::Error>("the.token.of-the-platform") });
    let identity = WorkloadIdentity::new("idp_123", "sa_456", provider).token_url(token_server()?);
    let client = Client::builder().base_url(client.base_url()).workload_identity(identity).build()?;

    // The first call exchanges the token; later calls share the new token.
    for question in ["Hello", "Are you still there?"] {
        let reply = client.chat().completions().create(model, [Message::user(question)]).send().await?;
        println!("{}", reply.text());
    }
    Ok(())
}

/// Stands in for `https://auth.openai.com/oauth/token`.
fn token_server() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/oauth/token", listener.local_addr()?);
    std::thread::spawn(move || listener.incoming().flatten().try_for_each(answer));
    Ok(url)
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    io::copy(&mut reader.take(length), &mut io::sink())?;
    println!("One token was exchanged.");
    let body = r#"{"access_token":"short-lived","token_type":"Bearer","expires_in":3600}"#;
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}
