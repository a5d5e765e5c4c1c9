//! The report of the passes to the maintainer.

/// The lines that the passes tell the maintainer.
#[derive(Clone, Debug, Default)]
pub struct PassReport {
    /// The lines, in the order of the passes.
    pub lines: Vec<String>,
}

impl PassReport {
    /// Adds a line.
    pub(super) fn add(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }
}
