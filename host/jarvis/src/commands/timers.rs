//! `jarvis timers`: what waits for its time.

use std::sync::Arc;

use jarvis_api::{Request, Response, Timer};
use jarvis_domain::Fault;
use jarvis_domain::invocation::Unwatched;

use super::Ended;
use crate::args::{Global, TimersCommand};
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn run(global: &Global, command: &TimersCommand, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    let done = match command {
        TimersCommand::List => ask(&mut reach, Request::Timers).await,
        TimersCommand::Cancel { timer } => {
            ask(&mut reach, Request::CancelTimer { named: timer.clone() }).await
        }
    };
    reach.close().await;
    let timers = done?;
    if printer.json {
        printer.json(&timers);
    } else if timers.is_empty() {
        printer.line(
            "Nothing waits for its time. Set a timer: jarvis ask \"set a timer for five minutes\"",
        );
    } else {
        let local = Local::here();
        let row = |timer: &Timer| {
            let due = if timer.running { "runs".to_owned() } else { local.time(timer.due) };
            [
                printer.tone(Tone::Strong, &timer.called),
                due,
                timer.by.clone(),
                timer.place.clone().unwrap_or_default(),
                printer.tone(Tone::Faint, timer.id),
            ]
        };
        let when = local.head("when");
        printer.table(["what", &when, "set by", "where", "id"], timers.iter().map(row));
    }
    Ok(0)
}

async fn ask(reach: &mut Reach, request: Request) -> Result<Vec<Timer>, Box<Fault>> {
    match reach.call(request, Arc::new(Unwatched)).await? {
        Response::Timers(timers) => Ok(timers),
        _ => Err(UsageError::Answer.into()),
    }
}
