//! Small words of a language: those that are only polite, those that say nothing about
//! what a sentence is for, the nouns around names, and what is heard in their place.

mod english;
mod german;

use jarvis_domain::Language;

use crate::names::Kind;

/// The small words of one language, as they are compared.
#[derive(Debug)]
pub(crate) struct Words {
    /// Words that do not count where a file does not name its own.
    courtesies: &'static [&'static str],
    /// What recognisers of speech write for words of this trade, and what people leave
    /// out of others.
    misheard: &'static [(&'static str, &'static str)],
    /// What a number is taken for behind "node".
    miscounted: &'static [(&'static str, &'static str)],
    /// What "node" is taken for before a number.
    misnoded: &'static [&'static str],
    /// "node".
    pub(crate) node: &'static str,
    /// Words that are in too many sentences to say what one is for.
    common: &'static [&'static str],
    /// Words that stand for a thing said before or for all things.
    pronouns: &'static [&'static str],
    /// What stands before a name.
    pub(crate) articles: &'static [&'static str],
    guest_nouns: &'static [&'static [&'static str]],
    node_nouns: &'static [&'static [&'static str]],
    tag_nouns: &'static [&'static [&'static str]],
    /// Between a noun and a name: "called".
    pub(crate) named: &'static [&'static str],
    /// What the words of English names are called: "Datenbank" for `database`.
    meant: &'static [(&'static str, &'static str)],
}

/// The small words of `language`.
pub(crate) fn of(language: Language) -> &'static Words {
    match language {
        Language::English => &english::WORDS,
        Language::German => &german::WORDS,
    }
}

/// Words that do not count where a file in `tag` does not name its own.
pub(crate) fn courtesies(tag: &str) -> &'static [&'static str] {
    Language::known(tag).map_or(&[], |language| of(language).courtesies)
}

impl Words {
    /// Whether `word` is in too many sentences to say what one is for.
    pub(crate) fn is_common(&self, word: &str) -> bool {
        self.common.contains(&word)
    }

    /// Whether `word` stands for a thing said before or for all things, so that it
    /// is no part of a name.
    pub(crate) fn is_pronoun(&self, word: &str) -> bool {
        self.pronouns.contains(&word)
    }

    /// The nouns for things of `kind`.
    pub(crate) fn nouns(&self, kind: Kind) -> &'static [&'static [&'static str]] {
        match kind {
            Kind::Guest => self.guest_nouns,
            Kind::Node => self.node_nouns,
            Kind::Tag => self.tag_nouns,
        }
    }

    /// `words` with those of this language in them as English names have them; none
    /// where there are no such.
    pub(crate) fn in_english<'w>(&self, words: &[&'w str]) -> Option<Vec<&'w str>> {
        let meant = |word: &&'w str| {
            let found = self.meant.iter().find(|(said, _)| said == word);
            found.map_or(*word, |(_, meant)| *meant)
        };
        let meant: Vec<&str> = words.iter().map(meant).collect();
        (meant != words).then_some(meant)
    }
}

/// `words` as they were most likely said; none where they seem to be right.
pub(crate) fn repaired(words: &[&str], language: Language) -> Option<String> {
    let of = of(language);
    let table = crate::numbers::table(language);
    let mut said: Vec<&str> = Vec::with_capacity(words.len());
    let mut rest = words;
    let mut changed = false;
    while let Some((first, after)) = rest.split_first() {
        let heard = of.misheard.iter().find(|(heard, _)| {
            let mut heard = heard.split(' ');
            let length = heard.clone().count();
            rest.get(..length).is_some_and(|words| words.iter().all(|w| heard.next() == Some(w)))
        });
        if let Some((heard, meant)) = heard {
            said.push(meant);
            rest = rest.get(heard.split(' ').count()..).unwrap_or_default();
            changed = true;
            continue;
        }
        let node = |word: &str| word == of.node || of.misnoded.contains(&word);
        let number = |word: &str| of.miscounted.iter().find(|(heard, _)| *heard == word);
        let next = after.first().copied().unwrap_or_default();
        match number(next).filter(|_| node(first)) {
            Some((_, meant)) => {
                said.extend([of.node, meant]);
                rest = after.get(1..).unwrap_or_default();
                changed = true;
            }
            None => {
                let misheard = table.digit(next).is_some() && of.misnoded.contains(first);
                said.push(if misheard { of.node } else { first });
                changed |= misheard;
                rest = after;
            }
        }
    }
    changed.then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words_are_known() {
        let english = of(Language::English);
        let common = |word: &str| english.is_common(word);
        let pronoun = |word: &str| english.is_pronoun(word);
        assert!(common("a") && common("you") && common("the") && !common("start"));
        assert!(pronoun("it") && pronoun("all") && pronoun("those") && !pronoun("web"));
        for (heard, meant) in [
            ("how hot is note three", Some("how hot is node three")),
            ("reboot node to", Some("reboot node two")),
            ("shut down no for", Some("shut down node four")),
            ("whats running on no 2", Some("what's running on node 2")),
            ("are there any up dates", Some("are there any updates")),
            ("is node three up to date", None),
            ("note that", None),
            ("", None),
        ] {
            let words: Vec<&str> = heard.split_whitespace().collect();
            assert_eq!(repaired(&words, Language::English).as_deref(), meant, "{heard}");
        }
        assert!(courtesies("en-GB").contains(&"please") && courtesies("fr").is_empty());
    }

    #[test]
    fn what_is_misheard_in_german_is_repaired() {
        for (heard, meant) in [
            ("wie warm ist noten drei", Some("wie warm ist knoten drei")),
            ("wie warm ist knoten frei", Some("wie warm ist knoten drei")),
            ("starte konten 2 neu", Some("starte knoten 2 neu")),
            ("gibt es up dates", Some("gibt es updates")),
            ("wie warm ist knoten drei", None),
            ("notiere das", None),
        ] {
            let words: Vec<&str> = heard.split_whitespace().collect();
            assert_eq!(repaired(&words, Language::German).as_deref(), meant, "{heard}");
        }
        let german = of(Language::German);
        assert_eq!(german.in_english(&["datenbank"]), Some(vec!["database"]));
        assert_eq!(german.in_english(&["webserver"]), None);
    }
}
