//! Lists that come page by page.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use serde_json::Value;

use crate::client::call::Call;
use crate::client::pending::Pending;
use crate::error::Result;
use crate::exchange::prepared::Mode;
use crate::io::transport::BoxFuture;
use crate::json::{self, Json, JsonKind, ReadError, Reader};
use crate::request::endpoint::Paging;
use crate::response::head::{ResponseHead, head_accessors};
use crate::response::reply::Reply;

/// The response of a list operation.
pub trait ListPage: Json + Default + Send + 'static {
    /// The item of the list.
    type Item: Send + 'static;

    /// The items of this page.
    fn items(&self) -> &[Self::Item];

    /// The items of this page, owned.
    fn into_items(self) -> Vec<Self::Item>;
}

/// One page of a list: the response, and the way to the next one.
pub struct Page<P> {
    value: P,
    head: ResponseHead,
    next: Option<Call>,
}

impl<P: ListPage> Page<P> {
    /// `is_first`: its cursor, if the call has one, is the caller's.
    fn new(reply: &Reply, call: &Call, is_first: bool) -> Result<Self> {
        let mut value: P = reply.head.parse_list(&reply.bytes)?;
        let cursor = Cursor::of(call, &reply.bytes);
        // A server that knows no cursor gives the same page again: what is in it was given already.
        if !is_first && cursor.as_ref().is_some_and(|cursor| cursor.is_sent(call)) {
            value = P::default();
        }
        let next = cursor.and_then(|cursor| cursor.next_call(call, value.items().is_empty()));
        Ok(Self { value, head: reply.head.clone(), next })
    }

    /// Ends the list at a page whose cursor was sent before: the server goes round in a circle. If the cursor is the last
    /// item, the items were given before.
    fn end_circle(&mut self, sent: &mut HashSet<u64>) {
        let Some(call) = &self.next else { return };
        let mut hasher = DefaultHasher::new();
        call.inputs.query.last().map(|(_, cursor)| cursor.to_string()).hash(&mut hasher);
        if sent.insert(hasher.finish()) {
            return;
        }
        if is_position(call.inputs.endpoint.paging) {
            self.value = P::default();
        }
        self.next = None;
    }

    /// Tells whether there is a page after this one.
    #[must_use]
    pub fn has_next_page(&self) -> bool {
        self.next.is_some()
    }

    /// Fetches the page after this one, with the options of the first call; `None` if this is the last.
    pub fn next_page(&self) -> Pending<Option<Self>> {
        let next = self.next.clone();
        Pending::direct(async move {
            let Some(call) = next else { return Ok(None) };
            let reply = call.clone().start(Mode::Buffered).await?;
            Self::new(&reply, &call, false).map(Some)
        })
    }

    /// The response itself.
    #[must_use]
    pub fn into_inner(self) -> P {
        self.value
    }

    /// The items of this page, owned.
    #[must_use]
    pub fn into_items(self) -> Vec<P::Item> {
        self.value.into_items()
    }
}

head_accessors!([P] Page<P>, head);

impl<P> Deref for Page<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.value
    }
}

impl<P: fmt::Debug> fmt::Debug for Page<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("value", &self.value).field("has_next_page", &self.next.is_some()).finish()
    }
}

/// The pages of a list: a `Stream` that fetches each page when it is asked for. It ends after an error.
#[must_use = "pages are fetched once they are asked for"]
pub struct Pages<P> {
    state: PagesProgress,
    is_first: bool,
    /// The hashes of the cursors that were sent.
    sent: HashSet<u64>,
    page: PhantomData<fn() -> P>,
}

enum PagesProgress {
    Next(Call),
    Waiting(Call, BoxFuture<Result<Reply>>),
    Ended,
}

impl<P: ListPage> Pages<P> {
    fn new(call: Call) -> Self {
        Self { state: PagesProgress::Next(call), is_first: true, sent: HashSet::new(), page: PhantomData }
    }

    /// The next page, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Page<P>>> {
        poll_fn(|context| self.poll_page(context)).await
    }

    /// Returns the next page, or `Ok(None)` at the end.
    ///
    /// # Errors
    /// That of [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<Page<P>>> {
        self.next().await.transpose()
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Page<P>>>> {
        loop {
            match &mut self.state {
                PagesProgress::Ended => return Poll::Ready(None),
                PagesProgress::Next(call) => {
                    let reply = call.clone().start(Mode::Buffered);
                    self.state = PagesProgress::Waiting(call.clone(), reply);
                }
                PagesProgress::Waiting(call, reply) => {
                    let reply = ready!(reply.as_mut().poll(context));
                    let is_first = std::mem::take(&mut self.is_first);
                    let mut page: Result<Page<P>> = reply.and_then(|reply| Page::new(&reply, call, is_first));
                    if let Ok(page) = &mut page {
                        page.end_circle(&mut self.sent);
                    }
                    let next = page.as_ref().ok().and_then(|page| page.next.clone());
                    self.state = next.map_or(PagesProgress::Ended, PagesProgress::Next);
                    return Poll::Ready(Some(page));
                }
            }
        }
    }
}

impl<P: ListPage> Stream for Pages<P> {
    type Item = Result<Page<P>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_page(context)
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

/// The items of a list: a `Stream` over all its pages. It ends after an error.
#[must_use = "items are fetched once they are asked for"]
pub struct Items<P: ListPage> {
    pages: Pages<P>,
    items: vec::IntoIter<P::Item>,
}

impl<P: ListPage> Items<P> {
    fn new(pages: Pages<P>) -> Self {
        Self { pages, items: Vec::new().into_iter() }
    }

    /// The next item, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<P::Item>> {
        poll_fn(|context| self.poll_item(context)).await
    }

    /// Returns the next item, or `Ok(None)` at the end.
    ///
    /// # Errors
    /// That of [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<P::Item>> {
        self.next().await.transpose()
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<P::Item>>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_page(context)) {
                Some(Ok(page)) => self.items = page.into_items().into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Items are handed out, never pinned.
impl<P: ListPage> Unpin for Items<P> {}

impl<P: ListPage> Stream for Items<P> {
    type Item = Result<P::Item>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(context)
    }
}

impl<P: ListPage> fmt::Debug for Items<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}

impl Call {
    /// The pages of a list, each fetched when it is asked for.
    pub fn pages<P: ListPage>(self) -> Pages<P> {
        Pages::new(self)
    }

    /// The items of a list, over all its pages.
    pub fn items<P: ListPage>(self) -> Items<P> {
        Items::new(self.pages())
    }
}

/// The facts that a page has about the next one.
#[derive(Default)]
struct Cursor {
    /// The parameter that it is sent as.
    name: &'static str,
    paging: Option<Paging>,
    has_more: Option<bool>,
    at: Option<String>,
}

impl Cursor {
    /// Reads the cursor of a page, if its list has further pages.
    fn of(call: &Call, bytes: &[u8]) -> Option<Self> {
        let paging = call.inputs.endpoint.paging;
        let name = match paging {
            Paging::None | Paging::Page => return None,
            Paging::NextPage | Paging::Token => "page",
            Paging::Cursor | Paging::ConversationCursor | Paging::NextCursor => "after",
        };
        let mut cursor = Self { name, paging: Some(paging), ..Self::default() };
        cursor.read(paging, &mut Reader::new(json::without_mark(bytes)).ok()?).ok()?;
        Some(cursor)
    }

    /// Tells whether the page is the one that the call's own cursor comes from, and not the one after it.
    fn is_sent(&self, call: &Call) -> bool {
        self.paging.is_some_and(is_position) && self.at.as_deref().is_some_and(|at| self.was_sent(call, at))
    }

    fn was_sent(&self, call: &Call, at: &str) -> bool {
        call.inputs.query.iter().any(|(known, value)| known == self.name && *value == at)
    }

    /// The call of the next page: the same with another cursor.
    fn next_call(self, call: &Call, is_empty: bool) -> Option<Call> {
        // A cursor of its own goes on through a page without items, of which all were filtered out.
        let has_own = matches!(self.paging, Some(Paging::NextCursor | Paging::NextPage | Paging::Token));
        let goes_on = has_own || self.has_more == Some(true);
        let at = self.at.as_deref().filter(|at| !at.is_empty() && self.has_more != Some(false))?;
        // A server that gives the same page again would be asked forever.
        if (is_empty && !goes_on) || self.was_sent(call, at) {
            return None;
        }
        let at = Value::String(at.to_owned());
        let mut next = call.clone();
        next.inputs.query.retain(|(known, _)| known != self.name);
        next.inputs.query.push((self.name.to_owned(), at));
        Some(next)
    }

    fn read(&mut self, paging: Paging, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let field = match paging {
            Paging::ConversationCursor => "last_id",
            Paging::NextCursor | Paging::Token => "next",
            Paging::NextPage => "next_page",
            Paging::Cursor | Paging::Page | Paging::None => "",
        };
        let mut first = true;
        reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut first)? {
            match (&*key, reader.kind()?) {
                ("has_more", _) => self.has_more = truth(&reader.value()?),
                ("data", JsonKind::Array) if paging == Paging::Cursor => self.at = last_id(reader)?.or(self.at.take()),
                // A page without items has a cursor in no other place.
                ("last_id", kind) if paging == Paging::Cursor && self.at.is_none() => self.at = text(reader, kind)?,
                (name, kind) if name == field => self.at = text(reader, kind)?,
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
}

/// A truth value, which some servers write as a string.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Tells whether the cursor is the id of the last item of a page.
fn is_position(paging: Paging) -> bool {
    matches!(paging, Paging::Cursor | Paging::ConversationCursor)
}

/// The id of an array's last item.
fn last_id(reader: &mut Reader<'_>) -> Result<Option<String>, ReadError> {
    let mut id = None;
    let mut first = true;
    reader.begin_array()?;
    while reader.next_item(std::mem::take(&mut first))? {
        id = match reader.kind()? {
            JsonKind::Object => id_of(reader)?,
            _ => {
                reader.skip()?;
                None
            }
        };
    }
    Ok(id)
}

/// The id of the object ahead.
fn id_of(reader: &mut Reader<'_>) -> Result<Option<String>, ReadError> {
    let mut id = None;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        if key == "id" {
            let kind = reader.kind()?;
            id = text(reader, kind)?;
        } else {
            reader.skip()?;
        }
    }
    Ok(id)
}

/// A cursor: text, or a number as some compatible servers have it.
fn text(reader: &mut Reader<'_>, kind: JsonKind) -> Result<Option<String>, ReadError> {
    match kind {
        JsonKind::String => Ok(Some(reader.string()?.into_owned())),
        JsonKind::Number => Ok(Some(reader.value()?.to_string())),
        _ => reader.skip().map(|()| None),
    }
}
