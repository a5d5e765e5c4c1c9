//! Counts of the connections of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of all connections so far, and of those that are open.
#[derive(Default)]
pub(crate) struct Connections {
    all: AtomicUsize,
    open: AtomicUsize,
}

impl Connections {
    pub(crate) fn all(&self) -> usize {
        self.all.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

/// Counts a connection as open for as long as it lives, also if its task is dropped.
pub(crate) struct OpenConnection(Arc<Connections>);

impl OpenConnection {
    pub(super) fn new(connections: Arc<Connections>) -> Self {
        connections.all.fetch_add(1, Ordering::SeqCst);
        connections.open.fetch_add(1, Ordering::SeqCst);
        Self(connections)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
