//! Which operation a method and path belong to.

use openai_raw::index::{OPERATIONS, OperationEntry};

/// Finds an operation; a literal segment wins over a parameter, and a fixed query must be there.
#[must_use]
pub fn find(method: &str, path: &str, query: &str) -> Option<&'static OperationEntry> {
    let path = path.strip_prefix("/v1/").map_or(path, |_| &path[3..]);
    let pairs: Vec<&str> = query.trim_start_matches('?').split('&').collect();
    let fits = |operation: &&OperationEntry| {
        operation.method.eq_ignore_ascii_case(method)
            && operation.query.iter().all(|(name, value)| pairs.contains(&format!("{name}={value}").as_str()))
    };
    let candidates = OPERATIONS.iter().filter(fits).filter_map(|operation| {
        let parameters = match_path(operation.path, path)?;
        Some((parameters, usize::MAX - operation.query.len(), operation))
    });
    candidates.min_by_key(|(parameters, query, _)| (*parameters, *query)).map(|(_, _, operation)| operation)
}

/// Returns the number of parameters that the template takes to match the path.
fn match_path(template: &str, path: &str) -> Option<usize> {
    let split = |text: &str| text.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (template, path) = (split(template), split(path));
    if template.len() != path.len() {
        return None;
    }
    let mut parameters = 0;
    for (part, given) in template.iter().zip(&path) {
        if part.starts_with('{') {
            parameters += 1;
        } else if part != given {
            return None;
        }
    }
    Some(parameters)
}
