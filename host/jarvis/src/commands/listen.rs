//! `jarvis listen`: sits on a microphone, wakes on the wake word, hears a
//! command, runs it and answers aloud; until it is told to end.

pub(crate) mod exchanges;
mod judged;
mod kept;
mod keys;
mod printing;
pub(crate) mod screen;
pub(crate) mod seat;

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain, Fault, SystemClock};
use jarvis_voice::{
    Conversation, DeviceChoice, DeviceKind, Loudspeaker, Microphone, Paced, Parts, Sink, Source,
    Switch, WavSource,
};
use serde::Serialize;
use tokio::sync::Notify;

use super::Ended;
use super::hear;
use super::reply::{BrokenOff, Reply};
use super::serve::told_to_stop;
use super::spoken::Answering;
use crate::args::{Global, ListenArgs};
use crate::engines::parts::{self, Stands};
use crate::engines::wake::{self, WakeError};
use crate::engines::{self, Speaking};
use crate::reach::settings_of;
use crate::render::Printer;
use crate::settings::Settings;
use exchanges::Exchanges;
use kept::Kept;
use keys::Keys;
use screen::Screen;
use seat::Seat;

/// How long a host is waited for that is to keep what was heard.
pub(super) const KEEPING: Duration = Duration::from_secs(5);

/// What is said at the start.
#[derive(Debug, Serialize)]
pub(crate) struct Start {
    /// What it wakes on; none where only a key begins.
    pub(crate) wake_words: Vec<String>,
    /// Where it hears and where it speaks.
    pub(crate) hears: String,
    pub(crate) speaks: String,
    /// Where whisper computes; the parts that are not what the settings name, and
    /// the one command that replaces each.
    pub(crate) notes: Vec<String>,
    /// Whether somebody is at the keys.
    #[serde(skip)]
    pub(crate) keys: bool,
}

pub(super) async fn run(global: &Global, args: &ListenArgs, printer: &Printer) -> Ended {
    // Before all else: whoever is told to end also ends what it has started.
    let stop = told_to_stop()?;
    let (mut settings, _) = if global.demo { Default::default() } else { settings_of(global)? };
    if let Some(folder) = &args.models {
        settings.models.folder = Some(folder.clone());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let screen = Arc::new(Screen::start(*printer));
    let runs = Arc::default();
    let (exchanges, over) = Exchanges::new(Arc::clone(&screen) as _, Arc::clone(&runs));
    let switch = Switch::new(Arc::clone(&exchanges) as _, Arc::clone(&clock));
    let (source, hears) = source(args, &settings, &clock, &switch).await?;
    let source: Box<dyn Source> = match &args.keep {
        Some(path) => {
            let kept = Kept::into(path, source, &switch);
            Box::new(kept.map_err(|error| error.fault())?)
        }
        None => source,
    };
    let (sink, speaks) = sink(args, &settings, &clock, &switch).await?;
    let recogniser = engines::recogniser(&settings, args.stt.as_deref(), &clock)?;
    let Speaking { speaker, stands } = engines::speaker(&settings, &clock).await?;
    let wake_word = if args.push_to_talk {
        None
    } else {
        wake::of_settings(&settings, source.is_live(), &clock).await?
    };
    if wake_word.is_none() && !args.push_to_talk && !std::io::stdin().is_terminal() {
        return Err(WakeError::Nothing.fault());
    }
    let (waking, wake_words) = wake_word.map(|found| (found.waking, found.words)).unzip();
    let wake_words = wake_words.unwrap_or_default();
    let answering =
        Answering::find(global, settings.voice.role, settings.language, Arc::clone(&screen) as _)
            .await?;
    let place = args.place.clone().unwrap_or_else(|| hears.clone());
    let answering = Arc::new(answering.at(&place).telling(&runs));
    let seat = Seat::at(&answering.another().await?, &place, &switch, &clock).await?;
    let judge = seat.judge();
    let waking = waking.map(|waking| waking.judged(judge));
    let quit = Arc::new(Notify::new());
    // Without a wake word nobody can begin any more once the keys have ended.
    let file = args.from.is_some();
    let keys = Keys::start(switch.clone(), waking.is_none(), file, Arc::clone(&quit));
    let notes = notes(args, &settings, stands, &clock).await;
    let words = wake_words.clone();
    let start = Start { wake_words: words, hears, speaks, notes, keys: keys.is_person() };
    screen.begin(start, &switch);
    let parts = Parts {
        waking,
        wake_words,
        recogniser,
        speaker,
        assistant: Arc::clone(&answering) as _,
        end: settings.voice.end(),
        chimes: settings.voice.chimes(),
        clock: Arc::clone(&clock),
        switch,
    };
    let mut conversation = Conversation::new(parts, source, sink);
    let mut keeping = tokio::spawn(Arc::clone(&answering).keep_all(over));
    let ended = tokio::select! {
        ended = conversation.run() => ended.map(|()| true),
        _ = stop => Ok(false),
        () = quit.notified() => Ok(false),
        () = seat.sit() => Ok(false),
    };
    drop((conversation, keys));
    exchanges.end();
    let leaving = async {
        tokio::select! {
            _ = &mut keeping => {}
            () = clock.sleep(KEEPING) => {
                keeping.abort();
                // What it holds is let go by then.
                let _ = (&mut keeping).await;
            }
        }
        seat.leave().await;
        screen.finish(&*clock).await
    };
    // Whoever says it again does not want to wait for that.
    let again = told_to_stop()?;
    let (shown, patient) = tokio::select! {
        shown = leaving => (shown, true),
        _ = again => (false, false),
    };
    let exit = answering.exit();
    if let (Ok(answering), true) = (Arc::try_unwrap(answering), patient) {
        answering.close().await;
    }
    let to_the_end = match ended {
        Ok(to_the_end) => to_the_end,
        Err(error) if shown => return Err(error.fault()),
        // Nobody reads it, and who prints it would wait for that.
        Err(error) => return Ok(error.fault().exit),
    };
    Ok(match (to_the_end, screen.failed()) {
        (false, _) => 0,
        (true, 0) if screen.heard() => exit,
        (true, 0) => hear::NO_WORDS,
        (true, failed) => failed,
    })
}

impl Start {
    /// As a person reads it.
    fn lines(&self) -> Vec<String> {
        let Self { wake_words, hears, speaks, notes, keys } = self;
        let mut lines = vec![format!("jarvis hears {hears} and speaks to {speaks}.")];
        lines.extend(notes.iter().cloned());
        if !wake_words.is_empty() {
            lines.push(format!("Say {:?}.", wake_words.join("\" or \"")));
        }
        if *keys {
            lines.push("Enter talks, m mutes, s stops what goes on, q ends.".to_owned());
        }
        lines
    }
}

/// Of the parts that the command line has not named others for.
async fn notes(
    args: &ListenArgs,
    settings: &Settings,
    speaks: Stands,
    clock: &Arc<dyn Clock>,
) -> Vec<String> {
    let [hears, _, wakes] = parts::look(settings);
    let hears = match &args.stt {
        Some(_) => None,
        // Where it computes is said once, and to whoever waits for it.
        None => hears.tried(settings, clock).await.stands.told(),
    };
    // What wakes was begun by now.
    let wakes = wakes.stands.note().filter(|_| !args.push_to_talk);
    [hears, speaks.note(), wakes].into_iter().flatten().collect()
}

async fn source(
    args: &ListenArgs,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    switch: &Switch,
) -> Result<(Box<dyn Source>, String), Box<Fault>> {
    if let Some(path) = &args.from {
        let file = Box::new(WavSource::open(path).map_err(|error| error.fault())?);
        if let Some(error) = file.cut_off() {
            switch.failed(&error);
        }
        // Only our own engine is as fast as a file can be read.
        let paced = settings.wake.address.is_some() && !args.push_to_talk;
        let source: Box<dyn Source> =
            if paced { Box::new(Paced::new(file, Arc::clone(clock))) } else { file };
        return Ok((source, path.display().to_string()));
    }
    let (choice, observer) = (settings.audio.input.clone(), Arc::new(switch.clone()));
    let name = called(&choice, DeviceKind::Microphone);
    let opened = Microphone::open(choice, Arc::clone(clock), observer).await;
    let microphone = opened.map_err(|error| error.fault())?;
    Ok((Box::new(microphone), name))
}

async fn sink(
    args: &ListenArgs,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    switch: &Switch,
) -> Result<(Box<dyn Sink>, String), Box<Fault>> {
    if let Some(path) = &args.out {
        let reply =
            Reply::into(path, &[args.from.as_deref(), args.keep.as_deref()], BrokenOff::Kept)?;
        return Ok((Box::new(reply), path.display().to_string()));
    }
    let (choice, observer) = (settings.audio.output.clone(), Arc::new(switch.clone()));
    let name = called(&choice, DeviceKind::Loudspeaker);
    let opened = Loudspeaker::open(choice, Arc::clone(clock), observer).await;
    let loudspeaker = opened.map_err(|error| error.fault())?;
    Ok((Box::new(loudspeaker), name))
}

pub(crate) fn called(choice: &DeviceChoice, kind: DeviceKind) -> String {
    match choice {
        DeviceChoice::Default => format!("the system's {kind}"),
        DeviceChoice::Named(name) => format!("the {kind} {name}"),
    }
}
