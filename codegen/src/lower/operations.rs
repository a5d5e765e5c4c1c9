//! Paths become operations.

use openapiv3::{MediaType, Operation as Source, PathItem, ReferenceOr, SecurityRequirement, StatusCode};
use serde_json::Value;

use super::answers::Answer;
use super::names::{self, OperationNames};
use super::view::Node;
use super::{Lower, component_name};
use crate::config::{Done, OperationName};
use crate::ir::{
    Asks, Body, BodyKind, CallNames, Location, Operation, Parameter, Response, SchemaOrigin, Shape, Stream, Ty, TypeId,
    is_taken_feature, pascal, singular,
};

impl<'a> Lower<'a> {
    pub(super) fn operations(&mut self) -> Result<(), String> {
        let document = self.document;
        let names = names::all(document, self.names, self.report.is_lenient());
        for (key, item) in &document.paths.paths {
            let ReferenceOr::Item(item) = item else {
                return Err(format!("#/paths/{key}: a reference to a path item is not supported"));
            };
            for (method, source) in item.iter() {
                let at = format!("/paths/{}/{method}", super::escaped(key));
                let operation = self.operation(&names, (key, method), item, source, &at);
                let operation = operation.map_err(|error| format!("{} {key}: {error}", method.to_uppercase()))?;
                self.api.operations.push(operation);
            }
        }
        Ok(())
    }

    fn operation(
        &mut self,
        names: &OperationNames,
        (key, method): (&str, &str),
        item: &'a PathItem,
        source: &'a Source,
        at: &str,
    ) -> Result<Operation, String> {
        let path = item.extensions.get("x-path").and_then(Value::as_str).unwrap_or(key).to_owned();
        let fixed_query = item.extensions.get("x-fixed-query").and_then(Value::as_object);
        let fixed_query = fixed_query.into_iter().flatten();
        let id = names::operation_id(source, method, key);
        let name = names.get(&(key.to_owned(), method.to_owned())).cloned().unwrap_or_default();
        let base = base_name(&name);
        let is_lenient = self.is_lenient();
        let body = match &source.request_body {
            Some(ReferenceOr::Item(body)) if is_lenient => self.any_body(body, &base, at)?,
            Some(ReferenceOr::Item(body)) => self.body(body, &base)?,
            Some(ReferenceOr::Reference { reference }) => return Err(format!("{reference}: unsupported reference")),
            None => None,
        };
        let parameters = self.parameters(item, source, &base, at)?;
        let answer = if is_lenient { self.answer(source, &base, at)? } else { self.response(source, &base)? };
        let mut stream = self.stream(&name, body.as_ref(), method)?;
        if is_lenient {
            self.tell_stream(&mut stream, &name, body.as_ref(), &parameters, answer.events);
        }
        let unset: Vec<(String, String)> = name.unset.into_iter().collect();
        let fields = body.as_ref().and_then(|body| body.ty.named());
        if let Some((field, _)) = unset.iter().find(|(field, _)| !fields.is_some_and(|id| self.has_field(id, field))) {
            return Err(format!("names.toml: the body of {id} has no field {field}, which `unset` names"));
        }
        const PAGING: &[&str] = &["page", "cursor", "conversation_cursor", "next_cursor", "token"];
        if let Some(kind) = name.paging.as_deref().filter(|kind| !PAGING.contains(kind)) {
            return Err(format!("names.toml: paging {kind:?} of {id} is none of {}", PAGING.join(", ")));
        }
        Ok(Operation {
            method: method.to_uppercase(),
            fixed_query: fixed_query.map(|(name, value)| (name.clone(), text_of(value))).collect(),
            fixed_headers: self.fixed_headers(&path),
            area: self.area(&name.resource),
            parameters,
            by_openapi: is_lenient && !self.names.brackets,
            accept: answer.accept,
            server: if is_lenient { self.server(item, source, at) } else { None },
            admin: self.is_admin(source.security.as_deref()),
            is_open: self.is_open(source.security.as_deref()),
            deprecated: source.deprecated,
            resource: name.resource,
            verb: name.verb,
            paging: name.paging.map(|kind| crate::ir::Paging { kind, items: Default::default(), item: Ty::Any }),
            polling: None,
            secrets: Vec::new(),
            span: name.span,
            unset,
            prose: None,
            names: CallNames::default(),
            id,
            path,
            body,
            response: answer.response.unwrap_or(Response::Unit),
            response_media: answer.media,
            stream,
        })
    }

    /// The Cargo feature of a resource.
    fn area(&self, resource: &str) -> String {
        let area = self.names.areas.of(resource);
        if is_taken_feature(area) { format!("{area}_api") } else { area.to_owned() }
    }

    fn fixed_headers(&self, path: &str) -> Vec<(String, String)> {
        let below = |prefix: &String| {
            path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let rules = self.names.headers.iter().filter(|rule| rule.paths.iter().any(below));
        rules.map(|rule| (rule.name.clone(), rule.value.clone())).collect()
    }

    /// Tells if an operation of another document takes no credential.
    fn is_open(&self, security: Option<&[SecurityRequirement]>) -> bool {
        let said = security.or(self.document.security.as_deref());
        self.report.is_lenient() && said.is_some_and(|security| security.iter().all(|schemes| schemes.is_empty()))
    }

    fn is_admin(&self, security: Option<&[SecurityRequirement]>) -> bool {
        if self.report.is_lenient() {
            return false;
        }
        let security = security.or(self.document.security.as_deref()).unwrap_or_default();
        let mut schemes = security.iter().flat_map(|requirement| requirement.keys());
        schemes.any(|scheme| scheme.to_lowercase().contains("admin"))
    }

    /// The answer of an operation by the media types of OpenAI's API.
    fn response(&mut self, source: &'a Source, base: &str) -> Result<Answer, String> {
        let success = source.responses.responses.iter().find(|(code, _)| match code {
            StatusCode::Code(code) => (200..300).contains(code),
            StatusCode::Range(range) => *range == 2,
        });
        let Some((_, response)) = success else { return Ok(Answer::default()) };
        let response = self.resolve_response(response)?;
        let media: Vec<String> = response.content.keys().cloned().collect();
        let binary = response.content.iter().any(|(name, content)| is_binary(name, content));
        let json = response.content.get("application/json").and_then(|content| content.schema.as_ref());
        if let (Some(schema), false) = (json, binary) {
            let ty = self.root(Node::of(schema), &format!("{base}Response"))?;
            // A bare string is no JSON document in practice: it is the content of a file.
            let response = Some(if ty == Ty::String { Response::Binary } else { Response::Json(ty) });
            return Ok(Answer { response, media, ..Answer::default() });
        }
        let text = media.iter().any(|name| name == "application/sdp" || name.starts_with("text/plain"));
        let kind = if text {
            Response::Text
        } else if binary {
            Response::Binary
        } else {
            Response::Unit
        };
        Ok(Answer { response: Some(kind), media, ..Answer::default() })
    }

    /// Adds what the document tells about a stream: its events, if names.toml has none, and the way to ask for them.
    fn tell_stream(
        &self,
        stream: &mut Option<Stream>,
        name: &OperationName,
        body: Option<&Body>,
        parameters: &[Parameter],
        events: Option<Ty>,
    ) {
        let switch = ("stream".to_owned(), Value::Bool(true));
        let told = |event: Ty| Stream {
            event,
            done: Vec::new(),
            several: false,
            resumes: Vec::new(),
            envelope: false,
            switch: switch.clone(),
            asks: Asks::Usual,
            just_ends: true,
        };
        if stream.is_none() {
            *stream = events.map(told);
        }
        let Some(stream) = stream else { return };
        stream.just_ends = name.done.is_none() && !name.envelope;
        // Of names.toml the value of the switch is known, of the document only that there is one.
        if stream.switch == switch {
            stream.asks = self.asks(body, parameters);
        }
    }

    /// The way to ask for a stream: by a flag of the body or of the query, if there is one.
    fn asks(&self, body: Option<&Body>, parameters: &[Parameter]) -> Asks {
        let is_flag = |ty: &Ty| match self.settled(ty) {
            Ty::Boolean => true,
            Ty::Nullable(inner) => *inner == Ty::Boolean,
            _ => false,
        };
        let has_members = |body: &&Body| !matches!(body.kind, BodyKind::Text | BodyKind::Bytes);
        let of_body = body.filter(has_members).and_then(|body| self.settled(&body.ty).named());
        if of_body.is_some_and(|id| self.any_field(id, "stream", 0, &is_flag)) {
            return Asks::Field("stream".into());
        }
        let is_switch = |parameter: &&Parameter| {
            parameter.location == Location::Query && parameter.name == "stream" && is_flag(&parameter.field.ty)
        };
        match parameters.iter().find(is_switch) {
            Some(_) => Asks::Query("stream".into()),
            None => Asks::Accept,
        }
    }

    /// Tells if an object, or a form of a union, has a field of such a type.
    fn any_field(&self, id: TypeId, wire: &str, depth: usize, test: &dyn Fn(&Ty) -> bool) -> bool {
        match &self.api.get(id).shape {
            _ if depth > 16 => false,
            Shape::Object(fields) => fields.iter().any(|field| field.wire == wire && test(&field.ty)),
            Shape::Alias(Ty::Named(target)) => self.any_field(*target, wire, depth + 1, test),
            Shape::Union(union) => {
                let mut inner = union.variants.iter().filter_map(|variant| variant.ty.named());
                inner.any(|id| self.any_field(id, wire, depth + 1, test))
            }
            _ => false,
        }
    }

    fn stream(&mut self, name: &OperationName, body: Option<&Body>, method: &str) -> Result<Option<Stream>, String> {
        let Some(event) = &name.stream else { return Ok(None) };
        // An older document may not have the schema yet; then the operation does not stream there.
        let Ok(event) = self.component(event) else { return Ok(None) };
        let done = match &name.done {
            Some(Done::Types(types)) => types.clone(),
            Some(Done::Marker(_)) | None if name.several => {
                return Err(format!("codegen/names.toml: {}.{} has `several` of no types", name.resource, name.verb));
            }
            Some(Done::Marker(_)) | None if !name.resumes.is_empty() => {
                return Err(format!("codegen/names.toml: {}.{} `resumes` after no types", name.resource, name.verb));
            }
            Some(Done::Marker(_)) | None => Vec::new(),
        };
        let has_stream =
            method == "get" || body.and_then(|body| body.ty.named()).is_none_or(|id| self.has_field(id, "stream"));
        let switch = if has_stream { ("stream", Value::Bool(true)) } else { ("stream_format", "sse".into()) };
        let switch = (switch.0.to_owned(), switch.1);
        let (several, resumes, envelope) = (name.several, name.resumes.clone(), name.envelope);
        let (asks, just_ends) = (Asks::Usual, false);
        Ok(Some(Stream { event: Ty::Named(event), done, several, resumes, envelope, switch, asks, just_ends }))
    }

    fn has_field(&self, id: TypeId, wire: &str) -> bool {
        match &self.api.get(id).shape {
            Shape::Object(fields) => fields.iter().any(|field| field.wire == wire),
            Shape::Alias(Ty::Named(target)) => self.has_field(*target, wire),
            Shape::Union(union) => {
                union.variants.iter().filter_map(|variant| variant.ty.named()).any(|id| self.has_field(id, wire))
            }
            _ => false,
        }
    }

    /// The type of a schema that an operation holds.
    pub(super) fn root(&mut self, node: Node<'a>, base: &str) -> Result<Ty, String> {
        if let Node::Ref(reference) = node {
            return Ok(Ty::Named(self.component(component_name(reference)?)?));
        }
        let view = self.view(node)?;
        if let Some(reference) = view.sole_reference() {
            return Ok(Ty::Named(self.component(component_name(reference)?)?));
        }
        let id = self.push(SchemaOrigin::Operation(base.into()), view.facts.clone());
        let shape = self.shape(&view, id, "")?;
        if let Shape::Alias(simple) = shape {
            // Items of a list may have taken this type as their owner, so it stays, unused.
            return Ok(simple);
        }
        self.api.get_mut(id).shape = shape;
        Ok(Ty::Named(id))
    }
}

fn is_binary(media: &str, content: &MediaType) -> bool {
    let known = ["application/octet-stream", "application/zip"].contains(&media);
    let schema = content.schema.as_ref().and_then(|schema| schema.as_item());
    let text = schema.is_some_and(|schema| serde_json::to_value(schema).is_ok_and(|value| value["format"] == "binary"));
    known || text || ["audio/", "image/", "video/"].iter().any(|prefix| media.starts_with(prefix))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `ChatCompletionUpdate` for `chat.completions` and `update`.
pub(crate) fn base_name(name: &OperationName) -> String {
    let segments = name.resource.split('.').map(|segment| pascal(&singular(segment)));
    format!("{}{}", segments.collect::<String>(), pascal(&name.verb))
}
