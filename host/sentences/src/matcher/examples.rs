//! What can be said: templates in their shortest form, with real names in
//! them, the nearest to what was heard first.

use std::collections::{BTreeMap, HashMap, HashSet};

use jarvis_domain::{CommandName, SkillId};

use super::Sentences;
use super::program::Program;
use super::values::Values;
use crate::file::Range;
use crate::names::{Kind, Names};
use crate::normal::Heard;
use crate::recognition::Recognition;
use crate::template::Expression;

/// Words of a sentence that are looked at.
const MAX_WORDS: usize = 24;

/// Words that may be left out, and are said by who is asked for an example: "is the
/// cluster healthy". Not before a name, nor behind one of these.
const ARTICLES: [&str; 6] = ["the", "der", "die", "das", "den", "dem"];
const BARE: [&str; 4] = ["any", "each", "every", "which"];

/// A template in its shortest form.
#[derive(Debug, Clone, Default)]
pub(super) struct Example(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// With the spaces of its template, or none: `[the]m` is one word.
    Article(String),
    Name(Kind),
}

impl Example {
    /// The shortest way to say `tree`.
    pub(super) fn of(tree: &Expression, program: &Program) -> Self {
        let mut parts = Vec::new();
        shortest(tree, program, &mut parts);
        Self(parts)
    }

    /// With names in it, which of them by `turn`; none where there are no
    /// names to say.
    fn said(&self, names: &Names, turn: usize) -> Option<String> {
        self.with(true, |kind| names.sample(kind, turn))
    }

    /// Whether the article `at` this place, behind `before`, is said.
    fn is_said(&self, at: usize, before: &str) -> bool {
        let is_gap = |part: &&Part| matches!(part, Part::Text(text) if text.trim().is_empty());
        let next = self.0.iter().skip(at + 1).find(|part| !is_gap(part));
        let last = before.split_whitespace().next_back();
        !matches!(next, Some(Part::Name(_))) && !last.is_some_and(|last| BARE.contains(&last))
    }

    /// In its shortest form, or with its articles, as people say it.
    fn with(&self, articles: bool, name: impl Fn(Kind) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Article(article) if articles && self.is_said(at, &text) => {
                    text.push_str(article);
                }
                Part::Article(_) => {}
                Part::Name(kind) => text.push_str(&name(*kind)?),
            }
        }
        Some(text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
    }
}

/// Appends the shortest way to say `tree`; lists come in the program's order
/// only by name, so each is looked up by its slot.
fn shortest(tree: &Expression, program: &Program, parts: &mut Vec<Part>) {
    match tree {
        Expression::Text(text) => parts.push(Part::Text(text.clone())),
        Expression::Sequence(items) => {
            items.iter().for_each(|item| shortest(item, program, parts));
        }
        Expression::Permutation(items) => {
            for item in items {
                parts.push(Part::Text(" ".to_owned()));
                shortest(item, program, parts);
                parts.push(Part::Text(" ".to_owned()));
            }
        }
        Expression::Alternative(items) => {
            let optional = items.last() == Some(&Expression::empty());
            // Without its end `update[s]` is another word, or none.
            let within = matches!(parts.last(), Some(Part::Text(before)) if ends_within(before))
                && items.first().is_some_and(begins_within);
            match items.first() {
                Some(first) if !optional || within => shortest(first, program, parts),
                Some(Expression::Text(text)) if ARTICLES.contains(&text.trim()) => {
                    parts.push(Part::Article(text.clone()));
                }
                _ => {}
            }
        }
        Expression::List(list) => {
            let used = program.lists.iter().find(|used| used.slot == list.slot);
            parts.push(match used.map(|used| used.values.as_ref()) {
                Some(Values::Names(kind)) => Part::Name(*kind),
                Some(Values::Range(Range { from, .. })) => Part::Text(from.to_string()),
                Some(Values::Texts { values, tree }) if !values.is_empty() => {
                    Part::Text(tree.first())
                }
                _ => Part::Text(list.list.replace('_', " ")),
            });
        }
        Expression::Rule { .. } => {}
    }
}

fn ends_within(text: &str) -> bool {
    text.ends_with(char::is_alphanumeric)
}

/// Whether what is said by `tree` goes on with the word before it.
fn begins_within(tree: &Expression) -> bool {
    match tree {
        Expression::Text(text) => text.starts_with(char::is_alphanumeric),
        Expression::Sequence(items) => items.first().is_some_and(begins_within),
        _ => false,
    }
}

impl Sentences {
    /// What can be said, one example a command, of each skill in turn, at most `most`.
    #[must_use]
    pub fn examples(&self, names: &Names, most: usize) -> Vec<String> {
        let mut by_skill: BTreeMap<&SkillId, Vec<String>> = BTreeMap::new();
        let mut commands = HashSet::new();
        for (at, template) in self.engine.templates().iter().enumerate() {
            let Some(command) = self.command(template) else { continue };
            if let Some(text) = template.example.said(names, at)
                && commands.insert(command)
            {
                by_skill.entry(&command.skill).or_default().push(text);
            }
        }
        let longest = by_skill.values().map(Vec::len).max().unwrap_or_default();
        let in_turn =
            (0..longest).flat_map(|at| by_skill.values().filter_map(move |all| all.get(at)));
        in_turn.take(most).cloned().collect()
    }

    /// At most `most` examples of different commands, the nearest to `heard` first.
    pub(super) fn nearest(&self, heard: &Heard, names: &Names, most: usize) -> Vec<String> {
        let templates = self.engine.templates();
        let mut points: HashMap<u32, f64> = HashMap::new();
        let words = heard.all().into_iter().take(MAX_WORDS);
        let of = crate::words::of(names.language);
        for word in words.filter(|word| !of.is_common(word)) {
            let held = self.engine.index.holding(word);
            // A word that many templates hold says little.
            let weight = 1.0 / (1.0 + f64::from(u32::try_from(held.len()).unwrap_or(u32::MAX)));
            for template in held {
                *points.entry(*template).or_default() += weight;
            }
        }
        let mut order: Vec<(u32, f64)> = points.into_iter().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let rest = (0_u32..).take(templates.len());
        let mut commands = HashSet::new();
        let mut shown = Vec::new();
        for number in order.into_iter().map(|(number, _)| number).chain(rest) {
            if shown.len() >= most {
                break;
            }
            let at = number as usize;
            let Some(template) = templates.get(at) else { continue };
            let Some(command) = self.command(template) else { continue };
            if commands.contains(command) {
                continue;
            }
            if let Some(text) = template.example.said(names, at) {
                commands.insert(command);
                shown.push(text);
            }
        }
        shown
    }

    /// What can be said aloud: the first wording of each command that is
    /// understood as it, and those that are said `again` with one real name
    /// after another, at most `most` in all. A recogniser that knows a closed
    /// list of sentences is fed with it.
    #[must_use]
    pub fn sayings(
        &self,
        names: &Names,
        most: usize,
        again: impl Fn(&CommandName) -> bool,
    ) -> Vec<String> {
        let mut said = Vec::new();
        for turn in 0..most {
            let mut commands = HashSet::new();
            for template in self.engine.templates() {
                let Some(command) = self.command(template) else { continue };
                if (turn > 0 && !again(command)) || commands.contains(command) {
                    continue;
                }
                // A recogniser tells short ones apart more surely.
                let text = template.example.with(false, |kind| names.spoken(kind, turn));
                let Some(text) = text.filter(|text| self.means(text, names, command)) else {
                    continue;
                };
                commands.insert(command);
                if !said.contains(&text) {
                    said.push(text);
                }
                if said.len() >= most {
                    return said;
                }
            }
        }
        said
    }

    /// Whether `text` is understood as `command`.
    fn means(&self, text: &str, names: &Names, command: &CommandName) -> bool {
        match self.recognize(text, names) {
            Recognition::Matched { matches } => {
                matches.first().is_some_and(|found| found.command == *command)
            }
            _ => false,
        }
    }
}
