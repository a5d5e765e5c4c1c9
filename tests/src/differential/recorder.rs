//! A server that keeps what it receives and answers what the case needs to go on.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::replies;
use super::request::Recorded;

/// A client that sends half a request must not keep the test waiting.
const PATIENCE: Duration = Duration::from_secs(120);

/// The server, for as long as the process lives.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    kept: Arc<Mutex<Vec<Kept>>>,
}

/// A request with the first two segments of its path, which say who sent it for which call.
#[derive(Debug)]
struct Kept {
    side: String,
    case: String,
    request: Recorded,
}

impl Recorder {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// There is no port.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let kept = Arc::new(Mutex::default());
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle has sent no request, and its call is missed by the comparison.
                thread::spawn(move || drop(serve(stream, &shared)));
            }
        });
        Ok(Self { address, kept })
    }

    /// The URL for one of the clients; a call appends its name and `/v1`.
    #[must_use]
    pub fn url(&self, side: &str) -> String {
        format!("http://{}/{side}", self.address)
    }

    /// The requests of one of the clients with the names of their calls, oldest first.
    #[must_use]
    pub fn take(&self, side: &str) -> Vec<(String, Recorded)> {
        let kept = lock(&self.kept);
        kept.iter().filter(|kept| kept.side == side).map(|kept| (kept.case.clone(), kept.request.clone())).collect()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Kept>>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let (side, case, request) = read(&mut reader)?;
    let reply = {
        // Before the answer, so that whoever has the answer finds the request.
        let mut kept = lock(kept);
        let count = kept.iter().filter(|kept| kept.side == side && kept.case == case).count();
        let reply = replies::answer(&side, &case, count, &request);
        kept.push(Kept { side, case, request });
        reply
    };
    let mut stream = reader.into_inner();
    stream.write_all(&reply)?;
    stream.flush()
}

fn read(reader: &mut impl BufRead) -> io::Result<(String, String, Recorded)> {
    let start = line(reader)?;
    let mut words = start.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(wrong("request line")) };
    let mut headers = Vec::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut segments = target.splitn(4, '/').skip(1);
    let (Some(side), Some(case), Some(rest)) = (segments.next(), segments.next(), segments.next()) else {
        return Err(wrong("path"));
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut request = Recorded {
        method: method.to_owned(),
        path: format!("/{path}"),
        query: query.to_owned(),
        headers,
        body: Vec::new(),
    };
    request.body = body(reader, &request)?;
    Ok((side.to_owned(), case.to_owned(), request))
}

fn body(reader: &mut impl BufRead, request: &Recorded) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if let Some(length) = request.header("content-length") {
        let length: u64 = length.parse().map_err(|_| wrong("content-length"))?;
        reader.take(length).read_to_end(&mut body)?;
    } else if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = u64::from_str_radix(&line(reader)?, 16).map_err(|_| wrong("chunk"))?;
            reader.take(size).read_to_end(&mut body)?;
            line(reader)?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(body)
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    if reader.read_until(b'\n', &mut bytes)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // Header values are bytes; what is no UTF-8 differs from what is, which is all that the comparison needs.
    Ok(String::from_utf8_lossy(bytes.trim_ascii_end()).into_owned())
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
