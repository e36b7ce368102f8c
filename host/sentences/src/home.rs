//! Home Assistant's sentences, read and matched as they are: a folder of hassil's YAML,
//! names from fixtures, and of all that fits the one that hassil would take.
//!
//! The engine is the one that skills' sentences have; only what a match is made of, and
//! which is best, differ. On purpose wider than hassil: numbers as people say them,
//! `50 %`, `(a|)` as `[a]`, and a name that is written with `-` or `_` may be said with
//! a gap, not only the other way round.

mod combinations;
mod expected;
mod fixtures;
mod outcome;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::file::{Context, SentenceFile};
use crate::matcher::context;
use crate::matcher::engine::Engine;
use crate::matcher::walk::{Mode, Walk};
use crate::names::Names;

pub use combinations::{Combination, Combinations};
pub use expected::{Expected, Wanted};
pub use fixtures::Fixtures;

/// The slot that decides first: the more of a sentence it takes, the better. Home
/// Assistant hands it to hassil as `best_slot_name`.
const BEST_SLOT: &str = "name";

/// The sentences of a home, ready to match.
#[derive(Debug, Clone, Default)]
pub struct Intents {
    engine: Engine,
    /// By a template's block.
    blocks: Vec<Block>,
}

/// What the sentences of a block share.
#[derive(Debug, Clone)]
struct Block {
    intent: String,
    slots: Vec<(String, Value)>,
    requires: Context,
    excludes: Context,
    response: Option<String>,
    combination: Option<String>,
}

/// What a sentence was understood as.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Intent {
    /// Its name.
    pub intent: String,
    /// Its values by slot, those of the file and the context included.
    pub slots: Map<String, Value>,
    /// What the caller gave and the values brought along.
    pub context: Map<String, Value>,
    /// The template, as it stands in the file.
    pub template: String,
    /// The file's `response` key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// The combination of slots that the template is of, in the newer layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combination: Option<String>,
}

impl Intents {
    /// Compiles `file`; a template that could not be read is left out.
    #[must_use]
    pub fn compile(file: &SentenceFile) -> Self {
        let mut intents = Self::default();
        let Self { engine, blocks } = &mut intents;
        engine.add(file, |block| {
            let slots = block.slots.iter().map(|(name, of)| (name.clone(), of.value.clone()));
            blocks.push(Block {
                intent: block.intent.clone(),
                slots: slots.collect(),
                requires: block.requires.clone(),
                excludes: block.excludes.clone(),
                response: block.response.clone(),
                combination: block.combination.clone(),
            });
            Some(blocks.len() - 1)
        });
        engine.finish();
        intents
    }

    /// How many templates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.engine.templates().len()
    }

    /// Whether there is nothing that could be understood.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.engine.templates().is_empty()
    }

    /// What `said` means where `given` holds; a text of more than 1000 characters means
    /// nothing.
    #[must_use]
    pub fn recognize(&self, said: &str, given: &Map<String, Value>) -> Option<Intent> {
        let texts = self.engine.hears(said).ok()?;
        let names = Names::default();
        let admits = |number: usize| {
            self.blocks
                .get(number)
                .is_some_and(|block| context::may_allow(&block.requires, &block.excludes, given))
        };
        let ways = self.engine.ways(&texts, Mode::Known, &mut Walk::new(&names), admits);
        let fits = ways.iter().filter_map(|way| {
            outcome::Candidate::of(way, self.blocks.get(way.template.block)?, given)
        });
        Some(outcome::best(fits.collect())?.made(said, given))
    }
}
