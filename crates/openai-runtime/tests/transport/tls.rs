//! Certificates, versions of TLS, and what a server without it leads to.

use openai_runtime::{Client, ErrorKind};
use tokio_rustls::rustls::version::{TLS12, TLS13};

use super::certificates::{Authority, BOTH, NAMES};
use super::origin::Origin;
use super::{NATIVE, builder, io_error, send, stream};

fn trusting(origin: &Origin, host: &str, authority: &Authority) -> Client {
    builder(&origin.url(host)).no_proxy().root_certificate(authority.pem()).build().unwrap()
}

#[tokio::test]
async fn a_private_authority_is_trusted() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let origin = Origin::tls(ours.acceptor()).await;
    let several = format!("# a comment\n{}\r\n\r\nanother\n{}", other.pem(), ours.pem());
    let with = |pem: String| builder(&origin.url("localhost")).no_proxy().root_certificate(pem);
    for builder in [
        with(ours.pem()),
        with(several),
        with(other.pem()).root_certificate(ours.pem()),
        with(ours.pem()).root_certificate(other.pem().into_bytes()),
        with(ours.pem().replace('\n', "\r\n")),
    ] {
        let client = builder.build().unwrap();
        assert_eq!(send(&client).await.unwrap()["ok"], true);
        assert_eq!(stream(&client).await.unwrap(), [1, 2, 3]);
    }
    let client = trusting(&origin, "127.0.0.1", &ours);
    send(&client).await.unwrap();
    // The client made of another has its certificates, and adds its own.
    let client = trusting(&origin, "localhost", &other);
    send(&client).await.unwrap_err();
    let client = client.with_options(|options| options.root_certificate(ours.pem())).unwrap();
    send(&client).await.unwrap();
}

#[tokio::test]
async fn certificates_that_do_not_fit_are_told() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let elsewhere = ours.serving(&["elsewhere.test"], BOTH, &[], false);
    let expired = ours.serving(&NAMES, BOTH, &[], true);
    for (acceptor, authority, expected) in [
        (ours.acceptor(), &other, "`root_certificate` adds one"),
        (elsewhere, &ours, "elsewhere.test"),
        (expired, &ours, "expired"),
    ] {
        let origin = Origin::tls(acceptor).await;
        for host in ["localhost", "127.0.0.1"] {
            let error = send(&trusting(&origin, host, authority)).await.unwrap_err();
            println!("{error}");
            assert_eq!((error.kind(), error.status()), (ErrorKind::Connection, None));
            for text in ["could not connect to the server", "certificate", if NATIVE { "" } else { expected }] {
                assert!(error.message().contains(text), "{text}: {error}");
            }
            assert!(NATIVE || io_error(&error).is_some(), "{error:?}");
        }
        assert_eq!(origin.heads().len(), 0);
    }
}

#[test]
fn roots_that_cannot_be_read_are_told() {
    let good = Authority::new("ours").pem();
    let half = good[..good.len() / 2].to_owned();
    let odd = good.replacen("MII", "M!!", 1);
    let no_certificate = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n".to_owned();
    let key = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n".to_owned();
    for pem in [
        String::new(),
        "\n".into(),
        "hello".into(),
        half,
        odd,
        no_certificate.clone(),
        key,
        good.clone() + &no_certificate,
    ] {
        for url in ["https://server.test/v1", "http://server.test/v1"] {
            let error = builder(url).root_certificate(good.clone()).root_certificate(pem.clone()).build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains("root_certificate"), "{error}");
            assert!(!error.message().contains("MII"), "{error}");
        }
    }
    // Of the binary form, too.
    let error = builder("https://server.test/v1").root_certificate(vec![0x30, 0x82, 1, 2]).build().unwrap_err();
    assert!(error.message().contains("BEGIN CERTIFICATE"), "{error}");
    let debug = format!("{:?}", builder("https://server.test/v1").root_certificate(good));
    assert!(debug.contains("roots: 1") && !debug.contains("MII"), "{debug}");
}

#[tokio::test]
async fn both_versions_of_tls() {
    let authority = Authority::new("ours");
    for versions in [&[&TLS12][..], &[&TLS13], BOTH] {
        let origin = Origin::tls(authority.serving(&NAMES, versions, &["http/1.1"], false)).await;
        assert_eq!(send(&trusting(&origin, "localhost", &authority)).await.unwrap()["ok"], true);
    }
}

#[tokio::test]
async fn a_server_that_speaks_another_protocol() {
    let authority = Authority::new("ours");
    // HTTP where TLS was expected.
    let plain = Origin::plain().await;
    let url = plain.url("localhost").replace("http://", "https://");
    let client = builder(&url).no_proxy().root_certificate(authority.pem()).build().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad\r\n\r\n").await;
        }
    });
    let speaks = builder(&url).no_proxy().root_certificate(authority.pem()).build().unwrap();
    let error = send(&speaks).await.unwrap_err();
    println!("{error}");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("could not connect to the server"), "{error}");
    assert!(NATIVE || error.message().contains("the other side does not speak TLS"), "{error}");
    // It waits for a line that does not come.
    let short = client.with_options(|options| options.connect_timeout(std::time::Duration::from_millis(300))).unwrap();
    assert_eq!(send(&short).await.unwrap_err().kind(), ErrorKind::Timeout);
    // TLS where HTTP was expected.
    let secured = Origin::tls(authority.acceptor()).await;
    let client = builder(&secured.url("localhost").replace("https://", "http://")).no_proxy().build().unwrap();
    let error = send(&client).await.unwrap_err();
    println!("{error}");
    assert_eq!(error.kind(), ErrorKind::Connection);
}

#[cfg(not(feature = "http2"))]
#[test]
fn http2_needs_its_feature() {
    let error = builder("https://server.test/v1").http2(true).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("feature `http2`"), "{error}");
    builder("https://server.test/v1").http2(false).build().unwrap();
}

#[cfg(feature = "blocking")]
#[test]
fn blocking_calls() {
    use openai_runtime::json::Value;

    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let authority = Authority::new("ours");
    let origin = servers.block_on(Origin::tls(authority.acceptor()));
    let client = trusting(&origin, "localhost", &authority);
    for _ in 0..3 {
        assert_eq!(super::call(&client).send::<Value>().wait().unwrap()["ok"], true);
    }
    let events = super::call(&client).stream::<Value>().wait().unwrap().blocking();
    assert_eq!(events.collect::<Result<Vec<_>, _>>().unwrap(), [1, 2, 3]);
    // A connection that is not yet idle again when the next call looks for one leads to a second.
    assert!(origin.connections() <= 2, "{}", origin.connections());
}
