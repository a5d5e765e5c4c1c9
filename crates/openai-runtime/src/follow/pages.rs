//! Lists that come page by page.

use std::fmt;
use std::future::poll_fn;
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
    /// What is listed.
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
    fn new(reply: &Reply, call: &Call) -> Result<Self> {
        let value: P = reply.parse()?;
        let next = next_call(call, &reply.bytes, value.items().is_empty());
        Ok(Self { value, head: reply.head.clone(), next })
    }

    /// Whether there is a page after this one.
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
            Self::new(&reply, &call).map(Some)
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
    page: PhantomData<fn() -> P>,
}

enum PagesProgress {
    Next(Call),
    Waiting(Call, BoxFuture<Result<Reply>>),
    Ended,
}

impl<P: ListPage> Pages<P> {
    fn new(call: Call) -> Self {
        Self { state: PagesProgress::Next(call), page: PhantomData }
    }

    /// The next page, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Page<P>>> {
        poll_fn(|context| self.poll_page(context)).await
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
                    let page = ready!(reply.as_mut().poll(context)).and_then(|reply| Page::new(&reply, call));
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

/// The call of the next page: the same with another cursor.
fn next_call(call: &Call, bytes: &[u8], is_empty: bool) -> Option<Call> {
    let paging = call.inputs.endpoint.paging;
    let name = match paging {
        Paging::None | Paging::Page => return None,
        Paging::NextPage | Paging::Token => "page",
        Paging::Cursor | Paging::ConversationCursor | Paging::NextCursor => "after",
    };
    let mut cursor = Cursor::default();
    cursor.read(paging, &mut Reader::new(json::without_mark(bytes)).ok()?).ok()?;
    // A cursor of its own goes on through a page without items, of which all were filtered out.
    let is_last = is_empty && !matches!(paging, Paging::NextCursor | Paging::NextPage | Paging::Token);
    let at = cursor.at.filter(|at| !at.is_empty() && !is_last && cursor.has_more != Some(false))?;
    let at = Value::String(at);
    let mut next = call.clone();
    // A server that gives the same page again would be asked forever.
    if next.inputs.query.iter().any(|(known, value)| known == name && *value == at) {
        return None;
    }
    next.inputs.query.retain(|(known, _)| known != name);
    next.inputs.query.push((name.to_owned(), at));
    Some(next)
}

/// What a page says of the next one.
#[derive(Default)]
struct Cursor {
    has_more: Option<bool>,
    at: Option<String>,
}

impl Cursor {
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
                ("has_more", JsonKind::Boolean) => self.has_more = Some(reader.boolean()?),
                ("data", JsonKind::Array) if paging == Paging::Cursor => self.at = last_id(reader)?,
                (name, kind) if name == field => self.at = text(reader, kind)?,
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
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
