//! Which operations begin, change or fetch what takes a while, and how it is followed.

use super::report::PassReport;
use crate::config::{Names, PollingName};
use crate::ir::{Api, Field, Location, Operation, Polling, Response, Shape, Source, States, Ty};

/// Binds the operations that names.toml has under `polling`. One that the document does not have is told, and so is a
/// state that is no value of the document's enum; what can't work is an error.
pub(super) fn run(api: &mut Api, names: &Names, report: &mut PassReport) -> Result<(), String> {
    for (id, name) in &names.polling {
        let Some(retrieve) = find(api, id) else {
            report.to_do(format!("polling: the document has no operation {id}"));
            continue;
        };
        let wrong = |problem: String| format!("codegen/names.toml: polling.{id}: {problem}");
        bind(api, retrieve, name, report).map_err(wrong)?;
    }
    let bound = |test: fn(&Polling) -> bool| {
        api.operations.iter().filter_map(|op| op.polling.as_ref()).filter(|p| test(p)).count()
    };
    let (fetch, begin) = (bound(|polling| polling.states.is_some()), bound(|polling| polling.states.is_none()));
    if fetch > 0 {
        report.add(format!("polling: {fetch} long operations, {begin} operations that begin or change one"));
    }
    Ok(())
}

fn bind(api: &mut Api, retrieve: usize, name: &PollingName, report: &mut PassReport) -> Result<(), String> {
    let target = &api.operations[retrieve];
    let id = target.id.clone();
    if target.body.is_some() {
        return Err("an operation that fetches a state has no body".into());
    }
    if target.parameters.iter().any(|one| one.location == Location::Query && one.field.required) {
        return Err("an operation that fetches a state has no parameter but those of its path".into());
    }
    if let Some(twin) = api.operations.iter().find(|op| op.resource == target.resource && is_fetch(op)) {
        return Err(format!("{} fetches states too, and both would be `{}.poll`", twin.id, twin.resource));
    }
    check_states(api, target, name, report)?;
    let path = path_names(target).map(|name| (name, Source::Path)).collect();
    let states = States {
        field: name.field.clone(),
        pending: name.pending.clone(),
        done: name.done.clone(),
        interval: name.interval,
    };
    api.operations[retrieve].polling = Some(Polling { retrieve, path, is_state: true, states: Some(states) });
    if let Some(stray) = name.id.keys().find(|operation| !name.by.contains(operation)) {
        return Err(format!("`id` has {stray}, which `by` has not"));
    }
    for by in &name.by {
        let Some(index) = find(api, by) else {
            report.to_do(format!("polling: the document has no operation {by}, which {id} is to follow"));
            continue;
        };
        let fields = name.id.get(by).map_or("id", String::as_str);
        let polling = follow(api, index, retrieve, fields).map_err(|problem| format!("{by}: {problem}"))?;
        api.operations[index].polling = Some(polling);
    }
    Ok(())
}

/// Whether the states are complete and told apart, and what the document says of them.
fn check_states(api: &Api, target: &Operation, name: &PollingName, report: &mut PassReport) -> Result<(), String> {
    if name.pending.is_empty() || name.done.is_empty() {
        return Err("`pending` and `done` need a state each".into());
    }
    if let Some(state) = name.pending.iter().find(|state| name.done.contains(state)) {
        return Err(format!("`{state}` is both in `pending` and in `done`"));
    }
    let field = answer_field(api, target, &name.field).ok_or_else(|| format!("it answers no `{}`", name.field))?;
    let Some(Shape::Enum(values)) = field.ty.named().map(|ty| &api.get(ty).shape) else { return Ok(()) };
    let named = || name.pending.iter().chain(&name.done);
    let beyond: Vec<&str> =
        named().filter(|state| !values.iter().any(|value| value.wire == **state)).map(String::as_str).collect();
    if !beyond.is_empty() {
        report.to_do(format!("polling: {} has states that the document has not: {}", target.id, beyond.join(", ")));
    }
    let missing: Vec<&str> =
        values.iter().map(|value| value.wire.as_str()).filter(|value| !named().any(|state| state == value)).collect();
    if !missing.is_empty() {
        report.to_do(format!(
            "polling: {} has states that are neither pending nor done: {}",
            target.id,
            missing.join(", ")
        ));
    }
    Ok(())
}

/// How one operation is followed by another: the last parameter of that path is the id, the others are in the first
/// one's path or, by their names, in its answer.
fn follow(api: &Api, index: usize, retrieve: usize, id: &str) -> Result<Polling, String> {
    let (operation, target) = (&api.operations[index], &api.operations[retrieve]);
    if operation.polling.is_some() {
        return Err("another entry has it already".into());
    }
    let names: Vec<String> = path_names(target).collect();
    let own: Vec<String> = path_names(operation).collect();
    let mut path = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let is_last = place + 1 == names.len();
        let source = if !is_last && own.contains(name) {
            Source::Path
        } else {
            let fields: Vec<String> = if is_last { id } else { name }.split('.').map(str::to_owned).collect();
            if !leads_to_text(api, &operation.response, &fields) {
                let what = fields.join(".");
                return Err(format!("`{name}` of {} is neither in its path nor in its answer, as `{what}`", target.id));
            }
            Source::Answer(fields)
        };
        path.push((name.clone(), source));
    }
    let is_state = operation.response == target.response;
    if !is_state && id == "id" {
        return Err(format!("it answers another type than {}; say in `id` which field is that one's id", target.id));
    }
    Ok(Polling { retrieve, path, is_state, states: None })
}

fn find(api: &Api, id: &str) -> Option<usize> {
    api.operations.iter().position(|operation| operation.id == id)
}

fn is_fetch(operation: &Operation) -> bool {
    operation.polling.as_ref().is_some_and(|polling| polling.states.is_some())
}

/// The parameters of a path, in its order.
fn path_names(operation: &Operation) -> impl Iterator<Item = String> {
    let mut names: Vec<(usize, String)> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location == Location::Path)
        .map(|parameter| &parameter.field.wire)
        .map(|name| (operation.path.find(&format!("{{{name}}}")).unwrap_or(usize::MAX), name.clone()))
        .collect();
    names.sort();
    names.into_iter().map(|(_, name)| name)
}

fn answer_field<'a>(api: &'a Api, operation: &Operation, name: &str) -> Option<&'a Field> {
    match &operation.response {
        Response::Json(ty) => field(api, ty, name),
        _ => None,
    }
}

fn field<'a>(api: &'a Api, ty: &Ty, name: &str) -> Option<&'a Field> {
    match &api.get(ty.named()?).shape {
        Shape::Object(fields) => fields.iter().find(|field| field.wire == name),
        _ => None,
    }
}

fn leads_to_text(api: &Api, response: &Response, fields: &[String]) -> bool {
    let Response::Json(ty) = response else { return false };
    let found = fields.iter().try_fold(ty, |ty, name| field(api, ty, name).map(|field| &field.ty));
    found == Some(&Ty::String)
}
