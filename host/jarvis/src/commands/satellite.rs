//! `jarvis satellite`: lends this machine's microphone and loudspeaker to Home
//! Assistant, until it is told to end. Nothing that is heard reaches jarvis
//! itself, but for its wake word; what a host beside it announces is said here.

use std::sync::Arc;

use jarvis_domain::{Clock, Explain, Fault, SystemClock};
use jarvis_voice::wyoming::{Door, Room, RoomParts};
use jarvis_voice::{DeviceKind, Loudspeaker, Microphone, Switch};

use super::Ended;
use super::listen::screen::Screen;
use super::listen::seat::Seat;
use super::listen::{Start, called};
use super::serve::told_to_stop;
use crate::args::{Global, SatelliteArgs};
use crate::engines::{self, wake};
use crate::reach::{Reach, running_host, settings_of};
use crate::render::Printer;
use crate::rooms::announced;

pub(super) async fn run(global: &Global, args: &SatelliteArgs, printer: &Printer) -> Ended {
    // Before all else: whoever is told to end also ends what it has started.
    let stop = told_to_stop()?;
    let (mut settings, _) = if global.demo { Default::default() } else { settings_of(global)? };
    if let Some(folder) = &args.models {
        settings.models.folder = Some(folder.clone());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let own = &settings.satellite;
    // What the settings forbid is not allowed here either: see `Door::open`.
    let address = args.listen.unwrap_or(own.listen);
    let door = Door::open(address, &own.allow, Arc::clone(&clock)).await;
    let door = door.map_err(|error| error.fault())?;
    let _announced = announced(own.announce, &own.name, &door)?;
    let screen = Arc::new(Screen::start(*printer));
    let switch = Switch::new(Arc::clone(&screen) as _, Arc::clone(&clock));
    let (input, output) = (settings.audio.input.clone(), settings.audio.output.clone());
    let (hears, speaks) =
        (called(&input, DeviceKind::Microphone), called(&output, DeviceKind::Loudspeaker));
    let observer = Arc::new(switch.clone());
    let source = Microphone::open(input, Arc::clone(&clock), Arc::clone(&observer) as _).await;
    let source = source.map_err(|error| error.fault())?;
    let sink = Loudspeaker::open(output, Arc::clone(&clock), observer).await;
    let sink = sink.map_err(|error| error.fault())?;
    let wake_word =
        if args.stream { None } else { wake::of_settings(&settings, true, &clock).await? };
    let (waking, wake_words) = wake_word.map(|found| (found.waking, found.words)).unzip();
    let wake_words = wake_words.unwrap_or_default();
    let place = own.area.as_deref().unwrap_or(&hears);
    let seat = seat(global, place, &switch, &clock).await?;
    let speaker = match &seat {
        Some(_) => Some(engines::speaker(&settings, &clock).await?.speaker),
        None => None,
    };
    let start = Start {
        wake_words: wake_words.clone(),
        hears,
        speaks,
        notes: vec![format!("Home Assistant finds it at tcp://{}.", door.address())],
        keys: false,
    };
    screen.begin(start, &switch);
    let parts = RoomParts {
        name: own.name.clone(),
        area: own.area.clone(),
        waking,
        wake_words,
        speaker,
        chimes: settings.voice.chimes(),
        clock: Arc::clone(&clock),
        switch,
    };
    let mut room = Room::new(parts, Box::new(sink));
    let sitting = async {
        match &seat {
            Some(seat) => seat.sit().await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        ended = room.serve(&door, Box::new(source)) => ended,
        () = stop => Ok(()),
        () = sitting => Ok(()),
    };
    drop(room);
    if let Some(seat) = seat {
        seat.leave().await;
    }
    screen.finish(&*clock).await;
    ended.map_err(|error| error.fault())?;
    Ok(0)
}

/// At the running host, where there is one: it shows this microphone, mutes it on behalf
/// of others, and has said here what it announces.
async fn seat(
    global: &Global,
    name: &str,
    switch: &Switch,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Seat>, Box<Fault>> {
    let Ok(Some(client)) = running_host(global).await else { return Ok(None) };
    let reach = Reach::Socket(client.spoken());
    Seat::at(&reach, name, switch, clock).await.map(Some)
}
