//! Takes out types that only stand for another one.

use super::report::PassReport;
use crate::ir::{Api, Response, Shape, Ty, TypeId};

/// Replaces every use of an alias by what it stands for.
pub(super) fn run(api: &mut Api) -> Result<(), String> {
    let mut resolver = Resolver { api, done: vec![None; api.types.len()], open: vec![false; api.types.len()], cuts: 0 };
    let targets: Vec<Option<Ty>> = api.ids().map(|id| resolver.target(id)).collect::<Result<_, _>>()?;
    for_each_ty(api, &mut |ty| replace(ty, &targets));
    Ok(())
}

/// Gives each webhook the type that its payload stands for. One whose payload has no type of its own is passed over.
///
/// # Errors
/// There is such a payload, and the generation is strict.
pub(super) fn webhooks(api: &mut Api, report: &mut PassReport) -> Result<(), String> {
    for (event, id) in std::mem::take(&mut api.webhooks) {
        match &api.get(id).shape {
            Shape::Alias(Ty::Named(target)) => api.webhooks.push((event, *target)),
            Shape::Alias(_) => {
                let place = format!("/webhooks/{}", event.replace('~', "~0").replace('/', "~1"));
                report.pass_over(place, "its payload is neither an object nor one of several: no type of a webhook")?;
            }
            _ => api.webhooks.push((event, id)),
        }
    }
    Ok(())
}

fn replace(ty: &mut Ty, targets: &[Option<Ty>]) {
    match ty {
        Ty::Named(id) => {
            if let Some(target) = &targets[id.0] {
                *ty = target.clone();
            }
        }
        Ty::List(inner) | Ty::Map(inner) | Ty::Nullable(inner) | Ty::Boxed(inner) => replace(inner, targets),
        _ => {}
    }
}

/// Finds what aliases stand for, each once.
struct Resolver<'a> {
    api: &'a Api,
    done: Vec<Option<Ty>>,
    /// Set for the aliases on the way here.
    open: Vec<bool>,
    /// The number of aliases that led back to one on the way. What was found meanwhile depends on where the way began.
    cuts: usize,
}

impl Resolver<'_> {
    /// Returns the type that an alias stands for in the end, `None` for other types.
    fn target(&mut self, id: TypeId) -> Result<Option<Ty>, String> {
        let Shape::Alias(_) = &self.api.get(id).shape else { return Ok(None) };
        self.alias(id, false).map(Some)
    }

    /// `inside` says that a list or map lies between this alias and the first one on the way.
    fn alias(&mut self, id: TypeId, inside: bool) -> Result<Ty, String> {
        // Links of a chain are followed here one after the other: there may be thousands.
        let mut links = Vec::new();
        let cuts = self.cuts;
        let mut at = id;
        let found = loop {
            if let Some(known) = &self.done[at.0] {
                break known.clone();
            }
            if self.open[at.0] {
                if !inside {
                    return Err("schemas refer to each other in a circle without any form".into());
                }
                // A list or map of itself has no Rust type without a name of its own; any JSON holds its values.
                self.cuts += 1;
                break Ty::Any;
            }
            let Shape::Alias(target) = &self.api.get(at).shape else { break Ty::Named(at) };
            self.open[at.0] = true;
            links.push(at);
            match target {
                Ty::Named(next) => at = *next,
                other => break self.ty(other, inside)?,
            }
        };
        for link in links {
            self.open[link.0] = false;
            if self.cuts == cuts {
                self.done[link.0] = Some(found.clone());
            }
        }
        Ok(found)
    }

    fn ty(&mut self, ty: &Ty, inside: bool) -> Result<Ty, String> {
        Ok(match ty {
            Ty::Named(id) => self.alias(*id, inside)?,
            Ty::List(inner) => Ty::List(Box::new(self.ty(inner, true)?)),
            Ty::Map(inner) => Ty::Map(Box::new(self.ty(inner, true)?)),
            Ty::Nullable(inner) => Ty::Nullable(Box::new(self.ty(inner, inside)?)),
            Ty::Boxed(inner) => Ty::Boxed(Box::new(self.ty(inner, inside)?)),
            other => other.clone(),
        })
    }
}

/// Calls `change` with every use of a type in the API.
pub(super) fn for_each_ty(api: &mut Api, change: &mut dyn FnMut(&mut Ty)) {
    for def in &mut api.types {
        match &mut def.shape {
            Shape::Object(fields) => fields.iter_mut().for_each(|field| change(&mut field.ty)),
            Shape::Union(union) => union.variants.iter_mut().for_each(|variant| change(&mut variant.ty)),
            Shape::Alias(ty) => change(ty),
            Shape::Enum(_) => {}
        }
    }
    for operation in &mut api.operations {
        operation.parameters.iter_mut().for_each(|parameter| change(&mut parameter.field.ty));
        if let Some(body) = &mut operation.body {
            change(&mut body.ty);
        }
        if let Response::Json(ty) = &mut operation.response {
            change(ty);
        }
        if let Some(stream) = &mut operation.stream {
            change(&mut stream.event);
        }
        if let Some(paging) = &mut operation.paging {
            change(&mut paging.item);
        }
    }
}
