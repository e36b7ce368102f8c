//! `jarvis hear`: a spoken command from a WAV file, and its answer as sound.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jarvis_api::{Request, Response, Words};
use jarvis_assistant::Said;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Explain, SystemClock};
use jarvis_voice::{
    Answer, Assistant, Conversation, Event, Log, MemorySink, Moment, Parts, Patience, Sink, Then,
    VoiceError, WavSource, WavWriter,
};
use serde_json::json;
use tokio::sync::Mutex;

use super::Ended;
use super::ask::LOCALE;
use crate::args::{Global, HearArgs};
use crate::engines;
use crate::reach::{Reach, settings_of};
use crate::render::{Printer, Tone};

/// Not understood, or nothing was said.
const NO_WORDS: u8 = 3;

pub(super) async fn run(global: &Global, args: &HearArgs, printer: &Printer) -> Ended {
    let (settings, _) = if global.demo { Default::default() } else { settings_of(global)? };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let source = WavSource::open(&args.file).map_err(|error| error.fault())?;
    let recogniser = engines::recogniser(&settings, args.stt.as_deref(), &clock)?;
    let (speaker, note) = engines::speaker(&settings, &clock)?;
    if let (Some(note), false) = (note, printer.json) {
        eprintln!("{note}");
    }
    let sink = sink(args.out.as_deref())?;
    let reach = Reach::find_spoken(global, settings.voice.role).await?;
    let answering = Arc::new(Answering { reach: Mutex::new(reach) });
    let log = Arc::new(Log::default());
    let parts = Parts {
        waking: None,
        wake_words: Vec::new(),
        recogniser,
        speaker,
        assistant: Arc::clone(&answering) as _,
        end: Patience::Normal.settings(),
        clock,
        observer: Arc::clone(&log) as _,
    };
    let ended = Conversation::new(parts, Box::new(source), sink).once().await;
    if let Ok(answering) = Arc::try_unwrap(answering) {
        answering.reach.into_inner().close().await;
    }
    let moments = log.take();
    ended.map_err(|error| error.fault())?;
    let heard = moments.iter().any(|moment| matches!(moment.event, Event::Words { .. }));
    show(&moments, printer);
    Ok(if heard { 0 } else { NO_WORDS })
}

fn sink(out: Option<&Path>) -> Result<Box<dyn Sink>, Box<jarvis_domain::Fault>> {
    let Some(path) = out else { return Ok(Box::new(MemorySink::default())) };
    let name = path.display().to_string();
    let made = File::create(path)
        .map_err(|error| VoiceError::Write { name: name.clone(), error }.fault())?;
    Ok(Box::new(WavWriter::new(&name, made)))
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
            _ => {}
        }
    }
}

/// Whoever answers: a running host, or one of this command's own.
struct Answering {
    reach: Mutex<Reach>,
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}

#[async_trait]
impl Assistant for Answering {
    async fn answer(&self, words: &str) -> Answer {
        let words = Words {
            words: words.to_owned(),
            locale: LOCALE.to_owned(),
            confirmed: false,
            cluster: None,
        };
        let told = self.reach.lock().await.call(Request::Say(words), Arc::new(Unwatched)).await;
        let (text, then) = match told {
            Ok(Response::Said(Said::Reply(reply))) => (reply.speech, Then::Nothing),
            Ok(Response::Said(Said::Dropped(speech))) => (speech, Then::Nothing),
            Ok(Response::Said(Said::Question(question))) => (question.text, Then::Listen),
            Ok(Response::Said(Said::Choice(choice))) => (choice.text, Then::Listen),
            Ok(Response::Said(Said::Missing(missing))) => (missing.text, Then::Listen),
            Ok(_) => ("The answer made no sense.".to_owned(), Then::Nothing),
            Err(fault) => (fault.sentence.clone(), Then::Nothing),
        };
        Answer { text, then }
    }

    fn is_complete(&self, _: &str) -> bool {
        // A file has its end.
        false
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
