//! `jarvis satellite`: lends this machine's microphone and loudspeaker to Home
//! Assistant, until it is told to end. Nothing that is heard reaches jarvis
//! itself, but for its wake word; what a host beside it announces is said here.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jarvis_domain::{Clock, Explain, Fault, SystemClock};
use jarvis_voice::wyoming::{Door, Room, RoomParts};
use jarvis_voice::{DeviceKind, Loudspeaker, Microphone, Switch};
use tokio::sync::OnceCell;

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

/// How long after no host was there one is looked for again.
const AGAIN: Duration = Duration::from_secs(5);

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
    let place = own.area.clone().unwrap_or_else(|| hears.clone());
    let speaker = Arc::<OnceLock<_>>::default();
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
        speaker: Arc::clone(&speaker),
        chimes: settings.voice.chimes(),
        clock: Arc::clone(&clock),
        switch: switch.clone(),
    };
    let mut room = Room::new(parts, Box::new(sink));
    let seat = OnceCell::new();
    let announced = async {
        let speaking = async {
            let seat = seat.get_or_try_init(|| seated(global, &place, &switch, &clock)).await?;
            let speaking = engines::speaker(&settings, &clock).await?;
            Ok::<_, Box<Fault>>((seat, speaking.speaker))
        };
        match speaking.await {
            Ok((seat, voice)) => {
                // It may be set once, and is.
                let _ = speaker.set(voice);
                seat.sit().await;
            }
            // Home Assistant has its satellite all the same.
            Err(fault) => {
                tracing::warn!(%fault, "what the host announces is not said here");
                std::future::pending().await
            }
        }
    };
    let ended = tokio::select! {
        ended = room.serve(&door, Box::new(source)) => ended,
        _ = stop => Ok(()),
        () = announced => Ok(()),
    };
    drop(room);
    if let Some(seat) = seat.get() {
        seat.leave().await;
    }
    screen.finish(&*clock).await;
    ended.map_err(|error| error.fault())?;
    Ok(0)
}

/// At the running host, once there is one: it shows this microphone, mutes it on behalf
/// of others, and has said here what it announces.
async fn seated(
    global: &Global,
    name: &str,
    switch: &Switch,
    clock: &Arc<dyn Clock>,
) -> Result<Seat, Box<Fault>> {
    loop {
        if let Ok(Some(client)) = running_host(global).await {
            return Seat::at(&Reach::Socket(client.spoken()), name, switch, clock).await;
        }
        clock.sleep(AGAIN).await;
    }
}
