//! `jarvis runs`: what ran, and everything that followed from it.

use std::sync::Arc;

use jarvis_api::{Request, Response};
use jarvis_domain::invocation::{Answer, Unwatched};
use jarvis_domain::run::{RunEnd, RunRecord};

use super::Ended;
use crate::args::{Global, RunsArgs};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn run(global: &Global, args: &RunsArgs, printer: &Printer) -> Ended {
    let request = match &args.id {
        Some(id) => Request::Run {
            id: id.parse().map_err(|error| UsageError::Argument(format!("{id:?}: {error}")))?,
        },
        None => Request::Runs { limit: args.limit },
    };
    let mut reach = Reach::find(global).await?;
    let answer = reach.call(request, Arc::new(Unwatched)).await;
    reach.close().await;
    match answer? {
        Response::Runs(runs) if printer.json => printer.json(&runs),
        Response::Runs(runs) => list(&runs, printer),
        Response::Run(run) if printer.json => printer.json(&run),
        Response::Run(run) => show(&run, printer),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(0)
}

fn list(runs: &[RunRecord], printer: &Printer) {
    let row = |run: &RunRecord| {
        let words = Printer::plain(run.invocation.words.as_deref().unwrap_or_default());
        [
            printer.tone(Tone::Faint, run.at),
            run.invocation.command.to_string(),
            run.caller.principal.to_string(),
            words,
            ended(run),
            printer.tone(Tone::Faint, run.id),
        ]
    };
    printer.table(["when", "command", "who", "words", "ended", "id"], runs.iter().map(row));
}

fn show(run: &RunRecord, printer: &Printer) {
    let strong = |text: &str| printer.tone(Tone::Strong, text);
    printer.line(format_args!("{} {}", strong("run"), run.id));
    printer.line(format_args!("{} {}", strong("when"), run.at));
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
}

fn ended(run: &RunRecord) -> String {
    let text = match &run.end {
        Some(RunEnd::Answered(Answer::Reply(reply))) => reply.speech.clone(),
        Some(RunEnd::Answered(Answer::Question(question))) => question.text.clone(),
        Some(RunEnd::Answered(Answer::Choice(choice))) => choice.text.clone(),
        Some(RunEnd::Answered(Answer::Missing(missing))) => missing.text.clone(),
        Some(RunEnd::Failed(fault)) => format!("{}: {}", fault.code, fault.sentence),
        None => "did not end".to_owned(),
    };
    Printer::plain(&text)
}
