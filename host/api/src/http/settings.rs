//! The settings as they may be shown. Their form is known where they are read, a
//! room above: from there they come with their description, which the document
//! takes over.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What the document calls them.
const NAME: &str = "Settings";

/// Settings, and what each of their fields is.
#[derive(Debug)]
pub struct ShownSettings {
    /// Secrets masked.
    pub(crate) value: Value,
    /// Their own schema, and what it refers to, by the names that these have.
    pub(super) schemas: Vec<(String, Value)>,
}

impl ShownSettings {
    /// Settings that say themselves what they are.
    pub fn of<T: Serialize + ToSchema>(settings: &T) -> Self {
        let mut schemas = vec![(NAME.to_owned(), T::schema())];
        T::schemas(&mut schemas);
        let json = |value| serde_json::to_value(value).unwrap_or_default();
        let schemas = schemas.into_iter().map(|(name, schema)| (name, json(schema))).collect();
        Self { value: serde_json::to_value(settings).unwrap_or_default(), schemas }
    }
}
