//! From method, path and query to an operation.

use http::Method;
use percent_encoding::percent_decode_str;

use super::operation::{Operation, Segment, operations};

/// The meaning of a request.
#[derive(Debug)]
pub(crate) enum Route {
    /// The operation, and the values of its path parameters, decoded.
    Found(&'static Operation, Vec<(&'static str, String)>),
    /// The path is known; these methods are allowed on it.
    WrongMethod(Vec<&'static Method>),
    Unknown,
}

/// Finds the operation of a path below the base URL, such as `/files/file-1`.
pub(crate) fn route(method: &Method, path: &str, query: &[(String, String)]) -> Route {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut matching: Vec<&'static Operation> =
        operations().iter().filter(|operation| matches(operation, &segments) && carries(operation, query)).collect();
    // False sorts before true: a literal segment wins over a parameter, from left to right, and then the operation
    // that asks for more of the query.
    matching.sort_by_key(|operation| (parameter_mask(operation), std::cmp::Reverse(operation.fixed_query.len())));
    let Some(found) = matching.iter().find(|operation| operation.method() == method) else {
        let methods: Vec<_> = matching.iter().map(|operation| operation.method()).collect();
        return if methods.is_empty() { Route::Unknown } else { Route::WrongMethod(methods) };
    };
    Route::Found(found, parameters(found, &segments))
}

fn matches(operation: &Operation, segments: &[&str]) -> bool {
    operation.segments.len() == segments.len()
        && operation.segments.iter().zip(segments).all(|(template, segment)| match template {
            Segment::Literal(literal) => literal == segment,
            Segment::Parameter(_) => !segment.is_empty(),
        })
}

fn carries(operation: &Operation, query: &[(String, String)]) -> bool {
    operation.fixed_query.iter().all(|fixed| query.contains(fixed))
}

fn parameter_mask(operation: &Operation) -> Vec<bool> {
    operation.segments.iter().map(|segment| matches!(segment, Segment::Parameter(_))).collect()
}

fn parameters(operation: &'static Operation, segments: &[&str]) -> Vec<(&'static str, String)> {
    let pairs = operation.segments.iter().zip(segments);
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    pairs
        .filter_map(|(template, segment)| match template {
            Segment::Parameter(name) => Some((name.as_str(), decode(segment))),
            Segment::Literal(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: Method, path: &str, query: &[(&str, &str)]) -> (String, Vec<(&'static str, String)>) {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match route(&method, path, &query) {
            Route::Found(operation, parameters) => (operation.id().to_owned(), parameters),
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    #[test]
    fn a_literal_segment_wins_over_a_parameter() {
        assert_eq!(found(Method::POST, "/threads/runs", &[]).0, "createThreadAndRun");
        assert_eq!(found(Method::POST, "/threads/thread_1", &[]).0, "modifyThread");
        assert_eq!(found(Method::POST, "/videos/characters", &[]).0, "CreateVideoCharacter");
    }

    #[test]
    fn parameters_are_decoded() {
        let (id, parameters) = found(Method::GET, "/models/ft%3Agpt%2F4", &[]);
        assert_eq!(id, "retrieveModel");
        assert_eq!(parameters, [("model", "ft:gpt/4".to_owned())]);
    }

    #[test]
    fn the_query_selects_the_beta_operation() {
        assert_eq!(found(Method::POST, "/responses", &[]).0, "createResponse");
        assert_eq!(found(Method::POST, "/responses", &[("beta", "true")]).0, "beta_createResponse");
        assert_eq!(found(Method::POST, "/responses", &[("beta", "false")]).0, "createResponse");
        assert_eq!(found(Method::GET, "/models", &[("beta", "true")]).0, "listModels");
    }

    #[test]
    fn every_operation_is_its_own_route() {
        for operation in operations() {
            let path = operation.path().replace('{', "x").replace('}', "");
            match route(operation.method(), &path, operation.fixed_query()) {
                Route::Found(found, _) => assert_eq!(found.id(), operation.id(), "{path}"),
                other => panic!("{path}: {other:?}"),
            }
        }
        assert_eq!(operations().len(), 388);
    }

    #[test]
    fn unknown_paths_and_wrong_methods_are_told_apart() {
        assert!(matches!(route(&Method::GET, "/nothing", &[]), Route::Unknown));
        assert!(matches!(route(&Method::GET, "/models/", &[]), Route::Unknown));
        match route(&Method::PUT, "/chat/completions", &[]) {
            Route::WrongMethod(methods) => assert_eq!(methods, [&Method::GET, &Method::POST]),
            other => panic!("{other:?}"),
        }
    }
}
