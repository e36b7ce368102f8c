//! `jarvis skill`: what is loaded, what it may do, and what is wrong with a
//! folder.

mod logs;

use std::path::Path;
use std::sync::Arc;

use jarvis_api::{Request, Response, SkillSummary};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::text;

use super::Ended;
use crate::args::{Global, SkillCommand};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn run(global: &Global, command: &SkillCommand, printer: &Printer) -> Ended {
    let request = match command {
        SkillCommand::Check { folder } => return check(folder, printer).await,
        SkillCommand::Logs { id, follow, lines } => {
            return logs::run(global, id, *follow, *lines, printer).await;
        }
        SkillCommand::List => Request::Skills,
        SkillCommand::Show { id } => Request::Skill {
            id: id.parse().map_err(|error| UsageError::Argument(format!("{error}")))?,
        },
    };
    let mut reach = Reach::find(global).await?;
    let answer = reach.call(request, Arc::new(Unwatched)).await;
    reach.close().await;
    match answer? {
        Response::Skills(skills) if printer.json => printer.json(&skills),
        Response::Skills(skills) => list(&skills, printer),
        Response::Skill(skill) if printer.json => printer.json(&skill),
        Response::Skill(skill) => show(&skill, printer),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(0)
}

/// Everything that loading would check, without a host.
async fn check(folder: &Path, printer: &Printer) -> Ended {
    let report = jarvis_skill_host::check_folder(folder).await?;
    if printer.json {
        printer.json(&serde_json::json!({ "sound": true, "revision": report.revision }));
    } else {
        printer.line(format_args!(
            "{} {} {}, revision {}",
            printer.tone(Tone::Good, "sound:"),
            report.manifest.id,
            report.manifest.version,
            report.revision.short()
        ));
    }
    Ok(0)
}

fn list(skills: &[SkillSummary], printer: &Printer) {
    let row = |skill: &SkillSummary| {
        let tone = match skill.state.as_str() {
            "active" => Tone::Good,
            "held-back" => Tone::Open,
            _ => Tone::Bad,
        };
        let about = match &skill.fault {
            Some(fault) => fault.to_string(),
            None => skill.summary.clone().unwrap_or_default(),
        };
        let revision = text::cut(skill.revision.as_deref().unwrap_or_default(), 12);
        [
            printer.tone(Tone::Strong, &skill.id),
            skill.version.clone().unwrap_or_default(),
            printer.tone(tone, &skill.state),
            revision,
            about,
        ]
    };
    printer.table(["skill", "version", "state", "revision", "about"], skills.iter().map(row));
}

fn show(skill: &SkillSummary, printer: &Printer) {
    list(std::slice::from_ref(skill), printer);
    let row = |command: &jarvis_api::CommandSummary| {
        [command.name.clone(), command.risk.clone(), command.summary.clone()]
    };
    printer.line("");
    printer.table(["command", "risk", "what it does"], skill.commands.iter().map(row));
    for (title, lines) in [("asks for", &skill.requests), ("is not allowed", &skill.not_allowed)] {
        if !lines.is_empty() {
            printer.line(format_args!("\n{}", printer.tone(Tone::Strong, title)));
            for line in lines {
                printer.line(format_args!("  {line}"));
            }
        }
    }
}
