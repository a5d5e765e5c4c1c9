//! Tunnels: what goes through a proxy that does not see it.

use std::time::{Duration, Instant};

use openai_runtime::{Client, ErrorKind};

use super::certificates::{Authority, BOTH};
use super::origin::Origin;
use super::proxy_server::{ProxyServer, Rules};
use super::socks_server::{self, SocksServer};
use super::{builder, io_error, send, shown, stream};

const LOGIN: &str = "Basic dXNlcjpwYXNzQHdvcmQ=";

fn through(origin: &Origin, host: &str, proxy: impl Into<String>, authority: &Authority) -> Client {
    let builder = builder(&origin.url(host)).proxy(proxy).root_certificate(authority.pem());
    builder.connect_timeout(Duration::from_secs(30)).build().unwrap()
}

#[tokio::test]
async fn https_goes_by_connect() {
    let authority = Authority::new("ours");
    let origin = Origin::tls(authority.acceptor()).await;
    let port = origin.address.port();
    for (tls, login) in [(false, None), (false, Some(LOGIN)), (true, None), (true, Some(LOGIN))] {
        let rules = Rules { login, acceptor: tls.then(|| authority.acceptor()), ..Rules::default() };
        let proxy = ProxyServer::start(origin.address, rules).await;
        let user = if login.is_some() { "user:pass%40word@" } else { "" };
        let scheme = if tls { "https" } else { "http" };
        for host in ["server.test", "127.0.0.1", "[::1]"] {
            let client = through(&origin, host, proxy.url(&format!("{scheme}://{user}")), &authority);
            assert_eq!(send(&client).await.unwrap()["ok"], true);
            assert_eq!(stream(&client).await.unwrap(), [1, 2, 3]);
        }
        // One tunnel a client, for both calls.
        let expected = ["server.test", "127.0.0.1", "[::1]"].map(|host| format!("CONNECT {host}:{port} HTTP/1.1"));
        assert_eq!(proxy.lines(), expected);
        assert!(proxy.heads().iter().all(|head| head.contains(&format!(":{port}\r\n")) && !head.contains("sk-test")));
    }
    // The key and the login each went to one of them.
    assert!(origin.heads().iter().all(|head| head.contains("Bearer sk-test-key") && !head.contains("roxy-auth")));
}

#[tokio::test]
async fn a_proxy_with_tls_forwards_too() {
    let authority = Authority::new("ours");
    let origin = Origin::plain().await;
    // The proxy might offer HTTP/2, which is not spoken with it.
    let acceptor = authority.serving(&["127.0.0.1"], BOTH, &["h2", "http/1.1"], false);
    let rules = Rules { acceptor: Some(acceptor), login: Some(LOGIN), ..Rules::default() };
    let proxy = ProxyServer::start(origin.address, rules).await;
    let client = through(&origin, "server.test", proxy.url("https://user:pass%40word@"), &authority);
    assert_eq!(send(&client).await.unwrap()["ok"], true);
    assert_eq!(stream(&client).await.unwrap(), [1, 2, 3]);
    // Its certificate has to be known.
    let other = builder(&origin.url("server.test")).proxy(proxy.url("https://")).build().unwrap();
    let error = send(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(
        error.message().contains("the proxy https://127.0.0.1") && error.message().contains("certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn socks_in_all_versions() {
    let authority = Authority::new("ours");
    let login = Some(("user", "pass@word"));
    for (scheme, user, login, host, address) in [
        ("socks5", "", None, "localhost", "5 v"),
        ("socks5", "", None, "127.0.0.1", "5 v4 127.0.0.1"),
        ("socks5", "", None, "[::1]", "5 v6 ::1"),
        ("socks5h", "", None, "server.test", "5 name server.test"),
        ("socks5h", "", None, "127.0.0.1", "5 v4 127.0.0.1"),
        ("socks5h", "", None, "[::1]", "5 v6 ::1"),
        ("socks5", "user:pass%40word@", login, "localhost", "5 v"),
        ("socks5h", "user:pass%40word@", login, "server.test", "5 name server.test"),
        ("socks4", "", None, "localhost", "4 v4 127.0.0.1"),
        ("socks4", "", None, "127.0.0.1", "4 v4 127.0.0.1"),
        ("socks4a", "", None, "server.test", "4a name server.test"),
        ("socks4a", "", None, "127.0.0.1", "4 v4 127.0.0.1"),
    ] {
        for origin in [Origin::plain().await, Origin::tls(authority.acceptor()).await] {
            let rules = socks_server::Rules { login, ..socks_server::Rules::default() };
            let proxy = SocksServer::start(origin.address, rules).await;
            let client = through(&origin, host, proxy.url(&format!("{scheme}://{user}")), &authority);
            assert_eq!(send(&client).await.unwrap()["ok"], true, "{scheme} {host}");
            assert_eq!(stream(&client).await.unwrap(), [1, 2, 3], "{scheme} {host}");
            let asked = proxy.asked();
            assert!(asked.len() == 1 && asked[0].starts_with(address), "{scheme} {host}: {asked:?}");
            assert!(asked[0].ends_with(&format!(":{}", origin.address.port())), "{asked:?}");
            assert!(origin.heads()[0].starts_with("GET /v1/things"));
        }
    }
}

#[tokio::test]
async fn socks_that_fails_is_told() {
    let origin = Origin::plain().await;
    let authority = Authority::new("ours");
    let start = async |rules| SocksServer::start(origin.address, rules).await;
    let default = socks_server::Rules::default();
    let wants_login = start(socks_server::Rules { login: Some(("a", "b")), ..default }).await;
    let refuses = start(socks_server::Rules { code: Some(5), ..default }).await;
    let refuses_4 = start(socks_server::Rules { code: Some(91), ..default }).await;
    let closes = start(socks_server::Rules { closes: true, ..default }).await;
    for (url, host, expected) in [
        (wants_login.url("socks5://"), "127.0.0.1", "made no connection to 127.0.0.1"),
        (wants_login.url("socks5h://carol:hidden@"), "server.test", "credentials not accepted"),
        (refuses.url("socks5h://"), "server.test", "connection refused"),
        (refuses_4.url("socks4a://"), "server.test", "failed to execute command"),
        (closes.url("socks5h://"), "server.test", "made no connection to server.test"),
        (closes.url("socks4://"), "127.0.0.1", "made no connection to 127.0.0.1"),
        (closes.url("socks4://"), "[::1]", "IPv4 only"),
        ("socks5h://127.0.0.1:9".into(), "server.test", "could not be reached"),
    ] {
        let error = send(&through(&origin, host, url.clone(), &authority)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{url}");
        assert!(error.message().contains(expected), "{url}: {error}");
        assert!(error.message().contains("proxy") && !shown(&error).contains("hidden"), "{url}: {error}");
    }
    let error = send(&through(&origin, "server.test", "socks5h://127.0.0.1:9", &authority)).await.unwrap_err();
    assert_eq!(io_error(&error), Some(std::io::ErrorKind::ConnectionRefused));
    assert_eq!(origin.connections(), 0);
}

#[tokio::test]
async fn a_tunnel_that_is_refused_names_the_proxy_and_its_status() {
    let authority = Authority::new("ours");
    let origin = Origin::tls(authority.acceptor()).await;
    for (status, text) in [
        ("407 Proxy Authentication Required", "another user and password"),
        ("403 very-secret-word", "403 Forbidden"),
        ("502 Bad Gateway", "502 Bad Gateway"),
        ("302 Found", "302 Found"),
    ] {
        let body = "very-secret-word";
        let answer = format!("HTTP/1.1 {status}\r\nx-echo: {body}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let proxy = ProxyServer::start(origin.address, Rules { answer: Some(answer), ..Rules::default() }).await;
        let client = through(&origin, "server.test", proxy.url("http://carol:very-secret-word@"), &authority);
        let error = send(&client).await.unwrap_err();
        // It is not the server's status.
        assert_eq!((error.kind(), error.status()), (ErrorKind::Connection, None));
        let start = format!("the proxy {} refused a tunnel to server.test:", proxy.url("http://"));
        assert!(error.message().contains(&start) && error.message().contains(text), "{error}");
        assert!(!shown(&error).contains("very-secret-word"), "{}", shown(&error));
    }
    assert_eq!(origin.connections(), 0);
}

#[tokio::test]
async fn other_answers_to_connect() {
    let authority = Authority::new("ours");
    let origin = Origin::tls(authority.acceptor()).await;
    for (answer, kind, expected) in [
        // What follows the answer is not from the server, so the tunnel is tried.
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nwhat is this", ErrorKind::Timeout, "not connected within 1s"),
        ("HTTP/1.1 20", ErrorKind::Timeout, "not connected within 1s"),
        ("SSH-2.0-OpenSSH\r\n\r\n", ErrorKind::Connection, "made no tunnel to server.test"),
        ("", ErrorKind::Connection, "made no tunnel to server.test"),
    ] {
        let rules = Rules { answer: Some(answer.into()), closes: answer.is_empty(), ..Rules::default() };
        let proxy = ProxyServer::start(origin.address, rules).await;
        let client = through(&origin, "server.test", proxy.url("http://"), &authority);
        let client = client.with_options(|options| options.connect_timeout(Duration::from_secs(1))).unwrap();
        let error = send(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
        assert!(error.message().contains(expected), "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn a_proxy_that_hangs_costs_the_time_to_connect() {
    let authority = Authority::new("ours");
    let origin = Origin::tls(authority.acceptor()).await;
    let proxy = ProxyServer::start(origin.address, Rules { hangs: true, ..Rules::default() }).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Connections are taken by the system, and nobody reads from them.
    let address = silent.local_addr().unwrap();
    for url in [proxy.url("http://"), format!("socks5h://{address}"), format!("https://{address}")] {
        let client = through(&origin, "server.test", url, &authority);
        let client = client.with_options(|options| options.connect_timeout(Duration::from_millis(200))).unwrap();
        let started = Instant::now();
        let error = send(&client).await.unwrap_err();
        assert!(started.elapsed() >= Duration::from_millis(200));
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.message().contains("not connected within 200ms"), "{error}");
    }
}
