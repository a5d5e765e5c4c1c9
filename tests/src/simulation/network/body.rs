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

use super::fate::BodyFate;
use crate::simulation::server::Answer;
use crate::simulation::world::{Open, World};

/// No client takes more than this of an error's body; the limit is 4 MiB, and one chunk may be on its way.
const MOST_OF_ERROR: u64 = 5 * 1024 * 1024;
const FLOOD: usize = 256 * 1024;

/// The body of an answer: chunks at times.
pub(super) struct AnswerBody {
    world: Arc<World>,
    chunks: VecDeque<(Duration, Bytes)>,
    end: BodyEnd,
    wait: Option<Pin<Box<Sleep>>>,
    pulled: u64,
    _open: Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BodyEnd {
    Clean,
    Reset,
    Never,
    Flood,
}

impl AnswerBody {
    pub(super) fn new(
        world: &Arc<World>,
        answer: Answer,
        fate: BodyFate,
        number: u64,
        is_flood: bool,
        ends_early: bool,
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
            BodyFate::End(place) if ends_early => (BodyEnd::Clean, at(place)),
            BodyFate::End(place) => (BodyEnd::Reset, at(place)),
            BodyFate::Stall(place) => (BodyEnd::Never, at(place)),
            BodyFate::Flood if is_flood => (BodyEnd::Flood, length),
            BodyFate::Whole | BodyFate::Flood => (BodyEnd::Clean, length),
        };
        let chunks = pieces(world, answer.chunks, keep, number);
        Self { world: world.clone(), chunks, end, wait: None, pulled: 0, _open: open }
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
            return Poll::Ready(this.chunks.pop_front().map(|(_, chunk)| Ok(chunk)));
        }
        match this.end {
            BodyEnd::Clean => Poll::Ready(None),
            BodyEnd::Reset => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset).into()))),
            BodyEnd::Never => {
                ready!(this.poll_wait(context, Duration::from_secs(400 * 86_400)));
                Poll::Ready(None)
            }
            BodyEnd::Flood => {
                ready!(this.poll_wait(context, Duration::from_millis(1)));
                this.pulled += FLOOD as u64;
                if this.pulled > MOST_OF_ERROR {
                    this.world.problem("the body of an error is read without a limit");
                    this.end = BodyEnd::Clean;
                }
                Poll::Ready(Some(Ok(Bytes::from(vec![b'x'; FLOOD]))))
            }
        }
    }
}
