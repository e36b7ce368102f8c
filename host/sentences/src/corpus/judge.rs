//! What sentences make of a corpus, and how much of it is right.

use std::collections::BTreeMap;

use jarvis_domain::{CommandName, Risk};
use serde_json::Value;

use super::{Corpus, Line, Outcome, Speech};
use crate::matcher::Sentences;
use crate::names::{Aliases, Names};
use crate::recognition::{Match, Recognition, SlotValue};

/// What is known of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// What it may do.
    pub risk: Risk,
    /// The slots that it cannot run without.
    pub required: Vec<String>,
}

/// What came of a corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// By the way of speaking.
    pub scores: Vec<Score>,
    /// Every line that did not come out right.
    pub faults: Vec<Fault>,
}

/// What came of one way of speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Which.
    pub speech: Speech,
    /// How many lines.
    pub lines: usize,
    /// How many came out right.
    pub right: usize,
    /// How many did not, and were asked about.
    pub asked: usize,
    /// How many would have interrupted what was not meant, or changed something where
    /// nothing was.
    pub harmful: usize,
}

/// A line that did not come out right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// It.
    pub line: Line,
    /// What came of it.
    pub found: Outcome,
    /// It would have interrupted what was not meant, or changed something where nothing was.
    pub is_harmful: bool,
}

impl Corpus {
    /// Understands every line. `traits` are those of a command.
    #[must_use]
    pub fn judge<'t>(
        &self,
        sentences: &Sentences,
        traits: impl Fn(&CommandName) -> &'t Traits,
    ) -> Report {
        let names = Names::said_in(self.language, &self.snapshot, &Aliases::new());
        let blank = |speech| Score { speech, lines: 0, right: 0, asked: 0, harmful: 0 };
        let mut scores = Speech::ALL.map(blank);
        let mut faults = Vec::new();
        for line in &self.lines {
            let found = found(&line.words, sentences, &names, &traits);
            let is_harmful = match &found {
                Outcome::Command(command, _) => match traits(command).risk {
                    Risk::Destructive => line.wanted != found,
                    Risk::Change => line.wanted == Outcome::Nothing,
                    Risk::Read => false,
                },
                Outcome::Asked(..) | Outcome::Nothing => false,
            };
            let is_right = !is_harmful && is_right(&line.wanted, &found);
            if let Some(score) = scores.iter_mut().find(|score| score.speech == line.speech) {
                score.lines += 1;
                score.right += usize::from(is_right);
                score.asked += usize::from(!is_right && matches!(found, Outcome::Asked(..)));
                score.harmful += usize::from(is_harmful);
            }
            if !is_right {
                faults.push(Fault { line: line.clone(), found, is_harmful });
            }
        }
        Report { scores: scores.into(), faults }
    }
}

impl Score {
    /// How much came out right, percent; of what was misheard, right or asked about.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of lines in a file")]
    pub fn percent(&self) -> f64 {
        let asked = if self.speech == Speech::Misheard { self.asked } else { 0 };
        100.0 * (self.right + asked) as f64 / self.lines.max(1) as f64
    }

    /// Whether it is as good as it must be.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.percent() >= self.speech.least() && self.harmful == 0
    }
}

/// Whether what was found may be taken for what was wanted: a question must offer what
/// was wanted, and what need not be asked about, since it harms nothing, may just run.
fn is_right(wanted: &Outcome, found: &Outcome) -> bool {
    match (wanted, found) {
        (Outcome::Asked(wanted, values), Outcome::Asked(found, offered)) => {
            wanted == found
                && values.iter().all(|(name, value)| {
                    let offered = offered.get(name).map(|all| all.split(',').collect::<Vec<_>>());
                    let among = |one| offered.as_ref().is_some_and(|all| all.contains(&one));
                    value.split(',').all(among)
                })
        }
        (Outcome::Asked(wanted, values), Outcome::Command(found, arguments)) => {
            wanted == found && values == arguments
        }
        (wanted, found) => wanted == found,
    }
}

/// What comes of `words`, as the assistant would act.
fn found<'t>(
    words: &str,
    sentences: &Sentences,
    names: &Names,
    traits: impl Fn(&CommandName) -> &'t Traits,
) -> Outcome {
    let best = match sentences.recognize(words, names) {
        Recognition::Matched { matches } => matches.into_iter().next(),
        Recognition::UnknownName(unknown) => unknown.meant.map(|meant| *meant),
        Recognition::Unnamed { slot, meant, .. } => {
            if !traits(&meant.command).required.contains(&slot) {
                return Outcome::Nothing;
            }
            let arguments = arguments(&meant);
            return Outcome::Asked(meant.command, arguments);
        }
        Recognition::None { .. } | Recognition::TooLong { .. } => None,
    };
    let Some(best) = best else { return Outcome::Nothing };
    let arguments = arguments(&best);
    let interrupts = traits(&best.command).risk == Risk::Destructive;
    if best.slots.iter().any(|slot| slot.is_open(interrupts)) {
        Outcome::Asked(best.command, arguments)
    } else {
        Outcome::Command(best.command, arguments)
    }
}

fn arguments(of: &Match) -> BTreeMap<String, String> {
    let listed = |all: Vec<String>| all.join(",");
    let shown = |value: &SlotValue| match value {
        SlotValue::Guest(all) => listed(all.iter().map(|one| one.get().to_string()).collect()),
        SlotValue::Node(all) => listed(all.iter().map(ToString::to_string).collect()),
        SlotValue::Tag(all) => listed(all.clone()),
        SlotValue::Text(text) => text.clone(),
        value => value.json().as_ref().map(Value::to_string).unwrap_or_default(),
    };
    of.slots.iter().map(|slot| (slot.name.clone(), shown(&slot.value))).collect()
}
