//! A server that all rows call, with and without TLS.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

pub(super) struct NeighbourServer {
    plain: u16,
    tls: u16,
    root: PathBuf,
}

impl NeighbourServer {
    /// Starts the server, with a certificate whose authority is written into the folder.
    pub(super) fn start(folder: &Path) -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("the server can't be started: {error}");
        let (config, pem) = certified().map_err(|error| wrong(&error))?;
        let root = folder.join("authority.pem");
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&root, pem));
        written.map_err(|error| wrong(&error))?;
        let plain = listen(serve).map_err(|error| wrong(&error))?;
        let tls = listen(move |stream| match ServerConnection::new(config.clone()) {
            Ok(connection) => serve(StreamOwned::new(connection, stream)),
            Err(error) => Err(io::Error::other(error)),
        });
        Ok(Self { plain, tls: tls.map_err(|error| wrong(&error))?, root })
    }

    /// The arguments of a program that calls it.
    pub(super) fn arguments(&self) -> [String; 3] {
        let (plain, tls) = (self.plain, self.tls);
        [format!("http://localhost:{plain}/v1"), format!("https://localhost:{tls}/v1"), self.root.display().to_string()]
    }
}

/// A certificate for this machine, and the authority that it is from, in PEM.
fn certified() -> Result<(Arc<ServerConfig>, String), Box<dyn std::error::Error>> {
    let mut params = CertificateParams::new(Vec::new())?;
    // By another name than the certificate's, which OpenSSL takes for signed by itself otherwise.
    params.distinguished_name.push(DnType::CommonName, "openai-ext neighbours");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let builder = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    let config = builder.with_single_cert(vec![CertificateDer::from(certificate)], key)?;
    Ok((Arc::new(config), issuer.pem()))
}

/// Serves each connection on a thread of its own, and returns the port.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            // A program that fails says so itself.
            std::thread::spawn(move || drop(serve(stream)));
        }
    });
    Ok(port)
}

/// Answers each request with a chat completion whose text is the `accept-encoding` of the request, packed if that has gzip.
fn serve(stream: impl Read + Write) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut accepted, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim().to_ascii_lowercase();
            match line.split_once(": ") {
                _ if line.is_empty() => break,
                Some(("accept-encoding", value)) => value.clone_into(&mut accepted),
                Some(("content-length", value)) => length = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        io::copy(&mut stream.by_ref().take(length), &mut io::sink())?;
        stream.get_mut().write_all(&answer(&accepted)?)?;
        stream.get_mut().flush()?;
    }
}

fn answer(accepted: &str) -> io::Result<Vec<u8>> {
    let text = format!(
        r#"{{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":"accept-encoding: {accepted}"}}}}]}}"#
    );
    let (body, packed) = if accepted.contains("gzip") {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes())?;
        (encoder.finish()?, "content-encoding: gzip\r\n")
    } else {
        (text.into_bytes(), "")
    };
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{packed}content-length: {}\r\n\r\n", body.len());
    Ok([head.into_bytes(), body].concat())
}
