//! `jarvis hear`: a spoken command from a WAV file, and its answer as sound.

use std::sync::Arc;

use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Explain, Fault, SystemClock};
use jarvis_voice::{
    Chimes, Conversation, Event, Log, MemorySink, Moment, Parts, Sink, Switch, WavSource,
};
use serde_json::json;

use super::Ended;
use super::listen::KEEPING;
use super::reply::{BrokenOff, Reply};
use super::serve::told_to_stop;
use super::spoken::Answering;
use crate::args::{Global, HearArgs};
use crate::engines::parts;
use crate::engines::{self, Speaking};
use crate::reach::settings_of;
use crate::render::{Printer, Tone};

/// Not understood, or nothing was said.
pub(super) const NO_WORDS: u8 = 3;

/// What hears and answers one file.
struct Ready {
    conversation: Conversation,
    answering: Arc<Answering>,
    log: Arc<Log>,
}

pub(super) async fn run(global: &Global, args: &HearArgs, printer: &Printer) -> Ended {
    // Before all else: whoever is told to end also ends what it has started.
    let stop = told_to_stop()?;
    tokio::pin!(stop);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ready = tokio::select! {
        ready = ready(global, args, printer, &clock) => ready?,
        code = &mut stop => return Ok(code),
    };
    let Ready { mut conversation, answering, log } = ready;
    let ended = tokio::select! {
        ended = conversation.once() => Ok(ended),
        code = &mut stop => Err(code),
    };
    // With it goes the file of an answer that is not whole.
    drop(conversation);
    let moments = log.take();
    let exit = answering.exit();
    let closing = async {
        answering.keep_whole(moments.iter().map(Moment::recorded).collect()).await;
        if let Ok(answering) = Arc::try_unwrap(answering) {
            answering.close().await;
        }
    };
    tokio::select! {
        () = closing => {}
        () = clock.sleep(KEEPING) => {}
    }
    match ended {
        Ok(ended) => ended.map_err(|error| error.fault())?,
        Err(code) => return Ok(code),
    }
    let heard = moments.iter().any(|moment| matches!(moment.event, Event::Words { .. }));
    show(&moments, printer);
    Ok(if heard { exit } else { NO_WORDS })
}

async fn ready(
    global: &Global,
    args: &HearArgs,
    printer: &Printer,
    clock: &Arc<dyn Clock>,
) -> Result<Ready, Box<Fault>> {
    let (settings, _) = if global.demo { Default::default() } else { settings_of(global)? };
    let source = WavSource::open(&args.file).map_err(|error| error.fault())?;
    let recogniser = engines::recogniser(&settings, args.stt.as_deref(), clock)?;
    let Speaking { speaker, stands } = engines::speaker(&settings, clock).await?;
    // By whoever was named on the command line nothing is in its place.
    let [hears, ..] = parts::look(&settings);
    let hears = if args.stt.is_none() { hears.stands.told() } else { None };
    [hears, stands.note()].into_iter().flatten().for_each(|note| printer.aside(note));
    let sink: Box<dyn Sink> = match &args.out {
        Some(path) => Box::new(Reply::into(path, &[Some(&args.file)], BrokenOff::Gone)?),
        None => Box::new(MemorySink::default()),
    };
    let answering =
        Answering::find(global, settings.voice.role, settings.language, Arc::new(Unwatched))
            .await?;
    let answering = Arc::new(answering);
    let log = Arc::new(Log::default());
    let switch = Switch::new(Arc::clone(&log) as _, Arc::clone(clock));
    if let Some(error) = source.cut_off() {
        switch.failed(&error);
    }
    let parts = Parts {
        waking: None,
        wake_words: Vec::new(),
        recogniser,
        speaker,
        assistant: Arc::clone(&answering) as _,
        end: settings.voice.end(),
        // Whoever gave a file hears nothing of it.
        chimes: Chimes::NONE,
        switch,
        clock: Arc::clone(clock),
    };
    let conversation = Conversation::new(parts, Box::new(source), sink);
    Ok(Ready { conversation, answering, log })
}

fn show(moments: &[Moment], printer: &Printer) {
    if printer.json {
        return printer.json(&json!({ "events": moments }));
    }
    for moment in moments {
        match &moment.event {
            Event::Words { text } => printer.line(printer.tone(Tone::Strong, text)),
            Event::Answer { text } => printer.line(text),
            Event::NoWords => printer.line("Nothing was said, or nothing was understood of it."),
            Event::Failed { fault } => printer.fault(fault),
            _ => {}
        }
    }
}
