//! Responses: the one that a call returns, of all that the document has for a success.

use openapiv3::{MediaType, Operation, ReferenceOr, Response as Source, StatusCode};

use super::media::{self, MediaForm};
use super::view::Node;
use super::{Lower, escaped};
use crate::ir::{Facts, Response, RustIdent, SchemaOrigin, Shape, Ty, Union, Variant};

/// The result of an operation.
#[derive(Default)]
pub(super) struct Answer {
    /// The value.
    pub(super) response: Option<Response>,
    /// The media types of its response.
    pub(super) media: Vec<String>,
    /// The media type to ask for.
    pub(super) accept: Option<String>,
    /// The type of an event, if it can be an event stream.
    pub(super) events: Option<Ty>,
}

/// A value that a response may have.
struct Offer {
    response: Response,
    accept: String,
    at: String,
}

impl<'a> Lower<'a> {
    /// The answer of an operation, whatever media types its responses have; `at` is the pointer of the operation.
    pub(super) fn answer(&mut self, source: &'a Operation, base: &str, at: &str) -> Result<Answer, String> {
        let mut answer = Answer::default();
        let mut offers: Vec<Offer> = Vec::new();
        let mut may_be_empty = false;
        for (code, response) in successes(source) {
            let response = self.resolve_response(response)?;
            let at = format!("{at}/responses/{}", escaped(&code));
            answer.media.extend(response.content.keys().cloned());
            if response.content.is_empty() {
                may_be_empty = true;
                continue;
            }
            let suffix = if offers.is_empty() { String::new() } else { code };
            self.events(response, &format!("{base}Event"), &at, &mut answer)?;
            offers.extend(self.offer(response, &format!("{base}Response{suffix}"), &format!("{at}/content"))?);
        }
        let Some(first) = offers.first() else {
            answer.accept = answer.events.is_some().then(|| "text/event-stream".to_owned());
            return Ok(answer);
        };
        answer.accept = Some(first.accept.clone());
        answer.response = Some(self.combined(&offers, may_be_empty, base));
        Ok(answer)
    }

    /// One response of several: a union of their JSON, which is none if one of them is empty. Others are noted.
    fn combined(&mut self, offers: &[Offer], may_be_empty: bool, base: &str) -> Response {
        let Some(first) = offers.first() else { return Response::Unit };
        let mut types: Vec<Ty> = Vec::new();
        for offer in offers {
            match (&first.response, &offer.response) {
                (Response::Json(_), Response::Json(ty)) if !types.contains(ty) => types.push(ty.clone()),
                (one, other) if std::mem::discriminant(one) == std::mem::discriminant(other) => {}
                _ => {
                    let what = "another form than that of the first successful response: send the call by `send_raw` to read it";
                    self.note(offer.at.clone(), what);
                }
            }
        }
        let ty = match types.as_slice() {
            [] => return first.response.clone(),
            [only] => only.clone(),
            several => {
                let variant = |ty: &Ty| Variant {
                    ty: ty.clone(),
                    label: None,
                    rust: RustIdent::default(),
                    title: None,
                    prose: None,
                };
                let variants = several.iter().map(variant).collect();
                let id = self.push(SchemaOrigin::Operation(format!("{base}Answer")), Facts::default());
                self.api.get_mut(id).shape = Shape::Union(Union { variants, ..Union::default() });
                Ty::Named(id)
            }
        };
        let is_optional = may_be_empty && !matches!(ty, Ty::Nullable(_));
        Response::Json(if is_optional { Ty::Nullable(Box::new(ty)) } else { ty })
    }

    /// The value of one response. Of several media types one is asked for and the others are noted.
    fn offer(&mut self, response: &'a Source, base: &str, at: &str) -> Result<Option<Offer>, String> {
        let mut usable: Vec<(&str, &MediaType)> = Vec::new();
        for (name, content) in &response.content {
            if !media::is_sendable(name) {
                self.note(format!("{at}/{}", escaped(name)), "no media type: passed over");
            } else if media::form(name) != MediaForm::Events {
                usable.push((name, content));
            }
        }
        // JSON of a known form is worth more than bytes, and bytes more than JSON of which nothing is known.
        let rank = |(name, content): &(&str, &'a MediaType)| match (media::form(name), &content.schema) {
            (MediaForm::Json, Some(_)) => {
                if media::essence(name) == "application/json" {
                    0
                } else {
                    1
                }
            }
            (MediaForm::Any, Some(_)) => 2,
            (MediaForm::Json | MediaForm::Any, None) => 4,
            _ => 3,
        };
        let Some(best) = usable.iter().min_by_key(|offer| rank(offer)).copied() else { return Ok(None) };
        let best_at = format!("{at}/{}", escaped(best.0));
        let (response, accept) = self.value(best.0, best.1, base, &best_at)?;
        // The same JSON under another name is no other answer.
        let is_same = |name: &str, content: &MediaType| {
            let is_json =
                [name, best.0].iter().all(|name| matches!(media::form(name), MediaForm::Json | MediaForm::Any));
            media::essence(name) == media::essence(best.0) || (is_json && content.schema == best.1.schema)
        };
        for (other, _) in usable.iter().filter(|(name, content)| !is_same(name, content)) {
            let reason =
                format!("the call asks for {accept}, not for this: `with_header(\"accept\", …)` and `send_raw` do");
            self.note(format!("{at}/{}", escaped(other)), &reason);
        }
        let at = best_at;
        Ok(Some(Offer { response, accept, at }))
    }

    /// The value of a response of one media type, and what to ask for.
    fn value(
        &mut self,
        name: &str,
        content: &'a MediaType,
        base: &str,
        at: &str,
    ) -> Result<(Response, String), String> {
        let form = media::form(name);
        let is_file = match &content.schema {
            Some(schema) => self.is_file(Node::of(schema), 0)?,
            None => false,
        };
        let exact = match media::essence(name) {
            essence if form == MediaForm::Any || essence == "application/json" => "application/json".to_owned(),
            _ => name.trim().to_owned(),
        };
        Ok(match form {
            MediaForm::Json | MediaForm::Any if is_file => (Response::Binary, name.trim().to_owned()),
            MediaForm::Json | MediaForm::Any => {
                let ty = match &content.schema {
                    Some(schema) => self.root(Node::of(schema), base)?,
                    None => Ty::Any,
                };
                let nullable = match &content.schema {
                    Some(schema) => self.view(Node::of(schema))?.facts.nullable,
                    None => false,
                };
                (Response::Json(if nullable { Ty::Nullable(Box::new(ty)) } else { ty }), exact)
            }
            MediaForm::Text if !is_file => {
                self.note_structure(content, name, "text", at);
                (Response::Text, exact)
            }
            MediaForm::Lines => {
                self.note(at, "lines of JSON are bytes: `bytes_stream` has them as they come");
                (Response::Binary, exact)
            }
            _ => {
                self.note_structure(content, name, "bytes", at);
                (Response::Binary, exact)
            }
        })
    }

    /// Notes a response that has a structure which no rule reads.
    fn note_structure(&mut self, content: &MediaType, name: &str, what: &str, at: &str) {
        let is_plain = content.schema.as_ref().is_none_or(|schema| {
            let view = schema.as_item().map(|schema| super::View::of(schema).map(|view| view.kind));
            matches!(view, Some(Ok(super::Kind::String | super::Kind::Any)))
        });
        if !is_plain {
            self.note(at, &format!("{name} is {what}, which the caller reads"));
        }
    }

    /// The type of the events of a response, if it can be an event stream.
    fn events(&mut self, response: &'a Source, base: &str, at: &str, answer: &mut Answer) -> Result<(), String> {
        let Some((name, content)) = response.content.iter().find(|(name, _)| media::form(name) == MediaForm::Events)
        else {
            return Ok(());
        };
        let at = format!("{at}/content/{}", escaped(name));
        if answer.events.is_some() {
            self.note(at, "another event stream than that of the first successful response: passed over");
            return Ok(());
        }
        let Some(schema) = &content.schema else {
            self.note(at, "an event stream without a schema: its events are any JSON");
            answer.events = Some(Ty::Any);
            return Ok(());
        };
        let ty = self.root(Node::of(schema), base)?;
        let ty = self.settled(&ty);
        answer.events = Some(match ty {
            Ty::String | Ty::File => {
                self.note(at, "the data of the events are text, not JSON");
                Ty::String
            }
            Ty::List(event) => {
                self.note(at, "a list: its items are the events");
                *event
            }
            other => other,
        });
        Ok(())
    }

    pub(super) fn resolve_response(&self, response: &'a ReferenceOr<Source>) -> Result<&'a Source, String> {
        match response {
            ReferenceOr::Item(response) => Ok(response),
            ReferenceOr::Reference { reference } => {
                let name = reference.strip_prefix("#/components/responses/").unwrap_or(reference);
                let components = self.document.components.as_ref();
                match components.and_then(|components| components.responses.get(name)) {
                    Some(ReferenceOr::Item(response)) => Ok(response),
                    _ => Err(format!("{reference} refers to a response that the document does not have")),
                }
            }
        }
    }
}

/// The successful responses of an operation: by their codes, or the default one if it has none.
fn successes(source: &Operation) -> Vec<(String, &ReferenceOr<Source>)> {
    let responses = &source.responses.responses;
    let is_success = |code: &StatusCode| match code {
        StatusCode::Code(code) => (200..300).contains(code),
        StatusCode::Range(range) => *range == 2,
    };
    let mut found: Vec<_> = responses.iter().filter(|(code, _)| is_success(code)).collect();
    found.sort_by_key(|(code, _)| match code {
        StatusCode::Code(code) => *code,
        StatusCode::Range(_) => u16::MAX,
    });
    let found: Vec<_> = found.into_iter().map(|(code, response)| (code.to_string(), response)).collect();
    match &source.responses.default {
        Some(default) if found.is_empty() => vec![("default".to_owned(), default)],
        _ => found,
    }
}
