//! What an engine is and can, as `info` says it.

use serde::{Deserialize, Deserializer, Serialize};

/// The answer to `describe`: what an endpoint has of each kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// Speech to text.
    #[serde(deserialize_with = "list")]
    pub asr: Vec<Program>,
    /// Text to speech.
    #[serde(deserialize_with = "list")]
    pub tts: Vec<Program>,
    /// Wake words.
    #[serde(deserialize_with = "list")]
    pub wake: Vec<Program>,
    /// Answers to text; none here. Peers want the lists to be there.
    #[serde(skip_deserializing)]
    pub handle: [(); 0],
    /// Meanings of text; none here.
    #[serde(skip_deserializing)]
    pub intent: [(); 0],
    /// Microphones; none here.
    #[serde(skip_deserializing)]
    pub mic: [(); 0],
    /// Speakers; none here.
    #[serde(skip_deserializing)]
    pub snd: [(); 0],
}

/// One engine. Readers that are strict want every field, the empty ones too.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Who made it.
    #[serde(default)]
    pub attribution: Attribution,
    /// Whether it can be used.
    pub installed: bool,
    /// What it is.
    pub description: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it recognises with, or the wake words that it knows.
    #[serde(default, deserialize_with = "list")]
    pub models: Vec<Artifact>,
    /// What it speaks with.
    #[serde(default, deserialize_with = "list")]
    pub voices: Vec<Artifact>,
}

/// Who made something.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Attribution {
    /// Their name.
    pub name: String,
    /// Their address.
    pub url: String,
}

/// A model, a voice or a wake word.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Who made it.
    #[serde(default)]
    pub attribution: Attribution,
    /// Whether it is there.
    pub installed: bool,
    /// What it is.
    pub description: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The languages that it is for.
    #[serde(default, deserialize_with = "list")]
    pub languages: Vec<String>,
    /// The words of a wake word.
    #[serde(default)]
    pub phrase: Option<String>,
}

/// Some send null in place of an empty list.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
