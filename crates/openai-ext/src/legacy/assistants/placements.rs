//! The places in a list of the items whose deltas have an `index`.

use openai_runtime::json::{Extra, Json, ReadError, Reader, Writer};
use openai_runtime::object;

/// No message has as many parts, and no step as many calls: what has a new index past them is left out.
pub(super) const MAX_ITEMS: usize = 1024;

/// The places of a list's items by the `index` of their deltas, which the items themselves do not have.
///
/// An index is a name and nothing more: the item of a new one is put behind the others, so that no index, however
/// large, makes a list longer than what was sent.
#[derive(Clone, Default)]
pub(super) struct Placements {
    places: Vec<Placement>,
    extra: Extra,
}

object!(Placements, [F("places", R)], [places]);

#[derive(Clone, Default)]
struct Placement {
    index: i64,
    position: At,
    /// Those of the list within the item: annotations of a text, outputs of a code interpreter.
    inner: Option<Box<Placements>>,
    /// The size of the item when it was said last that it is done.
    done: Option<i64>,
    /// It went on since, and that it is done is to be said at the end.
    is_late: Option<bool>,
    extra: Extra,
}

object!(
    Placement,
    [F("index", R), F("position", R), F("inner", O), F("done", O), F("is_late", O)],
    [index, position, inner, done, is_late]
);

/// A place in a list. Nothing may rely on there being something: it may have been read from a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At(pub usize);

impl Json for At {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut at = 0_i64;
        at.read(reader)?;
        self.0 = usize::try_from(at).unwrap_or(usize::MAX);
        Ok(())
    }

    #[inline]
    fn write(&self, writer: &mut Writer) {
        i64::try_from(self.0).unwrap_or(i64::MAX).write(writer);
    }
}

/// A part of a message, or a call of a step, by their places in the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Open {
    pub owner: usize,
    pub index: usize,
}

impl Json for Open {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut pair = Vec::<At>::new();
        pair.read(reader)?;
        let mut pair = pair.into_iter().map(|at| at.0).chain([usize::MAX; 2]);
        (self.owner, self.index) = (pair.next().unwrap_or_default(), pair.next().unwrap_or_default());
        Ok(())
    }

    #[inline]
    fn write(&self, writer: &mut Writer) {
        vec![At(self.owner), At(self.index)].write(writer);
    }
}

/// The events of an item that ends for now.
pub(super) enum End {
    /// It is done.
    Done,
    /// Nothing yet, but at the end.
    Late,
    /// The same, which is known.
    Known,
}

/// The place of a delta.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// The item's place in the list; the list's length if it is to be added.
    pub position: usize,
    /// True if this is the first delta for the item.
    pub first: bool,
    place: usize,
}

impl Placements {
    /// The spot of `index` in a list of `len` items; `None` if the list has grown too long.
    #[inline]
    pub(super) fn find(&mut self, index: i64, len: usize) -> Option<Spot> {
        let index = index.max(0);
        let fits = |place: &Placement| place.index == index && place.position.0 < len;
        let known = match self.places.last() {
            Some(last) if fits(last) => Some(self.places.len() - 1),
            _ => self.places.iter().position(fits),
        };
        if let Some(place) = known {
            return Some(Spot { position: self.places.get(place)?.position.0, first: false, place });
        }
        // A whole object may have taken items away.
        self.places.retain(|place| place.position.0 < len);
        let known = usize::try_from(index).ok().filter(|position| *position < len && !self.has(*position));
        let position = known.unwrap_or(len);
        if position >= MAX_ITEMS {
            return None;
        }
        self.places.push(Placement { index, position: At(position), ..Placement::default() });
        Some(Spot { position, first: true, place: self.places.len() - 1 })
    }

    /// Returns true if deltas went to the item at `position`.
    #[inline]
    pub(super) fn has(&self, position: usize) -> bool {
        self.places.iter().any(|place| place.position.0 == position)
    }

    /// Notes that the item at `position` ends for now, and returns what is to be said of it.
    ///
    /// That it is done is said with all of it, so that it is said again only once the item is twice as large: the copies are
    /// linear in what came, however often items take turns.
    #[inline]
    pub(super) fn end(&mut self, position: usize, size: usize) -> End {
        let Some(place) = self.places.iter_mut().find(|place| place.position.0 == position) else { return End::Done };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        match place.done {
            Some(before) if size < before.saturating_mul(2).max(1) => match place.is_late.replace(true) {
                Some(true) => End::Known,
                _ => End::Late,
            },
            _ => {
                place.done = Some(size);
                End::Done
            }
        }
    }

    /// Notes that the item at `position` was said to be done at the end.
    #[inline]
    pub(super) fn settle(&mut self, position: usize) {
        let place = self.places.iter_mut().find(|place| place.position.0 == position);
        place.into_iter().for_each(|place| place.is_late = None);
    }

    /// The places of the list within an item.
    #[inline]
    pub(super) fn inner(&mut self, spot: Spot) -> Option<&mut Self> {
        self.places.get_mut(spot.place).map(|place| &mut **place.inner.get_or_insert_default())
    }
}

/// The places that belong to the object `at`.
#[inline]
pub(super) fn of(all: &mut Vec<Placements>, at: usize) -> &mut Placements {
    if all.len() <= at {
        all.resize_with(at + 1, Placements::default);
    }
    &mut all[at]
}
