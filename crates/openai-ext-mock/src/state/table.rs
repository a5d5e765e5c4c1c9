//! Objects of one kind, in the order in which they were made.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// An entry of a table: the object as an answer shows it, and what belongs to it.
pub(crate) trait Object {
    fn object(&self) -> &Value;
}

impl Object for Value {
    fn object(&self) -> &Value {
        self
    }
}

/// A bounded table. What was put in first goes first when there is too much.
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, Row<T>>,
    /// The place at which each key is, or was: a page may start after an object that was deleted since.
    places: HashMap<String, u64>,
    next: u64,
    limit: usize,
    weight: usize,
}

struct Row<T> {
    key: String,
    item: T,
    weight: usize,
}

/// The bytes that the contents of one table may have together.
const MOST_BYTES: usize = 256 * 1024 * 1024;

impl<T> Table<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { rows: BTreeMap::new(), places: HashMap::new(), next: 0, limit: limit.max(1), weight: 0 }
    }

    /// Adds an item, or replaces the one of this key. `weight` is about how many bytes it holds.
    pub(crate) fn insert(&mut self, key: impl Into<String>, item: T, weight: usize) {
        let key = key.into();
        self.remove(&key);
        self.places.insert(key.clone(), self.next);
        self.rows.insert(self.next, Row { key, item, weight });
        self.weight += weight;
        self.next += 1;
        // The newest one stays, however large it is.
        while self.rows.len() > self.limit || self.weight > MOST_BYTES && self.rows.len() > 1 {
            let Some((_, row)) = self.rows.pop_first() else { break };
            self.weight -= row.weight;
            self.places.remove(&row.key);
        }
        if self.places.len() > self.limit.saturating_mul(2) {
            self.places.retain(|_, place| self.rows.contains_key(place));
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(self.places.get(key)?).map(|row| &row.item)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.rows.get_mut(self.places.get(key)?).map(|row| &mut row.item)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        let row = self.rows.remove(self.places.get(key)?)?;
        self.weight -= row.weight;
        Some(row.item)
    }

    /// Drops what `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let Self { rows, weight, .. } = self;
        rows.retain(|_, row| {
            let kept = keep(&row.item);
            *weight -= if kept { 0 } else { row.weight };
            kept
        });
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values().map(|row| &row.item)
    }

    pub(crate) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.rows.values_mut().map(|row| &mut row.item)
    }

    /// With the place of each in the order; oldest first.
    pub(crate) fn places(&self) -> impl DoubleEndedIterator<Item = (u64, &T)> {
        self.rows.iter().map(|(place, row)| (*place, &row.item))
    }

    pub(crate) fn place(&self, key: &str) -> Option<u64> {
        self.places.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(table: &Table<u32>) -> Vec<u32> {
        table.iter().copied().collect()
    }

    #[test]
    fn the_oldest_go_first_and_the_newest_stays() {
        let mut table = Table::new(2);
        for number in 0..4 {
            table.insert(number.to_string(), number, MOST_BYTES / 2);
        }
        assert_eq!(items(&table), [2, 3]);
        table.insert("4", 4, MOST_BYTES * 2);
        assert_eq!(items(&table), [4]);
        assert_eq!((table.get("4"), table.get("3"), table.place("3")), (Some(&4), None, None));
        table.insert("5", 5, 0);
        assert_eq!((items(&table), table.weight), (vec![5], 0));
    }

    #[test]
    fn a_place_outlives_its_item_for_a_while() {
        let mut table = Table::new(3);
        for number in 0..3 {
            table.insert(number.to_string(), number, 1);
        }
        assert_eq!((table.remove("1"), table.remove("1"), table.place("1")), (Some(1), None, Some(1)));
        table.retain(|number| *number != 0);
        assert_eq!((items(&table), table.weight), (vec![2], 1));
        for number in 3..20 {
            table.insert(number.to_string(), number, 1);
            table.remove(&number.to_string());
        }
        assert!(table.places.len() <= 7 && table.place("1").is_none(), "{:?}", table.places);
    }

    #[test]
    fn the_same_key_again_is_a_replacement() {
        let mut table = Table::new(3);
        for item in [1, 2] {
            table.insert("a", item, 5);
        }
        assert_eq!((items(&table), table.weight), (vec![2], 5));
        if let Some(item) = table.get_mut("a") {
            *item = 3;
        }
        table.iter_mut().for_each(|item| *item += 1);
        assert_eq!(table.get("a"), Some(&4));
    }
}
