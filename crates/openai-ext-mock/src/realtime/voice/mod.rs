//! Sessions that hear and speak at the same time: Live sessions, and those that translate.

mod live;
mod speech;
mod translation;

pub(super) use live::{LiveKind, LiveSession};
pub(super) use translation::TranslationSession;
