//! The paths as they are described, `/api/nodes/{node}`: what requests are
//! counted by, as there are few of them whatever is asked for.

use matchit::Router;

/// What stands for every path that there is not.
const NONE: &str = "none";

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Paths(Router<Box<str>>);

impl Paths {
    pub(crate) fn new<'a>(described: impl Iterator<Item = &'a str>) -> Self {
        let mut paths = Router::new();
        for path in described {
            if let Err(error) = paths.insert(path, path.into()) {
                tracing::error!(path, %error, "requests to this path are not counted as such");
            }
        }
        Self(paths)
    }

    /// What the path of a request is described as.
    pub(crate) fn of(&self, path: &str) -> &str {
        self.0.at(path).map_or(NONE, |found| found.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{routes, sockets};

    #[test]
    fn every_path_that_is_described_is_told_apart_from_all_others() {
        let described = routes::described().into_openapi().paths.paths;
        let all = || described.keys().map(String::as_str).chain(sockets::PATHS);
        let paths = Paths::new(all());
        for path in all() {
            assert_eq!(paths.of(&path.replace(['{', '}'], "")), path);
        }
        assert_eq!(paths.of("/api/nodes/pve1/status"), "/api/nodes/{node}/status");
        assert_eq!(paths.of("/api/nothing"), NONE);
    }
}
