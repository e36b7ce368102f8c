//! All sentences of a catalog, compiled once, and the one call that matches.
//!
//! A sentence is only held against templates whose required words it has. Each
//! is tried by walking its program (see `program` and `walk`) under a budget
//! of steps, so that neither a hostile template nor a hostile sentence stalls
//! the host; what one skill's templates cost does not come off another's.

mod examples;
mod index;
mod outcome;
mod program;
mod values;
mod walk;

use std::sync::Arc;

use jarvis_domain::{CommandName, SkillId};

use crate::file::SentenceFile;
use crate::names::Names;
use crate::normal::{Heard, MAX_CHARACTERS};
use crate::recognition::{Recognition, UnknownName};
use examples::Example;
use index::Index;
use program::Program;
use walk::{Mode, Walk};

/// Steps that the templates of one skill may take on one sentence.
const STEPS_PER_SOURCE: usize = 60_000;
/// Steps that one template may take.
const STEPS_PER_TEMPLATE: usize = 12_000;
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
    templates: Vec<Template>,
    index: Index,
    /// Each different set of skip words, and its index in `Template::skip`.
    skips: Vec<Vec<Vec<String>>>,
    sources: usize,
}

/// One template with all that a match needs of its block.
#[derive(Debug, Clone)]
struct Template {
    command: CommandName,
    text: String,
    block: Arc<Settings>,
    program: Program,
    example: Example,
    source: usize,
    skip: Option<usize>,
}

/// What the sentences of a block share.
#[derive(Debug)]
struct Settings {
    slots: Vec<(String, crate::SlotValue)>,
    requires: crate::file::Context,
    excludes: crate::file::Context,
    response: Option<String>,
    keywords: Vec<String>,
}

/// A sentence without one set of skip words.
struct Variants {
    plain: Heard,
    without: Vec<Option<Heard>>,
}

impl Sentences {
    /// Compiles `sources`. A block whose intent is no valid command name, and
    /// a template that could not be read, is left out:
    /// [`SentenceFile::check`] says so beforehand.
    #[must_use]
    pub fn compile(sources: Vec<Source>) -> Self {
        let mut sentences = Self { sources: sources.len(), ..Self::default() };
        for (number, source) in sources.into_iter().enumerate() {
            sentences.add(number, &source);
        }
        sentences.index.finish();
        sentences
    }

    /// How many templates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.templates.len()
    }

    /// Whether there is nothing that could be understood.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// What can be said, one example a command, at most `most`.
    #[must_use]
    pub fn examples(&self, names: &Names, most: usize) -> Vec<String> {
        examples::nearest(&self.templates, &self.index, &Heard::default(), names, most)
    }

    /// Understands `said`. Takes some microseconds; never longer than the
    /// budgets of steps allow, whatever `said` is.
    #[must_use]
    pub fn recognize(&self, said: &str, names: &Names) -> Recognition {
        // Four bytes are the longest character: most texts need no counting.
        if said.len() > MAX_CHARACTERS {
            let characters = said.chars().count();
            if characters > MAX_CHARACTERS {
                return Recognition::TooLong { characters };
            }
        }
        let heard = self.variants(said);
        let mut walk = Walk::new(said, names);
        for (skipping, mode) in [(true, Mode::Known), (false, Mode::Known)] {
            if !skipping && heard.without.iter().all(Option::is_none) {
                continue;
            }
            let mut found = self.pass(&heard, skipping, mode, &mut walk);
            if !found.is_empty() {
                outcome::rank(&mut found);
                found.truncate(MAX_MATCHES);
                return Recognition::Matched { matches: found };
            }
        }
        let _ = self.pass(&heard, true, Mode::AnyName, &mut walk);
        if let Some(unknown) = walk.unknown.take() {
            let nearest = names.nearest(&unknown.heard, unknown.kind);
            // "How's the heat" has the form of "pve3's heat".
            if !(unknown.first && nearest.is_empty()) {
                return Recognition::UnknownName(UnknownName {
                    command: unknown.command,
                    slot: unknown.slot,
                    kind: unknown.kind,
                    heard: unknown.heard,
                    nearest,
                });
            }
        }
        let nearest =
            examples::nearest(&self.templates, &self.index, &heard.plain, names, EXAMPLES);
        Recognition::None { examples: nearest }
    }

    /// Tries the templates that may fit. `skipping`: without skip words.
    fn pass(
        &self,
        heard: &Variants,
        skipping: bool,
        mode: Mode,
        walk: &mut Walk<'_>,
    ) -> Vec<crate::Match> {
        let mut found = Vec::new();
        let mut left = vec![STEPS_PER_SOURCE; self.sources];
        for number in self.index.candidates(&heard.plain) {
            let Some(template) = self.templates.get(number) else { continue };
            let without = template.skip.and_then(|skip| heard.without.get(skip)?.as_ref());
            let heard = match (skipping, without) {
                (true, without) => without.unwrap_or(&heard.plain),
                (false, Some(_)) => &heard.plain,
                (false, None) => continue,
            };
            let Some(left) = left.get_mut(template.source) else { continue };
            let budget = STEPS_PER_TEMPLATE.min(*left);
            *left -= walk.template(template, heard, mode, budget, &mut found);
        }
        found
    }

    fn variants(&self, said: &str) -> Variants {
        let plain = Heard::new(said);
        let without = self.skips.iter().map(|skip| without(&plain, skip)).collect();
        Variants { plain, without }
    }

    fn add(&mut self, number: usize, source: &Source) {
        let skip = self.skip_words(&source.file.skip_words);
        let mut values = values::Shared::default();
        for block in &source.file.blocks {
            let command = format!("{}.{}", source.skill, block.intent).parse::<CommandName>();
            let Ok(command) = command else { continue };
            let settings = Arc::new(outcome::settings(block));
            for sentence in &block.sentences {
                let Some(tree) = source.file.resolved(block, &sentence.tree) else { continue };
                let lists = |name: &str| Some(values.list(source.file.list(block, name)?));
                let Some(program) = Program::compile(&tree, lists) else { continue };
                let required = crate::template::required(&tree);
                self.index.add(self.templates.len(), required, &settings.keywords, &tree);
                self.templates.push(Template {
                    command: command.clone(),
                    text: sentence.text.clone(),
                    block: Arc::clone(&settings),
                    example: Example::of(&tree, &program),
                    program,
                    source: number,
                    skip,
                });
            }
        }
    }

    /// The index of this set of skip words, the longest first.
    fn skip_words(&mut self, words: &[String]) -> Option<usize> {
        let words = words.iter().map(|words| Heard::new(words));
        let mut words: Vec<Vec<String>> = words
            .map(|heard| heard.all().into_iter().map(str::to_owned).collect())
            .filter(|words: &Vec<String>| !words.is_empty())
            .collect();
        words.sort_by_key(|words| std::cmp::Reverse(words.iter().map(String::len).sum::<usize>()));
        if words.is_empty() {
            return None;
        }
        if let Some(known) = self.skips.iter().position(|other| *other == words) {
            return Some(known);
        }
        self.skips.push(words);
        Some(self.skips.len() - 1)
    }
}

/// The sentence without `skip`; none where nothing changes or nothing is left.
fn without(heard: &Heard, skip: &[Vec<String>]) -> Option<Heard> {
    let words = heard.all();
    let mut gone = vec![false; words.len()];
    for phrase in skip {
        for at in 0..(words.len() + 1).saturating_sub(phrase.len()) {
            let (Some(said), Some(flags)) =
                (words.get(at..at + phrase.len()), gone.get_mut(at..at + phrase.len()))
            else {
                continue;
            };
            if said.iter().eq(phrase.iter()) && !flags.contains(&true) {
                flags.fill(true);
            }
        }
    }
    (gone.contains(&true) && gone.contains(&false)).then(|| heard.without(&gone))
}

#[cfg(test)]
mod tests;
