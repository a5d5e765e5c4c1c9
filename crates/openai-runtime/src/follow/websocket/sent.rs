//! The secrets in the messages that a connection sent.

use std::collections::VecDeque;

use crate::error::Redactor;
use crate::request::sensitivity::secrets_in_body;

/// So many are known at once; the oldest one is forgotten for the next.
const MOST: usize = 1024;

/// The secrets in the messages that a connection sent, which the server may repeat as it may those of the handshake.
pub(super) struct SentSecrets {
    /// The members of messages that hold secrets.
    names: &'static [&'static str],
    /// Of the handshake.
    first: Redactor,
    texts: VecDeque<String>,
}

impl SentSecrets {
    #[inline]
    pub(super) fn new(names: &'static [&'static str], first: Redactor) -> Self {
        Self { names, first, texts: VecDeque::new() }
    }

    /// Adds the secrets of a message that is sent, and gives the redactor of all if there is another one now.
    #[inline]
    pub(super) fn add_message(&mut self, message: &[u8], known: &Redactor) -> Option<Redactor> {
        self.add(secrets_in_body(Some(message), self.names), known)
    }

    /// Adds secrets, and gives the redactor of all if there is another one now.
    pub(super) fn add(&mut self, found: impl IntoIterator<Item = String>, known: &Redactor) -> Option<Redactor> {
        let mut is_changed = false;
        for text in found {
            if !known.knows(&text) && !self.texts.contains(&text) {
                self.texts.push_back(text);
                is_changed = true;
            }
        }
        while self.texts.len() > MOST {
            self.texts.pop_front();
        }
        is_changed.then(|| self.first.with(self.texts.iter().cloned()))
    }
}
