//! `skills:`: the folder, what each skill is allowed, and its own settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jarvis_document::{Cursor, Keys, to_json};
use jarvis_domain::SkillId;
use jarvis_policy::GrantSet;
use serde::Serialize;
use serde_json::{Map, Value};

use super::read::absolute;

/// `skills:`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Skills {
    /// Where skills are; none for the folder beside the binary, else
    /// `/usr/lib/jarvis/skills`.
    pub(crate) folder: Option<PathBuf>,
    /// By skill.
    pub(crate) allowed: BTreeMap<SkillId, Skill>,
}

/// What one skill may do, and its own settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Skill {
    /// What it may do at most.
    pub(crate) grants: GrantSet,
    /// What it reads through its `config` interface.
    pub(crate) config: Map<String, Value>,
}

impl Skills {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let allowed = keys.optional("allowed").and_then(|c| c.mapping());
        let skills = Self {
            folder: keys.optional("folder").and_then(|c| absolute(&c)),
            allowed: allowed.map(|map| map.entries().filter_map(allowance).collect()).unwrap_or_default(),
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
    let grants = keys.optional("grants").and_then(|c| GrantSet::read(&c, jarvis_policy::Form::Allowance));
    keys.finish();
    Some((id, Skill { grants: grants.unwrap_or_default(), config: config.unwrap_or_default() }))
}
