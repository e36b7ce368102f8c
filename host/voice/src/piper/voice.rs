//! What a voice's JSON says: which number each phoneme has, and how it is
//! spoken. Fields that are not here do not matter.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::error::PiperError;

/// The most bytes of the JSON; real ones have some thousand.
const MOST: u64 = 4 * 1024 * 1024;
/// The most numbers of one text: a minute and more.
const LONGEST: usize = 4096;

/// See the module.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Voice {
    pub(super) audio: Audio,
    #[serde(default)]
    pub(super) espeak: Language,
    #[serde(default)]
    phoneme_type: Option<String>,
    #[serde(default)]
    pub(super) inference: Inference,
    phoneme_id_map: HashMap<String, Vec<i64>>,
    #[serde(default)]
    pub(super) num_symbols: Option<i64>,
    #[serde(default = "one")]
    pub(super) num_speakers: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Audio {
    pub(super) sample_rate: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Language {
    pub(super) voice: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Inference {
    pub(super) noise_scale: f32,
    pub(super) length_scale: f32,
    pub(super) noise_w: f32,
}

impl Default for Language {
    fn default() -> Self {
        Self { voice: "en-us".to_owned() }
    }
}

impl Default for Inference {
    fn default() -> Self {
        Self { noise_scale: 0.667, length_scale: 1.0, noise_w: 0.8 }
    }
}

impl Inference {
    /// Far from what a voice is trained with, one speaks for hours, or not at all.
    fn check(&self) -> Result<(), String> {
        for (name, value, most) in [
            ("noise_scale", self.noise_scale, 2.0),
            ("length_scale", self.length_scale, 10.0),
            ("noise_w", self.noise_w, 2.0),
        ] {
            let least = if name == "length_scale" { 0.1 } else { 0.0 };
            if !(least..=most).contains(&value) {
                return Err(format!("its {name} is {value}, not from {least} to {most}"));
            }
        }
        Ok(())
    }
}

fn is_spoken(phoneme: &str) -> bool {
    phoneme.chars().any(char::is_alphabetic)
}

fn one() -> i64 {
    1
}

impl Voice {
    /// Reads and checks `path`.
    pub(super) fn read(path: &Path) -> Result<Self, PiperError> {
        let unreadable = |error| PiperError::Read { path: path.to_owned(), error };
        let other = |why: String| PiperError::Other { path: path.to_owned(), why };
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if !found.is_file() {
            return Err(other("it is no file".to_owned()));
        }
        let mut json = Vec::new();
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(MOST).read_to_end(&mut json).map_err(unreadable)?;
        let voice: Self =
            serde_json::from_slice(&json).map_err(|error| other(error.to_string()))?;
        let kind = voice.phoneme_type.as_deref().unwrap_or("espeak");
        if kind != "espeak" {
            let kind = jarvis_domain::text::line(kind, 40);
            return Err(other(format!("its phonemes are of the kind {kind:?}, not espeak's")));
        }
        if !crate::RATES.contains(&voice.audio.sample_rate) {
            return Err(other(format!("it has {} samples a second", voice.audio.sample_rate)));
        }
        let most = voice.num_symbols.unwrap_or(i64::MAX);
        let fits = |id: &i64| (0..most).contains(id);
        if !voice.phoneme_id_map.values().flatten().all(fits) {
            return Err(other(format!("a phoneme has a number that is not below {most}")));
        }
        for mark in ["^", "$", "_"] {
            if !voice.phoneme_id_map.contains_key(mark) {
                return Err(other(format!("it has no phoneme {mark:?}")));
            }
        }
        if !voice.phoneme_id_map.keys().any(|phoneme| is_spoken(phoneme)) {
            return Err(other("it has no phoneme that is spoken".to_owned()));
        }
        voice.inference.check().map_err(other)?;
        Ok(voice)
    }

    /// Whether it can say anything of `phonemes`, where there is something to say.
    pub(super) fn can_say(&self, phonemes: &str) -> bool {
        let spoken: String = phonemes.chars().filter(|c| c.is_alphabetic()).collect();
        spoken.is_empty() || self.numbers(&spoken).len() > self.numbers("").len()
    }

    /// The numbers of `phonemes`: a begin and an end, and a pad after each.
    /// The longest phoneme that fits is taken; unknown ones are left out.
    pub(super) fn numbers(&self, phonemes: &str) -> Vec<i64> {
        let of = |phoneme: &str| self.phoneme_id_map.get(phoneme).map_or(&[][..], Vec::as_slice);
        let pad = of("_");
        let mut numbers = [of("^"), pad].concat();
        let longest = self.phoneme_id_map.keys().map(String::len).max().unwrap_or(1).min(32);
        let mut rest = phonemes;
        while let Some(c) = rest.chars().next() {
            let most = longest.max(c.len_utf8()).min(rest.len());
            let lengths = (c.len_utf8()..=most).rev();
            let mut known = lengths.filter_map(|length| rest.get(..length));
            let phoneme = known.find(|some| self.phoneme_id_map.contains_key(*some));
            if let Some(phoneme) = phoneme
                && numbers.len() < LONGEST
            {
                numbers.extend_from_slice(of(phoneme));
                numbers.extend_from_slice(pad);
            }
            let taken = phoneme.map_or(c.len_utf8(), str::len);
            rest = rest.get(taken..).unwrap_or_default();
        }
        numbers.extend_from_slice(of("$"));
        numbers
    }

    /// The speaker `wanted`; none where it has but one.
    pub(super) fn speaker(&self, wanted: i64) -> Result<Option<i64>, PiperError> {
        match self.num_speakers {
            ..=1 => Ok(None),
            count if (0..count).contains(&wanted) => Ok(Some(wanted)),
            count => {
                let last = count - 1;
                Err(PiperError::Setting(format!("it has no speaker {wanted}, only 0 to {last}")))
            }
        }
    }
}
