//! The delivery of a part, from its files to the stream: each request once, whatever the rows say.

use std::collections::HashMap;

use super::work::Work;
use crate::bulk::batches::lines::{Line, Lines, pieces};
use crate::bulk::batches::raw::{Raw, RawResult};
use crate::bulk::batches::rows;
use crate::bulk::batches::store::Side;
use crate::support::disk::{failed, on_disk};
use crate::types::{Batch, BatchError, BatchStatus};
use crate::{Error, ErrorKind, Result};

/// So many rows, and so many bytes of them unless it is one row, are read together when they are given in the order of
/// their requests.
const ROWS: usize = 256;
const BYTES: usize = 16 * 1024 * 1024;

const SIDES: [Side; 2] = [Side::Output, Side::Errors];

/// Gives the results of a part whose batch has ended and whose files are downloaded.
#[inline]
pub(super) async fn deliver(work: &Work, part: usize, batch: &Batch) -> Result<()> {
    let delivery = Delivery::new(work, part, batch).await?;
    if matches!(batch.status, BatchStatus::Failed) && batch.output_file_id.is_none() && batch.error_file_id.is_none() {
        return delivery.give_refusals().await;
    }
    if work.in_order { delivery.give_in_order().await } else { delivery.give_as_they_come().await }
}

struct Delivery<'w> {
    work: &'w Work,
    part: usize,
    batch: &'w Batch,
    /// The index of the part's first request.
    first: u64,
    /// By custom id, the place among the part's requests.
    places: HashMap<Box<str>, usize>,
    /// True for each request, by its place, whose row was there.
    seen: Vec<bool>,
}

impl<'w> Delivery<'w> {
    #[inline]
    async fn new(work: &'w Work, part: usize, batch: &'w Batch) -> Result<Self> {
        let mut lines = Lines::open(work.store.input_path(part)).await?;
        let mut places = HashMap::new();
        while let Some(line) = lines.next().await? {
            let place = places.len();
            places.insert(Box::from(&*rows::custom_id(line)?), place);
        }
        let known = work.store.part(part).await;
        if places.len() as u64 != known.requests {
            let path = work.store.input_path(part);
            let message =
                format!("{} has {} requests, and the state says {}", path.display(), places.len(), known.requests);
            return Err(Error::new(ErrorKind::Io, message));
        }
        Ok(Self { work, part, batch, first: known.first, seen: vec![false; places.len()], places })
    }

    /// The place of a row's request; a row that has none, or is there again, is told of.
    ///
    /// # Errors
    /// The row is too large, and its start does not tell which request it answers.
    #[inline]
    async fn place(&mut self, line: &Line, side: Side) -> Result<Option<(String, usize)>> {
        let id = rows::custom_id(&line.bytes).ok().map(|id| id.into_owned());
        if id.is_none() && line.is_cut {
            return Err(self.too_large(line.number, side));
        }
        let place = id.as_deref().and_then(|id| self.places.get(id)).copied();
        let (Some(id), Some(place)) = (id, place) else {
            let row = String::from_utf8_lossy(&line.bytes).into_owned();
            self.work.emitter.emit(Raw::Unexpected { part: self.part, row }).await;
            return Ok(None);
        };
        let Some(seen) = self.seen.get_mut(place) else { return Ok(None) };
        if std::mem::replace(seen, true) {
            self.work.emitter.emit(Raw::Duplicate { part: self.part, custom_id: id }).await;
            return Ok(None);
        }
        Ok(Some((id, place)))
    }

    /// The error of a row that is larger than it may be.
    #[inline]
    fn too_large(&self, number: u64, side: Side) -> Error {
        let (limit, of) = (self.work.max_row_size, self.work.store.result_path(self.part, side));
        let name = of.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let message = format!(
            "line {number} of {name}, a result of {}, has more than {limit} bytes: allow more by the run's \
             `with_max_row_size`",
            self.batch.id
        );
        Error::new(ErrorKind::Limit, message)
    }

    #[inline]
    async fn give_as_they_come(mut self) -> Result<()> {
        for side in SIDES {
            let Some(mut lines) = self.open(side).await? else { continue };
            while let Some(line) = lines.next_line().await? {
                if let Some((id, place)) = self.place(line, side).await? {
                    match line.is_cut {
                        true => self.give_too_large(id, place, line.number, side).await,
                        false => self.give(id, place, &line.bytes).await,
                    }
                }
            }
        }
        for (id, place) in self.ids_in_order() {
            if !self.seen.get(place).copied().unwrap_or_default() {
                self.give_missing(id, place).await;
            }
        }
        Ok(())
    }

    /// First where each row is, then the rows one after the other: what is in memory is their places.
    #[inline]
    async fn give_in_order(mut self) -> Result<()> {
        let mut found: Vec<Option<FoundRow>> = vec![None; self.seen.len()];
        for side in SIDES {
            let Some(mut lines) = self.open(side).await? else { continue };
            while let Some(line) = lines.next_line().await? {
                if let Some((_, place)) = self.place(line, side).await?
                    && let Some(found) = found.get_mut(place)
                {
                    let length = if line.is_cut { None } else { Some(line.bytes.len()) };
                    *found = Some(FoundRow { side, at: line.at, number: line.number, length });
                }
            }
        }
        let ids = self.ids_in_order();
        let (mut ids, mut found) = (ids.as_slice(), found.as_slice());
        while !ids.is_empty() {
            let (these, rest) = ids.split_at(together(found).min(ids.len()));
            let (rows, others) = found.split_at(these.len());
            self.give_group(these, rows).await?;
            (ids, found) = (rest, others);
        }
        Ok(())
    }

    /// Gives the results of requests one after the other, whose rows are read together.
    #[inline]
    async fn give_group(&self, ids: &[(String, usize)], found: &[Option<FoundRow>]) -> Result<()> {
        let mut read = Vec::new();
        for side in SIDES {
            let of_side = found.iter().flatten().filter(|row| row.side == side);
            let places: Vec<(u64, usize)> = of_side.filter_map(|row| Some((row.at, row.length?))).collect();
            let path = self.work.store.result_path(self.part, side);
            let rows = if places.is_empty() { Vec::new() } else { pieces(&path, places).await? };
            read.push(rows.into_iter());
        }
        for ((id, place), found) in ids.iter().zip(found) {
            let Some(row) = found else {
                self.give_missing(id.clone(), *place).await;
                continue;
            };
            let index = SIDES.iter().position(|side| *side == row.side).unwrap_or_default();
            let line = row.length.and_then(|_| read.get_mut(index)?.next());
            match line {
                Some(line) => self.give(id.clone(), *place, &line).await,
                None => self.give_too_large(id.clone(), *place, row.number, row.side).await,
            }
        }
        Ok(())
    }

    /// The server did not take the file: nothing of it was run.
    #[inline]
    async fn give_refusals(self) -> Result<()> {
        let errors = self.batch.errors.as_ref().and_then(|errors| errors.data.as_deref()).unwrap_or_default();
        let by_line: HashMap<usize, &BatchError> =
            errors.iter().filter_map(|error| Some((usize::try_from(error.line?).ok()?, error))).collect();
        let path = self.work.store.input_path(self.part);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let describe = |error: &BatchError| {
            let line = error.line.map(|line| format!("line {line} of {name}: ")).unwrap_or_default();
            format!("{line}{}", error.message.as_deref().unwrap_or("no reason was given"))
        };
        let whole = errors.first().map_or_else(|| "no reason was given".to_owned(), describe);
        for (id, place) in self.ids_in_order() {
            // Lines count from one.
            let error = match by_line.get(&(place + 1)) {
                Some(error) => refusal(error).prefixed(&format!("{}: line {} of {name}", self.batch.id, place + 1)),
                None => {
                    let common = errors.first().map_or_else(|| Error::new(ErrorKind::BadRequest, ""), refusal);
                    let message = format!("{} was refused and nothing of it run: {whole}", self.batch.id);
                    Error::of_value(
                        ErrorKind::BadRequest,
                        &serde_json::json!({"message": message, "code": common.code()}),
                    )
                }
            };
            self.emit(id, place, None, None, Err(error), false).await;
        }
        Ok(())
    }

    #[inline]
    async fn give(&self, id: String, place: usize, line: &[u8]) {
        match rows::read(line) {
            Ok(row) => self.emit(id, place, row.request_id, row.status, row.outcome, false).await,
            Err(error) => self.emit(id, place, None, None, Err(error), false).await,
        }
    }

    #[inline]
    async fn give_too_large(&self, id: String, place: usize, number: u64, side: Side) {
        let error = self.too_large(number, side);
        self.emit(id, place, None, None, Err(error), false).await;
    }

    #[inline]
    async fn give_missing(&self, id: String, place: usize) {
        let (kind, why) = match &self.batch.status {
            BatchStatus::Expired => (ErrorKind::Timeout, "expired before it was run"),
            BatchStatus::Cancelled => (ErrorKind::Status, "was cancelled before it was run"),
            _ => (ErrorKind::Truncated, "ended without a row for it"),
        };
        let error = Error::new(kind, format!("{} {why}", self.batch.id));
        self.emit(id, place, None, None, Err(error), true).await;
    }

    #[inline]
    async fn emit(
        &self,
        custom_id: String,
        place: usize,
        request_id: Option<String>,
        status: Option<http::StatusCode>,
        outcome: Result<bytes::Bytes>,
        is_missing: bool,
    ) {
        let index = self.first + place as u64;
        let batch_id = self.batch.id.clone();
        let outcome = outcome.map_err(|error| self.work.client.redactor().error(error));
        let result = RawResult { custom_id, index, batch_id, request_id, status, outcome, is_missing };
        self.work.emitter.emit(Raw::Result(Box::new(result))).await;
    }

    #[inline]
    fn ids_in_order(&self) -> Vec<(String, usize)> {
        let mut ids: Vec<(String, usize)> = self.places.iter().map(|(id, place)| (id.to_string(), *place)).collect();
        ids.sort_unstable_by_key(|(_, place)| *place);
        ids
    }

    /// The rows of a side, if it has a file.
    #[inline]
    async fn open(&self, side: Side) -> Result<Option<Lines>> {
        let path = self.work.store.result_path(self.part, side);
        let asked = path.clone();
        match on_disk(move || asked.try_exists()).await {
            Ok(true) => Lines::limited(path, self.work.max_row_size).await.map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(failed(&path, "can't be read")(error)),
        }
    }
}

/// The place of a row in a file of results.
#[derive(Clone)]
struct FoundRow {
    side: Side,
    at: u64,
    number: u64,
    /// None of a row that is larger than it may be.
    length: Option<usize>,
}

/// Returns how many of the next rows are read together: at least one.
#[inline]
fn together(found: &[Option<FoundRow>]) -> usize {
    let mut bytes = 0_usize;
    let fit = found.iter().take(ROWS).take_while(|row| {
        bytes = bytes.saturating_add(row.as_ref().and_then(|row| row.length).unwrap_or_default());
        bytes <= BYTES
    });
    fit.count().max(1)
}

#[inline]
fn refusal(error: &BatchError) -> Error {
    let value = serde_json::json!({"message": error.message, "code": error.code, "param": error.param});
    Error::of_value(ErrorKind::BadRequest, &value)
}
