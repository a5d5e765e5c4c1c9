//! Certificates that connections present to servers that ask for one.

use openai_runtime::{Client, ClientBuilder, ErrorKind, WorkloadIdentity};

use super::certificates::Authority;
use super::origin::Origin;
use super::{builder, send, stream};

fn trusting(origin: &Origin, authority: &Authority) -> ClientBuilder {
    builder(&origin.url("localhost")).no_proxy().root_certificate(authority.pem())
}

#[tokio::test]
async fn a_server_that_asks_gets_it() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let origin = Origin::tls(ours.asking()).await;
    let (certificate, key) = ours.client("workload");
    let with = |chain: String| trusting(&origin, &ours).client_certificate(chain, key.clone());
    for chain in [certificate.clone(), certificate.clone() + &ours.pem(), certificate.replace('\n', "\r\n")] {
        let client = with(chain).build().unwrap();
        assert_eq!(send(&client).await.unwrap()["ok"], true);
        assert_eq!(stream(&client).await.unwrap(), [1, 2, 3]);
        // A client made of it presents it too.
        let other = client.with_options(|options| options.connect_timeout(std::time::Duration::from_secs(9))).unwrap();
        assert_eq!(send(&other).await.unwrap()["ok"], true);
    }
    let heads = origin.heads().len();
    let (stranger, stranger_key) = other.client("stranger");
    for client in [trusting(&origin, &ours), trusting(&origin, &ours).client_certificate(stranger, stranger_key)] {
        let error = send(&client.build().unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Connection, None));
    }
    assert_eq!(origin.heads().len(), heads);
    // One that does not ask is none the wiser.
    let plain = Origin::tls(ours.acceptor()).await;
    let client = trusting(&plain, &ours).client_certificate(certificate, key).build().unwrap();
    assert_eq!(send(&client).await.unwrap()["ok"], true);
}

#[test]
fn what_cannot_be_read_is_told() {
    let ours = Authority::new("ours");
    let (certificate, key) = ours.client("workload");
    let (_, other) = ours.client("other");
    let body = |pem: &str| pem.lines().nth(1).unwrap().to_owned();
    let secrets = [body(&key), body(&other), body(&certificate)];
    for (chain, given) in [
        (String::new(), key.clone()),
        ("hello".to_owned(), key.clone()),
        (key.clone(), key.clone()),
        (certificate[..certificate.len() / 2].to_owned(), key.clone()),
        (certificate.clone(), String::new()),
        (certificate.clone(), "hello".to_owned()),
        (certificate.clone(), certificate.clone()),
        (certificate.clone(), key[..key.len() / 2].to_owned()),
        (certificate.clone(), key.replacen("MIG", "M!G", 1)),
        (certificate.clone(), other.clone()),
    ] {
        for url in ["https://server.test/v1", "http://server.test/v1"] {
            let Err(error) = builder(url).client_certificate(chain.clone(), given.clone()).build() else {
                // The platform's library finds out later that a key is of another certificate.
                assert!(super::NATIVE && given == other, "{chain} {given}");
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::Config);
            let shown = super::shown(&error);
            assert!(error.message().contains("client_certificate"), "{error}");
            assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
        }
    }
    let options = builder("https://server.test/v1").client_certificate(certificate, key);
    let shown = format!("{options:?} {:#?} {:?}", options, options.clone().build().unwrap());
    assert!(shown.contains("has_client_certificate: true"), "{shown}");
    assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
}

/// The certificate goes to the token server, and to the API with the token.
#[tokio::test]
async fn an_identity_by_certificate_needs_one() {
    let ours = Authority::new("ours");
    let (certificate, key) = ours.client("workload");
    let identity = WorkloadIdentity::x509("idp", "sa");
    let with = || Client::builder().no_proxy().workload_identity(identity.clone());
    assert_eq!(with().build().unwrap_err().kind(), ErrorKind::Config);
    let client = with().client_certificate(certificate.clone(), key.clone()).build().unwrap();
    assert_eq!(client.base_url(), "https://mtls.api.openai.com/v1");
    // This server is no token server: what counts is that it let the connection in.
    let origin = Origin::tls(ours.asking()).await;
    let url = origin.url("localhost");
    let client = Client::builder().no_proxy().root_certificate(ours.pem()).base_url(&url);
    let client = client.workload_identity(identity.token_url(&url)).client_certificate(certificate, key);
    let error = send(&client.build().unwrap()).await.unwrap_err();
    assert!(error.message().contains("no access_token"), "{error}");
    assert_eq!(origin.heads().len(), 1);
}
