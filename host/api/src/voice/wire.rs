//! The text frames of a conversation by voice. Everything else is sound.

use jarvis_domain::{Fault, Timestamp};
use serde::{Deserialize, Serialize};

use super::start::Start;
use crate::socket::Problem;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Control {
    /// The first of all frames.
    Start(Start),
    /// A button is pressed, to speak.
    Press {},
    /// It is released.
    Release {},
    /// No more of the answer.
    Stop {},
    /// Nothing is to be heard.
    Mute {},
    /// It is, again.
    Unmute {},
    /// All sound up to the last `audio-end` was played.
    Played {},
}

/// What a client is told beside what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Told {
    /// The first of all frames.
    Started(Started),
    /// The binary frames that follow are sound of this rate.
    Audio { rate: u32 },
    /// That was all of it: `played` is waited for.
    AudioEnd {},
    /// Sound that it sent was not taken in time.
    Lost {},
    /// Something was not taken, or the conversation has ended.
    Error(Problem),
}

/// A conversation that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Started {
    /// What it wakes on; nothing where only a button begins.
    pub(super) wake_words: Vec<String>,
    /// Samples a second of all sound that is sent.
    pub(super) rate: u32,
}

/// Something that happened, and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoiceMoment {
    /// When, by the time of day.
    pub at: Timestamp,
    /// Microseconds since the exchange began.
    pub after_us: u64,
    /// What.
    #[serde(flatten)]
    pub event: VoiceEvent,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoiceEvent {
    /// Only the wake word, or a button, begins something.
    Asleep {},
    /// A wake word was heard.
    Woke {
        /// Which one.
        word: String,
    },
    /// Somebody is heard from now on.
    Listening {},
    /// They speak.
    SpeechBegan {},
    /// They are done.
    SpeechEnded {},
    /// What was understood so far.
    Partial {
        /// The words.
        text: String,
    },
    /// What was said.
    Words {
        /// The words.
        text: String,
    },
    /// Nothing was said, or nothing was understood of it.
    NoWords {},
    /// The answer to it.
    Answer {
        /// As it is shown.
        text: String,
        /// It asks something: once it was played, somebody is heard again.
        question: bool,
    },
    /// A sentence is spoken.
    Sentence {
        /// As it is spoken.
        text: String,
    },
    /// The first sound of an answer was sent.
    Speaking {},
    /// All of it was played.
    Played {},
    /// It was cut off: sound that was not played yet is not to be.
    Cut {},
    /// Nobody is heard from now on, or is again.
    Muted {
        /// Which.
        muted: bool,
    },
    /// Something failed; what can go on does.
    Failed(Problem),
}

impl Told {
    /// The frame's text.
    pub(super) fn text(&self) -> String {
        // These types have no maps with strange keys: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl VoiceMoment {
    /// The frame's text.
    pub(super) fn text(&self) -> String {
        // As with `Told`.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&Fault> for Told {
    fn from(fault: &Fault) -> Self {
        Self::Error(Problem::from(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::{AnswerAs, Mode, SoundFormat};

    #[test]
    fn controls_are_these_and_no_others() {
        let check = |text: &str, expected: Option<Control>| {
            assert_eq!(serde_json::from_str::<Control>(text).ok(), expected, "{text}");
        };
        let start = Start {
            format: SoundFormat::Pcm16,
            mode: Mode::PushToTalk,
            locale: String::new(),
            answer: AnswerAs::Audio,
            rate: 16_000,
            place: None,
        };
        check(r#"{"start":{"mode":"push-to-talk"}}"#, Some(Control::Start(start)));
        let whole = r#"{"start":{"mode":"wake","format":"opus","locale":"de","answer":"text","rate":48000,"place":"hall"}}"#;
        let start = Start {
            format: SoundFormat::Opus,
            mode: Mode::Wake,
            locale: "de".to_owned(),
            answer: AnswerAs::Text,
            rate: 48_000,
            place: Some("hall".to_owned()),
        };
        check(whole, Some(Control::Start(start)));
        check(r#"{"press":{}}"#, Some(Control::Press {}));
        check(r#"{"played":{}}"#, Some(Control::Played {}));
        for bad in [
            "",
            "{}",
            r#"{"start":{}}"#,
            r#"{"start":{"mode":"loud"}}"#,
            r#"{"start":{"mode":"wake","role":"admin"}}"#,
            r#"{"press":1}"#,
            r#"{"press":{"hard":true}}"#,
            r#"{"press":{},"release":{}}"#,
            r#""press""#,
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn a_moment_is_its_event_and_its_time() {
        let event = VoiceEvent::Answer { text: "Which?".to_owned(), question: true };
        let text = VoiceMoment { at: Timestamp(5), after_us: 7, event }.text();
        assert_eq!(text, r#"{"at":5,"after_us":7,"answer":{"text":"Which?","question":true}}"#);
        let event = VoiceEvent::NoWords {};
        let text = VoiceMoment { at: Timestamp(5), after_us: 7, event }.text();
        assert_eq!(text, r#"{"at":5,"after_us":7,"no-words":{}}"#);
        assert_eq!(Told::AudioEnd {}.text(), r#"{"audio-end":{}}"#);
    }
}
