//! A proxy of SOCKS 4, 4a and 5.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The proxy's behaviour.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    pub login: Option<(&'static str, &'static str)>,
    /// The code of each answer, if it is not that of success.
    pub code: Option<u8>,
    pub closes: bool,
}

pub struct SocksServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl SocksServer {
    /// A proxy that has one server behind it, by whatever name that is asked for.
    pub async fn start(server: SocketAddr, rules: Rules) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let seen = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = seen.clone();
                tokio::spawn(async move {
                    if let Ok(Some(asked)) = negotiate(&mut stream, rules).await {
                        seen.lock().unwrap().push(asked);
                        let mut upstream = TcpStream::connect(server).await.unwrap();
                        let _ = tokio::io::copy_bidirectional(&mut stream, &mut upstream).await;
                    }
                });
            }
        });
        Self { address, asked }
    }

    pub fn url(&self, before: &str) -> String {
        format!("{before}127.0.0.1:{}", self.address.port())
    }

    /// What was asked for: the protocol, the kind of address, the address and the port.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn negotiate(stream: &mut TcpStream, rules: Rules) -> io::Result<Option<String>> {
    let version = stream.read_u8().await?;
    if rules.closes {
        return Ok(None);
    }
    match version {
        4 => version_4(stream, rules).await,
        _ => version_5(stream, rules).await,
    }
}

async fn version_4(stream: &mut TcpStream, rules: Rules) -> io::Result<Option<String>> {
    let (_connect, port) = (stream.read_u8().await?, stream.read_u16().await?);
    let address = Ipv4Addr::from(stream.read_u32().await?);
    let _user = text(stream).await?;
    let asked = if address.octets()[..3] == [0, 0, 0] {
        format!("4a name {}:{port}", text(stream).await?)
    } else {
        format!("4 v4 {address}:{port}")
    };
    let code = rules.code.unwrap_or(90);
    stream.write_all(&[0, code, 0, 0, 0, 0, 0, 0]).await?;
    Ok((code == 90).then_some(asked))
}

async fn version_5(stream: &mut TcpStream, rules: Rules) -> io::Result<Option<String>> {
    let mut methods = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut methods).await?;
    let method = if rules.login.is_some() { 2 } else { 0 };
    let found = methods.contains(&method);
    stream.write_all(&[5, if found { method } else { 255 }]).await?;
    if !found {
        return Ok(None);
    }
    if let Some((user, password)) = rules.login {
        let _version = stream.read_u8().await?;
        let given = (counted(stream).await?, counted(stream).await?);
        let fits = given == (user.to_owned(), password.to_owned());
        stream.write_all(&[1, u8::from(!fits)]).await?;
        if !fits {
            return Ok(None);
        }
    }
    let mut start = [0; 4];
    stream.read_exact(&mut start).await?;
    let asked = match start[3] {
        1 => format!("5 v4 {}", Ipv4Addr::from(stream.read_u32().await?)),
        4 => format!("5 v6 {}", Ipv6Addr::from(stream.read_u128().await?)),
        _ => format!("5 name {}", counted(stream).await?),
    };
    let asked = format!("{asked}:{}", stream.read_u16().await?);
    let code = rules.code.unwrap_or(0);
    stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    Ok((code == 0).then_some(asked))
}

/// A text that ends with a zero.
async fn text(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = Vec::new();
    loop {
        match stream.read_u8().await? {
            0 => return Ok(String::from_utf8_lossy(&text).into_owned()),
            byte => text.push(byte),
        }
    }
}

/// A text after its length.
async fn counted(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
