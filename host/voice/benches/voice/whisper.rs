//! Whisper on 3 s of speech, by a model of base.en's size whose numbers are
//! from dice: how long the words are missing after the end of speech, plainly
//! and as they are had here. It says nonsense up to the last token that it may,
//! so that all have as much to do.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_domain::{Clock, SystemClock};
use jarvis_voice::wyoming::Hearing;
use jarvis_voice::{
    Device, EngineSettings, FRAME, Framer, RATE, SAMPLES, Supervisor, WhisperSettings,
};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

use crate::ggml::Sizes;
use crate::{espeak, porcupine, random};

const BASE_EN: Sizes = Sizes { state: 512, heads: 8, layers: 6, sound: 1500, text: 448 };
const SPEECH: usize = 3 * RATE as usize;
/// How long a silence is the end of speech: 0.7 s.
const END: usize = 44;
/// What the engine lets 3 s have.
const TOKENS: i32 = 46;
/// Steps of 20 ms that it gives them, and that there are.
const FITTED: i32 = 320;
const ALL: i32 = 1500;
const TRIES: usize = 5;

/// Seconds, each the median of some tries.
pub(crate) struct Found {
    /// All of the model's 30 s, after the end of speech.
    pub(crate) plain: f64,
    /// With as much of them as there is sound.
    pub(crate) fitted: f64,
    /// And as it is had here: begun while somebody speaks.
    pub(crate) early: f64,
    /// Bytes of memory of the child, once it has heard something.
    pub(crate) memory: u64,
}

pub(crate) async fn measure() -> Found {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("ggml-dice.bin");
    random::random(&model, BASE_EN).unwrap();
    let voice = Supervisor::start(espeak::espeak(150), Arc::new(SystemClock));
    let text = "Start the web server and the database, and tell me how hot the node is.";
    let mut sound = porcupine::spoken(&voice, text, "en-us+f3").await;
    let began = sound.iter().position(|sample| sample.unsigned_abs() > 500).unwrap();
    sound.drain(..began);
    sound.truncate(SPEECH);
    assert_eq!(sound.len(), SPEECH, "it speaks as long as that");
    let engine = start(&model);
    engine.warm().await.unwrap();
    let mut state = load(&model);
    let samples: Vec<f32> = sound.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let mut times: [Vec<f64>; 3] = Default::default();
    // In turn, so that whatever else goes on here slows all of them.
    for _ in 0..TRIES {
        let [all, part, early] = &mut times;
        early.push(ours(&engine, &sound).await);
        all.push(plain(&mut state, &samples, ALL));
        part.push(plain(&mut state, &samples, FITTED));
    }
    let [plain, fitted, early] = times.each_mut().map(|times| median(times));
    Found { plain, fitted, early, memory: engine.memory().unwrap() }
}

/// As jarvis sets it, if the settings do not say.
fn threads() -> u16 {
    WhisperSettings::threads(std::thread::available_parallelism().map_or(1, NonZero::get))
}

fn load(model: &Path) -> WhisperState {
    whisper_rs::install_logging_hooks();
    let mut parameters = WhisperContextParameters::default();
    parameters.use_gpu(false);
    WhisperContext::new_with_params(model, parameters).unwrap().create_state().unwrap()
}

/// The same parameters as the engine's, save the steps.
fn plain(state: &mut WhisperState, samples: &[f32], steps: i32) -> f64 {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    parameters.set_n_threads(i32::from(threads()));
    parameters.set_no_context(true);
    parameters.set_single_segment(true);
    parameters.set_suppress_nst(true);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters.set_temperature_inc(0.0);
    parameters.set_max_tokens(TOKENS);
    parameters.set_audio_ctx(steps);
    let began = Instant::now();
    state.full(parameters, samples).unwrap();
    let took = began.elapsed().as_secs_f64();
    let tokens: i32 = state.as_iter().map(|segment| segment.n_tokens()).sum();
    assert!(tokens >= TOKENS, "it says as much as it may: {tokens}");
    took
}

fn start(model: &Path) -> Supervisor {
    let settings = WhisperSettings {
        model: PathBuf::from(model),
        threads: threads(),
        device: Device::Cpu,
        language: jarvis_domain::Language::English,
    };
    let program = std::env::current_exe().unwrap();
    let settings = EngineSettings::standard("whisper", program).telling(&settings);
    Supervisor::start(settings, Arc::new(SystemClock))
}

/// From the end of speech, after the silence that it is known by, to the words.
async fn ours(engine: &Supervisor, sound: &[i16]) -> f64 {
    let sound = [sound, &vec![0; END * SAMPLES]].concat();
    let mut hearing = Hearing::begin(engine, &[]).await.unwrap();
    let (began, mut at) = (Instant::now(), Duration::ZERO);
    // As fast as somebody speaks.
    for frame in Framer::default().push(&sound) {
        at += FRAME;
        SystemClock.sleep(at.saturating_sub(began.elapsed())).await;
        hearing.frame(&frame).await.unwrap();
    }
    let ended = Instant::now();
    let words = hearing.finish().await.unwrap();
    assert!(!words.is_empty(), "it was decoded");
    ended.elapsed().as_secs_f64()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
