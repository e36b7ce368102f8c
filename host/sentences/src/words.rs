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
    /// Behind these a number is meant too.
    counted: &'static [&'static str],
    /// Behind these the first of `misnoded` is meant as "node" without a number.
    noted: &'static [&'static str],
    /// Words whose "'s" is a word; behind others at the end of a sentence it is the end
    /// of a plural. None where it never is.
    clitics: Option<&'static [&'static str]>,
    /// Beginnings of words that are heard in two, and the ends of those.
    parted: &'static [(&'static str, &'static [&'static str])],
    /// What letters are heard as, where that is no usual word.
    letters: &'static [(&'static str, char)],
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

/// Words as they were most likely said.
pub(crate) struct Repaired {
    /// All of them.
    pub(crate) text: String,
    /// Those that were put in place of others.
    put: Vec<String>,
    /// One of them was only guessed by its sound.
    pub(crate) guessed: bool,
}

impl Repaired {
    /// Whether `text`, a part of it, is not as it was heard.
    pub(crate) fn touches(&self, text: &str) -> bool {
        let is_put = |word: &str| self.put.iter().any(|put| put.split(' ').any(|put| put == word));
        self.guessed || text.to_lowercase().split([' ', '-']).any(is_put)
    }
}

/// `words` as they were most likely said; none where they seem to be right. `sounding`:
/// the one word of sentences that sounds like the first of two words or like both, and
/// how many of them it stands for.
pub(crate) fn repaired<'a>(
    words: &[&str],
    language: Language,
    sounding: impl Fn(&str, &str) -> Option<(&'a str, usize)>,
) -> Option<Repaired> {
    let mut repaired = Repaired { text: String::new(), put: Vec::new(), guessed: false };
    let mut said: Vec<String> = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        let next = after.first().copied().unwrap_or_default();
        let before = said.last().map(String::as_str).unwrap_or_default();
        let (put, taken, guessed) = match one(rest, before, language) {
            Some((put, taken)) => (put, taken, false),
            None => match sounding(first, next) {
                Some((put, taken)) => (put.to_owned(), taken, true),
                None => {
                    said.push((*first).to_owned());
                    rest = after;
                    continue;
                }
            },
        };
        repaired.guessed |= guessed;
        said.push(put.clone());
        repaired.put.push(put);
        rest = rest.get(taken..).unwrap_or_default();
    }
    repaired.text = said.join(" ");
    (!repaired.put.is_empty()).then_some(repaired)
}

/// What the first of `words` were meant as, and how many they are. `before`: the word
/// before them.
fn one(words: &[&str], before: &str, language: Language) -> Option<(String, usize)> {
    let of = of(language);
    let (first, after) = words.split_first()?;
    let next = after.first().copied().unwrap_or_default();
    let heard = of.misheard.iter().find(|(heard, _)| {
        let mut heard = heard.split(' ');
        let length = heard.clone().count();
        words.get(..length).is_some_and(|words| words.iter().all(|w| heard.next() == Some(w)))
    });
    if let Some((heard, meant)) = heard {
        return Some(((*meant).to_owned(), heard.split(' ').count()));
    }
    if let Some(found) = parted(first, next, of).or_else(|| spelled(words, of)) {
        return Some(found);
    }
    let number = |word: &str| of.miscounted.iter().find(|(heard, _)| *heard == word);
    if let Some((_, meant)) =
        number(next).filter(|_| *first == of.node || of.misnoded.contains(first))
    {
        return Some((format!("{} {meant}", of.node), 2));
    }
    if let Some((_, meant)) = number(first).filter(|_| of.counted.contains(&before)) {
        return Some(((*meant).to_owned(), 1));
    }
    let counts = crate::numbers::table(language).digit(next).is_some();
    let noted = of.misnoded.first() == Some(first) && of.noted.contains(&before);
    if noted || counts && of.misnoded.contains(first) {
        return Some((of.node.to_owned(), 1));
    }
    // With something behind it, it is whose that is.
    let ends = first.strip_suffix("'s").filter(|_| after.is_empty());
    let plural = ends.filter(|word| of.clitics.is_some_and(|clitics| !clitics.contains(word)));
    plural.map(|word| (format!("{word}s"), 1))
}

/// "re start" and "up dates": a word that was heard in two.
fn parted(first: &str, next: &str, of: &Words) -> Option<(String, usize)> {
    let (_, ends) = of.parted.iter().find(|(begin, _)| *begin == first)?;
    ends.contains(&next).then(|| (format!("{first}{next}"), 2))
}

/// Letters that were heard as words, "em queue t t", "pee vee e": three at the least, of
/// which one became a word.
fn spelled(words: &[&str], of: &Words) -> Option<(String, usize)> {
    let letter = |word: &&str| -> Option<char> {
        let mut letters = word.chars();
        match (letters.next(), letters.next()) {
            (Some(one), None) if one.is_ascii_lowercase() => Some(one),
            _ => of.letters.iter().find(|(name, _)| name == word).map(|(_, letter)| *letter),
        }
    };
    let letters: Vec<char> = words.iter().map_while(letter).collect();
    let named = words.get(..letters.len()).unwrap_or_default().iter().any(|word| word.len() > 1);
    (letters.len() >= 3 && named).then(|| (letters.iter().collect(), letters.len()))
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
            let found = repaired(&words, Language::English, |_, _| None);
            assert_eq!(found.map(|found| found.text).as_deref(), meant, "{heard}");
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
            let found = repaired(&words, Language::German, |_, _| None);
            assert_eq!(found.map(|found| found.text).as_deref(), meant, "{heard}");
        }
        let german = of(Language::German);
        assert_eq!(german.in_english(&["datenbank"]), Some(vec!["database"]));
        assert_eq!(german.in_english(&["webserver"]), None);
    }
}
