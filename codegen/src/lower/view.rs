//! One look at a schema, whichever way openapiv3 holds it.

use openapiv3::{
    AdditionalProperties, AnySchema, ReferenceOr, Schema, SchemaKind, StringFormat, Type, VariantOrUnknownOrEmpty,
};

use crate::ir::Facts;

/// A schema or a reference to one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Ref(&'a str),
    Schema(&'a Schema),
}

/// The JSON kind that `type` names.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Kind {
    #[default]
    Any,
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
}

/// A schema, flat.
#[derive(Clone, Debug, Default)]
pub(super) struct View<'a> {
    pub reference: Option<&'a str>,
    pub kind: Kind,
    pub facts: Facts,
    /// Values of a string enum.
    pub texts: Vec<String>,
    pub properties: Vec<(&'a str, Node<'a>)>,
    pub required: Vec<&'a str>,
    pub items: Option<Node<'a>>,
    /// The schema of a map's values.
    pub values: Option<Node<'a>>,
    pub all_of: Vec<Node<'a>>,
    /// `oneOf` or `anyOf`; only those that are a form, not those that just name required fields.
    pub variants: Vec<Node<'a>>,
    pub discriminator: Option<String>,
}

impl<'a> Node<'a> {
    pub(super) fn of(schema: &'a ReferenceOr<Schema>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Node::Ref(reference),
            ReferenceOr::Item(schema) => Node::Schema(schema),
        }
    }

    fn boxed(schema: &'a ReferenceOr<Box<Schema>>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Node::Ref(reference),
            ReferenceOr::Item(schema) => Node::Schema(schema),
        }
    }
}

impl<'a> View<'a> {
    pub(super) fn reference(reference: &'a str) -> Self {
        Self { reference: Some(reference), ..Self::default() }
    }

    /// The only thing this schema says about its form, if that is a reference (siblings only add facts).
    pub(super) fn sole_reference(&self) -> Option<&'a str> {
        if self.reference.is_some() {
            return self.reference;
        }
        match self.all_of.as_slice() {
            [Node::Ref(reference)] if self.properties.is_empty() && self.variants.is_empty() => Some(reference),
            _ => None,
        }
    }

    pub(super) fn of(schema: &'a Schema) -> Result<Self, String> {
        let data = &schema.schema_data;
        let mut view = View {
            facts: Facts {
                nullable: data.nullable,
                default: data.default.clone(),
                deprecated: data.deprecated,
                title: data.title.clone(),
                ..Facts::default()
            },
            discriminator: data.discriminator.as_ref().map(|found| found.property_name.clone()),
            ..View::default()
        };
        match &schema.schema_kind {
            SchemaKind::Type(found) => view.typed(found),
            SchemaKind::OneOf { one_of: parts } | SchemaKind::AnyOf { any_of: parts } => view.alternatives(parts),
            SchemaKind::AllOf { all_of } => view.all_of = all_of.iter().map(Node::of).collect(),
            SchemaKind::Not { .. } => {}
            SchemaKind::Any(any) => view.any(any)?,
        }
        Ok(view)
    }

    fn typed(&mut self, found: &'a Type) {
        match found {
            Type::String(string) => {
                self.kind = Kind::String;
                self.texts = string.enumeration.iter().flatten().cloned().collect();
                self.facts.format = match &string.format {
                    VariantOrUnknownOrEmpty::Item(format) => Some(string_format(*format).into()),
                    VariantOrUnknownOrEmpty::Unknown(format) => Some(format.clone()),
                    VariantOrUnknownOrEmpty::Empty => None,
                };
                self.facts.length = (string.min_length, string.max_length);
                self.facts.pattern.clone_from(&string.pattern);
            }
            Type::Number(number) => {
                self.kind = Kind::Number;
                self.facts.minimum = number.minimum.map(|bound| (bound, number.exclusive_minimum));
                self.facts.maximum = number.maximum.map(|bound| (bound, number.exclusive_maximum));
            }
            Type::Integer(integer) => {
                self.kind = Kind::Integer;
                self.facts.minimum = integer.minimum.map(|bound| (bound as f64, integer.exclusive_minimum));
                self.facts.maximum = integer.maximum.map(|bound| (bound as f64, integer.exclusive_maximum));
                self.facts.values = integer.enumeration.iter().flatten().copied().collect();
                if let VariantOrUnknownOrEmpty::Unknown(format) = &integer.format {
                    self.facts.format = Some(format.clone());
                }
            }
            Type::Boolean(_) => self.kind = Kind::Boolean,
            Type::Array(array) => {
                self.kind = Kind::Array;
                self.items = array.items.as_ref().map(Node::boxed);
                self.facts.items = (array.min_items, array.max_items);
            }
            Type::Object(object) => {
                self.kind = Kind::Object;
                let properties = object.properties.iter();
                self.properties = properties.map(|(name, schema)| (name.as_str(), Node::boxed(schema))).collect();
                self.required = object.required.iter().map(String::as_str).collect();
                self.map_values(object.additional_properties.as_ref());
            }
        }
    }

    /// A schema that mixes keywords which openapiv3 keeps apart.
    fn any(&mut self, any: &'a AnySchema) -> Result<(), String> {
        self.kind = match any.typ.as_deref() {
            None => Kind::Any,
            Some("string") => Kind::String,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("array") => Kind::Array,
            Some("object") => Kind::Object,
            Some(other) => return Err(format!("unknown type {other}")),
        };
        let properties = any.properties.iter();
        self.properties = properties.map(|(name, schema)| (name.as_str(), Node::boxed(schema))).collect();
        self.required = any.required.iter().map(String::as_str).collect();
        self.items = any.items.as_ref().map(Node::boxed);
        self.map_values(any.additional_properties.as_ref());
        self.all_of = any.all_of.iter().map(Node::of).collect();
        self.alternatives(&any.one_of);
        self.alternatives(&any.any_of);
        self.texts = any.enumeration.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
        self.facts.minimum = any.minimum.map(|bound| (bound, any.exclusive_minimum.unwrap_or_default()));
        self.facts.maximum = any.maximum.map(|bound| (bound, any.exclusive_maximum.unwrap_or_default()));
        self.facts.length = (any.min_length, any.max_length);
        self.facts.items = (any.min_items, any.max_items);
        self.facts.pattern.clone_from(&any.pattern);
        self.facts.format.clone_from(&any.format);
        if !self.properties.is_empty() || self.kind == Kind::Any && self.items.is_some() {
            self.kind = if self.properties.is_empty() { Kind::Array } else { Kind::Object };
        }
        Ok(())
    }

    fn alternatives(&mut self, parts: &'a [ReferenceOr<Schema>]) {
        let forms = parts.iter().map(Node::of).filter(|node| !is_condition(*node));
        self.variants.extend(forms);
    }

    fn map_values(&mut self, additional: Option<&'a AdditionalProperties>) {
        if let Some(AdditionalProperties::Schema(schema)) = additional {
            self.values = Some(Node::of(schema));
        }
    }
}

/// Whether an alternative only says which fields must be there.
fn is_condition(node: Node<'_>) -> bool {
    match node {
        Node::Ref(_) => false,
        Node::Schema(schema) => match &schema.schema_kind {
            SchemaKind::Any(any) => {
                any.typ.is_none()
                    && any.properties.is_empty()
                    && any.one_of.is_empty()
                    && any.any_of.is_empty()
                    && any.all_of.is_empty()
                    && any.enumeration.is_empty()
                    && !any.required.is_empty()
            }
            _ => false,
        },
    }
}

fn string_format(format: StringFormat) -> &'static str {
    match format {
        StringFormat::Date => "date",
        StringFormat::DateTime => "date-time",
        StringFormat::Password => "password",
        StringFormat::Byte => "byte",
        StringFormat::Binary => "binary",
    }
}
