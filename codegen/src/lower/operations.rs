//! Paths become operations.

use openapiv3::{
    MediaType, Operation as Source, Parameter as SourceParameter, ParameterData, ParameterSchemaOrContent,
};
use openapiv3::{PathItem, ReferenceOr, RequestBody, Response as SourceResponse, SecurityRequirement, StatusCode};
use serde_json::Value;

use super::view::{Kind, Node};
use super::{Lower, component_name};
use crate::config::{Done, OperationName};
use crate::ir::{Body, BodyKind, Location, Operation, Parameter, Response, SchemaOrigin, Shape, Stream, Ty, TypeId};
use crate::ir::{pascal, singular, snake};

impl<'a> Lower<'a> {
    pub(super) fn operations(&mut self) -> Result<(), String> {
        let document = self.document;
        for (key, item) in &document.paths.paths {
            let ReferenceOr::Item(item) = item else {
                return Err(format!("#/paths/{key}: a reference to a path item is not supported"));
            };
            for (method, source) in item.iter() {
                let operation = self.operation(key, item, method, source);
                let operation = operation.map_err(|error| format!("{} {key}: {error}", method.to_uppercase()))?;
                self.api.operations.push(operation);
            }
        }
        Ok(())
    }

    fn operation(
        &mut self,
        key: &str,
        item: &'a PathItem,
        method: &str,
        source: &'a Source,
    ) -> Result<Operation, String> {
        let path = item.extensions.get("x-path").and_then(Value::as_str).unwrap_or(key).to_owned();
        let fixed_query = item.extensions.get("x-fixed-query").and_then(Value::as_object);
        let fixed_query = fixed_query.into_iter().flatten();
        let id = source.operation_id.clone().unwrap_or_else(|| snake(&format!("{method} {key}")));
        let name = self.names.operations.get(&id).cloned().unwrap_or_else(|| mechanical_name(method, &path));
        let base = base_name(&name);
        let body = match &source.request_body {
            Some(ReferenceOr::Item(body)) => self.body(body, &base)?,
            Some(ReferenceOr::Reference { reference }) => return Err(format!("{reference}: unsupported reference")),
            None => None,
        };
        let (response, response_media) = self.response(source, &base)?;
        let stream = self.stream(&name, body.as_ref(), method)?;
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
            area: self.names.areas.of(&name.resource).to_owned(),
            parameters: self.parameters(item, source, &base)?,
            admin: self.is_admin(source.security.as_deref()),
            deprecated: source.deprecated,
            resource: name.resource,
            verb: name.verb,
            paging: name.paging.map(|kind| crate::ir::Paging { kind, items: Default::default(), item: Ty::Any }),
            polling: None,
            secrets: Vec::new(),
            span: name.span,
            unset,
            prose: None,
            id,
            path,
            body,
            response,
            response_media,
            stream,
        })
    }

    fn fixed_headers(&self, path: &str) -> Vec<(String, String)> {
        let below = |prefix: &String| {
            path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let rules = self.names.headers.iter().filter(|rule| rule.paths.iter().any(below));
        rules.map(|rule| (rule.name.clone(), rule.value.clone())).collect()
    }

    fn is_admin(&self, security: Option<&[SecurityRequirement]>) -> bool {
        let security = security.or(self.document.security.as_deref()).unwrap_or_default();
        let mut schemes = security.iter().flat_map(|requirement| requirement.keys());
        schemes.any(|scheme| scheme.to_lowercase().contains("admin"))
    }

    fn parameters(&mut self, item: &'a PathItem, source: &'a Source, base: &str) -> Result<Vec<Parameter>, String> {
        let mut out = Vec::new();
        for parameter in item.parameters.iter().chain(&source.parameters) {
            let ReferenceOr::Item(parameter) = parameter else {
                return Err("a reference to a parameter is not supported".into());
            };
            let (location, data) = match parameter {
                SourceParameter::Path { parameter_data, .. } => (Location::Path, parameter_data),
                SourceParameter::Query { parameter_data, .. } => (Location::Query, parameter_data),
                SourceParameter::Header { parameter_data, .. } => (Location::Header, parameter_data),
                SourceParameter::Cookie { .. } => return Err("a cookie parameter is not supported".into()),
            };
            out.push(Parameter { location, field: self.parameter(data, base)? });
        }
        Ok(out)
    }

    fn parameter(&mut self, data: &'a ParameterData, base: &str) -> Result<crate::ir::Field, String> {
        let ParameterSchemaOrContent::Schema(schema) = &data.format else {
            return Err(format!("parameter {}: content is not supported", data.name));
        };
        // `order[]` and `order` are the same name to a user; the brackets are the encoding's.
        let wire = data.name.strip_suffix("[]").unwrap_or(&data.name);
        let node = Node::of(schema);
        let ty = self.root(node, &format!("{base}{}", pascal(wire)))?;
        let mut field = self.field_of(wire, node, data.required, ty)?;
        field.facts.deprecated |= data.deprecated.unwrap_or_default();
        Ok(field)
    }

    fn body(&mut self, body: &'a RequestBody, base: &str) -> Result<Option<Body>, String> {
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
            return Ok(Some(Body { kind, media, ty, label: None, required: body.required }));
        }
        Ok(None)
    }

    /// Whether there may be a file in a value of this schema.
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

    fn response(&mut self, source: &'a Source, base: &str) -> Result<(Response, Vec<String>), String> {
        let success = source.responses.responses.iter().find(|(code, _)| match code {
            StatusCode::Code(code) => (200..300).contains(code),
            StatusCode::Range(range) => *range == 2,
        });
        let Some((_, response)) = success else { return Ok((Response::Unit, Vec::new())) };
        let response = self.resolve_response(response)?;
        let media: Vec<String> = response.content.keys().cloned().collect();
        let binary = response.content.iter().any(|(name, content)| is_binary(name, content));
        let json = response.content.get("application/json").and_then(|content| content.schema.as_ref());
        if let (Some(schema), false) = (json, binary) {
            let ty = self.root(Node::of(schema), &format!("{base}Response"))?;
            // A bare string is no JSON document in practice: it is the content of a file.
            return Ok((if ty == Ty::String { Response::Binary } else { Response::Json(ty) }, media));
        }
        let text = media.iter().any(|name| name == "application/sdp" || name.starts_with("text/plain"));
        let kind = if text {
            Response::Text
        } else if binary {
            Response::Binary
        } else {
            Response::Unit
        };
        Ok((kind, media))
    }

    fn resolve_response(&self, response: &'a ReferenceOr<SourceResponse>) -> Result<&'a SourceResponse, String> {
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
        Ok(Some(Stream { event: Ty::Named(event), done, several, resumes, envelope, switch }))
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
    fn root(&mut self, node: Node<'a>, base: &str) -> Result<Ty, String> {
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

/// The name of an operation that nobody named yet: literal path segments are the resource, the method is the verb, or
/// the last segment where that is an action on one object.
fn mechanical_name(method: &str, path: &str) -> OperationName {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_parameter = |segment: &&str| segment.starts_with('{');
    let mut literals: Vec<String> = segments.iter().filter(|s| !is_parameter(s)).map(|s| snake(s)).collect();
    let ends_in_parameter = segments.last().is_some_and(is_parameter);
    let action = segments.len() >= 3 && !ends_in_parameter && is_parameter(&segments[segments.len() - 2]);
    let verb = match (method, ends_in_parameter) {
        ("get", true) => "retrieve".to_owned(),
        ("get", false) => "list".to_owned(),
        ("delete", _) => "delete".to_owned(),
        ("post", false) if action && literals.last().is_some_and(|last| !last.ends_with('s')) => {
            literals.pop().unwrap_or_default()
        }
        ("post", false) => "create".to_owned(),
        (_, _) => "update".to_owned(),
    };
    let resource = if literals.is_empty() { "root".to_owned() } else { literals.join(".") };
    OperationName {
        resource,
        verb,
        paging: None,
        stream: None,
        done: None,
        several: false,
        resumes: Vec::new(),
        envelope: false,
        span: None,
        unset: Default::default(),
    }
}
