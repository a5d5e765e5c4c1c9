//! What an import of somebody else's document passes over.

use std::collections::BTreeMap;

use super::super::pointer::Pointer;

/// The places that are passed over, each with its reason, and the keywords that have no rule, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::import) struct Notes {
    /// A pointer and a reason each.
    pub(in crate::import) places: Vec<(String, String)>,
    /// Keywords that no rule knows: how often, and the first place.
    pub(in crate::import) keywords: BTreeMap<String, (usize, String)>,
}

impl Notes {
    /// Notes a place.
    pub(in crate::import) fn add(&mut self, at: &Pointer<'_>, reason: impl Into<String>) {
        self.places.push((at.text(), reason.into()));
    }

    /// Notes a place whose pointer is at hand as text.
    pub(in crate::import) fn add_text(&mut self, at: impl Into<String>, reason: impl Into<String>) {
        self.places.push((at.into(), reason.into()));
    }

    /// Counts a keyword that has no rule; `at` is the object that it stands in.
    pub(in crate::import) fn keyword(&mut self, keyword: &str, at: &Pointer<'_>) {
        match self.keywords.get_mut(keyword) {
            Some((count, _)) => *count += 1,
            None => {
                self.keywords.insert(keyword.to_owned(), (1, at.key(keyword).text()));
            }
        }
    }
}
