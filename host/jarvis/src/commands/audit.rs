//! `jarvis audit`: what was written down, and whether it is whole.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_api::{AuditQuery, Request, Response};
use jarvis_domain::audit::{AuditEvent, AuditLine};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::records::Records;
use jarvis_domain::verification::{HeadCheck, Verification};
use jarvis_domain::{Explain, Fault, SystemClock};
use jarvis_state::State;
use serde::Serialize;

use super::Ended;
use super::runs::beginning;
use crate::args::{AuditCommand, Global};
use crate::demo::DemoFolder;
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::{Reach, env, running_host, settings_of};
use crate::render::{Printer, Tone};

pub(super) async fn run(global: &Global, command: &AuditCommand, printer: &Printer) -> Ended {
    match command {
        AuditCommand::Show { run, limit } => {
            let run = run.as_deref().map(beginning).transpose()?;
            let mut reach = Reach::find(global).await?;
            let lines = newest(&mut reach, run, *limit).await;
            reach.close().await;
            let (lines, local) = (lines?, Local::here());
            if !(lines.is_empty() || printer.json) {
                printer.line(printer.tone(Tone::Faint, local.note()));
            }
            for line in &lines {
                if printer.json { printer.json(line) } else { show(line, &local, printer) }
            }
            Ok(0)
        }
        AuditCommand::Verify { folder } => verify(global, folder.as_ref(), printer).await,
    }
}

/// The newest lines, oldest first, in as many parts as the host makes of them.
async fn newest(
    reach: &mut Reach,
    run: Option<String>,
    limit: usize,
) -> Result<VecDeque<AuditLine>, Box<Fault>> {
    let mut lines: VecDeque<AuditLine> = VecDeque::new();
    while lines.len() < limit {
        let before = lines.front().map(|line| line.seq);
        let query = AuditQuery { run: run.clone(), limit: limit - lines.len(), before };
        match reach.call(Request::Audit(query), Arc::new(Unwatched)).await? {
            Response::Audit(part) if part.is_empty() => break,
            Response::Audit(part) => part.into_iter().rev().for_each(|line| lines.push_front(line)),
            _ => return Err(UsageError::Answer.into()),
        }
    }
    Ok(lines)
}

fn state_folder(global: &Global, option: Option<&PathBuf>) -> Result<PathBuf, Box<Fault>> {
    if let Some(folder) = option {
        return Ok(folder.clone());
    }
    if global.demo {
        let demo = DemoFolder::of_user(&env).map_err(|error| error.fault())?;
        return Ok(demo.state());
    }
    Ok(settings_of(global)?.0.state.folder)
}

/// Who checked the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Checked {
    /// The host that writes it.
    ByTheHost,
    /// This command, from the folder.
    FromTheFolder,
}

/// Lets the running host check its log, for only it can compare the end; reads
/// the folder where no host runs, or where one was named.
async fn verify(global: &Global, option: Option<&PathBuf>, printer: &Printer) -> Ended {
    let host = match option {
        Some(_) => None,
        None => running_host(global).await?,
    };
    let (checked, found) = match host {
        Some(mut host) => match host.call(Request::VerifyAudit, &Unwatched).await? {
            Response::Verified(found) => (Checked::ByTheHost, found),
            _ => return Err(UsageError::Answer.into()),
        },
        None => {
            let folder = state_folder(global, option)?;
            (Checked::FromTheFolder, verify_folder(&folder).await?)
        }
    };
    if printer.json {
        printer.json(&Verified { checked, found: &found });
        return Ok(u8::from(found.broken.is_some()));
    }
    jarvis_state::check(&found).map_err(|error| error.fault())?;
    report(checked, &found, printer);
    Ok(0)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Verified<'a> {
    checked: Checked,
    #[serde(flatten)]
    found: &'a Verification,
}

/// Checks the chain from the files.
async fn verify_folder(folder: &Path) -> Result<Verification, Box<Fault>> {
    let found = jarvis_state::verify(folder).map_err(|error| error.fault())?;
    if found.files == 0 {
        let folder = folder.display();
        return Err(UsageError::Argument(format!("there is no audit log in {folder}")).into());
    }
    let unread = matches!(found.kept, HeadCheck::Unread { .. });
    if unread
        && found.broken.is_none()
        && let Ok(state) = State::open(folder, Arc::new(SystemClock))
    {
        // Nobody else has it: a host that was killed left its database to be
        // repaired, which opening it has done.
        return state.verify_audit().await.map_err(|error| error.fault());
    }
    Ok(found)
}

fn report(checked: Checked, found: &Verification, printer: &Printer) {
    let local = Local::here();
    let span = found.first.zip(found.last).map_or_else(String::new, |(first, last)| {
        let (from, to) = (local.time(first.at), local.whole(last.at));
        format!(", entries {} to {}, {from} to {to}", first.seq, last.seq)
    });
    printer.line(format_args!(
        "{} {} lines{span}",
        printer.tone(Tone::Good, "whole:"),
        found.lines
    ));
    printer.line(printer.tone(Tone::Faint, format_args!("head {}", found.head)));
    let by = match checked {
        Checked::ByTheHost => "checked by the running host",
        Checked::FromTheFolder => "checked from the folder",
    };
    let (tone, end) = match &found.kept {
        HeadCheck::Agrees { seq } => {
            (Tone::Faint, format!("its end agrees with the head that was kept apart, entry {seq}"))
        }
        HeadCheck::Absent => (Tone::Faint, "there is no head yet to compare its end with".into()),
        HeadCheck::Differs => (Tone::Bad, "its end differs from the head that was kept".into()),
        HeadCheck::Unread { why } => (
            Tone::Open,
            format!("whether lines are missing at its end, only the running host can tell ({why})"),
        ),
    };
    printer.line(printer.tone(tone, format_args!("{by}; {end}")));
}

fn show(line: &AuditLine, local: &Local, printer: &Printer) {
    let who = line
        .entry
        .caller
        .as_ref()
        .map_or_else(String::new, |caller| format!("{} ", caller.principal));
    let what = match &line.entry.event {
        AuditEvent::Allowed { call, risk } => {
            format!("{} {call} ({risk})", printer.tone(Tone::Good, "allowed"))
        }
        AuditEvent::Denied { call, why } => {
            format!(
                "{} {}",
                printer.tone(Tone::Bad, "denied"),
                Printer::plain(&format!("{call}: {why}"))
            )
        }
        AuditEvent::Outcome { of, result, .. } => {
            format!("outcome of {of}: {}", Printer::plain(result))
        }
        AuditEvent::Asked { confirmation, plan } => {
            format!(
                "{} {confirmation} about the plan {}",
                printer.tone(Tone::Open, "asked"),
                plan.short()
            )
        }
        AuditEvent::Confirmed { plan, by, .. } => {
            format!(
                "{} the plan {} by {}",
                printer.tone(Tone::Good, "confirmed"),
                plan.short(),
                by.principal
            )
        }
        AuditEvent::Unasked { plan } => {
            format!("{} the plan {}", printer.tone(Tone::Open, "unasked"), plan.short())
        }
        AuditEvent::Declined { by, why, .. } => {
            format!("{} by {}: {why}", printer.tone(Tone::Open, "declined"), by.principal)
        }
        AuditEvent::Scheduled { timer, due, .. } => {
            let due = local.time(*due);
            format!("{} for {due} as {timer}", printer.tone(Tone::Open, "scheduled"))
        }
        AuditEvent::Due { timer } => {
            format!("{} {timer}", printer.tone(Tone::Good, "due"))
        }
        AuditEvent::Cancelled { timer, why, .. } => {
            format!("{} {timer}: {}", printer.tone(Tone::Open, "cancelled"), Printer::plain(why))
        }
        AuditEvent::Decided { what, by } => format!(
            "{} by {}: {}",
            printer.tone(Tone::Open, "decided"),
            by.principal,
            Printer::plain(what)
        ),
        AuditEvent::Access { what } | AuditEvent::Host { what } => Printer::plain(what),
    };
    let at = printer.tone(Tone::Faint, local.time(line.at));
    printer.line(format_args!("{:>6} {at} {who}{what}", line.seq));
}
