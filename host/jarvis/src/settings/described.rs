//! How the settings look in the API's document: what they are made of describes itself,
//! and here stands how that looks which other rooms write. A test of the whole program
//! holds settings with everything set against it.
#![allow(dead_code, reason = "described, never made")]

use std::borrow::Cow;
use std::collections::BTreeMap;

use jarvis_api::http::schema::Role;
use jarvis_cluster::Verify;
use jarvis_domain::Verb;
use jarvis_skill_host::manifest::Limits;
use jarvis_voice::{Device, Patience};
use serde::Serialize;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Settings;
use super::secret::Secret;
use super::server::{FORMATS, LEVELS};
use super::ssh::verified;

/// What `GET /api/settings` answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Shown<'a> {
    /// What the file and the environment say, and the defaults of the rest.
    Whole(&'a Settings),
    /// A demo has none.
    Demo(Demo),
}

/// In place of the settings of a demo, which has none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingsOfDemo)]
pub(crate) struct Demo {
    /// Always true.
    pub(crate) demo: bool,
}

// `jarvis_auth::Roles`; of user ids it is told under `control`.
/// Who may do what, by account and by group.
#[derive(Debug, ToSchema)]
#[schema(as = SettingsRoles)]
pub(crate) struct Roles {
    /// Of accounts with their realm, as `alice@pam`.
    users: BTreeMap<String, Role>,
    /// Of Proxmox's groups.
    groups: BTreeMap<String, Role>,
}

// `jarvis_policy::Grant`.
/// One thing that a skill may do.
#[derive(Debug, ToSchema)]
#[schema(as = SettingsGrant)]
pub(crate) struct Grant {
    /// The interface that it opens.
    capability: Capability,
    /// Which verbs of the Proxmox API, for writes.
    #[schema(required = false)]
    verbs: Vec<ApiVerb>,
    /// On which paths of it: `*` is one segment, `**` at the end any number.
    #[schema(required = false)]
    paths: Vec<String>,
    /// With which parameters.
    #[schema(required = false)]
    fields: Vec<String>,
    /// On which nodes; on every one if left out.
    #[schema(required = false)]
    nodes: Vec<String>,
    /// Programs with their arguments.
    #[schema(required = false)]
    argv: Vec<Vec<String>>,
    /// Why.
    #[schema(nullable = false)]
    reason: Option<String>,
}

// `jarvis_voice::Sources`.
/// Where files of engines come from.
#[derive(Debug, ToSchema)]
#[schema(as = SettingsSources)]
pub(crate) struct Sources {
    /// Of Whisper models.
    whisper: String,
    /// Of Piper voices.
    piper: String,
    /// Of libraries, which come out of wheels of the Python package index.
    wheels: String,
}

/// What a skill gets at most of the machine, by the names that the settings have.
#[derive(Debug)]
pub(crate) struct Ceiling;

/// A time with its unit.
#[derive(Debug)]
pub(crate) struct Time;

/// Declares what is one of several words, which others write.
macro_rules! words {
    ($($name:ident, $called:literal, $what:literal, $all:expr;)*) => {$(
        #[doc = $what]
        #[derive(Debug)]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of($what, $all)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                $called.into()
            }
        }
    )*};
}

words! {
    Language, "SettingsLanguage", "What is spoken, as BCP 47 calls it.", jarvis_domain::Language::ALL;
    Matter, "SettingsMatter", "What is announced of a cluster.", jarvis_domain::announce::Matter::ALL.map(|(name, _)| name);
    Capability, "SettingsCapability", "An interface of the host that a skill may use.", jarvis_policy::Capability::ALL.map(|(name, _)| name);
    ApiVerb, "SettingsVerb", "What a write of the Proxmox API does.", [Verb::Create, Verb::Set, Verb::Delete];
    HostKeys, "SettingsHostKeys", "Which keys of nodes are believed.", [Verify::Strict, Verify::FirstUse].map(verified);
    Processor, "SettingsProcessor", "What a model runs on.", [Device::Auto, Device::Cpu, Device::Cuda];
    Silence, "SettingsPatience", "How soon silence ends a sentence.", [Patience::Aggressive, Patience::Normal, Patience::Relaxed];
    Level, "SettingsLevel", "From which level on is logged.", LEVELS;
    Format, "SettingsFormat", "How log lines are written.", FORMATS;
}

/// One of these words, as serde writes them; `what` they tell.
fn one_of<T: Serialize>(what: &str, words: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    let words = words.into_iter().map(|word| serde_json::json!(word));
    let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    word.description(Some(what)).into()
}

/// A text of this form, a regular expression of ECMA-262.
fn text(pattern: &str, description: &str) -> RefOr<Schema> {
    let mut text = Object::with_type(Type::String);
    text.pattern = Some(pattern.to_owned());
    text.description = Some(description.to_owned());
    text.into()
}

impl PartialSchema for Ceiling {
    fn schema() -> RefOr<Schema> {
        let described = ObjectBuilder::new().description(Some("What it gets at most, with units."));
        let limits = Limits::CEILING.written().into_iter();
        limits
            .fold(described, |all, (name, _)| {
                all.property(name, Object::with_type(Type::String)).required(name)
            })
            .into()
    }
}

impl ToSchema for Ceiling {
    fn name() -> Cow<'static, str> {
        "SettingsLimits".into()
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        text("^[0-9]+m?s$", "A time with its unit: `90s`, `250ms`.")
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        "SettingsTime".into()
    }
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        let description = "Where a secret is: `file:/path`, `env:NAME` or `credential:NAME`. \
                           One that stands in the settings themselves is masked.";
        text(r"^(file:|env:|credential:|\*{8}$)", description)
    }
}

impl ToSchema for Secret {
    fn name() -> Cow<'static, str> {
        "SettingsSecret".into()
    }
}
