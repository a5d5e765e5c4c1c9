//! The limits of the clients, and the most that one may read of a body because of them.

/// The most bytes of an event.
pub(super) const EVENT: usize = 1024 * 1024;
/// The most bytes of a response that is read as a whole, unpacked.
pub(super) const RESPONSE: usize = 1024 * 1024;
/// The most bytes of the file that is downloaded.
pub(super) const DOWNLOAD: usize = 150_000;
/// The most bytes of an error's body, which cannot be set.
pub(super) const ERROR: usize = 4 * 1024 * 1024;
