//! The parts of items whose index is not their position.

use std::collections::{BTreeMap, BTreeSet};

/// A list of parts of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Content,
    Summary,
    Commands,
}

/// The parts whose index is not their position, by the number of their item.
#[derive(Clone, Debug, Default)]
pub(super) struct Strays {
    positions: BTreeMap<(i64, List, i64), usize>,
    taken: BTreeSet<(i64, List, usize)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stray {
    /// The number of the item.
    pub(super) slot: i64,
    pub(super) list: List,
    pub(super) index: i64,
    pub(super) position: usize,
}

impl Strays {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    #[inline]
    pub(super) fn insert(&mut self, stray: Stray) {
        self.positions.insert((stray.slot, stray.list, stray.index), stray.position);
        self.taken.insert((stray.slot, stray.list, stray.position));
    }

    /// The position of the part with an index, of which `straight` is that of a part that is no stray.
    #[inline]
    pub(super) fn position(&self, slot: i64, list: List, index: i64, straight: Option<usize>) -> Option<usize> {
        // Nearly always there are none.
        if self.positions.is_empty() {
            return straight;
        }
        let stray = self.positions.get(&(slot, list, index)).copied();
        stray.or_else(|| straight.filter(|position| !self.taken.contains(&(slot, list, *position))))
    }

    /// Forgets the parts of an item.
    #[inline]
    pub(super) fn forget(&mut self, slot: i64) {
        let of_slot = (slot, List::Content, i64::MIN)..=(slot, List::Commands, i64::MAX);
        let strays: Vec<_> = self.positions.range(of_slot).map(|(key, position)| (*key, *position)).collect();
        for (key, position) in strays {
            self.positions.remove(&key);
            self.taken.remove(&(slot, key.1, position));
        }
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = Stray> {
        self.positions.iter().map(|((slot, list, index), position)| Stray {
            slot: *slot,
            list: *list,
            index: *index,
            position: *position,
        })
    }
}

impl FromIterator<Stray> for Strays {
    fn from_iter<T: IntoIterator<Item = Stray>>(strays: T) -> Self {
        let mut all = Self::default();
        strays.into_iter().for_each(|stray| all.insert(stray));
        all
    }
}
