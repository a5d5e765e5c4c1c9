//! Proxies that get requests themselves, and options that are wrong.

use std::time::Duration;

use openai_runtime::{AzureImds, Client, ErrorKind, WorkloadIdentity};

use super::certificates::Authority;
use super::origin::Origin;
use super::proxy_server::{ProxyServer, Rules};
use super::{GET, builder, call, send, shown, stream};

/// `user:pass@word` and the login that it makes.
const LOGIN: (&str, &str) = ("user:pass%40word@", "Basic dXNlcjpwYXNzQHdvcmQ=");

fn through(origin: &Origin, proxy: impl Into<String>) -> Client {
    builder(&origin.url("server.test")).proxy(proxy).build().unwrap()
}

#[tokio::test]
async fn requests_without_tls_are_forwarded() {
    let origin = Origin::plain().await;
    let proxy = ProxyServer::start(origin.address, Rules::default()).await;
    // Without a scheme too, with a path, in capitals.
    for url in [proxy.url("http://"), proxy.url(""), proxy.url("HTTP://") + "/path?query", proxy.url("  http://")] {
        let client = through(&origin, url);
        assert_eq!(send(&client).await.unwrap()["ok"], true);
        assert_eq!(stream(&client).await.unwrap(), [1, 2, 3]);
    }
    let line = |query| format!("GET http://server.test:{}/v1/things{query} HTTP/1.1", origin.address.port());
    assert_eq!(proxy.lines(), (0..4).flat_map(|_| [line(""), line("?stream=true")]).collect::<Vec<_>>());
    let host = format!("host: server.test:{}", origin.address.port());
    assert!(proxy.heads().iter().all(|head| head.contains(&host) && !head.contains("proxy-authorization")));
}

#[tokio::test]
async fn logins_are_decoded_and_sent_to_the_proxy() {
    let authority = Authority::new("ours");
    for (user, header) in [
        (LOGIN.0, LOGIN.1),
        ("user@", "Basic dXNlcjo="),
        (":secret@", "Basic OnNlY3JldA=="),
        ("us%20er:p%3Aw%25@", "Basic dXMgZXI6cDp3JQ=="),
        ("%C3%BC:%E2%82%AC@", "Basic w7w64oKs"),
        ("u|s:p^w@", "Basic dXxzOnBedw=="),
    ] {
        for origin in [Origin::plain().await, Origin::tls(authority.acceptor()).await] {
            let proxy = ProxyServer::start(origin.address, Rules { login: Some(header), ..Rules::default() }).await;
            let builder = builder(&origin.url("server.test")).root_certificate(authority.pem());
            send(&builder.proxy(proxy.url(&format!("http://{user}"))).build().unwrap()).await.unwrap();
            let heads = proxy.heads();
            assert!(heads[0].contains(&format!("proxy-authorization: {header}")), "{heads:?}");
        }
    }
}

#[tokio::test]
async fn a_login_that_the_proxy_refuses_and_repeats_is_not_shown() {
    let origin = Origin::plain().await;
    let proxy = ProxyServer::start(origin.address, Rules { login: Some("other"), ..Rules::default() }).await;
    let client = through(&origin, proxy.url("http://carol:very-secret-word@"));
    let error = send(&client).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(407));
    let shown = shown(&error) + &format!("{:?}", error.headers());
    assert!(shown.contains("who are you?"), "{shown}");
    for secret in ["very-secret-word", "Y2Fyb2w6dmVyeS1zZWNyZXQtd29yZA=="] {
        assert!(proxy.heads()[0].contains("Y2Fyb2w6dmVyeS1zZWNyZXQtd29yZA==") && !shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn connections_to_a_proxy_are_used_again() {
    let origin = Origin::plain().await;
    let proxy = ProxyServer::start(origin.address, Rules::default()).await;
    let client = through(&origin, proxy.url("http://"));
    for _ in 0..3 {
        send(&client).await.unwrap();
    }
    assert_eq!((proxy.lines().len(), origin.connections()), (3, 3));
}

#[tokio::test]
async fn what_must_be_direct_is() {
    let (origin, metadata) = (Origin::plain().await, Origin::plain().await);
    let proxy = ProxyServer::start(origin.address, Rules { login: Some(LOGIN.1), ..Rules::default() }).await;
    let provider = AzureImds::new().base_url(format!("http://{}", metadata.address));
    let client = Client::builder().base_url(origin.url("server.test")).max_retries(0);
    let client = client.workload_identity(WorkloadIdentity::new("idp", "sa", provider));
    let client = client.proxy(proxy.url(&format!("http://{}", LOGIN.0))).build().unwrap();
    // Its answer holds no token, so that the call ends here.
    let error = send(&client).await.unwrap_err();
    assert!(error.message().contains("metadata service"), "{error}");
    assert_eq!((metadata.heads().len(), proxy.heads().len()), (1, 0));
    let head = metadata.heads().remove(0);
    assert!(head.starts_with("GET /") && !head.contains("proxy-authorization"), "{head}");
}

#[tokio::test]
async fn no_proxy_and_the_proxy_of_later_options_win() {
    let origin = Origin::plain().await;
    let proxy = ProxyServer::start(origin.address, Rules::default()).await;
    let client = builder(&origin.url("127.0.0.1")).proxy(proxy.url("http://")).build().unwrap();
    let direct = client.with_options(|options| options.no_proxy()).unwrap();
    send(&direct).await.unwrap();
    assert_eq!(proxy.lines().len(), 0);
    let again = direct.with_options(|options| options.proxy(proxy.url("http://"))).unwrap();
    send(&again).await.unwrap();
    send(&client).await.unwrap();
    assert_eq!(proxy.lines().len(), 2);
}

#[test]
fn urls_that_are_wrong_are_told_without_the_password() {
    for url in [
        "",
        "http://",
        "ftp://user:hidden@proxy.test",
        "file:///etc/proxy",
        "socks://user:hidden@proxy.test",
        "socks4://user:hidden@proxy.test",
        "socks4a://user:hidden@proxy.test",
        "http://user:hid/den@proxy.test",
        "http://user:hid#den@proxy.test",
        "http://user:hid?den@proxy.test",
        "user:hidden@proxy.test:port",
        "http://user:hidden@proxy.test:99999",
        "http://user:hidden@pro xy.test",
        "http://user:hidden@",
        "socks5://user:hidden@",
        "socks5://user:hidden@:1080",
    ] {
        let builder = Client::builder().api_key("k").proxy(url);
        let debug = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        let shown = shown(&error) + &debug;
        assert!(error.message().starts_with("the proxy "), "{url}: {error}");
        assert!(!shown.contains("hidden") && !shown.contains("hid"), "{url}: {shown}");
    }
    // Right ones, of which the password is not shown either.
    for url in ["http://user:hidden@proxy.test", "user:hidden@proxy.test:3128", "SOCKS5H://user:hid%20den@[::1]"] {
        let builder = Client::builder().api_key("k").proxy(url);
        let client = builder.clone().build().unwrap();
        let debug = format!("{builder:?} {client:?}");
        assert!(!debug.contains("hid") && debug.contains("proxy: Url("), "{debug}");
    }
}

#[tokio::test]
async fn a_scheme_in_capitals_is_no_way_around_the_proxy() {
    let origin = Origin::plain().await;
    for scheme in ["SOCKS5", "Socks5h", "SOCKS4", "HTTPS"] {
        let client = through(&origin, format!("{scheme}://127.0.0.1:9"));
        let error = send(&client).await.unwrap_err();
        assert!(error.message().contains(&format!("the proxy {}://127.0.0.1:9", scheme.to_lowercase())), "{error}");
    }
    assert_eq!(origin.connections(), 0);
}

#[tokio::test]
async fn proxies_that_fail_are_told() {
    let origin = Origin::plain().await;
    let start = async |rules| ProxyServer::start(origin.address, rules).await;
    let closing = start(Rules { closes: true, ..Rules::default() }).await;
    let error = send(&through(&origin, closing.url("http://"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    // A proxy that forwards is as slow as the server behind it may be.
    let hanging = start(Rules { hangs: true, ..Rules::default() }).await;
    let client = through(&origin, hanging.url("http://"));
    let client = client.with_options(|options| options.timeout(Duration::from_millis(200))).unwrap();
    assert_eq!(call(&client).send_unit().await.unwrap_err().kind(), ErrorKind::Timeout);
    let broken = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\noops".to_owned();
    let broken = start(Rules { answer: Some(broken), ..Rules::default() }).await;
    let error = send(&through(&origin, broken.url("http://"))).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(502));
    assert_eq!((GET.method, origin.connections()), ("GET", 0));
}
