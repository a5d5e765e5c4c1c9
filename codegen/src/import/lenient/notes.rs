//! The places that an import of somebody else's document passes over.

use std::collections::BTreeMap;

use super::super::pointer::Pointer;
use crate::strictness::PassedOver;

/// The places that are passed over, each with its reason, and the keywords that have no rule, counted.
#[derive(Debug, Default)]
pub(in crate::import) struct Notes {
    /// The places.
    pub(in crate::import) places: Vec<PassedOver>,
    /// Keywords that no rule knows: how often, and the first place.
    keywords: BTreeMap<String, (usize, String)>,
}

impl Notes {
    /// Notes a place.
    pub(in crate::import) fn add(&mut self, at: &Pointer<'_>, reason: impl Into<String>) {
        self.places.push(PassedOver::new(at.text(), reason));
    }

    /// Notes a place whose pointer is at hand as text.
    pub(in crate::import) fn add_text(&mut self, at: impl Into<String>, reason: impl Into<String>) {
        self.places.push(PassedOver::new(at, reason));
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

    /// All of it: the places, then a line for each keyword, at its first place.
    pub(in crate::import) fn into_places(self) -> Vec<PassedOver> {
        let mut places = self.places;
        for (keyword, (count, first)) in self.keywords {
            let reason = match count {
                1 => format!("the keyword `{keyword}` has no rule: passed over"),
                2 => format!("the keyword `{keyword}` has no rule: passed over here and in one more place"),
                count => {
                    format!("the keyword `{keyword}` has no rule: passed over here and in {} more places", count - 1)
                }
            };
            places.push(PassedOver::new(first, reason));
        }
        places
    }
}
