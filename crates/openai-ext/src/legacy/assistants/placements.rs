//! Where in a list the items went whose deltas have an `index`.

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
    /// Set once it was said that the item is done; true if it went on since, and that is to be said again.
    done: Option<bool>,
    extra: Extra,
}

object!(Placement, [F("index", R), F("position", R), F("inner", O), F("done", O)], [index, position, inner, done]);

/// A place in a list. Nothing may rely on there being something: it may have been read from a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At(pub usize);

impl Json for At {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut at = 0_i64;
        at.read(reader)?;
        self.0 = usize::try_from(at).unwrap_or(usize::MAX);
        Ok(())
    }

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
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut pair = Vec::<At>::new();
        pair.read(reader)?;
        let mut pair = pair.into_iter().map(|at| at.0).chain([usize::MAX; 2]);
        (self.owner, self.index) = (pair.next().unwrap_or_default(), pair.next().unwrap_or_default());
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        vec![At(self.owner), At(self.index)].write(writer);
    }
}

/// The end of an item.
pub(super) enum End {
    /// It is to be said that the item is done.
    First,
    /// That was said, and the item went on.
    Again,
    /// The same, not for the first time.
    Known,
}

/// Where a delta goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// The item's place in the list; the list's length if it is to be added.
    pub position: usize,
    /// Whether this is the first delta for the item.
    pub first: bool,
    place: usize,
}

impl Placements {
    /// The spot of `index` in a list of `len` items; `None` if the list has grown too long.
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

    /// Whether deltas went to the item at `position`.
    pub(super) fn has(&self, position: usize) -> bool {
        self.places.iter().any(|place| place.position.0 == position)
    }

    /// Notes that the item at `position` ends, and returns its end.
    pub(super) fn end(&mut self, position: usize) -> End {
        let Some(place) = self.places.iter_mut().find(|place| place.position.0 == position) else { return End::First };
        match place.done.replace(place.done.is_some()) {
            None => End::First,
            Some(false) => End::Again,
            Some(true) => End::Known,
        }
    }

    /// Notes that it was said again that the item at `position` is done.
    pub(super) fn settle(&mut self, position: usize) {
        let place = self.places.iter_mut().find(|place| place.position.0 == position);
        place.into_iter().for_each(|place| place.done = Some(false));
    }

    /// The places of the list within an item.
    pub(super) fn inner(&mut self, spot: Spot) -> Option<&mut Self> {
        self.places.get_mut(spot.place).map(|place| &mut **place.inner.get_or_insert_default())
    }
}

/// The places that belong to the object `at`.
pub(super) fn of(all: &mut Vec<Placements>, at: usize) -> &mut Placements {
    if all.len() <= at {
        all.resize_with(at + 1, Placements::default);
    }
    &mut all[at]
}
