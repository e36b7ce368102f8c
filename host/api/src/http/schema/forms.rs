//! How texts and numbers look that come in. Domain's types check them; what is
//! written here only says so, and holds none of them.

use utoipa::openapi::schema::{Object, Schema, SchemaFormat, SchemaType};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

/// Declares texts of one form: a regular expression of ECMA-262, which is what
/// JSON Schema takes, the longest in characters, and an example.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $pattern:expr, $longest:expr, $example:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let mut text = Object::with_type(SchemaType::Type(Type::String));
                text.pattern = Some($pattern.to_owned());
                text.min_length = Some(1);
                text.max_length = Some($longest);
                text.examples = vec![$example.into()];
                text.into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

/// A label of lower-case letters, as [`jarvis_domain::SkillId`] takes it.
macro_rules! label {
    () => {
        "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?"
    };
}

texts! {
    /// See [`jarvis_domain::NodeName`].
    NodeName, "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$", 63, "pve2";
    /// See [`jarvis_domain::SkillId`].
    SkillId, concat!("^", label!(), "$"), 40, "vm-lifecycle";
    /// See [`jarvis_domain::CommandName`].
    CommandName, concat!("^", label!(), r"\.", label!(), "$"), 81, "vm-lifecycle.list";
    /// See [`jarvis_domain::Revision`].
    Revision, "^[0-9a-fA-F]{64}$", 64,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    /// See [`jarvis_domain::identity::Account`].
    AccountName, r#"^["-.0-9;-~]+@[A-Za-z][-A-Za-z0-9_.]*$"#, 64, "alice@pam";
    /// An account, whose realm may be left out: then it is `pam`.
    Username,
        r#"^(["-.0-9;-?A-~]{1,60}|["-.0-9;-~]+@[A-Za-z][-A-Za-z0-9_.]*)$"#, 64, "alice@pam";
    /// As the gate takes it (`auth/src/gate/keys.rs`).
    KeyName, "^[a-z0-9][a-z0-9.-]*$", 40, "backup-nas";
    /// Words that are not only white space.
    Words, r"[^\s\u0085]", 4096, "which machines are running?";
}

/// An id that jarvis made, see [`jarvis_domain::RunId`].
#[derive(Debug)]
pub struct Id;

/// See [`jarvis_domain::Vmid`].
#[derive(Debug)]
pub struct Vmid;

/// Proxmox's own word for a kind of guest.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "kebab-case")]
#[allow(dead_code, missing_docs, reason = "described, never made; the names say it")]
pub enum GuestSort {
    Qemu,
    Lxc,
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        let mut id = Object::with_type(SchemaType::Type(Type::String));
        id.format = Some(SchemaFormat::Custom("uuid".to_owned()));
        id.examples = vec!["0199a3c2-7d1e-7000-8000-000000000000".into()];
        id.into()
    }
}

impl ToSchema for Id {}

impl PartialSchema for Vmid {
    fn schema() -> RefOr<Schema> {
        let mut vmid = Object::with_type(SchemaType::Type(Type::Integer));
        vmid.minimum = Some(100.into());
        vmid.maximum = Some(999_999_999.into());
        vmid.examples = vec![101.into()];
        vmid.into()
    }
}

impl ToSchema for Vmid {}

#[cfg(test)]
mod tests {
    use jarvis_domain::identity::Account;
    use jarvis_domain::{CommandName, NodeName, Revision, RunId, SkillId, Vmid};
    use serde_json::Value;
    use utoipa::PartialSchema;

    /// The example of a form.
    fn example<T: PartialSchema>() -> String {
        let schema = serde_json::to_value(T::schema()).unwrap();
        match &schema["examples"][0] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    #[test]
    fn examples_are_taken_by_what_checks_them() {
        assert!(example::<super::NodeName>().parse::<NodeName>().is_ok());
        assert!(example::<super::SkillId>().parse::<SkillId>().is_ok());
        assert!(example::<super::CommandName>().parse::<CommandName>().is_ok());
        assert!(example::<super::Revision>().parse::<Revision>().is_ok());
        assert!(example::<super::AccountName>().parse::<Account>().is_ok());
        assert!(example::<super::Username>().parse::<Account>().is_ok());
        assert!(example::<super::Id>().parse::<RunId>().is_ok());
        assert!(example::<super::Vmid>().parse::<Vmid>().is_ok());
    }
}
