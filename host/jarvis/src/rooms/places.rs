//! What "here" and "the node in the garage" mean: the node that the settings give
//! to a satellite's place. Only words that say node are meant: "the lights here"
//! are not ours.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::NodeName;
use jarvis_voice::{Ahead, Answer, Assistant};

use crate::commands::spoken::Answering;
use crate::settings::Settings;

/// All places, and the nodes of those that have one.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(String, Option<NodeName>)>);

/// An assistant that knows where is spoken.
#[derive(Debug)]
pub(super) struct Placed {
    assistant: Arc<Answering>,
    places: Arc<Places>,
    /// The node that is here.
    here: Option<NodeName>,
}

/// What names a node by a place, before the place's name.
const IN: [&str; 4] = ["the node in the ", "the node in ", "the server in the ", "the server in "];
/// What names the node of the place where it is said.
const HERE: [&str; 5] =
    ["the node in here", "the server in here", "the node here", "the server here", "this node"];

impl Places {
    pub(super) fn of(settings: &Settings) -> Arc<Self> {
        let satellites = settings.satellites.iter();
        let satellites = satellites.map(|(name, one)| (one.place(name), &one.node));
        let spots = settings.voice.places.iter().map(|(name, one)| (name.as_str(), &one.node));
        let place = |(name, node): (&str, &Option<NodeName>)| (name.to_owned(), node.clone());
        let mut places: Vec<_> = spots.chain(satellites).map(place).collect();
        // "the garden shed" before "the garden".
        places.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
        Arc::new(Self(places))
    }

    /// The place of this name, as the settings write it, and the node that is here
    /// there; none where they name no such place.
    pub(super) fn here(&self, place: &str) -> Option<(&str, Option<&NodeName>)> {
        let place = place.to_lowercase();
        let mut found = self.0.iter().filter(|(name, _)| name.to_lowercase() == place);
        let first = found.next()?;
        // Of several satellites in one place one may name the node.
        let with = std::iter::once(first).chain(found).find(|(_, node)| node.is_some());
        let (name, node) = with.unwrap_or(first);
        Some((name, node.as_ref()))
    }

    /// `words` with the names of nodes in the place of their places.
    fn named(&self, words: &str, here: Option<&NodeName>) -> String {
        let mut named = words.to_owned();
        if let Some(node) = here {
            for phrase in HERE {
                named = replaced(&named, phrase, node);
            }
        }
        for (place, node) in &self.0 {
            let Some(node) = node else { continue };
            for phrase in IN {
                named = replaced(&named, &format!("{phrase}{}", place.to_lowercase()), node);
            }
        }
        named
    }
}

/// `words` with `node` for each whole `phrase`, however that is written.
fn replaced(words: &str, phrase: &str, node: &NodeName) -> String {
    // Letters that are longer when small would tear the text.
    let small = words.to_lowercase();
    let Some(at) = small.find(phrase).filter(|_| small.len() == words.len()) else {
        return words.to_owned();
    };
    let (before, rest) = (words.get(..at), words.get(at + phrase.len()..));
    let (Some(before), Some(rest)) = (before, rest) else { return words.to_owned() };
    let is_within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    if is_within(before.chars().next_back()) || is_within(rest.chars().next()) {
        return words.to_owned();
    }
    format!("{before}{node}{rest}")
}

impl Placed {
    pub(super) fn new(
        assistant: Arc<Answering>,
        places: &Arc<Places>,
        here: Option<NodeName>,
    ) -> Self {
        Self { assistant, places: Arc::clone(places), here }
    }

    /// `words` with the node's name in them. The answer to a question stays as it was
    /// said: nobody has repeated a name that was put there.
    fn named(&self, words: &str) -> String {
        match self.assistant.asks() {
            true => words.to_owned(),
            false => self.places.named(words, self.here.as_ref()),
        }
    }
}

#[async_trait]
impl Assistant for Placed {
    async fn answer(&self, words: &str) -> Answer {
        self.assistant.answer(&self.named(words)).await
    }

    async fn answer_ahead(&self, words: &str, ahead: Ahead) -> Answer {
        self.assistant.answer_ahead(&self.named(words), ahead).await
    }

    async fn is_complete(&self, words: &str) -> bool {
        self.assistant.is_complete(&self.named(words)).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_its_place_and_nothing_else_is() {
        let node = |name: &str| name.parse::<NodeName>().unwrap();
        let places = Places(vec![
            ("garden shed".to_owned(), Some(node("pve4"))),
            ("garage".to_owned(), Some(node("pve3"))),
            ("garden".to_owned(), Some(node("pve2"))),
            ("Hall".to_owned(), None),
        ]);
        let here = node("pve1");
        for (words, expected) in [
            ("how hot is the node in the garage?", "how hot is pve3?"),
            ("How hot is The Node In The Garden Shed", "How hot is pve4"),
            ("shut down the node here", "shut down pve1"),
            ("is this node up", "is pve1 up"),
            ("how hot is the node in garage two", "how hot is pve3 two"),
            ("how hot is the node in the garages", "how hot is the node in the garages"),
            ("turn on the lights here", "turn on the lights here"),
            ("start the garage", "start the garage"),
            ("İ the node here", "İ the node here"),
        ] {
            assert_eq!(places.named(words, Some(&here)), expected);
        }
        let twice = Places(vec![("hall".to_owned(), None), ("hall".to_owned(), Some(here))]);
        assert!(twice.here("hall").unwrap().1.is_some());
        assert_eq!(places.named("is this node up", None), "is this node up");
        assert_eq!(places.here("Garage"), Some(("garage", Some(&node("pve3")))));
        let (hall, cellar) = (places.here("hall"), places.here("cellar"));
        assert_eq!((hall, cellar), (Some(("Hall", None)), None));
    }
}
