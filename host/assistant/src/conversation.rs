//! What is open between two sentences of one person.

use std::collections::VecDeque;
use std::time::Duration;

use jarvis_domain::invocation::{Choice, Missing, Question};
use jarvis_domain::{Invocation, Timestamp};
use jarvis_skill_host::TimerOrder;

use crate::dialogue::Last;
use crate::times::Later;
use crate::{Heard, History};

/// How long an open choice or value waits; a confirmation has its own time.
const OPEN_FOR: Duration = Duration::from_secs(120);

/// A dialogue's memory: at most one open question, and what was said.
#[derive(Debug, Default)]
pub struct Conversation {
    open: Option<(Open, Timestamp)>,
    pub(crate) history: History,
    /// What words may lean on.
    pub(crate) last: Option<Last>,
    /// What is still to run of several commands.
    pub(crate) next: VecDeque<Last>,
}

/// What a person was asked.
#[derive(Debug, Clone)]
pub(crate) enum Open {
    /// Whether to go on.
    Confirmation(Question),
    /// Which of several.
    Choice(Pending, Choice),
    /// Which of several timers.
    Timer(TimerOrder, Choice),
    /// A value.
    Value(Pending, Missing),
    /// Whether the language model is to be fetched, for these words.
    Fetch(Heard),
    /// Whether to do this too, which was asked about.
    Offer(Box<Last>),
}

/// A command that is not whole yet, and when it is to run; none: at once.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) invocation: Invocation,
    pub(crate) later: Option<Later>,
}

impl From<Invocation> for Pending {
    fn from(invocation: Invocation) -> Self {
        Self { invocation, later: None }
    }
}

impl Conversation {
    /// Takes the open question, if there is one and its time is not over.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Open> {
        self.open.take().filter(|(_, until)| now <= *until).map(|(open, _)| open)
    }

    /// Whether something waits for an answer.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Remembers what was asked.
    pub(crate) fn ask(&mut self, open: Open, now: Timestamp) {
        // A confirmation that is late is told so by the skill host, which
        // knows its time; forgetting it here would make "yes" a riddle.
        let until = match &open {
            Open::Confirmation(question) => question.expires.plus(OPEN_FOR),
            Open::Choice(..)
            | Open::Timer(..)
            | Open::Value(..)
            | Open::Fetch(_)
            | Open::Offer(_) => now.plus(OPEN_FOR),
        };
        self.open = Some((open, until));
    }
}
