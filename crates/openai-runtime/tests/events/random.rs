//! Any stream cut at any bytes gives the same events, in the decoder and through the client. The streams are made of what
//! streams are made of and of random bytes; the seeds are fixed, so that a failure comes again.

use crate::support::book::{Event, by_the_book};
use crate::support::{ENDPOINT, Reply, client};
use openai_runtime::json::Value;
use openai_runtime::sse::Decoder;
use openai_runtime::{Call, Client, Done, Endpoint, Error, ErrorKind};

/// Streams for the decoder; the client gets a tenth of them, as each is a whole call.
const STREAMS: u64 = 20_000;

static ENDPOINTS: [Endpoint; 4] = [
    Endpoint { stream: Done::Marker, ..ENDPOINT },
    Endpoint { stream: Done::Types(&["done"]), ..ENDPOINT },
    Endpoint { stream: Done::Enveloped, ..ENDPOINT },
    Endpoint { stream: Done::None, ..ENDPOINT },
];

const NAMES: &[&str] = &["data", "data", "data", "event", "id", "retry", "", "dat", "data ", "\u{feff}data", "é"];
const VALUES: &[&str] = &[
    "",
    " ",
    "a",
    "  two",
    "{\"id\":1}",
    "{\"type\":\"delta\",\"text\":\"Grüße 😀\"}",
    "{\"type\":",
    "\"delta\"}",
    "\u{feff}",
    "\u{2028}\u{85}",
    "x\0y",
    "thread.run",
    ": :",
];
/// What ends a stream or makes it fail.
const LAST: &[&str] = &["[DONE]", " [DONE] ", "{\"type\":\"done\"}", "{\"error\":{\"message\":\"m\",\"code\":\"c\"}}"];
const ENDS: &[&str] = &["\n", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\r\r", "\n\r", ""];

/// xorshift: enough for streams, and no dependency.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static [u8] {
        from[self.below(from.len())].as_bytes()
    }

    /// A stream of up to `lines` lines; one in sixteen may be a last one if `ends`.
    fn stream(&mut self, lines: usize, ends: bool) -> Vec<u8> {
        let mut bytes = if self.below(4) == 0 { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        for _ in 0..self.below(lines) {
            bytes.extend_from_slice(self.pick(NAMES));
            bytes.extend_from_slice([&b":"[..], b": ", b": ", b""][self.below(4)]);
            match self.below(16) {
                0 if ends => bytes.extend_from_slice(self.pick(LAST)),
                0..4 => (0..self.below(9)).for_each(|_| bytes.push(self.below(256) as u8)),
                _ => bytes.extend_from_slice(self.pick(VALUES)),
            }
            bytes.extend_from_slice(self.pick(ENDS));
        }
        bytes
    }

    /// The stream in pieces: of one byte, or at random places, which may leave a piece empty.
    fn cut(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let longest = [1, 3, 40][self.below(3)];
        let (mut pieces, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            let size = if longest == 1 { 1 } else { self.below(longest) };
            let (piece, left) = rest.split_at(size.min(rest.len()));
            pieces.push(piece.to_vec());
            rest = left;
        }
        pieces
    }
}

/// The events of a stream, and whether one was larger than the limit.
fn decode<P: AsRef<[u8]>>(pieces: &[P], mut decoder: Decoder) -> (Vec<Event>, bool) {
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece.as_ref());
        loop {
            match decoder.next_event() {
                Ok(Some(event)) => events.push((event.name.to_vec(), event.data.to_vec(), event.id.to_vec())),
                Ok(None) => break,
                Err(_) => return (events, true),
            }
        }
    }
    (events, false)
}

#[test]
fn the_decoder_gives_the_same_events_however_a_stream_is_cut() {
    let (mut count, mut limited) = (0, 0);
    for seed in 0..STREAMS {
        let mut random = Random::new(seed);
        let bytes = random.stream(40, true);
        let text = || format!("seed {seed}: {}", bytes.escape_ascii());
        let expected = by_the_book(&bytes);
        let pieces = random.cut(&bytes);
        assert_eq!(decode(&[&bytes], Decoder::new()), (expected.clone(), false), "{}", text());
        assert_eq!(decode(&pieces, Decoder::new()), (expected.clone(), false), "{} in {pieces:?}", text());
        count += expected.len();

        // What is read of a line before its end came counts too, so that a cut can find an event too large that would
        // have passed as a whole by what its lines leave out; never the other way, and the events before are the same.
        let limit = 8 + random.below(40);
        let (whole, whole_failed) = decode(&[&bytes], Decoder::with_limit(limit));
        let (cut, failed) = decode(&pieces, Decoder::with_limit(limit));
        assert!(failed || (!whole_failed && cut == whole), "limit {limit}, {} in {pieces:?}", text());
        assert!(expected.starts_with(&cut) && expected.starts_with(&whole) && cut.len() <= whole.len(), "{}", text());
        limited += usize::from(whole_failed);
    }
    println!("{count} events of {STREAMS} streams, {limited} beyond their limit");
    assert!(count > STREAMS as usize && limited > STREAMS as usize / 20);
}

/// Texts of events, and the error that ended them.
type Outcome = (Vec<(String, String, String)>, Option<(ErrorKind, String)>);

fn ended(error: &Error) -> Option<(ErrorKind, String)> {
    Some((error.kind(), error.message().to_owned()))
}

fn call(client: &Client, endpoint: &'static Endpoint) -> Call {
    let mut call = Call::new(client, endpoint);
    call.with_max_retries(0);
    call
}

async fn raw(endpoint: &'static Endpoint, pieces: &[Vec<u8>]) -> Outcome {
    let (client, _server) = client([reply(pieces)]);
    let mut events = Vec::new();
    let mut stream = match call(&client, endpoint).stream::<Value>().await {
        Ok(stream) => stream.raw_events(),
        Err(error) => return (events, ended(&error)),
    };
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push((event.event, event.data, event.id)),
            Err(error) => return (events, ended(&error)),
        }
    }
    (events, None)
}

/// The same read as values, of which each is given as text.
async fn typed(endpoint: &'static Endpoint, pieces: &[Vec<u8>]) -> Outcome {
    let (client, _server) = client([reply(pieces)]);
    let mut events = Vec::new();
    let mut stream = match call(&client, endpoint).stream::<Value>().await {
        Ok(stream) => stream,
        Err(error) => return (events, ended(&error)),
    };
    while let Some(event) = stream.next().await {
        let id = stream.last_event_id().unwrap_or_default().to_owned();
        match event {
            Ok(event) => events.push((String::new(), event.to_string(), id)),
            Err(error) => return (events, ended(&error)),
        }
    }
    (events, None)
}

fn reply(pieces: &[Vec<u8>]) -> Reply {
    let mut reply = Reply::events("");
    reply.chunks = pieces.iter().cloned().map(Ok).collect();
    reply
}

#[tokio::test]
async fn a_client_gives_the_same_events_however_a_stream_is_cut() {
    let (mut count, mut failed) = (0, 0);
    for seed in 0..STREAMS / 10 {
        let mut random = Random::new(seed);
        let endpoint = &ENDPOINTS[random.below(ENDPOINTS.len())];
        let bytes = random.stream(40, true);
        let (whole, pieces) = (vec![bytes.clone()], random.cut(&bytes));
        let expected = raw(endpoint, &whole).await;
        assert_eq!(raw(endpoint, &pieces).await, expected, "seed {seed}: {}", bytes.escape_ascii());
        assert_eq!(typed(endpoint, &pieces).await, typed(endpoint, &whole).await, "seed {seed}");
        count += expected.0.len();
        failed += usize::from(expected.1.is_some());
    }
    println!("{count} events, {failed} streams that fail");
    assert!(count > 1000 && failed > 100);
}

/// What nothing ends is what the standard says, up to the end of the bytes.
#[tokio::test]
async fn a_client_gives_the_events_of_the_standard() {
    for seed in 0..STREAMS / 10 {
        let mut random = Random::new(seed);
        let bytes = random.stream(40, false);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let expected: Vec<_> =
            by_the_book(&bytes).into_iter().map(|(name, data, id)| (text(name), text(data), text(id))).collect();
        let (found, error) = raw(&ENDPOINTS[3], &random.cut(&bytes)).await;
        assert_eq!(found, expected, "seed {seed}: {}", bytes.escape_ascii());
        assert!(error.is_none_or(|(kind, _)| kind == ErrorKind::Truncated), "seed {seed}");
    }
}
