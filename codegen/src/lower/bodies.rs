//! Request bodies.

use openapiv3::{Encoding, MediaType, QueryStyle, RequestBody};

use super::media::{self, MediaForm};
use super::view::{Kind, Node};
use super::{Lower, escaped};
use crate::ir::{Body, BodyKind, Shape, Style, StyleRule, Ty};

impl<'a> Lower<'a> {
    /// The request body of an operation by the media types of OpenAI's API.
    pub(super) fn body(&mut self, body: &'a RequestBody, base: &str) -> Result<Option<Body>, String> {
        let kinds = [
            ("multipart/form-data", BodyKind::Multipart),
            ("application/json", BodyKind::Json),
            ("application/x-www-form-urlencoded", BodyKind::Form),
        ];
        // A body that may hold a file is sent as multipart wherever the document offers that. Where it offers JSON of the
        // same schema as well, one without a file is sent as that: always, or if the call has none. A JSON of its own
        // schema is another type's.
        let json = body.content.get("application/json").and_then(|content| content.schema.as_ref());
        for (media, kind) in kinds {
            let Some(schema) = body.content.get(media).and_then(|content| content.schema.as_ref()) else { continue };
            let kind = match kind {
                BodyKind::Multipart if json == Some(schema) => match self.holds_file(Node::of(schema), 0)? {
                    true => BodyKind::MultipartOrJson,
                    false => continue,
                },
                other => other,
            };
            let ty = self.root(Node::of(schema), &format!("{base}Params"))?;
            let media = body.content.keys().cloned().collect();
            let (sent, fields) = (String::new(), Vec::new());
            return Ok(Some(Body { kind, media, sent, fields, ty, label: None, required: body.required }));
        }
        Ok(None)
    }

    /// The request body of an operation, whatever media type it has. Of several one is sent and the others are noted; `at`
    /// is the pointer of the operation.
    pub(super) fn any_body(&mut self, body: &'a RequestBody, base: &str, at: &str) -> Result<Option<Body>, String> {
        let at = format!("{at}/requestBody/content");
        let mut offers = Vec::new();
        for (name, content) in &body.content {
            if media::is_sendable(name) {
                offers.push((name.as_str(), content, self.body_kind(name, content)?));
            } else {
                self.note(format!("{at}/{}", escaped(name)), "no media type: passed over");
            }
        }
        let Some((name, content, kind)) = self.preferred(&offers)? else {
            return Ok(None);
        };
        for (other, other_content, other_kind) in offers.iter().filter(|(other, ..)| *other != name) {
            let is_sent_too = kind == BodyKind::MultipartOrJson && *other_kind == BodyKind::Json;
            let is_json = |kind: BodyKind| matches!(kind, BodyKind::Json | BodyKind::JsonOf);
            let is_same_json = is_json(kind) && is_json(*other_kind) && other_content.schema == content.schema;
            let is_same = is_same_json || media::essence(other) == media::essence(name);
            if !is_sent_too && !is_same {
                let reason = format!("the body is sent as {name}, not as this");
                self.note(format!("{at}/{}", escaped(other)), &reason);
            }
        }
        let here = format!("{at}/{}", escaped(name));
        let ty = match (kind, &content.schema) {
            (BodyKind::Text, _) => Ty::String,
            (BodyKind::Bytes, _) => Ty::File,
            (_, None) => Ty::Any,
            (_, Some(schema)) => self.root(Node::of(schema), &format!("{base}Params"))?,
        };
        let kind = self.fitting_kind(kind, &ty, name, &here);
        let ty = if kind == BodyKind::Text { Ty::String } else { ty };
        self.note_text(kind, name, content, &here);
        let fields = self.encodings(kind, content, &here);
        let sent =
            if media::form(name) == MediaForm::Any { "application/octet-stream".into() } else { media::essence(name) };
        let sent = if name.contains(';') && kind != BodyKind::Json { name.trim().to_owned() } else { sent };
        let media = body.content.keys().cloned().collect();
        Ok(Some(Body { kind, media, sent, fields, ty, label: None, required: body.required }))
    }

    /// The way in which a body of this media type is sent.
    fn body_kind(&self, name: &str, content: &'a MediaType) -> Result<BodyKind, String> {
        let is_file = match &content.schema {
            Some(schema) => self.is_file(Node::of(schema), 0)?,
            None => false,
        };
        Ok(match media::form(name) {
            MediaForm::Json if media::essence(name) == "application/json" => BodyKind::Json,
            MediaForm::Json => BodyKind::JsonOf,
            MediaForm::Multipart => BodyKind::Multipart,
            MediaForm::Form => BodyKind::Form,
            MediaForm::Any if is_file => BodyKind::Bytes,
            MediaForm::Any => BodyKind::Json,
            MediaForm::Text | MediaForm::Events if !is_file => BodyKind::Text,
            MediaForm::Text | MediaForm::Events | MediaForm::Lines | MediaForm::Bytes => BodyKind::Bytes,
        })
    }

    /// The offer that is taken: a form that may hold a file, JSON, another form, whatever is sent as it is.
    fn preferred<'o>(
        &self,
        offers: &[(&'o str, &'a MediaType, BodyKind)],
    ) -> Result<Option<(&'o str, &'a MediaType, BodyKind)>, String> {
        let first = |kind: BodyKind| offers.iter().find(|(_, _, offered)| *offered == kind).copied();
        let json = first(BodyKind::Json).or_else(|| first(BodyKind::JsonOf));
        if let Some(form) = first(BodyKind::Multipart) {
            let holds_file = match &form.1.schema {
                Some(schema) => self.holds_file(Node::of(schema), 0)?,
                None => false,
            };
            match json {
                None => return Ok(Some(form)),
                Some(json) if holds_file && json.2 == BodyKind::Json && json.1.schema == form.1.schema => {
                    return Ok(Some((form.0, form.1, BodyKind::MultipartOrJson)));
                }
                Some(_) if holds_file => return Ok(Some(form)),
                Some(_) => {}
            }
        }
        let order = [BodyKind::Form, BodyKind::Text, BodyKind::Bytes];
        Ok(json.or_else(|| order.into_iter().find_map(first)))
    }

    /// The kind of a body whose type a form cannot hold: such a body is text.
    fn fitting_kind(&mut self, kind: BodyKind, ty: &Ty, name: &str, at: &str) -> BodyKind {
        let is_form = matches!(kind, BodyKind::Form | BodyKind::Multipart | BodyKind::MultipartOrJson);
        let has_members = match self.settled(ty) {
            Ty::Any | Ty::FreeObject | Ty::Map(_) => true,
            Ty::Named(id) => !matches!(self.api.get(id).shape, Shape::Enum(_)),
            _ => false,
        };
        if !is_form || has_members {
            return kind;
        }
        let reason = format!("no object: the body is a string, which the caller encodes as {name}");
        self.note(at, &reason);
        BodyKind::Text
    }

    /// Notes a body of text or bytes for which the document has more than that.
    fn note_text(&mut self, kind: BodyKind, name: &str, content: &MediaType, at: &str) {
        let has_schema = content.schema.as_ref().is_some_and(|schema| {
            let view = schema.as_item().map(|schema| super::View::of(schema).map(|view| view.kind));
            !matches!(view, Some(Ok(Kind::String | Kind::Any)))
        });
        match kind {
            BodyKind::Text if has_schema && media::form(name) == MediaForm::Text => {
                self.note(at, &format!("the body is a string, which the caller writes as {name}"));
            }
            BodyKind::Bytes if has_schema || media::form(name) == MediaForm::Lines => {
                self.note(at, &format!("the body is bytes, which the caller writes as {name}"));
            }
            _ => {}
        }
    }

    /// The fields of a form whose form the document gives.
    fn encodings(&mut self, kind: BodyKind, content: &MediaType, at: &str) -> Vec<(String, Style)> {
        let mut out = Vec::new();
        for (name, encoding) in &content.encoding {
            let place = format!("{at}/encoding/{}", escaped(name));
            let style = match kind {
                BodyKind::Form => form_style(encoding),
                BodyKind::Multipart | BodyKind::MultipartOrJson => part_style(encoding),
                _ => {
                    self.note(place, "the body is no form: passed over");
                    continue;
                }
            };
            if !encoding.headers.is_empty() {
                self.note(format!("{place}/headers"), "headers of a part are not sent");
            }
            out.extend(style.map(|style| (name.clone(), style)));
        }
        out
    }

    /// Tells if a schema is that of a file.
    pub(super) fn is_file(&self, node: Node<'a>, depth: usize) -> Result<bool, String> {
        let view = match node {
            Node::Ref(_) if depth > 32 => return Ok(false),
            Node::Ref(reference) => return self.is_file(self.target(reference)?, depth + 1),
            Node::Schema(_) => self.view(node)?,
        };
        match view.sole_reference() {
            Some(reference) if depth < 32 => self.is_file(self.target(reference)?, depth + 1),
            _ => Ok(view.kind == Kind::String && view.facts.format.as_deref() == Some("binary")),
        }
    }

    /// Tells if there may be a file in a value of this schema.
    fn holds_file(&self, node: Node<'a>, depth: usize) -> Result<bool, String> {
        /// Bodies are flat; what is deeper than that goes round in a circle.
        const MOST: usize = 8;
        if depth > MOST {
            return Ok(false);
        }
        let view = match node {
            Node::Ref(reference) => return self.holds_file(self.target(reference)?, depth + 1),
            Node::Schema(_) => self.view(node)?,
        };
        if view.kind == Kind::String && view.facts.format.as_deref() == Some("binary") {
            return Ok(true);
        }
        let fields = view.properties.iter().map(|(_, field)| field);
        let parts = view.all_of.iter().chain(&view.variants).chain(&view.items).chain(&view.values);
        for part in fields.chain(parts) {
            if self.holds_file(*part, depth + 1)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The form of a field of `application/x-www-form-urlencoded`.
fn form_style(encoding: &Encoding) -> Option<Style> {
    let rule = match (&encoding.style, encoding.content_type.as_deref()) {
        (None, Some(media)) if media::form(media) == MediaForm::Json => return Some(Style::media("application/json")),
        (None, _) if encoding.allow_reserved => StyleRule::Form,
        (None, _) => return None,
        (Some(QueryStyle::Form), _) => StyleRule::Form,
        (Some(QueryStyle::SpaceDelimited), _) => StyleRule::Space,
        (Some(QueryStyle::PipeDelimited), _) => StyleRule::Pipe,
        (Some(QueryStyle::DeepObject), _) => StyleRule::Deep,
    };
    // The import writes out what `form` leaves to its default.
    let explode = encoding.explode || rule == StyleRule::Deep || encoding.style.is_none();
    Some(Style { rule, explode, reserved: encoding.allow_reserved })
}

/// The form of a part of `multipart/form-data`.
fn part_style(encoding: &Encoding) -> Option<Style> {
    if encoding.style == Some(QueryStyle::DeepObject) {
        return Some(Style { rule: StyleRule::Deep, explode: true, reserved: false });
    }
    // Of several types the first; a range is that of files, which have their own.
    let media = encoding.content_type.as_deref()?.split(',').next()?.trim();
    (media::is_sendable(media) && !media::is_range(media)).then(|| Style::media(media))
}
