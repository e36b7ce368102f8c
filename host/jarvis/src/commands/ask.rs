//! `jarvis ask`: words in, the answer out. Never prompts.

use std::io::BufRead;
use std::sync::Arc;

use jarvis_api::{Request, Response, Words};
use jarvis_assistant::Said;
use jarvis_domain::invocation::Question;

use super::Ended;
use crate::args::{AskArgs, Global};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Progress, Tone, exit_of};

pub(super) async fn run(global: &Global, args: &AskArgs, printer: &Printer) -> Ended {
    let sentences = sentences(&args.words)?;
    let mut reach = Reach::find(global).await?;
    reach.tell_broken(printer);
    let mut worst = 0;
    for words in sentences {
        let words = Words {
            words,
            locale: global.locale(),
            confirmed: args.yes,
            cluster: global.cluster.clone(),
            place: None,
        };
        let code = match reach.call(Request::Ask(words), Arc::new(Progress::new(printer))).await {
            Ok(Response::Said(said)) => {
                printer.said(&said);
                if let Said::Question(question) = &said {
                    how_to_answer(question, &reach, printer);
                }
                exit_of(&said)
            }
            Ok(_) => return Err(UsageError::Answer.into()),
            Err(fault) => {
                printer.fault(&fault);
                fault.exit
            }
        };
        // The first sentence that did not simply work decides.
        worst = if worst == 0 { code } else { worst };
    }
    reach.close().await;
    Ok(worst)
}

/// Shows how to answer the question, since this command waits for no answer.
fn how_to_answer(question: &Question, reach: &Reach, printer: &Printer) {
    if printer.json {
        return;
    }
    let how = match reach {
        Reach::Socket(_) => format!("Within a minute: jarvis confirm {}", question.id),
        // The question ends with this process.
        Reach::Alone(_) => "To do it, say it again with --yes.".to_owned(),
    };
    printer.line(printer.tone(Tone::Faint, how));
}

/// The words as one sentence; "-" alone reads a sentence a line.
pub(super) fn sentences(words: &[String]) -> Result<Vec<String>, UsageError> {
    if words != ["-"] {
        return Ok(vec![words.join(" ")]);
    }
    let lines: Result<Vec<String>, _> = std::io::stdin().lock().lines().collect();
    let lines = lines.map_err(UsageError::Input)?;
    let said: Vec<String> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
    // Nothing at all is answered like an empty sentence.
    Ok(if said.is_empty() { vec![String::new()] } else { said })
}
