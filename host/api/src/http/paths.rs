//! The paths as they are described, `/api/nodes/{node}`: what requests are
//! counted by, as there are few of them whatever is asked for; and which of them
//! take no parameters.

use axum::http::Method;
use matchit::Router;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{self, PathItem, RefOr};

/// What stands for every path that there is not.
const NONE: &str = "none";

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Paths(Router<Path>);

#[derive(Debug)]
struct Path {
    described: Box<str>,
    /// The methods that take no parameters in the query.
    plain: Vec<Method>,
}

impl Paths {
    /// Those of the document; and `others`, which read their parameters themselves.
    pub(crate) fn new(document: &openapi::Paths, others: &[&str]) -> Self {
        let mut paths = Router::new();
        let described = document.paths.iter().map(|(path, item)| (path.as_str(), plain(item)));
        for (path, plain) in described.chain(others.iter().map(|path| (*path, Vec::new()))) {
            if let Err(error) = paths.insert(path, Path { described: path.into(), plain }) {
                tracing::error!(path, %error, "requests to this path are not counted as such");
            }
        }
        Self(paths)
    }

    /// Whether what is described there takes no parameters in the query.
    pub(crate) fn takes_none(&self, method: &Method, path: &str) -> bool {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.at(path).is_ok_and(|found| found.value.plain.contains(method))
    }

    /// What the path of a request is described as.
    pub(crate) fn of(&self, path: &str) -> &str {
        self.0.at(path).map_or(NONE, |found| &found.value.described)
    }
}

/// The methods of a path that take no parameters in the query.
fn plain(item: &PathItem) -> Vec<Method> {
    let is_plain = |operation: &Operation| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().all(|one| match one {
            RefOr::T(one) => one.parameter_in != ParameterIn::Query,
            RefOr::Ref(_) => false,
        })
    };
    [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().is_some_and(is_plain).then_some(method))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{routes, sockets};

    #[test]
    fn every_path_that_is_described_is_told_apart_from_all_others() {
        let described = routes::described().into_openapi().paths;
        let all = || described.paths.keys().map(String::as_str).chain(sockets::PATHS);
        let paths = Paths::new(&described, &sockets::PATHS);
        for path in all() {
            assert_eq!(paths.of(&path.replace(['{', '}'], "")), path);
        }
        assert_eq!(paths.of("/api/nodes/pve1/status"), "/api/nodes/{node}/status");
        assert_eq!(paths.of("/api/nothing"), NONE);
        for (method, path, expected) in [
            (Method::GET, "/api/auth/me", true),
            (Method::HEAD, "/api/auth/me", true),
            (Method::GET, "/api/nodes", false),
            (Method::DELETE, "/api/auth/me", false),
            (Method::GET, "/ws/events", false),
        ] {
            assert_eq!(paths.takes_none(&method, path), expected, "{method} {path}");
        }
    }
}
