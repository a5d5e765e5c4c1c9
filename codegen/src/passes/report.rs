//! The report of the passes to the maintainer.

use crate::strictness::{PassedOver, Strictness};

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
    /// The places of the document that were passed over.
    pub passed_over: Vec<PassedOver>,
    strictness: Strictness,
}

impl PassReport {
    /// An empty report of a generation that treats what no rule covers in this way.
    pub fn new(strictness: Strictness) -> Self {
        Self { strictness, ..Self::default() }
    }

    /// Tells if places that no rule covers are passed over.
    pub fn is_lenient(&self) -> bool {
        self.strictness == Strictness::Lenient
    }

    /// Passes over a place of the document, where that is allowed.
    ///
    /// # Errors
    /// The generation is strict: then the place is an error.
    pub fn pass_over(&mut self, pointer: impl Into<String>, reason: impl Into<String>) -> Result<(), String> {
        let place = PassedOver::new(pointer, reason);
        if !self.is_lenient() {
            return Err(place.to_string());
        }
        self.passed_over.push(place);
        Ok(())
    }

    /// Adds a figure, shown where figures are asked for.
    pub fn add(&mut self, text: impl Into<String>) {
        self.lines.push(ReportLine { text: text.into(), to_do: false });
    }

    /// Adds something to be decided or written by hand, shown until it is committed.
    pub fn to_do(&mut self, text: impl Into<String>) {
        self.lines.push(ReportLine { text: text.into(), to_do: true });
    }
}
