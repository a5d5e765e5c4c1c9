//! The limits of lanes.

/// The limits of what may wait on the lanes of a connection, which no server and no idle reader can pass.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::responses::LaneLimits;
///
/// # async fn run(client: Client) -> openai_ext::Result<()> {
/// let limits = LaneLimits::new().max_lanes(1000).max_bytes(1 << 20);
/// let connection = client.responses().connect().with_lane_limits(limits).await?;
/// # let _ = connection;
/// # Ok(())
/// # }
/// ```
///
/// Events wait while nobody reads their lane and somebody reads another. A lane over its limit ends its response with an
/// error of kind [`Limit`](crate::ErrorKind::Limit); the others go on. Events that belong to no lane have the limits of
/// one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    pub(super) lanes: usize,
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) total_events: usize,
    pub(super) total_bytes: usize,
    pub(super) response_bytes: usize,
}

const MIB: usize = 1024 * 1024;

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            lanes: 256,
            events: 65_536,
            bytes: 16 * MIB,
            total_events: 262_144,
            total_bytes: 64 * MIB,
            response_bytes: 64 * MIB,
        }
    }
}

impl LaneLimits {
    /// Makes the limits described at each setter.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits how many lanes are open at once, 256 by default. One that was dropped counts until its response has ended.
    #[must_use]
    pub fn max_lanes(mut self, count: usize) -> Self {
        self.lanes = count;
        self
    }

    /// Limits how many events wait on a lane, 65,536 by default.
    #[must_use]
    pub fn max_events(mut self, count: usize) -> Self {
        self.events = count;
        self
    }

    /// Limits how many bytes of events wait on a lane, 16 MiB by default.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Limits how many events wait on all lanes together, 262,144 by default. The lane with the most bytes fails first.
    #[must_use]
    pub fn max_total_events(mut self, count: usize) -> Self {
        self.total_events = count;
        self
    }

    /// Limits how many bytes of events wait on all lanes together, 64 MiB by default. The lane with the most bytes fails
    /// first.
    #[must_use]
    pub fn max_total_bytes(mut self, bytes: usize) -> Self {
        self.total_bytes = bytes;
        self
    }

    /// Limits the bytes of all events of one response on a lane, read or not, 64 MiB by default.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.response_bytes = bytes;
        self
    }
}
