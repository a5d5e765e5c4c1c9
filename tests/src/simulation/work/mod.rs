//! What a process does in a simulation, each as a program of a user would, and what has to hold of it.

pub(super) mod batch;
mod calls;
mod files;
mod socket;
mod tools;

use std::path::PathBuf;
use std::sync::Arc;

use openai_ext::runtime::transport::BoxFuture;
use openai_ext::{Client, Error};

use super::random::Random;
use super::world::World;

/// The kinds of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Call,
    Stream,
    Tools,
    Upload,
    Download,
    Poll,
    Socket,
}

impl Kind {
    pub(super) const ALL: [Self; 7] =
        [Self::Call, Self::Stream, Self::Tools, Self::Upload, Self::Download, Self::Poll, Self::Socket];

    /// Starts work of this kind.
    pub(super) fn start(self, worker: Worker) -> BoxFuture<()> {
        match self {
            Self::Call => Box::pin(calls::call(worker)),
            Self::Stream => Box::pin(calls::stream(worker)),
            Self::Tools => Box::pin(tools::run(worker)),
            Self::Upload => Box::pin(files::upload(worker)),
            Self::Download => Box::pin(files::download(worker)),
            Self::Poll => Box::pin(files::poll(worker)),
            Self::Socket => Box::pin(socket::talk(worker)),
        }
    }
}

/// What a piece of work has.
pub(super) struct Worker {
    pub(super) world: Arc<World>,
    pub(super) client: Client,
    pub(super) random: Random,
    /// Names the work, and no other of the simulation.
    pub(super) name: String,
    pub(super) folder: PathBuf,
}

impl Worker {
    /// Checks how a call ended that was to be sent at most `1 + retries` times, and gives its value.
    fn settle<T>(&self, call: &str, retries: u32, ended: Result<T, Error>) -> Option<T> {
        let world = &self.world;
        world.serve_due();
        let (sent, carried) = (world.sent(call), world.state().server.carried(call));
        if sent > 1 + u64::from(retries) {
            world.problem(format!("{call} was sent {sent} times, and may be sent again {retries} times"));
        }
        match ended {
            Ok(value) => {
                if carried == 0 {
                    world.problem(format!("{call} succeeded, and was never carried out"));
                }
                world.count("calls that succeeded");
                world.note(&format!("{call} succeeded"));
                Some(value)
            }
            Err(error) => {
                world.check_error(call, &error);
                if u64::from(error.attempts()) != sent {
                    let told = error.attempts();
                    world.problem(format!("{call} was sent {sent} times, and its error tells of {told} | {error:?}"));
                }
                None
            }
        }
    }

    /// Checks that a value is what the server made.
    fn check_value(&self, what: &str, value: &[u8], expected: &[u8]) {
        if value != expected {
            let (value, expected) = (String::from_utf8_lossy(value), String::from_utf8_lossy(expected));
            let shown = |text: &str| text.chars().take(200).collect::<String>();
            self.world.problem(format!(
                "{what} is not what the server made | {:?} of {} bytes in place of {:?} of {}",
                shown(&value),
                value.len(),
                shown(&expected),
                expected.len()
            ));
        }
    }
}
