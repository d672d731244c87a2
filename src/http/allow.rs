//! Which methods an address takes, as the API's own document says: the header `Allow` of a 405.

use serde_json::Value;

/// A query, with or without what it answers.
const GET: &str = "GET, HEAD";

/// The methods of every path of the document.
pub(super) struct Allow {
    prefix: &'static str,
    paths: Vec<(Vec<String>, String)>,
}

impl Allow {
    pub(super) fn from_document(prefix: &'static str, document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let paths = paths.map(|(path, operations)| {
            let methods = operations.as_object().into_iter().flatten();
            let methods: Vec<String> = methods.map(|(method, _)| method.to_uppercase()).collect();
            // What answers the one answers the other.
            let methods = methods.join(", ").replace("GET", GET);
            (path.split('/').map(str::to_owned).collect(), methods)
        });
        Self {
            prefix,
            paths: paths.collect(),
        }
    }

    pub(super) fn methods(&self, path: &str) -> Option<String> {
        let Some(path) = path.strip_prefix(self.prefix) else {
            return Some(GET.to_owned());
        };
        let path: Vec<&str> = path.split('/').collect();
        let matches = |pattern: &[String]| {
            pattern.len() == path.len()
                && pattern
                    .iter()
                    .zip(&path)
                    .all(|(one, other)| one == other || one.starts_with('{'))
        };
        self.paths
            .iter()
            .find(|(pattern, _)| matches(pattern))
            .map(|(_, methods)| methods.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_allows_what_the_document_tells_of_it() {
        let document = json!({"paths": {
            "/pods/{id}/status": {"get": {"responses": {"200": {}}}},
            "/pods": {"get": {"responses": {}}, "post": {"responses": {}}},
        }});
        let allow = Allow::from_document("/api/v1", &document);
        let methods = |path: &str| allow.methods(path).unwrap_or_default();
        assert_eq!(methods("/api/v1/pods/7/status"), "GET, HEAD");
        assert_eq!(methods("/api/v1/pods"), "GET, HEAD, POST");
        assert_eq!(methods("/healthz"), "GET, HEAD");
    }
}
