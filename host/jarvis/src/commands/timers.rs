//! `jarvis timers`: what waits for its time.

use std::sync::Arc;

use jarvis_api::{Request, Response, Timer};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Fault, TimerId};

use super::Ended;
use crate::args::{Global, TimersCommand};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn run(global: &Global, command: &TimersCommand, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    let done = match command {
        TimersCommand::List => ask(&mut reach, Request::Timers).await,
        TimersCommand::Cancel { timer } => cancel(&mut reach, timer).await,
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
        let row = |timer: &Timer| {
            let due = if timer.running { "runs".to_owned() } else { timer.due.to_string() };
            [
                printer.tone(Tone::Strong, &timer.called),
                due,
                timer.by.clone(),
                timer.place.clone().unwrap_or_default(),
                printer.tone(Tone::Faint, timer.id),
            ]
        };
        printer.table(["what", "when", "set by", "where", "id"], timers.iter().map(row));
    }
    Ok(0)
}

/// Cancels one by its id, the beginning of it, or what it is called; what waits
/// then.
async fn cancel(reach: &mut Reach, named: &str) -> Result<Vec<Timer>, Box<Fault>> {
    let known = ask(reach, Request::Timers).await?;
    let id = match named.parse() {
        Ok(id) => id,
        Err(_) => the_one(named, &known)?,
    };
    ask(reach, Request::CancelTimer { id }).await
}

fn the_one(named: &str, known: &[Timer]) -> Result<TimerId, Box<Fault>> {
    let is = |timer: &&Timer| {
        let called = timer.called.strip_prefix("the ").unwrap_or(&timer.called);
        [&timer.called, called].contains(&named)
            || called.strip_suffix(" timer") == Some(named)
            || !named.is_empty() && timer.id.to_string().starts_with(named)
    };
    let fit: Vec<&Timer> = known.iter().filter(is).collect();
    match fit.as_slice() {
        [one] => Ok(one.id),
        [] => {
            Err(UsageError::Argument(format!("{named:?}: nothing that waits is called so")).into())
        }
        several => {
            let ids: Vec<String> = several.iter().map(|timer| timer.id.to_string()).collect();
            let ids = ids.join(", ");
            Err(UsageError::Argument(format!("{named:?} fits several: {ids}")).into())
        }
    }
}

async fn ask(reach: &mut Reach, request: Request) -> Result<Vec<Timer>, Box<Fault>> {
    match reach.call(request, Arc::new(Unwatched)).await? {
        Response::Timers(timers) => Ok(timers),
        _ => Err(UsageError::Answer.into()),
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;

    use super::*;

    #[test]
    fn only_what_is_named_is_cancelled() {
        let timer = |called: &str| Timer {
            id: TimerId::new(),
            called: called.to_owned(),
            due: Timestamp(0),
            set: Timestamp(0),
            command: None,
            by: "uid:1".to_owned(),
            place: None,
            run: None,
            running: false,
        };
        let known = [timer("the pizza timer")];
        let id = known[0].id.to_string();
        for named in ["the pizza timer", "pizza timer", "pizza", &id[..8], &id] {
            assert_eq!(the_one(named, &known).unwrap(), known[0].id, "{named}");
        }
        for named in ["", " ", "tea"] {
            assert!(the_one(named, &known).is_err(), "{named:?}");
        }
    }
}
