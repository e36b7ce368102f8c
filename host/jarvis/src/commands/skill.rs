//! `jarvis skill`: what is loaded, what it may do, and what is wrong with a
//! folder.

mod logs;

use std::path::Path;
use std::sync::Arc;

use jarvis_api::{EventsSummary, Request, Response, SkillGrants, SkillSummary};
use jarvis_domain::SkillId;
use jarvis_domain::decision::Decision;
use jarvis_domain::figures::SkillFigures;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::text;

use super::Ended;
use crate::args::{Global, SkillCommand};
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

/// An answer is waited for.
const WAITS: u8 = 4;
/// The fewest digits of a revision that an approval names.
const SHORTEST: usize = 8;

pub(super) async fn run(global: &Global, command: &SkillCommand, printer: &Printer) -> Ended {
    let request = match command {
        SkillCommand::Check { folder } => return check(folder, printer).await,
        SkillCommand::Logs { id, follow, lines } => {
            return logs::run(global, id, *follow, *lines, printer).await;
        }
        SkillCommand::List => Request::Skills,
        SkillCommand::Show { id } => Request::Skill { id: skill_id(id)? },
        SkillCommand::Grants { id } | SkillCommand::Approve { id, .. } => {
            Request::Grants { id: skill_id(id)? }
        }
        SkillCommand::Revoke { id, to_settings } => {
            Request::Revoke { id: skill_id(id)?, to_settings: *to_settings }
        }
        SkillCommand::Enable { id } => Request::Enable { id: skill_id(id)?, enabled: true },
        SkillCommand::Disable { id } => Request::Enable { id: skill_id(id)?, enabled: false },
    };
    let mut reach = Reach::find(global).await?;
    let mut answer = reach.call(request, Arc::new(Unwatched)).await;
    let mut code = 0;
    if let (SkillCommand::Approve { revision, .. }, Ok(Response::Grants(grants))) =
        (command, &answer)
    {
        match revision {
            Some(revision) => {
                let request = approval(grants, revision)?;
                answer = reach.call(request, Arc::new(Unwatched)).await;
            }
            None => code = WAITS,
        }
    }
    reach.close().await;
    match answer? {
        Response::Grants(grants) if printer.json => printer.json(&grants),
        Response::Grants(grants) => show_grants(&grants, code == WAITS, printer),
        Response::Skills(skills) if printer.json => printer.json(&skills),
        Response::Skills(skills) => {
            list(&skills, printer);
            for skill in &skills {
                show_lines(&format!("{}: what to do", skill.id), &hint_of(skill), printer);
            }
        }
        Response::Skill(skill) if printer.json => printer.json(&skill),
        Response::Skill(skill) => show(&skill, printer),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(code)
}

/// The approval of the revision that `beginning` begins: what somebody has looked at, and not
/// what stands there by now.
fn approval(grants: &SkillGrants, beginning: &str) -> Result<Request, UsageError> {
    if beginning.len() < SHORTEST || !grants.revision.to_string().starts_with(beginning) {
        let id = &grants.id;
        let text = format!(
            "{beginning} is not the revision of {id} now; look again: jarvis skill grants {id}"
        );
        return Err(UsageError::Argument(text));
    }
    Ok(Request::Approve { id: grants.id.clone(), revision: grants.revision })
}

fn skill_id(id: &str) -> Result<SkillId, UsageError> {
    id.parse().map_err(|error| UsageError::Argument(format!("{error}")))
}

fn show_grants(grants: &SkillGrants, waits: bool, printer: &Printer) {
    let local = Local::here();
    let source = match &grants.decision {
        Some(Decision { enabled: false, by, at, .. }) => {
            format!("disabled by {} at {}", by.principal, local.whole(*at))
        }
        Some(Decision { grants: Some(_), by, at, .. }) if grants.allowed.is_empty() => {
            format!(
                "revoked by hand, by {} at {}: it is granted nothing",
                by.principal,
                local.whole(*at)
            )
        }
        Some(Decision { grants: Some(_), by, at, .. }) => {
            format!("granted by hand, by {} at {}", by.principal, local.whole(*at))
        }
        _ => "granted by the settings".to_owned(),
    };
    printer.line(format_args!("{} {source}", printer.tone(Tone::Strong, &grants.id)));
    show_lines("asks for", &grants.requests, printer);
    show_lines("is granted", &grants.allowed, printer);
    show_lines("asks for more", &grants.missing, printer);
    let revision = grants.revision.short();
    printer.line(format_args!("\nrevision {revision}"));
    if waits || !grants.missing.is_empty() {
        printer.line(format_args!("To allow it: jarvis skill approve {} {revision}", grants.id));
    }
}

/// Some lines under a title; nothing where there are none.
fn show_lines(title: &str, lines: &[String], printer: &Printer) {
    if lines.is_empty() {
        return;
    }
    printer.line(format_args!("\n{}", printer.tone(Tone::Strong, title)));
    for line in lines {
        printer.line(format_args!("  {}", Printer::plain(line)));
    }
}

/// Everything that loading would check, without a host.
async fn check(folder: &Path, printer: &Printer) -> Ended {
    let report = jarvis_skill_host::check_folder(folder).await?;
    if printer.json {
        printer.json(&serde_json::json!({ "sound": true, "revision": report.revision }));
        return Ok(0);
    }
    printer.line(format_args!(
        "{} {} {}, revision {}",
        printer.tone(Tone::Good, "sound:"),
        report.manifest.id,
        report.manifest.version,
        report.revision.short()
    ));
    for wanted in &report.manifest.events {
        printer.line(format_args!("  takes {}: {}", wanted.topic, wanted.reason));
    }
    Ok(0)
}

fn list(skills: &[SkillSummary], printer: &Printer) {
    let row = |skill: &SkillSummary| {
        let tone = match skill.state.as_str() {
            "active" => Tone::Good,
            "held-back" | "disabled" | "compiling" => Tone::Open,
            _ => Tone::Bad,
        };
        let about = match &skill.fault {
            Some(fault) => fault.to_string(),
            None => match skill.events.as_ref().and_then(|events| events.paused.as_ref()) {
                Some(paused) => format!("gets no events {paused}"),
                None => skill.summary.clone().unwrap_or_default(),
            },
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
    if !skill.commands.is_empty() {
        printer.line("");
        printer.table(["command", "risk", "what it does"], skill.commands.iter().map(row));
    }
    let hint = hint_of(skill);
    let events = skill.events.as_ref().map(events_of).unwrap_or_default();
    let figures = skill.figures.as_ref().map(figures_of).unwrap_or_default();
    for (title, lines) in [
        ("what to do", &hint),
        ("asks for", &skill.requests),
        ("is not allowed", &skill.not_allowed),
        ("takes events", &events),
        ("since the start", &figures),
    ] {
        show_lines(title, lines, printer);
    }
}

/// What to do about a skill that is not in service as it stands, and what an
/// update asks for beyond its grants.
fn hint_of(skill: &SkillSummary) -> Vec<String> {
    let hint = skill.fault.iter().flat_map(|fault| fault.hint.lines());
    hint.map(str::to_owned).collect()
}

fn figures_of(figures: &SkillFigures) -> Vec<String> {
    let milliseconds = |us: u64| format!("{:.1} ms", us as f64 / 1000.0);
    let mut lines = vec![
        format!(
            "{} calls, half of them within {}, all but one in a hundred within {}",
            figures.calls,
            milliseconds(figures.p50_us),
            milliseconds(figures.p99_us)
        ),
        format!(
            "{} of the processor, {} KiB of memory at most",
            milliseconds(figures.cpu_us),
            figures.peak_memory >> 10
        ),
        format!("{} calls of the host, {} denied", figures.host_calls, figures.denials),
    ];
    lines.extend(figures.errors.iter().map(|(code, count)| format!("{count} ended in {code}")));
    lines
}

fn events_of(events: &EventsSummary) -> Vec<String> {
    let EventsSummary { topics, waiting, dropped, given_up, paused } = events;
    let counts = format!("{waiting} waiting, {given_up} given up, {dropped} dropped");
    let paused =
        paused.iter().map(|paused| format!("gets none {paused}; jarvis skill enable lets it"));
    topics.iter().cloned().chain([counts]).chain(paused).collect()
}
