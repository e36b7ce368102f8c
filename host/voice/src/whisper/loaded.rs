//! A model that was loaded, and what it makes of sound.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jarvis_domain::Language;
use serde::{Deserialize, Serialize};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState,
};

use super::device::Device;
use super::ffi;
use super::model::{Model, ModelError};
use super::place::Place;

/// Steps that the model is given beyond the sound itself: with fewer it repeats
/// itself (issues 1855 and 1117 of whisper.cpp). A step is 20 ms.
const SPARE: usize = 128;
/// Their number is a multiple of this.
const STEPS: usize = 64;
/// The most tokens of names that it is told, of 223 that it takes.
const TOLD: usize = 200;
/// The most characters of one name.
const NAME: usize = 60;
/// Below this mean logarithm of their probabilities words are a guess, and
/// below the second where it thinks that nobody spoke. The first is OpenAI's
/// own; theirs asks for both, with a loudness that they have learnt.
const GUESS: (f32, f32) = (-1.0, -0.5);
/// From this probability on it thinks so; OpenAI's.
const NOBODY: f32 = 0.6;

/// What it recognises with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WhisperSettings {
    /// The model, by absolute path.
    pub model: PathBuf,
    /// Threads.
    pub threads: u16,
    /// Where it computes.
    pub device: Device,
    /// What is spoken. Only models for several languages hear any but English.
    #[serde(default)]
    pub language: Language,
}

/// See the module.
pub(super) struct Loaded {
    pub(super) settings: WhisperSettings,
    pub(super) place: Place,
    /// How long a second of silence took.
    pub(super) took: Duration,
    model: Model,
    context: WhisperContext,
    state: WhisperState,
    /// With the language. It is set once: each text that is set is leaked.
    spoken: FullParams<'static, 'static>,
}

impl WhisperSettings {
    /// How many threads are good on a machine of so many processors. They wait
    /// for each other thousands of times a second, by turning in circles: where
    /// one of them has no processor to itself, all take ten times as long. A
    /// node has guests, so half the processors are left to them.
    #[must_use]
    pub fn threads(processors: usize) -> u16 {
        u16::try_from(processors / 2).unwrap_or(8).clamp(1, 8)
    }
}

impl Loaded {
    pub(super) fn load(settings: WhisperSettings) -> Result<Self, ModelError> {
        let model = Model::check(&settings.model)?;
        if settings.language != Language::English && !model.multilingual {
            let (path, language) = (settings.model, settings.language);
            return Err(ModelError::Language { path, language });
        }
        let place = settings.device.place()?;
        whisper_rs::install_logging_hooks();
        let failed = |error: WhisperError| ModelError::Failed {
            path: settings.model.clone(),
            why: error.to_string(),
        };
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(place != Place::Processor);
        let context =
            WhisperContext::new_with_params(&settings.model, parameters).map_err(failed)?;
        let state = context.create_state().map_err(failed)?;
        let took = Duration::ZERO;
        let mut spoken = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        // Where none is set it takes English.
        if settings.language != Language::English {
            spoken.set_language(Some(settings.language.tag()));
        }
        let mut loaded = Self { settings, place, took, model, context, state, spoken };
        // The first run is slower than the others.
        for _ in 0..2 {
            let began = Instant::now();
            loaded.decode(&[0.0; 16_000], &[], &AtomicBool::new(false))?;
            loaded.took = began.elapsed();
        }
        Ok(loaded)
    }

    /// Names that may be said, as what it believes to have heard before. The
    /// first ones count most.
    pub(super) fn prompt(&self, names: &[String]) -> Vec<i32> {
        let mut prompt = Vec::new();
        let names = names.iter().map(|name| jarvis_domain::text::line(name, NAME));
        for name in names.filter(|name| !name.is_empty()) {
            // With less room than there are tokens, which are no more than
            // bytes, the crate makes a vector of its own error's length.
            let text = format!(" {name},");
            let Ok(tokens) = self.context.tokenize(&text, text.len() + 1) else { continue };
            if prompt.len() + tokens.len() > TOLD {
                break;
            }
            prompt.extend(tokens);
        }
        prompt
    }

    /// The words of `sound`, which are none where it is not sure of them; `None`
    /// where `stop` was set before it was done.
    pub(super) fn decode(
        &mut self,
        sound: &[f32],
        prompt: &[i32],
        stop: &AtomicBool,
    ) -> Result<Option<String>, ModelError> {
        let mut parameters: FullParams<'_, '_> = self.spoken.clone();
        parameters.set_n_threads(i32::from(self.settings.threads.clamp(1, 64)));
        if !prompt.is_empty() {
            parameters.set_tokens(prompt);
        }
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        parameters.set_suppress_nst(true);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_timestamps(false);
        parameters.set_print_special(false);
        // Whoever is not sure tries again at random, up to five times as long.
        parameters.set_temperature_inc(0.0);
        parameters.set_max_tokens(most_tokens(sound.len()));
        parameters.set_audio_ctx(steps(sound.len(), self.model.sound));
        match ffi::full(&mut self.state, parameters, sound, stop) {
            Ok(()) => Ok(Some(self.words())),
            Err(_) if stop.load(Ordering::Relaxed) => Ok(None),
            Err(error) => Err(ModelError::Failed {
                path: self.settings.model.clone(),
                why: error.to_string(),
            }),
        }
    }

    fn words(&self) -> String {
        let end = self.context.token_eot();
        let (mut words, mut sum, mut count, mut nobody) = (String::new(), 0.0, 0.0, 0.0_f32);
        for segment in self.state.as_iter() {
            words.push_str(&segment.to_str_lossy().unwrap_or_default());
            nobody = nobody.max(segment.no_speech_probability());
            let tokens = (0..segment.n_tokens()).filter_map(|n| segment.get_token(n));
            for token in tokens.map(|token| token.token_data()).filter(|token| token.id < end) {
                (sum, count) = (sum + token.plog, count + 1.0);
            }
        }
        let least = if nobody > NOBODY { GUESS.1 } else { GUESS.0 };
        // No number, of a model that computes nonsense, is no sure one.
        let sure = count > 0.0 && sum / count >= least;
        if sure { jarvis_domain::text::line(&words, 2000) } else { String::new() }
    }
}

/// The model is for 30 s, and takes as long for less unless it is told.
fn steps(samples: usize, most: u32) -> i32 {
    let steps = (samples / 320 + SPARE).next_multiple_of(STEPS);
    i32::try_from(steps.min(most as usize)).unwrap_or(0)
}

/// Nobody says more than this, and a model that repeats itself has an end. Few
/// people say five words a second, of which each is a token or two.
fn most_tokens(samples: usize) -> i32 {
    i32::try_from(16 + samples * 10 / 16_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_as_much_time_as_there_is_sound() {
        for (seconds, most, expected) in [(0, 1500, 128), (3, 1500, 320), (15, 1500, 896)] {
            assert_eq!(steps(seconds * 16_000, most), expected, "{seconds} s");
        }
        assert_eq!(steps(30 * 16_000, 1500), 1500);
        assert_eq!(steps(3 * 16_000, 100), 100, "no more than the model has");
        assert_eq!((most_tokens(0), most_tokens(3 * 16_000)), (16, 46));
    }

    #[test]
    fn some_processors_are_left_to_others() {
        for (processors, threads) in [(1, 1), (2, 1), (4, 2), (16, 8), (256, 8)] {
            assert_eq!(WhisperSettings::threads(processors), threads, "{processors}");
        }
    }
}
