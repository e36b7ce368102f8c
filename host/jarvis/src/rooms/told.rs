//! What happens in a conversation, in the words of the WebSocket that it is held
//! over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jarvis_api::SocketProblem;
use jarvis_api::voice::{Line, Outgoing, VoiceEvent, VoiceMoment};
use jarvis_voice::{Ahead, Answer, Assistant, Event, Moment, Observer, Outgoing as Out, Then};

/// Knows of each answer whether it asks something: an assistant and an observer,
/// each before the one that it stands for.
#[derive(Debug)]
pub(super) struct Questions {
    assistant: Arc<dyn Assistant>,
    /// The last answer asked something.
    asked: AtomicBool,
    told: Asked,
}

/// Of each answer that is on its way, the oldest first, whether it asks something.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked(Arc<Mutex<VecDeque<bool>>>);

/// Tells [`Questions`] of answers.
#[derive(Debug)]
pub(super) struct Watching {
    pub(super) questions: Arc<Questions>,
    pub(super) next: Arc<dyn Observer>,
}

/// What the other side is told.
#[derive(Debug)]
pub(super) struct ToldLine {
    pub(super) line: jarvis_voice::Line,
    pub(super) asked: Asked,
}

impl Questions {
    pub(super) fn new(assistant: Arc<dyn Assistant>) -> Arc<Self> {
        Arc::new(Self { assistant, asked: AtomicBool::new(false), told: Asked::default() })
    }

    pub(super) fn asked(&self) -> Asked {
        self.told.clone()
    }

    fn seen(&self, answer: Answer) -> Answer {
        self.asked.store(answer.then == Then::Listen, Ordering::SeqCst);
        answer
    }
}

impl Asked {
    fn queue(&self) -> MutexGuard<'_, VecDeque<bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Assistant for Questions {
    async fn answer(&self, words: &str) -> Answer {
        self.seen(self.assistant.answer(words).await)
    }

    async fn answer_ahead(&self, words: &str, ahead: Ahead) -> Answer {
        self.seen(self.assistant.answer_ahead(words, ahead).await)
    }

    async fn is_complete(&self, words: &str) -> bool {
        self.assistant.is_complete(words).await
    }

    fn shown(&self, words: &str) -> String {
        self.assistant.shown(words)
    }

    fn shown_so_far(&self, words: &str) -> Option<String> {
        self.assistant.shown_so_far(words)
    }

    fn names(&self) -> Vec<String> {
        self.assistant.names()
    }

    fn goes_on(&self) -> Option<String> {
        self.assistant.goes_on()
    }
}

impl Observer for Watching {
    fn saw(&self, moment: Moment) {
        if matches!(moment.event, Event::Answer { .. }) {
            let asks = self.questions.asked.swap(false, Ordering::SeqCst);
            self.questions.told.queue().push_back(asks);
        }
        self.next.saw(moment);
    }
}

#[async_trait]
impl Line for ToldLine {
    async fn next(&mut self) -> Option<Outgoing> {
        loop {
            return Some(match self.line.next().await? {
                Out::Moment(moment) => match self.moment(moment) {
                    Some(moment) => Outgoing::Moment(moment),
                    None => continue,
                },
                Out::Begins => Outgoing::Begins,
                Out::Sound(samples) => Outgoing::Sound(samples),
                Out::Ends => Outgoing::Ends,
                Out::Lagging => Outgoing::Lagging,
            });
        }
    }
}

impl ToldLine {
    /// None of what does not concern the other side.
    fn moment(&self, moment: Moment) -> Option<VoiceMoment> {
        let Moment { at, after_us, event } = moment;
        let event = match event {
            Event::Asleep => VoiceEvent::Asleep {},
            Event::Muted { muted } => VoiceEvent::Muted { muted },
            Event::Woke { word } => VoiceEvent::Woke { word },
            Event::Listening => VoiceEvent::Listening {},
            Event::SpeechBegan => VoiceEvent::SpeechBegan {},
            Event::SpeechEnded { .. } => VoiceEvent::SpeechEnded {},
            Event::Partial { text } => VoiceEvent::Partial { text },
            Event::Words { text } => VoiceEvent::Words { text },
            Event::NoWords => VoiceEvent::NoWords {},
            Event::Answer { text } => {
                let question = self.asked.queue().pop_front().unwrap_or(false);
                VoiceEvent::Answer { text, question }
            }
            Event::Sentence { text } => VoiceEvent::Sentence { text },
            Event::FirstSound => VoiceEvent::Speaking {},
            Event::Played => VoiceEvent::Played {},
            Event::Cut => VoiceEvent::Cut {},
            Event::Failed { fault } => VoiceEvent::Failed(SocketProblem::from(&*fault)),
            // It is heard; and the devices are the other side's own.
            Event::Chime { .. } | Event::DeviceLost { .. } | Event::DeviceBack { .. } => {
                return None;
            }
        };
        Some(VoiceMoment { at, after_us, event })
    }
}
