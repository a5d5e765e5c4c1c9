//! Parameters of operations.

use std::collections::BTreeSet;

use openapiv3::{
    HeaderStyle, Operation, Parameter as Source, ParameterData, ParameterSchemaOrContent, PathItem, PathStyle,
    QueryStyle, ReferenceOr,
};

use super::media::{self, MediaForm};
use super::view::Node;
use super::{Lower, escaped};
use crate::ir::{Field, Location, Parameter, RustIdent, Style, StyleRule, Ty, pascal};

impl<'a> Lower<'a> {
    /// The parameters of an operation. One of its own stands for that of the path. `at` is the operation's pointer.
    pub(super) fn parameters(
        &mut self,
        item: &'a PathItem,
        source: &'a Operation,
        base: &str,
        at: &str,
    ) -> Result<Vec<Parameter>, String> {
        let own: Vec<_> = source.parameters.iter().filter_map(ReferenceOr::as_item).map(place).collect();
        let is_replaced = |parameter: &&'a ReferenceOr<Source>| {
            self.is_lenient() && parameter.as_item().is_some_and(|parameter| own.contains(&place(parameter)))
        };
        let shared: Vec<_> = item.parameters.iter().filter(|parameter| !is_replaced(parameter)).collect();
        let mut out = Vec::new();
        for (index, parameter) in shared.into_iter().chain(&source.parameters).enumerate() {
            let ReferenceOr::Item(parameter) = parameter else {
                return Err("a reference to a parameter is not supported".into());
            };
            let (location, name) = place(parameter);
            if location == Location::Cookie && !self.is_lenient() {
                return Err("a cookie parameter is not supported".into());
            }
            let data = parameter.parameter_data_ref();
            let (field, media) = self.parameter(data, base)?;
            let style = if self.is_lenient() { media.or_else(|| style(parameter)) } else { None };
            if self.is_lenient() {
                self.note_depth(&style, location, &field, &format!("{at}/parameters/{}", escaped(&index.to_string())));
            }
            out.push(Parameter { location, name: name.to_owned(), style, field });
        }
        distinguish(&mut out);
        Ok(out)
    }

    /// The field of a parameter, and its style if that is a media type.
    fn parameter(&mut self, data: &'a ParameterData, base: &str) -> Result<(Field, Option<Style>), String> {
        let (schema, style) = match &data.format {
            ParameterSchemaOrContent::Schema(schema) => (Some(schema), None),
            ParameterSchemaOrContent::Content(content) if self.is_lenient() => {
                let first = content.iter().next();
                let json = first.filter(|(name, _)| media::form(name) == MediaForm::Json);
                (json.and_then(|(_, media)| media.schema.as_ref()), json.map(|_| Style::media("application/json")))
            }
            ParameterSchemaOrContent::Content(_) => {
                return Err(format!("parameter {}: content is not supported", data.name));
            }
        };
        // `order[]` and `order` are the same name to a user; the brackets are the encoding's.
        let wire = data.name.strip_suffix("[]").unwrap_or(&data.name);
        let mut field = match schema {
            Some(schema) => {
                let node = Node::of(schema);
                let ty = self.root(node, &format!("{base}{}", pascal(wire)))?;
                self.field_of(wire, node, data.required, ty)?
            }
            // Text of a media type that has no rule: the caller writes it.
            None => {
                let ty = if style.is_some() { Ty::Any } else { Ty::String };
                Field::plain(wire, ty, data.required)
            }
        };
        field.facts.deprecated |= data.deprecated.unwrap_or_default();
        Ok((field, style))
    }

    /// Notes a parameter for whose inner arrays and objects OpenAPI has no form.
    fn note_depth(&mut self, style: &Option<Style>, location: Location, field: &Field, at: &str) {
        let rule = style.as_ref().map_or(StyleRule::Form, |style| style.rule.clone());
        let how = match (&rule, location) {
            (StyleRule::Media(_), _) => return,
            (StyleRule::Deep, _) => "an array in there is sent as `k[x][]=a`, an object as `k[x][y]=a`",
            (StyleRule::Form, Location::Query) if style.as_ref().is_none_or(|style| style.explode) => {
                "an array in a member `x` is sent as `x=a&x=b`, any other array or object in there as JSON"
            }
            _ => "an array or object in there is sent as JSON",
        };
        let is_list = matches!(self.settled(&field.ty), Ty::List(_));
        let is_deep = match rule {
            StyleRule::Deep => is_list || self.holds_structure(&field.ty),
            _ => self.holds_structure(&field.ty),
        };
        if is_deep {
            let how = if rule == StyleRule::Deep && is_list { "an array is sent as `k[]=a`" } else { how };
            self.note(at, &format!("OpenAPI has no form for what parameter `{}` holds: {how}", field.wire));
        }
    }

    /// Tells if a value of a type is an array or an object that holds another one.
    fn holds_structure(&self, ty: &Ty) -> bool {
        let is_structure = |ty: &Ty| match self.settled(ty) {
            Ty::List(_) | Ty::Map(_) | Ty::FreeObject => true,
            Ty::Named(id) => matches!(self.api.get(id).shape, crate::ir::Shape::Object(_)),
            _ => false,
        };
        match self.settled(ty) {
            Ty::List(item) | Ty::Map(item) => is_structure(&item),
            Ty::Named(id) => match &self.api.get(id).shape {
                crate::ir::Shape::Object(fields) => fields.iter().any(|field| is_structure(&field.ty)),
                _ => false,
            },
            _ => false,
        }
    }
}

/// The place and the name by which a parameter is told apart from others.
fn place(parameter: &Source) -> (Location, &str) {
    let location = match parameter {
        Source::Path { .. } => Location::Path,
        Source::Query { .. } => Location::Query,
        Source::Header { .. } => Location::Header,
        Source::Cookie { .. } => Location::Cookie,
    };
    (location, parameter.parameter_data_ref().name.as_str())
}

/// The style of a parameter, if it is not that of its place.
fn style(parameter: &Source) -> Option<Style> {
    let explode = parameter.parameter_data_ref().explode;
    let of = |rule: StyleRule, explode: bool| Style { rule, explode, reserved: false };
    match parameter {
        Source::Query { style, allow_reserved, .. } => {
            let mut found = match style {
                QueryStyle::Form => of(StyleRule::Form, explode.unwrap_or(true)),
                QueryStyle::SpaceDelimited => of(StyleRule::Space, explode.unwrap_or(false)),
                QueryStyle::PipeDelimited => of(StyleRule::Pipe, explode.unwrap_or(false)),
                QueryStyle::DeepObject => of(StyleRule::Deep, true),
            };
            found.reserved = *allow_reserved;
            Some(found).filter(|style| *style != of(StyleRule::Form, true))
        }
        Source::Path { style, .. } => {
            let rule = match style {
                PathStyle::Simple => StyleRule::Simple,
                PathStyle::Label => StyleRule::Label,
                PathStyle::Matrix => StyleRule::Matrix,
            };
            Some(of(rule, explode.unwrap_or(false))).filter(|style| *style != of(StyleRule::Simple, false))
        }
        Source::Header { style: HeaderStyle::Simple, .. } => {
            explode.unwrap_or(false).then(|| of(StyleRule::Simple, true))
        }
        Source::Cookie { .. } => (!explode.unwrap_or(true)).then(|| of(StyleRule::Form, false)),
    }
}

/// Gives each parameter a Rust name of its own: of several with one name those that are not in the path say where they are.
fn distinguish(parameters: &mut [Parameter]) {
    let mut order: Vec<&mut Parameter> = parameters.iter_mut().collect();
    order.sort_by_key(|parameter| parameter.location != Location::Path);
    let mut taken = BTreeSet::new();
    for parameter in order {
        let base = parameter.field.rust.plain().to_owned();
        let place = match parameter.location {
            Location::Path => "path",
            Location::Query => "query",
            Location::Cookie => "cookie",
            Location::Header => "header",
        };
        let mut number = 2;
        while !taken.insert(parameter.field.rust.clone()) {
            let suffix = if number == 2 { place.to_owned() } else { format!("{place}_{number}") };
            parameter.field.rust = RustIdent::field(&format!("{base}_{suffix}"));
            number += 1;
        }
    }
}
