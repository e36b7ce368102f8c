//! The names of one snapshot, indexed once. Looking one up costs the same with
//! ten guests and with ten thousand.
//!
//! A guest's name is data from the cluster and never trusted: here it is only
//! folded into a key, and shown through [`Guest::called`].

mod build;
mod entries;
mod grams;
mod key;
pub(crate) mod sound;

use std::collections::BTreeMap;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::{Language, NodeName, Vmid, text};
use serde::Serialize;

use crate::normal::Heard;
use entries::Entries;
pub(crate) use key::MAX_WORDS;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A virtual machine or a container.
    Guest,
    /// A node.
    Node,
    /// A tag of guests.
    Tag,
}

/// How well words fit a name, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The whole name, apart from case, gaps and marks.
    Exact,
    /// Its number, or the whole name with a number said in words.
    Number,
    /// Another name that somebody gave it, by a tag `alias-…` or in the settings.
    Alias,
    /// The name without its number or its domain: "the web server" for
    /// `webserver-01`.
    Short,
    /// Some words of the name: "staging" for `web-staging-2`. To be asked about
    /// before anything is interrupted.
    Part,
    /// It only sounds alike: "pie hole" for `pi-hole`. To be asked about before
    /// anything is interrupted.
    Sound,
    /// It is nearly the name, as after a slip. Never to be acted on without asking.
    Near,
}

/// Names that people gave to guests and nodes beside their own: what is meant, by its
/// name or number, and what it is called.
pub type Aliases = BTreeMap<String, Vec<String>>;

/// What a name was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// This.
    One(T),
    /// More than one fit equally well.
    Several(Vec<T>),
    /// Nothing has this name.
    None {
        /// The nearest real names, for a person.
        nearest: Vec<String>,
    },
}

/// The names of one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// In which they are said.
    pub(crate) language: Language,
    /// In the order of the snapshot.
    vmids: Vec<Vmid>,
    nodes: Vec<NodeName>,
    tags: Vec<String>,
    /// By number, the index among the guests.
    by_vmid: BTreeMap<u32, u32>,
    /// By number, the indices among the nodes: those with the number in their
    /// name, else the one with that id.
    by_number: BTreeMap<u64, Vec<u32>>,
    guests: Entries,
    node_names: Entries,
    tag_names: Entries,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Guest, Self::Node, Self::Tag];

    /// The list of a template that stands for it: `{guest}`.
    #[must_use]
    pub fn list(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Node => "node",
            Self::Tag => "tag",
        }
    }
}

impl Fit {
    /// Whether it is certain what is meant: the name itself, its number, a name that
    /// somebody gave it, or the name without its number or domain. Some other words of a
    /// name ([`Fit::Part`]) are not, even where only one thing has them: "staging" is
    /// asked about before `web-staging-2` is interrupted, as is what only sounds alike.
    /// Whether several things are called so is not said here.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self <= Self::Short
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Guest => "machine",
            Self::Node => "node",
            Self::Tag => "tag",
        })
    }
}

impl<T> Found<T> {
    fn of(mut found: Vec<T>, nearest: impl FnOnce() -> Vec<String>) -> Self {
        match found.len() {
            0 => Self::None { nearest: nearest() },
            1 => found.pop().map_or_else(|| Self::None { nearest: Vec::new() }, Self::One),
            _ => Self::Several(found),
        }
    }
}

impl Names {
    /// Indexes the names of `snapshot`.
    #[must_use]
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        build::build(snapshot, &Aliases::new(), Language::English)
    }

    /// As [`Names::from_snapshot`], with other names beside those. One for what the
    /// cluster does not have is left out.
    #[must_use]
    pub fn with_aliases(snapshot: &Snapshot, aliases: &Aliases) -> Self {
        Self::said_in(Language::English, snapshot, aliases)
    }

    /// As [`Names::with_aliases`], as they are said in `language`: "Knoten drei".
    #[must_use]
    pub fn said_in(language: Language, snapshot: &Snapshot, aliases: &Aliases) -> Self {
        build::build(snapshot, aliases, language)
    }

    /// The guest that `text` names, by number or by name: `101`, "vm one oh
    /// one", "the web server".
    #[must_use]
    pub fn guest(&self, text: &str) -> Found<Vmid> {
        let found = self.whole(text, Kind::Guest);
        let found = found.iter().filter_map(|index| self.vmid(*index)).collect();
        Found::of(found, || self.nearest(text, Kind::Guest))
    }

    /// The node that `text` names: `pve3`, "node three", "pve 3".
    #[must_use]
    pub fn node(&self, text: &str) -> Found<NodeName> {
        let found = self.whole(text, Kind::Node);
        let found = found.iter().filter_map(|index| self.node_name(*index)).cloned().collect();
        Found::of(found, || self.nearest(text, Kind::Node))
    }

    /// The tag that `text` names, as Proxmox writes it.
    #[must_use]
    pub fn tag(&self, text: &str) -> Found<String> {
        let found = self.whole(text, Kind::Tag);
        let found = found.iter().filter_map(|index| self.tag_name(*index)).cloned().collect();
        Found::of(found, || self.nearest(text, Kind::Tag))
    }

    /// Whether `text` names something of `kind` as [`Fit::is_certain`] has it.
    #[must_use]
    pub fn is_certain(&self, text: &str, kind: Kind) -> bool {
        self.found(text, kind).is_some_and(|(fit, _)| fit.is_certain())
    }

    /// Whatever of `kind` sounds like all of `words`; never an empty list.
    pub(crate) fn sounding(&self, words: &[&str], kind: Kind) -> Option<Vec<u32>> {
        let bare = key::without_nouns(words, kind, self.language);
        let sounding = |words: &[&str]| {
            let few = !words.is_empty() && words.len() <= MAX_WORDS;
            few.then(|| self.entries(kind).sounding(words)).flatten()
        };
        sounding(bare).or_else(|| sounding(key::without_last_noun(bare, kind, self.language)?))
    }

    /// Whether all of `heard` are nouns for things of `kind` and what stands before
    /// them, as "the machine" is, or the article alone, where the template took the noun.
    pub(crate) fn is_unnamed(&self, heard: &str, sentence: &Heard, kind: Kind) -> bool {
        let (heard, of) = (Heard::new(heard), crate::words::of(self.language));
        let has_noun = || {
            let all = sentence.all();
            of.nouns(kind).iter().any(|noun| all.windows(noun.len()).any(|words| words == *noun))
        };
        let mut words = heard.all().into_iter();
        words.len() > 0 && words.all(|word| key::is_noun(word, kind, self.language)) && has_noun()
    }

    /// At most three things whose names are near `heard`, the nearest first.
    pub(crate) fn near(&self, heard: &str, kind: Kind) -> Vec<u32> {
        let heard = Heard::new(&text::cut(heard, 200));
        let words = heard.all();
        let words = key::without_nouns(&words, kind, self.language);
        let entries = self.entries(kind);
        let mut near = Vec::new();
        if kind == Kind::Guest
            && let Some(number) = key::number(words, self.language)
        {
            near = self.near_numbers(number);
        }
        near.extend(entries.nearest(&words.concat()));
        let mut once = Vec::new();
        for index in near {
            if !once.contains(&index) && once.len() < 3 {
                once.push(index);
            }
        }
        once
    }

    /// At most three real names that are near `heard`, the nearest first, as a
    /// person is told of them.
    #[must_use]
    pub fn nearest(&self, heard: &str, kind: Kind) -> Vec<String> {
        self.called(&self.near(heard, kind), kind)
    }

    /// How a person is told of each of `things`.
    pub(crate) fn called(&self, things: &[u32], kind: Kind) -> Vec<String> {
        let entries = self.entries(kind);
        let mut shown: Vec<String> = Vec::new();
        for name in things.iter().filter_map(|index| entries.shown(*index)) {
            if !shown.iter().any(|other| other == name) {
                shown.push(name.to_owned());
            }
        }
        shown
    }

    /// Some real name of `kind` that can be said, another for each `turn`: a
    /// guest's number where its name is no plain one.
    pub(crate) fn sample(&self, kind: Kind, turn: usize) -> Option<String> {
        let entries = self.entries(kind);
        let index = u32::try_from(turn.checked_rem(entries.len())?).ok()?;
        let shown = entries.shown(index)?;
        if kind != Kind::Guest {
            return Some(shown.to_owned());
        }
        let plain = |name: &&str| {
            let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            name.len() <= 40 && name.chars().all(good)
        };
        let name = shown.splitn(3, ' ').nth(2).filter(plain).map(str::to_owned);
        name.or_else(|| Some(format!("vm {}", self.vmid(index)?)))
    }

    /// The same as somebody would say it: a node by its number, where no other
    /// has that.
    pub(crate) fn spoken(&self, kind: Kind, turn: usize) -> Option<String> {
        let shown = self.sample(kind, turn)?;
        if kind != Kind::Node {
            return Some(shown);
        }
        let digits = shown.trim_start_matches(|c: char| !c.is_ascii_digit());
        let number = digits.parse().ok();
        let is_only = |number: &u64| self.by_number.get(number).is_some_and(|all| all.len() == 1);
        let noun = crate::words::of(self.language).node;
        Some(number.filter(is_only).map_or(shown, |number| format!("{noun} {number}")))
    }

    /// How many there are of `kind`.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.entries(kind).len()
    }

    /// What all of `words` name: how well, and which. Never an empty list.
    pub(crate) fn find(&self, words: &[&str], kind: Kind) -> Option<(Fit, Vec<u32>)> {
        let bare = key::without_nouns(words, kind, self.language);
        self.find_bare(bare, kind).or_else(|| {
            let shorter = key::without_last_noun(bare, kind, self.language)?;
            self.find_bare(shorter, kind)
        })
    }

    fn find_bare(&self, words: &[&str], kind: Kind) -> Option<(Fit, Vec<u32>)> {
        if words.is_empty() || words.len() > MAX_WORDS {
            return None;
        }
        if let Some(found) =
            key::number(words, self.language).and_then(|number| self.numbered(number, kind))
        {
            return Some((Fit::Number, found));
        }
        self.entries(kind).find(words)
    }

    fn numbered(&self, number: u64, kind: Kind) -> Option<Vec<u32>> {
        match kind {
            Kind::Guest => {
                let number = u32::try_from(number).ok()?;
                self.by_vmid.get(&number).map(|index| vec![*index])
            }
            Kind::Node => self.by_number.get(&number).cloned(),
            Kind::Tag => None,
        }
    }

    /// Guests whose number differs in one digit, or is the number's beginning.
    fn near_numbers(&self, number: u64) -> Vec<u32> {
        let text = number.to_string();
        let found = key::one_edit_away(&text);
        found.iter().filter_map(|number| self.by_vmid.get(number).copied()).take(3).collect()
    }

    fn whole(&self, text: &str, kind: Kind) -> Vec<u32> {
        self.found(text, kind).map(|(_, found)| found).unwrap_or_default()
    }

    /// What all of `text` names: how well, and which.
    fn found(&self, text: &str, kind: Kind) -> Option<(Fit, Vec<u32>)> {
        if text.len() > 4 * crate::normal::MAX_CHARACTERS {
            return None;
        }
        let heard = Heard::new(text);
        self.find(&heard.all(), kind)
    }

    fn entries(&self, kind: Kind) -> &Entries {
        match kind {
            Kind::Guest => &self.guests,
            Kind::Node => &self.node_names,
            Kind::Tag => &self.tag_names,
        }
    }

    fn entries_mut(&mut self, kind: Kind) -> &mut Entries {
        match kind {
            Kind::Guest => &mut self.guests,
            Kind::Node => &mut self.node_names,
            Kind::Tag => &mut self.tag_names,
        }
    }

    pub(crate) fn vmid(&self, index: u32) -> Option<Vmid> {
        self.vmids.get(index as usize).copied()
    }

    pub(crate) fn node_name(&self, index: u32) -> Option<&NodeName> {
        self.nodes.get(index as usize)
    }

    pub(crate) fn tag_name(&self, index: u32) -> Option<&String> {
        self.tags.get(index as usize)
    }
}

#[cfg(test)]
pub(crate) mod tests;
