//! `jarvis runs`: what ran, and everything that followed from it.

mod exchange;

use std::collections::BTreeSet;
use std::sync::Arc;

use jarvis_api::{Request, Response};
use jarvis_assistant::tell_run;
use jarvis_domain::Fault;
use jarvis_domain::invocation::{Answer, Unwatched};
use jarvis_domain::run::{Exchange, Moment, RunEnd, RunRecord};

use super::Ended;
use crate::args::{Global, RunsArgs, RunsCommand};
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

/// The length of a whole id, and the least that is shown of one.
const WHOLE: usize = 36;
const SHORT: usize = 13;
/// What the host says of an id that nothing has.
const NO_SUCH: &str = "api-not-found";

pub(super) async fn run(global: &Global, args: &RunsArgs, printer: &Printer) -> Ended {
    let (id, exchanges, limit) = match &args.command {
        Some(RunsCommand::Show { id }) => (Some(id), false, args.limit),
        Some(RunsCommand::List { exchanges, limit }) => (None, *exchanges, *limit),
        None => (args.id.as_ref(), args.exchanges, args.limit),
    };
    let id = id.map(|id| beginning(id)).transpose()?;
    let mut reach = Reach::find(global).await?;
    let found = match id {
        Some(id) => one(&mut reach, id).await,
        None if exchanges => exchange::newest(&mut reach, limit).await.map(Found::Exchanges),
        None => newest(&mut reach, limit).await.map(Found::Newest),
    };
    reach.close().await;
    match found? {
        Found::Newest(runs) if printer.json => printer.json(&runs),
        Found::Newest(runs) => list(&runs, printer),
        Found::One(run) if printer.json => printer.json(&run),
        Found::One(run) => show(&run, printer),
        Found::Exchanges(found) if printer.json => printer.json(&found),
        Found::Exchanges(found) => exchange::list(&found, printer),
        Found::Exchange(one) if printer.json => printer.json(&one),
        Found::Exchange(one) => exchange::show(&one, printer),
    }
    Ok(0)
}

enum Found {
    One(Box<RunRecord>),
    Newest(Vec<RunRecord>),
    Exchange(Box<Exchange>),
    Exchanges(Vec<Exchange>),
}

/// The run of this id, or else the exchange.
async fn one(reach: &mut Reach, id: String) -> Result<Found, Box<Fault>> {
    let fault = match reach.call(Request::Run { id: id.clone() }, Arc::new(Unwatched)).await {
        Ok(Response::Run(run)) => return Ok(Found::One(run)),
        Ok(_) => return Err(UsageError::Answer.into()),
        Err(fault) if fault.code == NO_SUCH => fault,
        Err(fault) => return Err(fault),
    };
    match reach.call(Request::Exchange { id }, Arc::new(Unwatched)).await {
        Ok(Response::Exchange(exchange)) => Ok(Found::Exchange(exchange)),
        Ok(_) => Err(UsageError::Answer.into()),
        Err(other) if other.code == NO_SUCH => Err(fault),
        Err(other) => Err(other),
    }
}

/// The newest runs, in as many parts as the host makes of them.
async fn newest(reach: &mut Reach, limit: usize) -> Result<Vec<RunRecord>, Box<Fault>> {
    let mut runs: Vec<RunRecord> = Vec::new();
    while runs.len() < limit {
        let before = runs.last().map(|run| run.id);
        let request = Request::Runs { limit: limit - runs.len(), before };
        match reach.call(request, Arc::new(Unwatched)).await? {
            Response::Runs(part) if part.is_empty() => break,
            Response::Runs(part) => runs.extend(part),
            _ => return Err(UsageError::Answer.into()),
        }
    }
    Ok(runs)
}

/// A run's id as it was typed, or a beginning of it.
pub(super) fn beginning(typed: &str) -> Result<String, UsageError> {
    let fits = |c: char| c.is_ascii_hexdigit() || c == '-';
    if typed.is_empty() || typed.len() > WHOLE || !typed.chars().all(fits) {
        return Err(UsageError::Argument(format!(
            "{typed:?}: the id of a run looks like 0199a3c2-7d1e-7000-8000-000000000000, and a beginning of it is enough"
        )));
    }
    Ok(typed.to_owned())
}

/// As much of these ids as tells them apart. The first 13 characters are the
/// millisecond in which a run began (RFC 9562, 5.7): enough, save for runs that
/// began at once.
fn shortened(ids: &[String]) -> Vec<&str> {
    let cut = |length: usize| ids.iter().map(move |id| id.get(..length).unwrap_or(id));
    let apart = |length: &usize| cut(*length).collect::<BTreeSet<_>>().len() == ids.len();
    cut((SHORT..WHOLE).find(apart).unwrap_or(WHOLE)).collect()
}

fn list(runs: &[RunRecord], printer: &Printer) {
    let local = Local::here();
    let ids: Vec<String> = runs.iter().map(|run| run.id.to_string()).collect();
    let row = |(run, id): (&RunRecord, &str)| {
        let words = Printer::plain(run.invocation.words.as_deref().unwrap_or_default());
        [
            printer.tone(Tone::Faint, local.time(run.at)),
            run.invocation.command.to_string(),
            run.caller.principal.to_string(),
            words,
            ended(run),
            printer.tone(Tone::Faint, id),
        ]
    };
    let when = local.head("when");
    printer.table(
        [&when, "command", "who", "words", "ended", "id"],
        runs.iter().zip(shortened(&ids)).map(row),
    );
}

fn show(run: &RunRecord, printer: &Printer) {
    let strong = |text: &str| printer.tone(Tone::Strong, text);
    printer.line(Printer::plain(&tell_run(run)));
    printer.line("");
    printer.line(format_args!("{} {}", strong("run"), run.id));
    printer.line(format_args!("{} {}", strong("when"), Local::here().whole(run.at)));
    printer.line(format_args!(
        "{} {} through {}",
        strong("who"),
        run.caller.principal,
        run.caller.door
    ));
    let arguments = serde_json::Value::Object(run.invocation.arguments.clone()).to_string();
    let arguments = Printer::plain(&arguments);
    printer.line(format_args!("{} {} {arguments}", strong("command"), run.invocation.command));
    for call in &run.calls {
        let dry = if call.dry { " (dry run)" } else { "" };
        printer.line(format_args!(
            "  {:>9} µs  {}{dry}: {}",
            call.took_us,
            Printer::plain(&call.call),
            Printer::plain(&call.result)
        ));
    }
    printer.line(format_args!("{} {} after {} µs", strong("ended"), ended(run), run.took_us));
    heard(&run.heard, printer);
}

fn heard(moments: &[Moment], printer: &Printer) {
    if !moments.is_empty() {
        printer.line(printer.tone(Tone::Strong, "heard"));
    }
    for moment in moments {
        let text = Printer::plain(moment.text.as_deref().unwrap_or_default());
        let what = Printer::plain(&moment.what);
        let line = format!("  {:>9} µs  {what:<13} {text}", moment.after_us);
        printer.line(line.trim_end());
    }
}

fn ended(run: &RunRecord) -> String {
    let text = match &run.end {
        Some(RunEnd::Answered(Answer::Reply(reply))) => reply.speech.clone(),
        Some(RunEnd::Answered(Answer::Question(question))) => question.text.clone(),
        Some(RunEnd::Answered(Answer::Choice(choice))) => choice.text.clone(),
        Some(RunEnd::Answered(Answer::Missing(missing))) => missing.text.clone(),
        Some(RunEnd::Failed(fault)) => format!("{}: {}", fault.code, fault.sentence),
        None => "still runs".to_owned(),
    };
    Printer::plain(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_as_short_as_tells_them_apart() {
        let check = |ids: &[&str], expected: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(shortened(&ids), expected);
        };
        let (one, same, other) = (
            "0199a3c2-7d1e-7000-8000-000000000001",
            "0199a3c2-7d1e-7001-8000-000000000001",
            "0199a3c2-7d1f-7000-8000-000000000001",
        );
        check(&[], &[]);
        check(&[one], &["0199a3c2-7d1e"]);
        check(&[other, one], &["0199a3c2-7d1f", "0199a3c2-7d1e"]);
        check(&[same, one], &["0199a3c2-7d1e-7001", "0199a3c2-7d1e-7000"]);
        check(&[one, one], &[one, one]);
    }

    #[test]
    fn only_what_an_id_can_begin_with_is_asked_for() {
        for fine in ["0", "0199A3C2-7d", "0199a3c2-7d1e-7000-8000-000000000001"] {
            assert_eq!(beginning(fine).unwrap(), fine);
        }
        for bad in ["", "not-an-id", "0199 a3", "0199a3c2-7d1e-7000-8000-0000000000011"] {
            assert!(beginning(bad).is_err(), "{bad:?}");
        }
    }
}
