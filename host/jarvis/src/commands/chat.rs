//! `jarvis chat`: a prompt to type to. What was said before counts: "yes"
//! answers the last question.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

use jarvis_api::{Request, Response, Words};

use super::Ended;
use crate::args::Global;
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Progress, Tone};

pub(super) async fn run(global: &Global, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    reach.tell_broken(printer);
    let person = std::io::stdin().is_terminal();
    if person {
        let cluster =
            if global.demo { " The cluster is simulated: nothing real is touched." } else { "" };
        printer.line(printer.tone(
            Tone::Faint,
            format_args!("Type what you would say; \"help\" shows examples, an empty line or Ctrl-D ends.{cluster}"),
        ));
    }
    loop {
        if person {
            prompt(printer);
        }
        // A blocked read must not stop what runs in this process meanwhile.
        let line = tokio::task::spawn_blocking(read_line).await.map_err(UsageError::Prompt)??;
        let words = match line {
            Some(line) if !line.trim().is_empty() => line.trim().to_owned(),
            Some(_) if !person => continue,
            _ => break,
        };
        if matches!(words.as_str(), "quit" | "exit" | "bye") {
            break;
        }
        let words = Words {
            words,
            locale: global.locale(),
            confirmed: false,
            cluster: global.cluster.clone(),
            place: None,
        };
        match reach.call(Request::Say(words), Arc::new(Progress::new(printer))).await {
            Ok(Response::Said(said)) => printer.said(&said),
            Ok(_) => return Err(UsageError::Answer.into()),
            Err(fault) => printer.fault(&fault),
        }
    }
    reach.close().await;
    Ok(0)
}

fn prompt(printer: &Printer) {
    let mut stdout = std::io::stdout();
    // A closed terminal shows at the next read.
    let _ = write!(stdout, "{} ", printer.tone(Tone::Strong, "you>"));
    let _ = stdout.flush();
}

fn read_line() -> Result<Option<String>, UsageError> {
    let mut line = String::new();
    let length = std::io::stdin().lock().read_line(&mut line).map_err(UsageError::Input)?;
    Ok((length > 0).then_some(line))
}
