//! What it costs to listen: at test speed for an hour of sound, and in real time on a
//! sound server. Both with the wake word and the end of speech.

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::SystemClock;
use jarvis_voice::wyoming::Waking;
use jarvis_voice::{
    DeviceChoice, Ear, Framer, Log, Microphone, Patience, RATE, Rate, Source, Supervisor,
};
use serde::{Deserialize, Serialize};

use crate::sound_server::SoundServer;
use crate::{espeak, porcupine};

/// Seconds of sound at test speed, and in real time.
pub(crate) const HOUR: u64 = 3600;
const LIVE: u64 = 10;
/// A microphone at 48 kHz with two channels.
const MICROPHONE: &str = "vspk.monitor";
pub(crate) const FRAMES_A_SECOND: u64 = 1_000_000 / 16_000;

/// What an hour of it has cost.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hour {
    /// Percent of a core, the child's too.
    pub(crate) percent: f64,
    /// Bytes of memory at its end: this program, Porcupine, espeak-ng.
    pub(crate) memory: [u64; 3],
    /// Bytes more of the first two than after its first tenth.
    pub(crate) growth: u64,
}

/// Both, as a frame goes through them.
struct Listener {
    engine: Arc<Supervisor>,
    waking: Waking,
    ear: Ear,
    heard: u64,
}

impl Listener {
    async fn start(waking: impl FnOnce(Waking) -> Waking) -> Self {
        let engine = porcupine::porcupine(&porcupine::settings());
        engine.warm().await.unwrap();
        let waking = waking(Waking::new(engine.clone(), Vec::new()));
        Self { engine, waking, ear: Ear::new(Patience::Normal.settings()), heard: 0 }
    }

    async fn frame(&mut self, frame: jarvis_voice::Frame) {
        self.ear.push(frame);
        self.waking.frame(&frame).await.unwrap();
        self.heard += 1;
    }

    fn seconds(&self) -> u64 {
        self.heard / FRAMES_A_SECOND
    }

    /// Seconds of a core so far.
    fn used(&self) -> f64 {
        used("self") + used(&self.engine.pid().unwrap().to_string())
    }

    /// Bytes of this program and of the engine.
    fn memory(&self) -> [u64; 2] {
        [resident(), self.engine.memory().unwrap()]
    }
}

/// An hour of speech and silence, as a device at 48 kHz gives it.
pub(crate) async fn hour() -> Hour {
    let voice = Supervisor::start(espeak::espeak(150), Arc::new(SystemClock));
    let said = porcupine::spoken(&voice, "How hot is node three?", "en-us+f3").await;
    let mut listener = Listener::start(Waking::in_step).await;
    let (mut rate, mut framer) = (Rate::new(48_000, RATE).unwrap(), Framer::default());
    let device: Vec<f32> =
        said.iter().flat_map(|sample| [f32::from(*sample) / 32_768.0; 3]).collect();
    let (before, mut tenth) = (listener.used(), None);
    while listener.seconds() < HOUR {
        for block in device.chunks(1536) {
            let mut samples = Vec::with_capacity(600);
            rate.push(block, &mut samples).unwrap();
            let samples: Vec<i16> = samples.iter().map(|s| (s * 32_767.0) as i16).collect();
            for frame in framer.push(&samples) {
                listener.frame(frame).await;
            }
        }
        if listener.seconds() >= HOUR / 10 {
            tenth.get_or_insert_with(|| listener.memory());
        }
    }
    let percent = (listener.used() - before) / listener.seconds() as f64 * 100.0;
    let [own, engine] = listener.memory();
    let early: u64 = tenth.unwrap_or_default().iter().sum();
    let memory = [own, engine, voice.memory().unwrap()];
    Hour { percent, memory, growth: (own + engine).saturating_sub(early) }
}

/// Percent of a core in real time, without the sound server.
pub(crate) async fn live(folder: PathBuf) -> f64 {
    let _server = SoundServer::start(&folder);
    let choice = DeviceChoice::Named(MICROPHONE.to_owned());
    let (clock, log) = (Arc::new(SystemClock), Arc::new(Log::default()));
    let mut listener = Listener::start(|waking| waking).await;
    let mut microphone = Microphone::open(choice, clock, log).await.unwrap();
    let before = listener.used();
    while listener.seconds() < LIVE {
        listener.frame(microphone.next().await.unwrap().unwrap()).await;
    }
    (listener.used() - before) / LIVE as f64 * 100.0
}

/// Seconds of a core that a process was given so far (proc(5), fields 14 and
/// 15 of `stat`, in hundredths).
fn used(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

/// Bytes of this program in memory (proc(5), `VmRSS`, in kB).
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
