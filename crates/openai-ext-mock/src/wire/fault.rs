//! Faults on the way.

use crate::document::Operation;

/// A fault on the way, so that a test sees what its program makes of it.
///
/// A fault needs something that it can break. One that counts the events of a stream cannot apply to an answer without
/// events, and none that counts can apply behind the end of its answer, where a client would not notice it. Such a fault is
/// an error of the script that sets it. What only a request shows (one without `stream: true`, for example) is answered
/// with an error that names the fault, and fails the test when the server is dropped; see
/// [`MockServer::take_unapplied_faults`](crate::MockServer::take_unapplied_faults).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed before anything is answered.
    Disconnect,
    /// Nothing is answered, and the connection stays open.
    Silence,
    /// The connection is closed after so many bytes of the body.
    CutBody(usize),
    /// The connection is closed after so many events of a stream.
    CutEvents(usize),
    /// After so many events of a stream nothing more comes, and the connection stays open. With all events of a
    /// [`Reply::events`](crate::Reply::events), also with those that end it, the connection stays open behind its end.
    StallEvents(usize),
    /// The stream ends in good order after so many events, though its last one is missing.
    EndEvents(usize),
}

/// The fault of an answer, and the one that contradicts it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FaultPlan {
    fault: Option<Fault>,
    conflict: Option<Fault>,
    /// The fault was given without a reply of its own, so that its test does not know how long the answer is.
    is_imposed: bool,
}

impl Fault {
    /// True if nothing is answered, so that it does not matter what the answer would have been.
    pub(crate) fn needs_no_answer(self) -> bool {
        matches!(self, Self::Disconnect | Self::Silence)
    }

    /// The number of events that come before a fault of a stream.
    pub(super) fn events(self) -> Option<usize> {
        match self {
            Self::CutEvents(count) | Self::StallEvents(count) | Self::EndEvents(count) => Some(count),
            Self::Disconnect | Self::Silence | Self::CutBody(_) => None,
        }
    }

    /// Returns the reason why no answer of the operation can have this fault.
    pub(crate) fn misfit_of(self, operation: &Operation) -> Option<String> {
        (self.events().is_some() && !operation.streams()).then(|| {
            format!(
                "the fault {self:?} counts the events of a stream, and {:?} never streams; use `CutBody`, `Disconnect` or \
                 `Silence`",
                operation.id()
            )
        })
    }
}

impl FaultPlan {
    /// Adds a fault. The same one twice is one.
    pub(crate) fn add(&mut self, fault: Fault) {
        match self.fault {
            Some(known) if known != fault => self.conflict = Some(fault),
            _ => self.fault = Some(fault),
        }
    }

    /// Adds the faults that a script or a turn has for an answer that it does not make itself.
    pub(crate) fn impose(&mut self, faults: Self) {
        self.is_imposed |= faults.fault.is_some();
        faults.fault.into_iter().chain(faults.conflict).for_each(|fault| self.add(fault));
    }

    pub(crate) fn is_imposed(self) -> bool {
        self.is_imposed
    }

    /// The fault, if there is one.
    pub(crate) fn fault(self) -> Option<Fault> {
        self.fault
    }

    /// Returns the reason why two faults cannot both apply.
    pub(crate) fn contradiction(self) -> Option<String> {
        let (fault, conflict) = (self.fault?, self.conflict?);
        Some(format!("the faults {fault:?} and {conflict:?} of one answer contradict each other; give one of them"))
    }
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}
