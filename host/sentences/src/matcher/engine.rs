//! Templates of any kind of intent, compiled once, and the ways in which a sentence
//! fits them. What a way means is for whoever asks: [`crate::Sentences`] makes
//! commands of a cluster of it, [`crate::Intents`] the intents of a home.
//!
//! A sentence is only held against templates whose required words it has. Each
//! is tried by walking its program (see `program` and `walk`) under a budget
//! of steps, so that neither a hostile template nor a hostile sentence stalls
//! the host; what one source's templates cost does not come off another's.

use jarvis_domain::Language;

use super::examples::Example;
use super::index::Index;
use super::program::Program;
use super::skip::{Texts, WildEnd};
use super::values;
use super::walk::{Capture, Hit, Mode, Walk};
use crate::file::{Block, ListKind, ListSource, SentenceFile};
use crate::normal::{Heard, MAX_CHARACTERS};
use crate::template::Expression;

/// Steps that the templates of one source may take on one sentence.
const STEPS_PER_SOURCE: usize = 60_000;
/// Steps that one template may take.
const STEPS_PER_TEMPLATE: usize = 12_000;

/// Compiled templates.
#[derive(Debug, Clone, Default)]
pub(crate) struct Engine {
    templates: Vec<Template>,
    pub(super) index: Index,
    /// Each different set of skip words, by `Template::skip`.
    skips: Vec<Vec<Vec<String>>>,
    sources: usize,
}

/// One template.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// As it stands in the file.
    pub(crate) text: String,
    /// The block it is of, by the number that was given.
    pub(crate) block: usize,
    pub(crate) program: Program,
    pub(super) example: Example,
    source: usize,
    skip: Option<usize>,
    wild: WildEnd,
}

/// One way in which a sentence fits a template.
#[derive(Debug)]
pub(crate) struct Way<'a> {
    pub(crate) template: &'a Template,
    /// The sentence as it fitted, with skip words or without.
    pub(crate) heard: &'a Heard,
    /// Characters of the template's own text.
    pub(crate) literals: usize,
    /// The values that were taken, in order.
    pub(crate) captures: Vec<Capture>,
}

impl Engine {
    /// None yet, in which numbers are said in `language`.
    pub(crate) fn new(language: Language) -> Self {
        let index = Index::new(language);
        Self { index, ..Self::default() }
    }

    /// Adds the templates of `file` as a source of its own. `block` gives each of its
    /// blocks a number; one that gets none is left out, as is a template that could
    /// not be read.
    pub(crate) fn add(
        &mut self,
        file: &SentenceFile,
        mut block: impl FnMut(&Block) -> Option<usize>,
    ) {
        let source = self.sources;
        self.sources += 1;
        let skip = self.skip_words(&file.skip_words);
        let mut values = values::Shared::default();
        for of in &file.blocks {
            let Some(number) = block(of) else { continue };
            for (sentence, wild) in in_order(file, of) {
                let Some(tree) = file.resolved(of, &sentence.tree) else { continue };
                let lists = |name: &str| Some(values.list(file.list(of, name)?));
                let Some(program) = Program::compile(&tree, lists) else { continue };
                self.index.add(&of.keywords, &tree, &program);
                self.templates.push(Template {
                    text: sentence.text.clone(),
                    block: number,
                    example: Example::of(&tree, &program),
                    program,
                    source,
                    skip,
                    wild,
                });
            }
        }
    }

    /// All that was added.
    pub(crate) fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Must follow the last [`Engine::add`].
    pub(crate) fn finish(&mut self) {
        self.index.finish();
    }

    /// The word of templates that sounds like `first`, which is none; or like both,
    /// where one of them is none, and how many words it stands for.
    pub(crate) fn sounding(&self, first: &str, next: &str) -> Option<(&str, usize)> {
        let index = &self.index;
        if let Some(word) = index.sounding(first) {
            return Some((word, 1));
        }
        if next.is_empty() || index.is_word(first) && index.is_word(next) {
            return None;
        }
        Some((index.sounding(&format!("{first}{next}"))?, 2))
    }

    /// The sentence as its templates are held against it; how many characters it has,
    /// where that is too many.
    pub(crate) fn hears(&self, said: &str) -> Result<Texts, usize> {
        // Four bytes are the longest character: most texts need no counting.
        if said.len() > MAX_CHARACTERS {
            let characters = said.chars().count();
            if characters > MAX_CHARACTERS {
                return Err(characters);
            }
        }
        Ok(self.texts(said))
    }

    /// The same of one that is known not to be too long.
    pub(crate) fn texts(&self, said: &str) -> Texts {
        Texts::new(said, &self.skips)
    }

    /// All ways in which `texts` fit the templates of blocks that `admits` lets pass,
    /// in the order of the templates.
    pub(crate) fn ways<'a>(
        &'a self,
        texts: &'a Texts,
        mode: Mode,
        walk: &mut Walk<'_>,
        admits: impl Fn(usize) -> bool,
    ) -> Vec<Way<'a>> {
        let mut ways = Vec::new();
        let mut left = vec![STEPS_PER_SOURCE; self.sources];
        for number in self.index.candidates(texts.plain()) {
            let Some(template) = self.templates.get(number) else { continue };
            let Some(left) = left.get_mut(template.source) else { continue };
            if !admits(template.block) {
                continue;
            }
            for heard in texts.of(template.skip, template.wild) {
                let budget = STEPS_PER_TEMPLATE.min(*left);
                *left -= walk.program(&template.program, heard, mode, budget, &mut |fit| {
                    let captures = fit.captures.to_vec();
                    ways.push(Way { template, heard, literals: fit.literals, captures });
                });
            }
        }
        ways
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
        self.index.skip(words.iter().flatten());
        self.skips.push(words);
        Some(self.skips.len() - 1)
    }
}

impl Way<'_> {
    /// How many wildcards took text, and how many characters they took.
    pub(crate) fn wild(&self) -> (usize, usize) {
        let wild = self.captures.iter().filter(|capture| {
            // What is only captured for the answer is no value.
            matches!(capture.hit, Hit::Wild)
                && self.template.program.list(capture.list).is_some_and(|list| list.slot.is_some())
        });
        wild.fold((0, 0), |(count, taken), capture| {
            let text = self.heard.text.get(capture.from..capture.to).unwrap_or_default();
            (count + 1, taken + text.trim().chars().count())
        })
    }
}

/// The sentences of `block` as hassil tries them (`IntentData.sentences`): those with
/// wildcards by how much text of their own they have, the most first. Only among
/// equally good ways does the order count.
fn in_order<'f>(
    file: &'f SentenceFile,
    block: &'f Block,
) -> Vec<(&'f crate::file::Template, WildEnd)> {
    let is_wild = |part: &Expression| match part {
        Expression::List(list) => {
            matches!(file.list(block, &list.list), Some(ListKind::Source(ListSource::Wildcard)))
        }
        _ => false,
    };
    let key = |sentence: &crate::file::Template| {
        let (mut wild, mut chunks) = (false, 0);
        sentence.tree.walk(&mut |part| {
            wild |= is_wild(part);
            chunks += chunks_of(part);
        });
        if wild { std::cmp::Reverse(chunks) } else { std::cmp::Reverse(0) }
    };
    let end = |sentence: &crate::file::Template| match &sentence.tree {
        Expression::Sequence(items) => match (items.first(), items.last()) {
            (Some(first), _) if is_wild(first) => WildEnd::First,
            (_, Some(last)) if is_wild(last) => WildEnd::Last,
            _ => WildEnd::None,
        },
        only if is_wild(only) => WildEnd::Whole,
        _ => WildEnd::None,
    };
    let mut all: Vec<_> = block.sentences.iter().map(|of| (of, end(of))).collect();
    all.sort_by_key(|(sentence, _)| key(sentence));
    all
}

/// Pieces of text that hassil counts: words, and what an optional has for nothing.
fn chunks_of(part: &Expression) -> usize {
    match part {
        Expression::Text(text) => text.split_whitespace().count().max(1),
        Expression::Sequence(items) => usize::from(items.is_empty()),
        Expression::Permutation(items) => 2 * items.len(),
        Expression::Alternative(_) | Expression::List(_) | Expression::Rule { .. } => 0,
    }
}
