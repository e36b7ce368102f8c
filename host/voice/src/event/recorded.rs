//! Moments as run records keep them: one word for what happened, and what was
//! heard or said.

use jarvis_domain::run;
use serde_json::Value;

use super::Moment;

impl Moment {
    /// For the record of a run: the event by its name, and what else it has as
    /// one text.
    #[must_use]
    pub fn recorded(&self) -> run::Moment {
        // Every event is an object, and nothing in one can fail to be written.
        let mut fields = match serde_json::to_value(&self.event) {
            Ok(Value::Object(fields)) => fields,
            _ => Default::default(),
        };
        let what = fields.remove("event").map(text).unwrap_or_default();
        let texts: Vec<String> = fields.into_iter().map(|(_, value)| text(value)).collect();
        let text = Some(texts.join(": ")).filter(|text| !text.is_empty());
        run::Moment { at: self.at, after_us: self.after_us, what, text }
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        // A fault, whose sentence is for people.
        Value::Object(mut fault) => fault.remove("sentence").map(text).unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jarvis_domain::{Explain, Timestamp};

    use crate::{Chime, DeviceKind, Event, Moment, VoiceError, Why};

    #[test]
    fn a_moment_is_one_word_and_what_was_heard_or_said() {
        let fault =
            VoiceError::Silent { engine: "whisper".to_owned(), waited: Duration::from_secs(5) }
                .fault();
        let failed = fault.sentence.clone();
        for (event, expected) in [
            (Event::Listening, "listening"),
            (Event::Muted { muted: true }, "muted true"),
            (Event::Woke { word: "jarvis".to_owned() }, "woke jarvis"),
            (Event::SpeechEnded { why: Why::SourceOver }, "speech-ended source-over"),
            (Event::Words { text: "start web".to_owned() }, "words start web"),
            (Event::Chime { chime: Chime::Done }, "chime done"),
            (
                Event::DeviceBack { device: DeviceKind::Microphone, name: "desk".to_owned() },
                "device-back microphone: desk",
            ),
            (Event::Failed { fault }, &format!("failed {failed}")),
        ] {
            let kept = Moment { at: Timestamp(1), after_us: 2, event }.recorded();
            assert_eq!((kept.at, kept.after_us), (Timestamp(1), 2));
            let told = [Some(kept.what), kept.text].into_iter().flatten();
            assert_eq!(told.collect::<Vec<_>>().join(" "), expected);
        }
    }
}
