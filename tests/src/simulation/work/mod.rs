//! The work of a process in a simulation, each as a program of a user would do it, with its invariants.

pub(super) mod batch;
mod calls;
mod files;
mod resumed;
mod runs;
mod session;
mod socket;
mod tools;
mod worker;

use openai_ext::runtime::transport::BoxFuture;

pub(super) use worker::Worker;

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
    Session,
    Resume,
    Run,
}

impl Kind {
    pub(super) const ALL: [Self; 10] = [
        Self::Call,
        Self::Stream,
        Self::Tools,
        Self::Upload,
        Self::Download,
        Self::Poll,
        Self::Socket,
        Self::Session,
        Self::Resume,
        Self::Run,
    ];

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
            Self::Session => Box::pin(session::talk(worker)),
            Self::Resume => Box::pin(resumed::follow(worker)),
            Self::Run => Box::pin(runs::run(worker)),
        }
    }
}
