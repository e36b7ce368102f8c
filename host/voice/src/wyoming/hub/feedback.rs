//! What goes on, told to a satellite as Home Assistant tells it: for its lights
//! and sounds, and so that it goes back to its wake word.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::line::Line;
use crate::event::{Event, Moment, Observer};
use crate::wyoming::message::Message;

/// See the module. It never waits.
#[derive(Debug)]
pub(super) struct Feedback {
    line: Arc<Line>,
    next: Arc<dyn Observer>,
    /// What was said last in this exchange; none before anybody is listened to.
    said: Mutex<Option<String>>,
}

impl Feedback {
    pub(super) fn new(line: Arc<Line>, next: Arc<dyn Observer>) -> Self {
        Self { line, next, said: Mutex::default() }
    }

    fn tell(&self, event: &Event) {
        let message = match event {
            Event::Woke { word } => Message::new("detection", json!({"name": word})),
            Event::Listening => {
                self.said().get_or_insert_default();
                Message::new("transcribe", json!({"language": "en"}))
            }
            Event::SpeechBegan => Message::bare("voice-started"),
            Event::SpeechEnded { .. } => Message::bare("voice-stopped"),
            Event::Words { text } => {
                *self.said() = Some(text.clone());
                return;
            }
            Event::Answer { text } => Message::new("synthesize", json!({"text": text})),
            Event::NoWords => {
                let nothing =
                    json!({"text": "nothing was understood", "code": "stt-no-text-recognized"});
                Message::new("error", nothing)
            }
            Event::Failed { fault } => Message::error(fault),
            Event::Asleep => return self.over(),
            _ => return,
        };
        self.line.tell(message);
    }

    /// The exchange is over: only now does the satellite stop streaming.
    fn over(&self) {
        self.line.stop(false);
        let said = self.said().take();
        if self.line.expects(false) || said.is_some() {
            let text = said.unwrap_or_default();
            self.line.tell(Message::new("transcript", json!({ "text": text })));
        }
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Feedback {
    fn saw(&self, moment: Moment) {
        self.tell(&moment.event);
        self.next.saw(moment);
    }
}
