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
    /// Answers to text. Of others it is of no interest.
    #[serde(skip_deserializing)]
    pub handle: Vec<Program>,
    /// Meanings of text; none here. Peers want the lists to be there.
    #[serde(skip_deserializing)]
    pub intent: [(); 0],
    /// Microphones; none here.
    #[serde(skip_deserializing)]
    pub mic: [(); 0],
    /// Speakers; none here.
    #[serde(skip_deserializing)]
    pub snd: [(); 0],
    /// A microphone and a loudspeaker in a room, which hides all else that an
    /// endpoint has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satellite: Option<Place>,
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
    /// Speech to text: whether words are told as they are understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_transcript_streaming: Option<bool>,
    /// Text to speech: whether a text may come piece by piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_synthesize_streaming: Option<bool>,
    /// Answers: whether they are told piece by piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_handled_streaming: Option<bool>,
    /// Answers: whether something may be done for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_home_control: Option<bool>,
}

/// A microphone and a loudspeaker in a room.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Who made it.
    pub attribution: Attribution,
    /// Whether it can be used.
    pub installed: bool,
    /// What it is.
    pub description: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The room that it is in.
    pub area: Option<String>,
    /// Whether it sends sound only while somebody speaks.
    pub has_vad: Option<bool>,
    /// The wake words that it listens for itself.
    pub active_wake_words: Option<Vec<String>>,
    /// How many of them it can listen for.
    pub max_active_wake_words: Option<u32>,
    /// Whether it can be told to listen.
    pub supports_trigger: Option<bool>,
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
