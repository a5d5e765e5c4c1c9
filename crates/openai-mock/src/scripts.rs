//! Answers that a test wants instead of the server's own.

use std::sync::{Arc, Mutex, PoisonError};

use crate::reply::Reply;
use crate::request::ReceivedRequest;

type Script = dyn Fn(&ReceivedRequest) -> Option<Reply> + Send + Sync;

/// The scripts of a server.
#[derive(Default)]
pub(crate) struct Scripts(Mutex<Vec<Arc<Script>>>);

impl Scripts {
    pub(crate) fn add(&self, script: Box<Script>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::from(script));
    }

    /// The answer of the latest script that has one. The list is not locked meanwhile: a script may panic, or add another.
    pub(crate) fn answer(&self, received: &ReceivedRequest) -> Option<Reply> {
        let scripts = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        scripts.iter().rev().find_map(|script| script(received))
    }
}
