//! What reading alone does not show: names that lead nowhere, rules that call
//! themselves, and sentences that do not fit the commands of their skill.

use std::collections::BTreeSet;

use jarvis_document::{Notes, Position, Problem, Problems, nearest};
use serde_json::Value;

use super::{
    Block, CommandSpec, Constant, ListKind, ListSource, MAX_PARTS, ParameterSpec, Rule,
    SentenceFile, SlotKind, Template, resolve,
};
use crate::names::Kind;
use crate::template::{Expression, ListReference};

/// Where a mistake is noted.
struct Place<'a> {
    notes: &'a Notes,
    at: Position,
    key: String,
}

impl Place<'_> {
    fn note(&self, message: String, nearest: Option<&str>) {
        let problem = Problem::at(self.at, message);
        let nearest = nearest.map(str::to_owned);
        self.notes.push(Problem { key: self.key.clone(), nearest, ..problem });
    }
}

/// Every rule and list that `part` uses must be in `file`, of which it is one, and no
/// rule in itself.
pub(super) fn references(file: &SentenceFile, part: &SentenceFile, notes: &Notes) {
    let none = Block::named("");
    for (name, rule) in &part.rules {
        let place = Place { notes, at: rule.at, key: format!("expansion_rules.{name}") };
        names(file, &none, &rule.tree, &place, false);
        recursion(file, &none, name, rule, &place);
    }
    for block in &part.blocks {
        let key = format!("intents.{}", block.intent);
        for (name, rule) in &block.rules {
            let key = format!("{key}.expansion_rules.{name}");
            let place = Place { notes, at: rule.at, key };
            names(file, block, &rule.tree, &place, true);
            recursion(file, block, name, rule, &place);
        }
        for sentence in &block.sentences {
            let place = Place { notes, at: sentence.at, key: format!("{key}.sentences") };
            if names(file, block, &sentence.tree, &place, true) {
                size(file, block, sentence, &place);
            }
        }
    }
}

/// Notes names that lead nowhere; whether there are none. A rule of the file
/// may use lists that only the blocks have.
fn names(
    file: &SentenceFile,
    block: &Block,
    tree: &Expression,
    place: &Place<'_>,
    complete: bool,
) -> bool {
    let mut good = true;
    tree.walk(&mut |part| match part {
        Expression::Rule { name, column } if file.rule(block, name).is_none() => {
            if !complete && file.blocks.iter().any(|block| block.rules.contains_key(name)) {
                return;
            }
            good = false;
            let all = file.rules.keys().chain(block.rules.keys()).map(String::as_str);
            place
                .note(format!("character {column}: there is no rule <{name}>"), nearest(name, all));
        }
        Expression::List(list) if file.list(block, &list.list).is_none() => {
            let name = &list.list;
            if !complete && file.blocks.iter().any(|block| block.lists.contains_key(name)) {
                return;
            }
            good = false;
            let own = file.lists.keys().chain(block.lists.keys()).map(String::as_str);
            let all = own.chain(Kind::ALL.map(Kind::list));
            let column = list.column;
            place.note(
                format!("character {column}: there is no list {{{name}}}"),
                nearest(name, all),
            );
        }
        _ => {}
    });
    good
}

/// Notes a rule that is part of itself.
fn recursion(file: &SentenceFile, block: &Block, name: &str, rule: &Rule, place: &Place<'_>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![rule];
    while let Some(rule) = open.pop() {
        let mut own = false;
        rule.tree.walk(&mut |part| {
            let Expression::Rule { name: used, .. } = part else { return };
            own |= used == name;
            if let Some(next) = file.rule(block, used).filter(|_| !own)
                && let Some((used, _)) = file.rule_entry(block, used)
                && seen.insert(used)
            {
                open.push(next);
            }
        });
        if own {
            place.note(format!("the rule <{name}> is part of itself"), None);
            return;
        }
    }
}

fn size(file: &SentenceFile, block: &Block, sentence: &Template, place: &Place<'_>) {
    match resolve::weight(file, block, &sentence.tree) {
        Some(weight) if weight <= MAX_PARTS => {}
        Some(_) => place.note(
            format!("the sentence has more than {MAX_PARTS} parts with its rules put in"),
            None,
        ),
        None => {
            let most = resolve::MAX_RULE_DEPTH;
            place.note(
                format!("its rules use rules without end, or deeper than {most} levels"),
                None,
            );
        }
    }
}

/// See [`SentenceFile::check`].
pub(super) fn check(file: &SentenceFile, commands: &[CommandSpec]) -> Result<(), Problems> {
    let notes = Notes::default();
    for block in &file.blocks {
        let key = format!("intents.{}", block.intent);
        let Some(command) = commands.iter().find(|command| command.name == block.intent) else {
            let place = Place { notes: &notes, at: block.at, key };
            let near = nearest(&block.intent, commands.iter().map(|command| command.name.as_str()));
            place.note(format!("the skill has no command {:?}", block.intent), near);
            continue;
        };
        for (name, Constant { value, at }) in &block.slots {
            let place = Place { notes: &notes, at: *at, key: format!("{key}.slots") };
            if let Some(parameter) = parameter(command, name, &place)
                && !fits(parameter.kind, value)
            {
                place.note(format!("{name} takes {}, not {value}", parameter.kind), None);
            }
        }
        for condition in block.requires.0.iter().chain(&block.excludes.0) {
            if let Some(slot) = &condition.slot {
                let place = Place {
                    notes: &notes,
                    at: condition.at,
                    key: format!("{key}.{}", condition.key),
                };
                let _ = parameter(command, slot, &place);
            }
        }
        for sentence in &block.sentences {
            let place = Place { notes: &notes, at: sentence.at, key: format!("{key}.sentences") };
            if let Some(tree) = file.resolved(block, &sentence.tree) {
                slots(file, block, command, &tree, &place);
            }
        }
    }
    let problems = notes.into_problems();
    if problems.0.is_empty() { Ok(()) } else { Err(problems) }
}

fn slots(
    file: &SentenceFile,
    block: &Block,
    command: &CommandSpec,
    tree: &Expression,
    place: &Place<'_>,
) {
    let mut seen = BTreeSet::new();
    tree.walk(&mut |part| {
        let Expression::List(list) = part else { return };
        let Some(slot) = list.slot.as_deref().filter(|slot| seen.insert(*slot)) else { return };
        if let Some(parameter) = parameter(command, slot, place)
            && let Some(kind) = file.list(block, &list.list)
            && !fills(&kind, parameter.kind)
        {
            let name = &list.list;
            place.note(
                format!("{{{name}}} does not give {}, which {slot} takes", parameter.kind),
                None,
            );
        }
    });
    let said = always(tree);
    for parameter in command.parameters.iter().filter(|parameter| parameter.must_be_said) {
        let name = parameter.name.as_str();
        if !said.contains(name) && !block.slots.contains_key(name) {
            place.note(
                format!("the command needs {name}, nobody can be asked for it, and the sentence can be said without it"),
                None,
            );
        }
    }
}

fn parameter<'a>(
    command: &'a CommandSpec,
    name: &str,
    place: &Place<'_>,
) -> Option<&'a ParameterSpec> {
    let found = command.parameters.iter().find(|parameter| parameter.name == name);
    if found.is_none() {
        let all = command.parameters.iter().map(|parameter| parameter.name.as_str());
        place.note(
            format!("the command {} has no parameter {name}", command.name),
            nearest(name, all),
        );
    }
    found
}

/// The slots that every way to say `tree` fills.
fn always(tree: &Expression) -> BTreeSet<&str> {
    match tree {
        Expression::List(ListReference { slot: Some(slot), .. }) => BTreeSet::from([slot.as_str()]),
        Expression::Sequence(items) | Expression::Permutation(items) => {
            items.iter().flat_map(always).collect()
        }
        Expression::Alternative(items) => {
            let common = |all: BTreeSet<_>, other: BTreeSet<_>| &all & &other;
            items.iter().map(always).reduce(common).unwrap_or_default()
        }
        _ => BTreeSet::new(),
    }
}

fn fills(list: &ListKind<'_>, kind: SlotKind) -> bool {
    match list {
        ListKind::Names(Kind::Guest) => kind == SlotKind::Guest,
        ListKind::Names(Kind::Node) => kind == SlotKind::Node,
        ListKind::Names(Kind::Tag) => matches!(kind, SlotKind::Tag | SlotKind::Text),
        ListKind::Inline(_) => matches!(kind, SlotKind::Integer | SlotKind::Number),
        ListKind::Source(ListSource::Range(range)) => {
            let whole = range.fractions == 1 && range.multiplier.is_none_or(|by| by.fract() == 0.0);
            kind == SlotKind::Number || (kind == SlotKind::Integer && whole)
        }
        ListKind::Source(ListSource::Wildcard) => kind == SlotKind::Text,
        ListKind::Source(ListSource::Values(values)) => values
            .iter()
            .all(|value| value.out.as_ref().map_or(kind == SlotKind::Text, |out| fits(kind, out))),
    }
}

fn fits(kind: SlotKind, value: &Value) -> bool {
    match kind {
        SlotKind::Guest => value.is_u64() || value.is_string(),
        SlotKind::Node | SlotKind::Tag | SlotKind::Text => value.is_string(),
        SlotKind::Integer => value.is_i64(),
        SlotKind::Number => value.is_number(),
        SlotKind::Boolean => value.is_boolean(),
    }
}
