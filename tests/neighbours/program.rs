//! A program that has openai-ext beside other things. `cargo xtask neighbours` makes one for each row of rows.toml, whose
//! parts are this file's features. Arguments: the base URLs of a server without and with TLS, the file of its authority.

use openai_ext::prelude::*;

struct Args {
    plain: String,
    tls: String,
    root: Vec<u8>,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (plain, tls, root) = (args.next().unwrap(), args.next().unwrap(), args.next().unwrap());
    let args = Args { plain, tls, root: std::fs::read(root).unwrap() };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(&args));
}

async fn run(args: &Args) {
    #[cfg(feature = "before")]
    install();
    // A plain call of theirs comes before anything of ours that could help it. A reqwest without a provider makes none
    // before there is one.
    #[cfg(all(feature = "theirs", not(feature = "after")))]
    theirs(args).await;
    ours(args).await;
    #[cfg(feature = "configures")]
    configures();
    #[cfg(feature = "two-providers")]
    two_providers();
    // It can still be chosen: no client of ours has.
    #[cfg(feature = "after")]
    install();
    #[cfg(feature = "theirs-tls")]
    theirs_by_tls(args).await;
    #[cfg(feature = "given")]
    given(args).await;
    ours(args).await;
    #[cfg(feature = "theirs")]
    theirs(args).await;
}

/// Calls of ours, whose answer says with which headers they came.
async fn ours(args: &Args) {
    for url in [&args.plain, &args.tls] {
        let builder = Client::builder().api_key("k").base_url(url).no_proxy().max_retries(0);
        check(builder.root_certificate(args.root.clone()).build().unwrap()).await;
    }
}

async fn check(client: Client) {
    let reply = client.chat().completions().create("m", [Message::user("hello")]).send().await.unwrap();
    assert_eq!(reply.text(), "accept-encoding: gzip");
}

#[cfg(feature = "theirs")]
async fn theirs(args: &Args) {
    let text = reqwest::get(format!("{}/theirs", args.plain)).await.unwrap().text().await.unwrap();
    assert!(text.contains("accept-encoding"), "{text}");
}

#[cfg(any(feature = "theirs-tls", feature = "given"))]
fn client(_args: &Args) -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    #[cfg(feature = "theirs-tls")]
    let builder = builder.add_root_certificate(reqwest::Certificate::from_pem(&_args.root).unwrap());
    builder.build().unwrap()
}

#[cfg(feature = "theirs-tls")]
async fn theirs_by_tls(args: &Args) {
    let text = client(args).get(format!("{}/theirs", args.tls)).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("accept-encoding"), "{text}");
}

/// Their client, given to ours.
#[cfg(feature = "given")]
async fn given(args: &Args) {
    let urls = [Some(&args.plain), cfg!(feature = "theirs-tls").then_some(&args.tls)];
    for url in urls.into_iter().flatten() {
        let builder = Client::builder().api_key("k").base_url(url).max_retries(0).http_client(client(args));
        check(builder.build().unwrap()).await;
    }
}

/// Chooses the provider of the process, which nothing has done before.
#[cfg(any(feature = "before", feature = "after"))]
fn install() {
    #[cfg(feature = "ring")]
    rustls::crypto::ring::default_provider().install_default().unwrap();
    #[cfg(feature = "aws-lc")]
    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
}

/// A configuration with a provider that is named.
#[cfg(feature = "configures")]
fn configures() {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
}

/// A configuration with the provider that features name, which are two; and the line that helps.
#[cfg(feature = "two-providers")]
fn two_providers() {
    let configured = || std::panic::catch_unwind(rustls::ClientConfig::builder).is_ok();
    std::panic::set_hook(Box::new(|_| {}));
    assert!(!configured(), "rustls chooses between two providers by now: take this out of the documentation");
    drop(std::panic::take_hook());
    rustls::crypto::ring::default_provider().install_default().unwrap();
    assert!(configured());
}
