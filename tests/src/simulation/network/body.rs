//! The body of an answer, as it comes.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use openai_ext::Bytes;
use tokio::time::{Sleep, sleep};

use super::bomb::{BOMB_PATTERN, BOMB_START, UNPACKED};
use super::fate::BodyFate;
use crate::simulation::server::Answer;
use crate::simulation::world::{Open, World};

/// The size of the chunks of a body without an end.
const FLOOD: usize = 64 * 1024;
/// No client takes more than this beyond its limit: a few chunks may be on their way.
const SPARE: u64 = 4 * FLOOD as u64;
/// The patterns in a chunk of a packed body.
const PATTERNS: usize = 32;
/// A body that goes on a little does so this often, which is less than a client waits for a byte.
const DRIP: Duration = Duration::from_secs(20);
/// No client waits for such a body longer than this many times.
const DRIPS: usize = 30;

/// The body of an answer: chunks at times.
pub(super) struct AnswerBody {
    world: Arc<World>,
    chunks: VecDeque<(Duration, Bytes)>,
    end: BodyEnd,
    wait: Option<Pin<Box<Sleep>>>,
    pulled: u64,
    drips: usize,
    _open: Open,
}

/// The kind of a body, as far as it matters for how it goes wrong.
pub(super) struct BodyKind {
    /// The most bytes that a client may read of one that has no end, unpacked; none of one that it may take all of.
    pub(super) limit: Option<usize>,
    /// An end before the end is not noticed by its length.
    pub(super) ends_early: bool,
    /// The client unpacks it.
    pub(super) is_packed: bool,
}

enum BodyEnd {
    Clean,
    Reset,
    Never,
    /// The same chunk again and again, each after a wait; the bytes that it has unpacked, and how many of them a client may
    /// take.
    Flood {
        chunk: Bytes,
        wait: Duration,
        unpacked: u64,
        most: u64,
    },
}

impl AnswerBody {
    pub(super) fn new(
        world: &Arc<World>,
        mut answer: Answer,
        fate: BodyFate,
        number: u64,
        kind: &BodyKind,
        open: Open,
    ) -> Self {
        let length = answer.chunks.iter().map(|(_, chunk)| chunk.len()).sum::<usize>();
        let at = |thousandths: u64| {
            let at = (length as u64 * thousandths / 1000) as usize;
            // Streams break between two events as often as within one.
            if answer.is_stream && thousandths.is_multiple_of(2) { whole_chunks(&answer.chunks, at) } else { at }
        };
        let (end, keep) = match fate {
            BodyFate::Cut(place) => (BodyEnd::Reset, at(place)),
            BodyFate::End(place) if kind.ends_early => (BodyEnd::Clean, at(place)),
            BodyFate::End(place) => (BodyEnd::Reset, at(place)),
            BodyFate::Stall(place) => (BodyEnd::Never, at(place)),
            BodyFate::Drip(place) => (drip(&answer), at(place)),
            BodyFate::Flood => (flood(kind), length),
            BodyFate::Bomb if kind.is_packed => (bomb(kind), length),
            BodyFate::Whole | BodyFate::Bomb => (BodyEnd::Clean, length),
        };
        if answer.is_stream && fate == BodyFate::Flood {
            answer.chunks.push((Duration::ZERO, Bytes::from_static(b"data: ")));
        }
        let rest = match fate {
            BodyFate::Drip(_) if !answer.is_stream => after(&answer.chunks, keep),
            _ => Vec::new(),
        };
        let mut chunks = match (&end, fate) {
            (BodyEnd::Flood { .. }, BodyFate::Bomb) => {
                VecDeque::from([(Duration::ZERO, Bytes::from_static(&BOMB_START))])
            }
            (_, BodyFate::Flood) => pieces(world, answer.chunks, usize::MAX, number),
            _ => pieces(world, answer.chunks, keep, number),
        };
        chunks.extend(rest.into_iter().map(|byte| (DRIP, Bytes::from(vec![byte]))));
        Self { world: world.clone(), chunks, end, wait: None, pulled: 0, drips: 0, _open: open }
    }

    /// Counts the chunks of a body that goes on a little.
    fn count_drip(&mut self, wait: Duration) {
        self.drips += usize::from(wait == DRIP);
        if self.drips > DRIPS {
            self.world.problem("a body that brings a little now and then is waited for without an end");
            self.end = BodyEnd::Reset;
        }
    }

    /// Waits once for each chunk.
    fn poll_wait(&mut self, context: &mut Context<'_>, time: Duration) -> Poll<()> {
        if time.is_zero() {
            return Poll::Ready(());
        }
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(wait.as_mut().poll(context));
        self.wait = None;
        Poll::Ready(())
    }
}

/// The end of a body that goes on a little: without an end where that changes nothing.
fn drip(answer: &Answer) -> BodyEnd {
    let chunk = match answer.kind {
        "text/event-stream" => Bytes::from_static(b": keep-alive\n\n"),
        "application/json" => Bytes::from_static(b" "),
        _ => return BodyEnd::Clean,
    };
    BodyEnd::Flood { chunk, wait: DRIP, unpacked: 1, most: u64::MAX }
}

/// The bytes after the first ones, as many as a client may wait for one by one.
fn after(chunks: &[(Duration, Bytes)], keep: usize) -> Vec<u8> {
    chunks.iter().flat_map(|(_, chunk)| chunk.iter().copied()).skip(keep).take(DRIPS + 1).collect()
}

/// A body that goes on and on; one that a client may take all of breaks off.
fn flood(kind: &BodyKind) -> BodyEnd {
    let Some(limit) = kind.limit else { return BodyEnd::Reset };
    let chunk = Bytes::from_static(&[b'x'; FLOOD]);
    BodyEnd::Flood { chunk, wait: Duration::from_millis(1), unpacked: FLOOD as u64, most: limit as u64 + SPARE }
}

/// A body that goes on and on, and is much more when it is unpacked.
fn bomb(kind: &BodyKind) -> BodyEnd {
    let Some(limit) = kind.limit else { return BodyEnd::Clean };
    let unpacked = PATTERNS as u64 * UNPACKED;
    let (chunk, wait) = (Bytes::from(BOMB_PATTERN.repeat(PATTERNS)), Duration::from_millis(1));
    BodyEnd::Flood { chunk, wait, unpacked, most: limit as u64 + SPARE }
}

/// The length of the chunks that are whole in the first bytes.
fn whole_chunks(chunks: &[(Duration, Bytes)], most: usize) -> usize {
    let mut length = 0;
    for (_, chunk) in chunks {
        if length + chunk.len() > most {
            break;
        }
        length += chunk.len();
    }
    length
}

/// The first bytes of the chunks, cut anywhere.
fn pieces(
    world: &Arc<World>,
    chunks: Vec<(Duration, Bytes)>,
    mut keep: usize,
    number: u64,
) -> VecDeque<(Duration, Bytes)> {
    let mut random = world.random_of(number + (1 << 32));
    let most = random.pick([7, 100, 1_000_000]);
    let mut pieces = VecDeque::new();
    for (wait, mut chunk) in chunks {
        let mut wait = wait;
        chunk.truncate(keep);
        keep -= chunk.len();
        // Not more than a few pieces of a large one.
        let most = most.max(chunk.len() / 40 + 1);
        while !chunk.is_empty() {
            let piece = chunk.split_to((1 + random.place(most)).min(chunk.len()));
            pieces.push_back((wait, piece));
            wait = Duration::ZERO;
        }
        if keep == 0 {
            break;
        }
    }
    pieces
}

impl Stream for AnswerBody {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some((wait, _)) = this.chunks.front() {
            let wait = *wait;
            ready!(this.poll_wait(context, wait));
            this.count_drip(wait);
            return Poll::Ready(this.chunks.pop_front().map(|(_, chunk)| Ok(chunk)));
        }
        match &this.end {
            BodyEnd::Clean => Poll::Ready(None),
            BodyEnd::Reset => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset).into()))),
            BodyEnd::Never => {
                ready!(this.poll_wait(context, Duration::from_secs(400 * 86_400)));
                Poll::Ready(None)
            }
            BodyEnd::Flood { chunk, wait, unpacked, most } => {
                let (chunk, wait, unpacked, most) = (chunk.clone(), *wait, *unpacked, *most);
                ready!(this.poll_wait(context, wait));
                this.count_drip(wait);
                this.pulled += unpacked;
                if this.pulled > most {
                    this.world.problem(format!("a body without an end is read beyond its limit | {most} bytes"));
                    this.end = BodyEnd::Clean;
                }
                Poll::Ready(Some(Ok(chunk)))
            }
        }
    }
}
