//! `skills:`: the folder, what each skill is allowed, and its own settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jarvis_api::http::schema;
use jarvis_document::{Cursor, Keys, to_json};
use jarvis_domain::{CommandName, Door, SkillId};
use jarvis_policy::GrantSet;
use jarvis_skill_host::manifest::{Limits, LimitsWanted};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::described;
use super::read::absolute;

/// `skills:`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = SettingsSkills)]
pub(crate) struct Skills {
    /// Where skills are; none for the folder beside the binary, else
    /// `/usr/lib/jarvis/skills`.
    #[schema(value_type = Option<String>, required)]
    pub(crate) folder: Option<PathBuf>,
    /// By skill.
    #[schema(value_type = BTreeMap<String, Skill>)]
    pub(crate) allowed: BTreeMap<SkillId, Skill>,
    /// Commands that are not asked about, and the doors for which that holds.
    #[schema(value_type = BTreeMap<String, Vec<schema::Door>>)]
    pub(crate) unasked: BTreeMap<CommandName, Vec<Door>>,
}

/// What one skill may do, and its own settings.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SettingsSkill)]
pub(crate) struct Skill {
    /// What it may do at most.
    #[schema(value_type = Vec<described::Grant>)]
    pub(crate) grants: GrantSet,
    /// Each revision needs an approval of its own (`pin: digest`).
    pub(crate) pinned: bool,
    /// What it reads through its `config` interface.
    #[schema(value_type = BTreeMap<String, schema::AnyJson>)]
    pub(crate) config: Map<String, Value>,
    /// What it gets at most of the machine.
    #[serde(serialize_with = "ceiling")]
    #[schema(value_type = described::Ceiling)]
    pub(crate) limits: Limits,
}

impl Skills {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let allowed = keys.optional("allowed").and_then(|c| c.mapping());
        let unasked = keys.optional("unasked").and_then(|c| c.mapping());
        let skills = Self {
            folder: keys.optional("folder").and_then(|c| absolute(&c)),
            allowed: allowed
                .map(|map| map.entries().filter_map(allowance).collect())
                .unwrap_or_default(),
            unasked: unasked
                .map(|map| map.entries().filter_map(lowered).collect())
                .unwrap_or_default(),
        };
        keys.finish();
        skills
    }
}

fn allowance((id, cursor): (&str, Cursor<'_>)) -> Option<(SkillId, Skill)> {
    let keys = cursor.mapping()?;
    let id = match id.parse() {
        Ok(id) => id,
        Err(error) => {
            cursor.problem(format!("{error}"));
            return None;
        }
    };
    let config = keys.optional("config").map(|config| match to_json(config.node()) {
        Value::Object(config) => config,
        _ => {
            config.problem("a skill's settings are a mapping (key: value)");
            Map::new()
        }
    });
    let grants =
        keys.optional("grants").and_then(|c| GrantSet::read(&c, jarvis_policy::Form::Allowance));
    let limits = keys.optional("limits").and_then(|c| LimitsWanted::read(&c)).unwrap_or_default();
    let pinned = keys.optional("pin").and_then(|c| c.one_of(&[("digest", true)]));
    keys.finish();
    let skill = Skill {
        pinned: pinned.unwrap_or_default(),
        grants: grants.unwrap_or_default(),
        config: config.unwrap_or_default(),
        limits: limits.over(&Limits::CEILING),
    };
    Some((id, skill))
}

/// `vm-lifecycle.reboot: [cli]`
fn lowered((command, cursor): (&str, Cursor<'_>)) -> Option<(CommandName, Vec<Door>)> {
    let command = match command.parse() {
        Ok(command) => command,
        Err(error) => {
            cursor.problem(format!("{error}"));
            return None;
        }
    };
    // Only these doors may go unasked (`jarvis_policy::Lowering`).
    let door = |cursor: Cursor<'_>| cursor.one_of(&[("cli", Door::Cli), ("api", Door::Api)]);
    Some((command, cursor.one_or_more()?.into_iter().filter_map(door).collect()))
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn ceiling<S: Serializer>(limits: &Limits, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(limits.written())
}
