//! The sentences of a catalog of skills, and the one call that understands with them.

mod bits;
pub(crate) mod context;
pub(crate) mod engine;
mod examples;
mod index;
mod outcome;
mod program;
mod skip;
mod unknown;
pub(crate) mod values;
pub(crate) mod walk;

use std::sync::Arc;

use jarvis_domain::{CommandName, Language, SkillId};

use crate::file::SentenceFile;
use crate::names::Names;
use crate::recognition::{Match, Recognition, UnknownName};
use crate::spoken;
use crate::words::{self, Repaired};
use engine::Engine;
use outcome::Settings;
use skip::Texts;
use walk::{Mode, Walk};

/// How many examples an unknown sentence is answered with.
const EXAMPLES: usize = 3;
/// Matches that are handed out.
const MAX_MATCHES: usize = 16;

/// A skill's sentences in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The skill; its intents are this skill's commands.
    pub skill: SkillId,
    /// The file, read and checked.
    pub file: SentenceFile,
}

/// The sentences of a catalog, ready to match.
#[derive(Debug, Clone, Default)]
pub struct Sentences {
    engine: Engine,
    /// By a template's block.
    blocks: Vec<Arc<Settings>>,
}

impl Sentences {
    /// Compiles `sources`. A block whose intent is no valid command name, and
    /// a template that could not be read, is left out:
    /// [`SentenceFile::check`] says so beforehand.
    #[must_use]
    pub fn compile(sources: Vec<Source>) -> Self {
        Self::compile_in(Language::English, sources)
    }

    /// As [`Sentences::compile`], in which numbers are said in `language`. They are to be
    /// held against [`Names`] of that language.
    #[must_use]
    pub fn compile_in(language: Language, sources: Vec<Source>) -> Self {
        let mut sentences = Self { engine: Engine::new(language), ..Self::default() };
        let Self { engine, blocks } = &mut sentences;
        for source in sources {
            engine.add(&source.file, |block| {
                let command = format!("{}.{}", source.skill, block.intent).parse().ok()?;
                blocks.push(Arc::new(outcome::settings(command, block)));
                Some(blocks.len() - 1)
            });
        }
        engine.finish();
        sentences
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

    /// Understands `said`. Takes some microseconds; never longer than the
    /// budgets of steps allow, whatever `said` is.
    #[must_use]
    pub fn recognize(&self, said: &str, names: &Names) -> Recognition {
        let texts = match self.engine.hears(said) {
            Ok(texts) => texts,
            Err(characters) => return Recognition::TooLong { characters },
        };
        let found = self.matches(said, &texts, Mode::Known, names);
        if !found.is_empty() {
            return Recognition::Matched { matches: found };
        }
        // Only now: what fits as it was said needs no repair.
        let language = names.language;
        if spoken::is_taken_back(&texts.plain().all(), language) {
            return Recognition::None { examples: self.nearest(texts.plain(), names, EXAMPLES) };
        }
        let tidied = spoken::tidied(&texts.plain().all(), said, language);
        let said = tidied.as_deref().unwrap_or(said);
        let texts = if tidied.is_some() { self.engine.texts(said) } else { texts };
        if tidied.is_some() {
            let found = self.matches(said, &texts, Mode::Known, names);
            if !found.is_empty() {
                return Recognition::Matched { matches: found };
            }
        }
        let repaired = words::repaired(&texts.plain().all(), language, |_, _| None);
        let found = self.repaired(repaired.as_ref(), said, &texts, names);
        if !found.is_empty() {
            return Recognition::Matched { matches: found };
        }
        // What sounds like a name was one; only now may the rest be guessed.
        let sounding = |first: &str, next: &str| self.engine.sounding(first, next);
        let guessed = words::repaired(&texts.plain().all(), language, sounding);
        if let Some(guessed) = guessed.filter(|guessed| guessed.guessed) {
            let mut found = self.repaired(Some(&guessed), said, &texts, names);
            // Of a guess a person is asked, by the name in it, unless it is a question.
            let is_question = spoken::only_asks(&texts.plain().all(), language);
            found.retain(|found| is_question || found.names_something());
            if !found.is_empty() {
                return Recognition::Matched { matches: found };
            }
        }
        let meant = repaired.as_ref().map_or(said, |repaired| repaired.text.as_str());
        let texts = if repaired.is_some() { self.engine.texts(meant) } else { texts };
        self.unknown(meant, &texts, names).unwrap_or_else(|| Recognition::None {
            examples: self.nearest(texts.plain(), names, EXAMPLES),
        })
    }

    /// What fits by ear, once the words are `repaired`; `said` and its `texts` where they
    /// are not.
    fn repaired(
        &self,
        repaired: Option<&Repaired>,
        said: &str,
        texts: &Texts,
        names: &Names,
    ) -> Vec<Match> {
        let Some(repaired) = repaired else {
            return self.matches(said, texts, Mode::Sounding, names);
        };
        let texts = self.engine.texts(&repaired.text);
        let mut found = self.matches(&repaired.text, &texts, Mode::Sounding, names);
        found.iter_mut().for_each(|found| found.doubt(|text| repaired.touches(text)));
        found
    }

    /// What fits, the best first.
    fn matches(&self, said: &str, texts: &Texts, mode: Mode, names: &Names) -> Vec<Match> {
        let ways = self.engine.ways(texts, mode, &mut Walk::new(names), |_| true);
        let made = |way| outcome::made(&way, self.block(way.template.block)?, said, names, &[]);
        let mut found: Vec<Match> = ways.into_iter().filter_map(made).collect();
        outcome::rank(&mut found);
        found.truncate(MAX_MATCHES);
        found
    }

    /// What would fit if a name in it were known, or were there.
    fn unknown(&self, said: &str, texts: &Texts, names: &Names) -> Option<Recognition> {
        let ways = self.engine.ways(texts, Mode::AnyName, &mut Walk::new(names), |_| true);
        let unknown = unknown::best(&ways, said, names)?;
        let block = self.block(unknown.way.template.block)?;
        let made = || outcome::made(unknown.way, block, said, names, &unknown.near).map(Box::new);
        if unknown.unnamed {
            let meant = made()?;
            let (slot, kind, heard) = (unknown.slot, unknown.kind, unknown.heard);
            return Some(Recognition::Unnamed { slot, kind, heard, meant });
        }
        let nearest = names.called(&unknown.near, unknown.kind);
        let meant = if nearest.is_empty() { None } else { made() };
        // "How's the heat" has the form of "pve3's heat".
        (!(unknown.first && nearest.is_empty())).then(|| {
            Recognition::UnknownName(UnknownName {
                command: block.command.clone(),
                slot: unknown.slot,
                kind: unknown.kind,
                heard: unknown.heard,
                meant,
                nearest,
            })
        })
    }

    fn block(&self, number: usize) -> Option<&Settings> {
        self.blocks.get(number).map(Arc::as_ref)
    }

    /// The command of a template.
    fn command(&self, template: &engine::Template) -> Option<&CommandName> {
        self.block(template.block).map(|block| &block.command)
    }
}

#[cfg(test)]
mod tests;
