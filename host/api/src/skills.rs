//! The skill host's catalog, as the doors show it.

use std::sync::Arc;

use jarvis_domain::SkillId;
use jarvis_domain::event::{EventQueue, Standing};
use jarvis_domain::kv::StoreError;
use jarvis_policy::GrantSet;
use jarvis_skill_host::SkillHost;
use jarvis_skill_host::catalog::{Broken, Skill};
use jarvis_skill_host::manifest::{CommandSpec, parameters_schema};
use jarvis_skill_host::reload::Grants;

use crate::wire::{CommandSummary, EventsSummary, SkillGrants, SkillSummary};

/// Every skill, loaded or broken, by id.
pub(crate) async fn list(
    host: &SkillHost,
    events: &dyn EventQueue,
) -> Result<Vec<SkillSummary>, StoreError> {
    let catalog = host.catalog();
    let mut skills: Vec<SkillSummary> = Vec::new();
    for skill in catalog.skills() {
        let mut summary = active(skill);
        summary.figures = host.figures(skill.id());
        if !skill.manifest.events.is_empty() {
            let standing = events.standing(skill.id()).await?;
            summary.events = Some(events_of(skill, standing));
        }
        skills.push(summary);
    }
    for trouble in catalog.broken() {
        let id = trouble.id.as_ref().map(ToString::to_string);
        match skills.iter_mut().find(|skill| Some(&skill.id) == id.as_ref()) {
            Some(skill) => {
                skill.state = "held-back".to_owned();
                skill.fault = Some(trouble.reason.clone());
            }
            None => skills.push(broken(trouble)),
        }
    }
    skills.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(skills)
}

fn events_of(skill: &Skill, standing: Standing) -> EventsSummary {
    let wanted = skill.manifest.events.iter();
    EventsSummary {
        topics: wanted.map(|event| format!("{}: {}", event.topic, event.reason)).collect(),
        waiting: standing.waiting,
        dropped: standing.dropped,
        given_up: standing.given_up,
        paused: standing.paused.map(|paused| format!("since {}: {}", paused.at, paused.reason)),
    }
}

fn active(skill: &Skill) -> SkillSummary {
    let manifest = &skill.manifest;
    let command = |command: &Arc<CommandSpec>| CommandSummary {
        name: format!("{}.{}", manifest.id, command.name),
        summary: command.summary.clone(),
        risk: command.risk.to_string(),
        parameters: parameters_schema(command),
    };
    SkillSummary {
        id: manifest.id.to_string(),
        state: "active".to_owned(),
        version: Some(manifest.version.to_string()),
        summary: Some(manifest.summary.clone()),
        revision: Some(skill.revision().to_string()),
        commands: manifest.commands.values().map(command).collect(),
        requests: yaml(skill.requested()),
        not_allowed: yaml(&skill.missing()),
        events: None,
        figures: None,
        fault: None,
    }
}

/// What a skill asks for and is granted.
pub(crate) fn grants(id: &SkillId, grants: Grants) -> SkillGrants {
    SkillGrants {
        id: id.clone(),
        requests: yaml(&grants.requested),
        revision: grants.revision,
        allowed: yaml(&grants.allowed),
        missing: yaml(&grants.allowed.missing(&grants.requested)),
        decision: grants.decision,
    }
}

/// Grants as they would stand in the settings, line by line.
fn yaml(grants: &GrantSet) -> Vec<String> {
    if grants.is_empty() {
        return Vec::new();
    }
    grants.to_yaml(0).lines().map(str::to_owned).collect()
}

fn broken(broken: &Broken) -> SkillSummary {
    let folder = broken.path.file_name().unwrap_or(broken.path.as_os_str());
    SkillSummary {
        id: folder.to_string_lossy().into_owned(),
        state: broken.state().to_owned(),
        version: None,
        summary: None,
        revision: None,
        commands: Vec::new(),
        requests: Vec::new(),
        not_allowed: Vec::new(),
        events: None,
        figures: None,
        fault: Some(broken.reason.clone()),
    }
}
