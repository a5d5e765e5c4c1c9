//! The typed document becomes IR: one [`TypeDef`] a schema, with no decision about names.

mod answers;
mod bodies;
mod media;
mod names;
mod operations;
mod parameters;
mod servers;
mod view;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use openapiv3::{OpenAPI, ReferenceOr, Schema};

use crate::config::Names;
use crate::ir::{
    Api, EnumValue, Facts, Field, RustIdent, SchemaOrigin, Shape, Ty, TypeDef, TypeId, TypeName, Union, Variant,
};
use crate::passes::PassReport;
use crate::strictness::PassedOver;
pub(crate) use operations::base_name;
use view::{Kind, Node, View};

/// Turns a document into IR.
///
/// # Errors
/// The document refers to something that it does not have, or has a form that no rule covers; the text says where. In a
/// lenient generation such a form is noted in the report instead, if what is left is right without it.
pub fn lower(document: &OpenAPI, names: &Names, report: &mut PassReport) -> Result<Api, String> {
    let mut lower = Lower { document, names, api: Api::default(), report };
    lower.components()?;
    lower.webhooks()?;
    lower.operations()?;
    Ok(lower.api)
}

struct Lower<'a> {
    document: &'a OpenAPI,
    names: &'a Names,
    api: Api,
    /// Takes the places that are passed over.
    report: &'a mut PassReport,
}

/// The fields of an object as they are collected from the parts of an `allOf`.
type Fields<'a> = IndexMap<&'a str, (Node<'a>, bool)>;

impl<'a> Lower<'a> {
    fn components(&mut self) -> Result<(), String> {
        let schemas = self.schemas();
        for name in schemas.keys() {
            let id = self.push(SchemaOrigin::Component(name.clone()), Facts::default());
            self.api.components.insert(name.clone(), id);
        }
        for (name, schema) in schemas {
            let id = self.component(name)?;
            let node = Node::of(schema);
            let view = self.view(node)?;
            self.api.get_mut(id).facts = view.facts.clone();
            let shape = self.shape(&view, id, "").map_err(|error| format!("#/components/schemas/{name}: {error}"))?;
            self.api.get_mut(id).shape = shape;
        }
        Ok(())
    }

    fn webhooks(&mut self) -> Result<(), String> {
        let Some(webhooks) = self.document.extensions.get("x-webhooks").and_then(|value| value.as_object()) else {
            return Ok(());
        };
        for (event, item) in webhooks {
            let pointer = "/post/requestBody/content/application~1json/schema/$ref";
            // A payload that may be null as well has its reference in an `allOf`.
            let nullable = pointer.replace("/$ref", "/allOf/0/$ref");
            let reference = item.pointer(pointer).or_else(|| item.pointer(&nullable)).and_then(|value| value.as_str());
            let Some(name) = reference else {
                if !self.report.is_lenient() {
                    return Err(format!("#/x-webhooks/{event}: expected a $ref at {pointer}"));
                }
                let place = format!("/webhooks/{}", event.replace('~', "~0").replace('/', "~1"));
                let reason = "no POST with a JSON body: a program that takes it has to read it by itself";
                self.report.pass_over(place, reason)?;
                continue;
            };
            let id = self.component(component_name(name)?)?;
            self.api.webhooks.push((event.clone(), id));
        }
        self.webhook_event();
        Ok(())
    }

    /// The document has a schema for each payload and none for whatever payload comes.
    fn webhook_event(&mut self) {
        if self.api.webhooks.is_empty() {
            return;
        }
        let variant = |(_, id): &(String, TypeId)| Variant {
            ty: Ty::Named(*id),
            label: None,
            rust: RustIdent::default(),
            title: None,
            prose: None,
        };
        let variants = self.api.webhooks.iter().map(variant).collect();
        let id = self.push(SchemaOrigin::Webhooks("WebhookEvent".to_owned()), Facts::default());
        self.api.get_mut(id).shape = Shape::Union(Union { variants, ..Union::default() });
        self.api.webhook_event = Some(id);
    }

    /// The type of a schema in some place; a schema with a form of its own becomes a new type that `owner` holds.
    fn ty(&mut self, node: Node<'a>, owner: TypeId, path: &str) -> Result<Ty, String> {
        self.ty_from(node, SchemaOrigin::Inline { owner, path: path.into() }, owner, path)
    }

    fn ty_from(&mut self, node: Node<'a>, origin: SchemaOrigin, owner: TypeId, path: &str) -> Result<Ty, String> {
        if let Node::Ref(reference) = node {
            return Ok(Ty::Named(self.component(component_name(reference)?)?));
        }
        let view = self.view(node)?;
        if let Some(reference) = view.sole_reference() {
            return Ok(Ty::Named(self.component(component_name(reference)?)?));
        }
        if let Some(simple) = self.simple(&view, owner, path)? {
            return Ok(simple);
        }
        let id = self.push(origin, view.facts.clone());
        let shape = self.shape(&view, id, "")?;
        self.api.get_mut(id).shape = shape;
        Ok(Ty::Named(id))
    }

    /// The type of a schema that needs no definition.
    fn simple(&mut self, view: &View<'a>, owner: TypeId, path: &str) -> Result<Option<Ty>, String> {
        if self.is_floats(view)? {
            return Ok(Some(Ty::Floats));
        }
        if !view.variants.is_empty() || !view.all_of.is_empty() || !view.texts.is_empty() || !view.properties.is_empty()
        {
            return Ok(None);
        }
        Ok(Some(match view.kind {
            Kind::Any => Ty::Any,
            Kind::Boolean => Ty::Boolean,
            Kind::Integer => Ty::Integer,
            Kind::Number => Ty::Number,
            Kind::String if view.facts.format.as_deref() == Some("binary") => Ty::File,
            Kind::String => Ty::String,
            Kind::Array => match view.items {
                Some(items) => Ty::List(Box::new(self.element(items, owner, &format!("{path}[]"))?)),
                None => Ty::List(Box::new(Ty::Any)),
            },
            Kind::Object => match view.values {
                Some(values) => Ty::Map(Box::new(self.element(values, owner, &format!("{path}{{}}"))?)),
                None => Ty::FreeObject,
            },
        }))
    }

    /// Whether the schema is a list of numbers beside a text of format `byte`: the same numbers in base64.
    fn is_floats(&self, view: &View<'a>) -> Result<bool, String> {
        let [one, other] = view.variants.as_slice() else { return Ok(false) };
        let (one, other) = (self.view(*one)?, self.view(*other)?);
        let (list, text) = if one.kind == Kind::Array { (one, other) } else { (other, one) };
        let numbers = match list.items {
            Some(items) => self.view(items)?.kind == Kind::Number,
            None => false,
        };
        Ok(numbers && text.kind == Kind::String && text.facts.format.as_deref() == Some("byte"))
    }

    /// The type of an item or map value, which may be null.
    fn element(&mut self, node: Node<'a>, owner: TypeId, path: &str) -> Result<Ty, String> {
        let ty = self.ty(node, owner, path)?;
        Ok(if self.view(node)?.facts.nullable { Ty::Nullable(Box::new(ty)) } else { ty })
    }

    /// The form of a schema that has a definition; `id` is its type.
    fn shape(&mut self, view: &View<'a>, id: TypeId, path: &str) -> Result<Shape, String> {
        if let Some(reference) = view.sole_reference() {
            return Ok(Shape::Alias(Ty::Named(self.component(component_name(reference)?)?)));
        }
        if !view.texts.is_empty() {
            let values = view.texts.iter();
            let values =
                values.map(|text| EnumValue { wire: text.clone(), rust: RustIdent::variant(text), prose: None });
            return Ok(Shape::Enum(values.collect()));
        }
        let is_base = !view.variants.is_empty() && view.all_of.is_empty() && self.is_base(view)?;
        if !is_base && (!view.all_of.is_empty() || !view.properties.is_empty()) {
            let mut fields = Fields::new();
            let mut union = None;
            self.collect(view, &mut fields, &mut union, 0)?;
            // A part that only says which fields go together has no fields; one that is a union of its own is what
            // the schema is, and the fields beside it stay in `extra`.
            if let (Some(part), true) = (union, view.properties.is_empty()) {
                let node_only = self.union(&part, id)?;
                return Ok(Shape::Union(node_only));
            }
            return self.object(fields, id, path);
        }
        if !view.variants.is_empty() && !self.is_floats(view)? {
            return Ok(Shape::Union(self.union(view, id)?));
        }
        let simple = self.simple(view, id, path)?;
        simple.map(Shape::Alias).ok_or_else(|| "no rule for this form of schema".into())
    }

    /// Says if a schema has only such fields as each of its variants has too. Then it is a union: an object of its own
    /// fields would have none of the variants' others.
    fn is_base(&self, view: &View<'a>) -> Result<bool, String> {
        for node in &view.variants {
            let variant = match node {
                Node::Ref(reference) => self.view(self.target(reference)?)?,
                node => self.view(*node)?,
            };
            let has = |name: &str| variant.properties.iter().any(|(known, _)| *known == name);
            if !view.properties.iter().all(|(name, _)| has(name)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn object(&mut self, fields: Fields<'a>, id: TypeId, path: &str) -> Result<Shape, String> {
        let mut out = Vec::with_capacity(fields.len());
        for (wire, (node, required)) in fields {
            out.push(self.field(wire, node, required, id, &format!("{path}.{wire}"))?);
        }
        disambiguate(&mut out);
        Ok(Shape::Object(out))
    }

    fn field(
        &mut self,
        wire: &str,
        node: Node<'a>,
        required: bool,
        owner: TypeId,
        path: &str,
    ) -> Result<Field, String> {
        let ty = self.ty(node, owner, path)?;
        self.field_of(wire, node, required, ty)
    }

    fn field_of(&mut self, wire: &str, node: Node<'a>, required: bool, ty: Ty) -> Result<Field, String> {
        let facts = self.view(node)?.facts;
        Ok(Field { nullable: facts.nullable, facts, ..Field::plain(wire, ty, required) })
    }

    fn union(&mut self, view: &View<'a>, id: TypeId) -> Result<Union, String> {
        let mut variants = Vec::with_capacity(view.variants.len());
        for node in &view.variants {
            let ty = match self.extended(*node)? {
                Some(base) => base,
                None => self.ty(*node, id, "|")?,
            };
            let facts = self.view(*node)?.facts;
            variants.push(Variant { rust: RustIdent::default(), ty, label: None, title: facts.title, prose: None });
        }
        Ok(Union { variants, discriminator: view.discriminator.clone(), ..Union::default() })
    }

    /// The type that a variant only extends: `allOf` of a reference and optional fields. A stream's events over a
    /// WebSocket are such; a second type an event would help nobody, and the fields are kept in `extra`.
    fn extended(&self, node: Node<'a>) -> Result<Option<Ty>, String> {
        let Node::Schema(_) = node else { return Ok(None) };
        let view = self.view(node)?;
        let [Node::Ref(base), extension @ Node::Schema(_)] = view.all_of.as_slice() else { return Ok(None) };
        let extension = self.view(*extension)?;
        let only_fields = extension.variants.is_empty() && extension.all_of.is_empty();
        if !only_fields || !extension.required.is_empty() || !view.properties.is_empty() {
            return Ok(None);
        }
        Ok(Some(Ty::Named(self.component(component_name(base)?)?)))
    }

    /// Collects the fields of a schema and of the parts of its `allOf`; a later part refines an earlier one.
    fn collect(
        &self,
        view: &View<'a>,
        fields: &mut Fields<'a>,
        union: &mut Option<View<'a>>,
        depth: usize,
    ) -> Result<(), String> {
        /// A lenient import cuts chains that are longer than this, and circles.
        const MOST: usize = 100;
        if depth > MOST {
            return Err("allOf refers to itself".into());
        }
        for part in &view.all_of {
            let part = match part {
                Node::Ref(reference) => self.view(self.target(reference)?)?,
                node => self.view(*node)?,
            };
            self.collect(&part, fields, union, depth + 1)?;
            if !part.variants.is_empty() && part.properties.is_empty() {
                *union = Some(part);
            }
        }
        for (name, node) in &view.properties {
            let known = fields.get(name).copied();
            // A part that only names a field again says nothing about its form.
            let node = match known {
                Some((known, _)) if self.is_formless(*node)? => known,
                _ => *node,
            };
            fields.insert(name, (node, known.is_some_and(|(_, required)| required)));
        }
        for name in &view.required {
            if let Some((_, required)) = fields.get_mut(name) {
                *required = true;
            }
        }
        Ok(())
    }

    /// Says if a schema allows any JSON.
    fn is_formless(&self, node: Node<'a>) -> Result<bool, String> {
        let view = self.view(node)?;
        let is_bare = view.reference.is_none() && view.kind == Kind::Any && view.texts.is_empty();
        Ok(is_bare && view.all_of.is_empty() && view.variants.is_empty() && view.properties.is_empty())
    }

    fn view(&self, node: Node<'a>) -> Result<View<'a>, String> {
        match node {
            Node::Ref(reference) => {
                // The form of what is referred to is looked at in its own place; here only the reference counts.
                self.target(reference)?;
                Ok(View::reference(reference))
            }
            Node::Schema(schema) => View::of(schema),
        }
    }

    fn target(&self, reference: &str) -> Result<Node<'a>, String> {
        let name = component_name(reference)?;
        let schema = self.schemas().get(name);
        schema.map(Node::of).ok_or_else(|| format!("{reference} refers to a schema that the document does not have"))
    }

    fn component(&self, name: &str) -> Result<TypeId, String> {
        let id = self.api.components.get(name).copied();
        id.ok_or_else(|| format!("#/components/schemas/{name} does not exist"))
    }

    fn schemas(&self) -> &'a IndexMap<String, ReferenceOr<Schema>> {
        static EMPTY: std::sync::LazyLock<IndexMap<String, ReferenceOr<Schema>>> =
            std::sync::LazyLock::new(IndexMap::new);
        match &self.document.components {
            Some(components) => &components.schemas,
            None => &EMPTY,
        }
    }

    /// Tells if the rules are those of OpenAPI, and what no rule covers is noted.
    fn is_lenient(&self) -> bool {
        self.report.is_lenient()
    }

    /// Notes a place that is not done as the document says, in a lenient generation.
    fn note(&mut self, pointer: impl Into<String>, reason: &str) {
        if self.is_lenient() {
            self.report.passed_over.push(PassedOver::new(pointer, reason));
        }
    }

    /// A type without the aliases around it.
    fn settled(&self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        // Aliases may refer to each other in a circle.
        for _ in 0..self.api.types.len() {
            match ty {
                Ty::Named(id) => match &self.api.get(id).shape {
                    Shape::Alias(target) => ty = target.clone(),
                    _ => return Ty::Named(id),
                },
                other => return other,
            }
        }
        Ty::Any
    }

    fn push(&mut self, origin: SchemaOrigin, facts: Facts) -> TypeId {
        let id = TypeId(self.api.types.len());
        self.api.types.push(TypeDef {
            origin,
            name: TypeName::default(),
            listed: false,
            own_name: None,
            facts,
            shape: Shape::Alias(Ty::Any),
            areas: BTreeSet::new(),
            in_request: false,
            in_response: false,
            prose: None,
        });
        id
    }
}

/// Two wire names may make the same Rust name (`hate/threatening`, `hate-threatening`): the later ones get a number.
fn disambiguate(fields: &mut [Field]) {
    let mut taken = BTreeSet::new();
    for field in fields {
        let base = field.rust.clone();
        let mut number = 2;
        while !taken.insert(field.rust.clone()) {
            field.rust = RustIdent::field(&format!("{}_{number}", base.plain()));
            number += 1;
        }
    }
}

/// A key as a step of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn component_name(reference: &str) -> Result<&str, String> {
    let name = reference.strip_prefix("#/components/schemas/");
    name.ok_or_else(|| format!("{reference}: only references to #/components/schemas are supported"))
}
