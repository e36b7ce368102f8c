//! `jarvis microphones`, `mute` and `unmute`: the microphones that somebody
//! sits at, and whether they are heard.

use std::sync::Arc;

use jarvis_api::{Attention, Microphone, Request, Response};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Fault, MicrophoneId};

use super::Ended;
use crate::args::{Global, MuteArgs};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn list(global: &Global, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    let told = ask(&mut reach, Request::Microphones).await;
    reach.close().await;
    let microphones = told?;
    if printer.json {
        printer.json(&microphones);
    } else if microphones.is_empty() {
        printer.line("Nobody sits at a microphone. Somebody would by: jarvis listen");
    } else {
        let header = ["microphone", "does", "level", "id"];
        printer.table(header, microphones.iter().map(|one| row(one, printer)));
    }
    Ok(0)
}

pub(super) async fn mute(
    global: &Global,
    args: &MuteArgs,
    muted: bool,
    printer: &Printer,
) -> Ended {
    let mut reach = Reach::find(global).await?;
    let told = wish(&mut reach, args.microphone.as_deref(), muted).await;
    reach.close().await;
    let count = told?;
    if printer.json {
        printer.json(&serde_json::json!({ "muted": muted, "microphones": count }));
    } else {
        let what = if muted { "muted" } else { "heard again" };
        match count {
            0 => printer.line("Nobody sits at a microphone."),
            1 => printer.line(format_args!("It is told to be {what}.")),
            more => printer.line(format_args!("{more} microphones are told to be {what}.")),
        }
    }
    Ok(0)
}

/// How many were told.
async fn wish(reach: &mut Reach, named: Option<&str>, muted: bool) -> Result<usize, Box<Fault>> {
    let known = ask(reach, Request::Microphones).await?;
    let Some(named) = named else {
        return Ok(ask(reach, Request::Mute { id: None, muted }).await?.len());
    };
    let ids = called(named, &known);
    for id in &ids {
        ask(reach, Request::Mute { id: Some(*id), muted }).await?;
    }
    if ids.is_empty() {
        let names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
        let there = match names.as_slice() {
            [] => "nobody sits at one".to_owned(),
            some => format!("there are {}", some.join(", ")),
        };
        return Err(UsageError::Argument(format!(
            "{named:?}: no microphone is called so; {there}"
        ))
        .into());
    }
    Ok(ids.len())
}

/// Those of this name or id.
fn called(named: &str, known: &[Microphone]) -> Vec<MicrophoneId> {
    let is = |one: &&Microphone| one.name == named || one.id.to_string() == named;
    known.iter().filter(is).map(|one| one.id).collect()
}

async fn ask(reach: &mut Reach, request: Request) -> Result<Vec<Microphone>, Box<Fault>> {
    match reach.call(request, Arc::new(Unwatched)).await? {
        Response::Microphones(microphones) => Ok(microphones),
        _ => Err(UsageError::Answer.into()),
    }
}

fn row(one: &Microphone, printer: &Printer) -> [String; 4] {
    let does = match one.attention {
        _ if one.muted => printer.tone(Tone::Bad, "muted"),
        Attention::Asleep => "asleep".to_owned(),
        Attention::Listening => printer.tone(Tone::Good, "listening"),
        Attention::Thinking => "thinking".to_owned(),
        Attention::Speaking => "speaking".to_owned(),
    };
    let level = format!("{} %", u32::from(one.level) * 100 / 32_768);
    [printer.tone(Tone::Strong, &one.name), does, level, printer.tone(Tone::Faint, one.id)]
}
