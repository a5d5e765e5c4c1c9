//! Variables of the environment, each read by a process of its own: `child`, which is this test again.

use std::process::Stdio;

use openai_runtime::ErrorKind;
use tokio::process::Command;

use super::builder;
use super::certificates::Authority;
use super::origin::Origin;
use super::proxy_server::{ProxyServer, Rules};
use super::socks_server::{self, SocksServer};

/// Makes a call as its variables say, and says how it went.
#[test]
fn child() {
    let Ok(url) = std::env::var("TRANSPORT_TEST_URL") else { return };
    let mut builder = builder(&url);
    if let Ok(pem) = std::env::var("TRANSPORT_TEST_ROOT") {
        builder = builder.root_certificate(pem);
    }
    match std::env::var("TRANSPORT_TEST_PROXY").as_deref() {
        Ok("none") => builder = builder.no_proxy(),
        Ok(url) => builder = builder.proxy(url),
        Err(_) => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sent = match builder.build() {
        Ok(client) => runtime.block_on(super::send(&client)).map(drop),
        Err(error) => Err(error),
    };
    match sent {
        Ok(()) => println!("<<ok>>"),
        Err(error) => println!("<<{:?}: {error}>>", error.kind()),
    }
}

/// Returns what a child says.
async fn said(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "environment::child", "--nocapture"]).stdin(Stdio::null());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    for name in ["REQUEST_METHOD", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    command.env("TRANSPORT_TEST_URL", url).envs(variables.iter().copied());
    let output = command.output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.split_once("<<").and_then(|(_, rest)| rest.split_once(">>")).map(|(said, _)| said.to_owned());
    said.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn variables_of_proxies() {
    let authority = Authority::new("ours");
    let pem = authority.pem();
    let (plain, secured) = (Origin::plain().await, Origin::tls(authority.acceptor()).await);
    let (http, https) = (plain.url("localhost"), secured.url("localhost"));
    // The names of the variables, and which of a plain and a TLS call goes through the proxy.
    for (names, by_proxy) in [
        (&["HTTP_PROXY"][..], [true, false]),
        (&["http_proxy"], [true, false]),
        (&["HTTPS_PROXY"], [false, true]),
        (&["https_proxy"], [false, true]),
        (&["ALL_PROXY"], [true, true]),
        (&["all_proxy"], [true, true]),
        (&["HTTP_PROXY", "HTTPS_PROXY"], [true, true]),
        (&[], [false, false]),
    ] {
        for (index, (origin, url)) in [(&plain, &http), (&secured, &https)].into_iter().enumerate() {
            let login = Some("Basic dXNlcjpwYXNzQHdvcmQ=");
            let proxy = ProxyServer::start(origin.address, Rules { login, ..Rules::default() }).await;
            let proxy_url = proxy.url("http://user:pass%40word@");
            let mut variables: Vec<_> = names.iter().map(|name| (*name, proxy_url.as_str())).collect();
            variables.push(("TRANSPORT_TEST_ROOT", &pem));
            assert_eq!(said(url, &variables).await, "ok", "{names:?} {url}");
            assert_eq!(proxy.lines().len(), usize::from(by_proxy[index]), "{names:?} {url}");
        }
    }
}

#[tokio::test]
async fn hosts_without_a_proxy() {
    let origin = Origin::plain().await;
    for (no_proxy, host, by_proxy) in [
        ("localhost", "localhost", false),
        ("LOCALHOST", "localhost", false),
        ("other.test, localhost ", "localhost", false),
        ("*", "localhost", false),
        ("127.0.0.1", "127.0.0.1", false),
        ("127.0.0.0/8", "127.0.0.1", false),
        ("other.test", "localhost", true),
        ("host", "localhost", true),
        ("10.0.0.0/8", "127.0.0.1", true),
        ("", "localhost", true),
    ] {
        for name in ["NO_PROXY", "no_proxy"] {
            let proxy = ProxyServer::start(origin.address, Rules::default()).await;
            let variables = [("ALL_PROXY", &*proxy.url("http://")), (name, no_proxy)];
            assert_eq!(said(&origin.url(host), &variables).await, "ok");
            assert_eq!(proxy.lines().len(), usize::from(by_proxy), "{name}={no_proxy}");
        }
    }
}

#[tokio::test]
async fn options_win_over_variables() {
    let origin = Origin::plain().await;
    let (one, other) = (
        ProxyServer::start(origin.address, Rules::default()).await,
        ProxyServer::start(origin.address, Rules::default()).await,
    );
    let (one_url, other_url, url) = (one.url("http://"), other.url("http://"), origin.url("localhost"));
    let all = ("ALL_PROXY", one_url.as_str());
    assert_eq!(said(&url, &[all, ("TRANSPORT_TEST_PROXY", "none")]).await, "ok");
    assert_eq!((one.lines().len(), other.lines().len()), (0, 0));
    assert_eq!(said(&url, &[all, ("NO_PROXY", "*"), ("TRANSPORT_TEST_PROXY", &other_url)]).await, "ok");
    assert_eq!((one.lines().len(), other.lines().len()), (0, 1));
    // Empty variables are none, and those that hold no URL of a proxy are passed over.
    for text in ["", "ftp://hidden@proxy.test", "://"] {
        assert_eq!(said(&url, &[("HTTP_PROXY", text)]).await, "ok");
    }
    // A program that answers requests by CGI gets HTTP_PROXY from the header `Proxy` of anybody.
    assert_eq!(said(&url, &[("HTTP_PROXY", &one_url), ("REQUEST_METHOD", "GET")]).await, "ok");
    assert_eq!(one.lines().len(), 0);
}

#[tokio::test]
async fn socks_by_a_variable() {
    let origin = Origin::plain().await;
    let proxy = SocksServer::start(origin.address, socks_server::Rules::default()).await;
    assert_eq!(said(&origin.url("server.test"), &[("ALL_PROXY", &proxy.url("socks5h://"))]).await, "ok");
    assert_eq!(proxy.asked(), [format!("5 name server.test:{}", origin.address.port())]);
}

#[tokio::test]
async fn a_machine_without_root_certificates() {
    let authority = Authority::new("ours");
    let (plain, secured) = (Origin::plain().await, Origin::tls(authority.acceptor()).await);
    // A file that is there and has nothing in it, on every system of the kind.
    let none = ("SSL_CERT_FILE", if cfg!(unix) { "/dev/null" } else { "NUL" });
    assert_eq!(said(&plain.url("localhost"), &[none]).await, "ok");
    assert_eq!(said(&secured.url("localhost"), &[none, ("TRANSPORT_TEST_ROOT", &authority.pem())]).await, "ok");
    // The platform's library says so when it connects.
    if super::NATIVE {
        return;
    }
    let said = said(&secured.url("localhost"), &[none]).await;
    assert!(said.starts_with(&format!("{:?}: ", ErrorKind::Config)) && said.contains("TLS can't be set up"), "{said}");
}
