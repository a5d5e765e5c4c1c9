//! Who a session is opened as: keys and tokens that change.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use openai_ext::realtime::{RealtimeReceiver, RealtimeSender, Reconnect};
use openai_ext::{TokenFn, WorkloadIdentity};

use super::*;

fn bearers(server: &MockServer) -> Vec<String> {
    let requests = server.requests();
    requests.iter().filter_map(|request| request.header("authorization").map(str::to_owned)).collect()
}

#[tokio::test]
async fn the_provider_is_asked_for_each_connection() -> TestResult {
    let (_, server) = mock().await?;
    let asked = AtomicUsize::new(0);
    let client = Client::builder()
        .base_url(server.base_url())
        .clock(Arc::new(Waits::default()))
        .api_key_provider(move || {
            let count = asked.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, std::io::Error>(format!("key-{count}")) }
        })
        .build()?;
    server.on_realtime([RealtimeStep::Disconnect]);
    let mut connection = client.realtime().connect("gpt-realtime").with_reconnect(Reconnect::new()).await?;
    event(&mut connection).await?;
    assert_eq!(bearers(&server), ["Bearer key-0", "Bearer key-1"]);
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::ZERO).require_key("token-1").start().await?;
    let provider = TokenFn::jwt(|| async { Ok::<_, std::io::Error>("the.token.of-the-platform") });
    let identity = WorkloadIdentity::new("idp_123", "sa_456", provider).token_url(token_server()?);
    let client = Client::builder().base_url(server.base_url()).workload_identity(identity).max_retries(0).build()?;
    let mut connection = connect(&client).await?;
    assert_eq!(event(&mut connection).await?["type"], "session.created");
    assert_eq!(bearers(&server), ["Bearer token-0", "Bearer token-1"]);
    Ok(())
}

/// Exchanges tokens: another one each time.
fn token_server() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/oauth/token", listener.local_addr()?);
    std::thread::spawn(move || {
        listener.incoming().flatten().enumerate().try_for_each(|(count, stream)| grant(stream, count))
    });
    Ok(url)
}

fn grant(mut stream: TcpStream, count: usize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    let body = format!(r#"{{"access_token":"token-{count}","token_type":"Bearer","expires_in":3600}}"#);
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn all_of_it_can_be_spawned_and_shared() -> TestResult {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    fn is_shared<T: Send + Sync + Unpin + std::fmt::Debug>() {}
    is_shared::<RealtimeConnection>();
    is_shared::<RealtimeSender>();
    is_shared::<RealtimeReceiver>();
    let (client, _server) = mock().await?;
    let mut connection = is_send(client.realtime().connect("gpt-realtime").open()).await?;
    is_send(connection.send_text("Hello")).await?;
    is_send(connection.next_response()).await?;
    #[cfg(feature = "tools")]
    {
        connection.send_text("Hello").await?;
        is_send(connection.run_tools(&Toolbox::new())).await?;
    }
    is_send(connection.close(1000, "")).await?;
    assert!(!format!("{connection:?} {:?}", connection.sender()).contains("sk-test"));
    Ok(())
}
