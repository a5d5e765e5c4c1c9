//! The report of the passes to the maintainer.

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// The text.
    pub text: String,
    /// Set if the maintainer has to decide or write something; the other lines are figures.
    pub to_do: bool,
}

/// The lines that the passes tell the maintainer.
#[derive(Clone, Debug, Default)]
pub struct PassReport {
    /// The lines, in the order of the passes.
    pub lines: Vec<ReportLine>,
}

impl PassReport {
    /// Adds a figure, shown where figures are asked for.
    pub fn add(&mut self, text: impl Into<String>) {
        self.lines.push(ReportLine { text: text.into(), to_do: false });
    }

    /// Adds something to be decided or written by hand, shown until it is committed.
    pub fn to_do(&mut self, text: impl Into<String>) {
        self.lines.push(ReportLine { text: text.into(), to_do: true });
    }
}
