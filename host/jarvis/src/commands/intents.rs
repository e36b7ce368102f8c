//! `jarvis intents`: what sentences would be understood as, and what can be
//! said.

mod corpus;
pub(crate) mod home;
mod layout;

use std::sync::Arc;

use jarvis_api::{Recognized, Request, Response};
use jarvis_domain::invocation::Unwatched;

use super::Ended;
use super::ask::sentences;
use crate::args::{Global, IntentsCommand};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Tone};
use crate::wiring::skills_folder;

pub(super) async fn run(global: &Global, command: &IntentsCommand, printer: &Printer) -> Ended {
    match command {
        IntentsCommand::Recognize { sentences, folder, fixtures } => match folder {
            None => recognize(global, sentences, printer).await,
            Some(folder) => {
                home::recognize(folder, fixtures.as_deref(), &given(sentences)?, printer)
            }
        },
        IntentsCommand::Corpus { file } => {
            corpus::run(file, &skills_folder(global.skills.clone())?, printer)
        }
        IntentsCommand::Test { folder, language } => home::test(folder, language, printer),
        IntentsCommand::Sentences { most } => sayings(global, *most, printer).await,
    }
}

async fn sayings(global: &Global, most: usize, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    let answer =
        reach.call(Request::Sayings { most, locale: global.locale() }, Arc::new(Unwatched)).await;
    reach.close().await;
    let Response::Sayings(sayings) = answer? else { return Err(UsageError::Answer.into()) };
    if printer.json {
        printer.json(&sayings);
    } else {
        sayings.iter().for_each(|text| printer.line(text));
    }
    Ok(0)
}

/// Here each argument is a sentence of its own.
fn given(arguments: &[String]) -> Result<Vec<String>, UsageError> {
    match arguments {
        [] => sentences(&["-".to_owned()]),
        [one] => sentences(std::slice::from_ref(one)),
        several => Ok(several.to_vec()),
    }
}

async fn recognize(global: &Global, arguments: &[String], printer: &Printer) -> Ended {
    let sentences = given(arguments)?;
    let mut reach = Reach::find(global).await?;
    let answer = reach
        .call(Request::Recognize { sentences, locale: global.locale() }, Arc::new(Unwatched))
        .await;
    reach.close().await;
    let Response::Recognized(recognized) = answer? else { return Err(UsageError::Answer.into()) };
    for one in &recognized {
        if printer.json { printer.json(one) } else { show(one, printer) }
    }
    Ok(if recognized.iter().all(|one| one.intent.is_some()) { 0 } else { 3 })
}

fn show(one: &Recognized, printer: &Printer) {
    match &one.intent {
        Some(intent) => {
            let slots: Vec<String> =
                one.slots.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let took = printer.tone(Tone::Faint, format_args!("{:.0} µs", one.us));
            printer.line(format_args!(
                "{}: {} {} {took}",
                one.text,
                printer.tone(Tone::Good, intent),
                slots.join(" ")
            ));
        }
        None => {
            let why = one.why.as_deref().unwrap_or("not understood");
            printer.line(format_args!("{}: {}", one.text, printer.tone(Tone::Open, why)));
        }
    }
}
