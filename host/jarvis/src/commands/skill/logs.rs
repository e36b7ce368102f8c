//! `jarvis skill logs`: what a skill wrote and printed, and with `-f` what it
//! writes from now on.

use std::sync::Arc;

use jarvis_api::{Request, Response, SkillLogQuery};
use jarvis_domain::Fault;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::skill_log::{SkillLevel, SkillLine, SkillLogPage, SkillStream};

use crate::args::Global;
use crate::commands::Ended;
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn run(
    global: &Global,
    id: &str,
    follow: bool,
    lines: usize,
    printer: &Printer,
) -> Ended {
    let id = id.parse().map_err(|error| UsageError::Argument(format!("{error}")))?;
    let mut reach = Reach::find(global).await?;
    let query = SkillLogQuery { id, limit: lines, after: None };
    let ended = show(&mut reach, query, follow, printer).await;
    reach.close().await;
    ended.map(|()| 0)
}

async fn show(
    reach: &mut Reach,
    mut query: SkillLogQuery,
    follow: bool,
    printer: &Printer,
) -> Result<(), Box<Fault>> {
    let mut page = ask(reach, &query).await?;
    if page.lines.is_empty() && !follow && !printer.json {
        printer.line(format_args!("{} has written nothing yet.", query.id));
    }
    let local = Local::here();
    let mut is_said = printer.json;
    loop {
        if !(page.lines.is_empty() || is_said) {
            printer.line(printer.tone(Tone::Faint, local.note()));
            is_said = true;
        }
        let read = page.lines.iter().all(|line| printer.is_read(shown(line, &local, printer)));
        if !follow || !read {
            return Ok(());
        }
        // The host answers when there is a line, or after some seconds.
        query.after = Some(page.next);
        page = ask(reach, &query).await?;
    }
}

async fn ask(reach: &mut Reach, query: &SkillLogQuery) -> Result<SkillLogPage, Box<Fault>> {
    match reach.call(Request::SkillLog(query.clone()), Arc::new(Unwatched)).await? {
        Response::SkillLog(page) => Ok(page),
        _ => Err(UsageError::Answer.into()),
    }
}

fn shown(line: &SkillLine, local: &Local, printer: &Printer) -> String {
    if printer.json {
        return serde_json::json!(line).to_string();
    }
    let level = match line.level {
        SkillLevel::Trace => printer.tone(Tone::Faint, "trace"),
        SkillLevel::Debug => printer.tone(Tone::Faint, "debug"),
        SkillLevel::Info => "info ".to_owned(),
        SkillLevel::Warn => printer.tone(Tone::Open, "warn "),
        SkillLevel::Error => printer.tone(Tone::Bad, "error"),
    };
    let from = match line.from {
        SkillStream::Log => "",
        SkillStream::Stdout => "stdout: ",
        SkillStream::Stderr => "stderr: ",
        SkillStream::Host => "jarvis: ",
    };
    format!(
        "{} {} {level} {from}{}",
        printer.tone(Tone::Faint, local.time(line.at)),
        printer.tone(Tone::Faint, line.run),
        Printer::plain(&line.text)
    )
}
