//! Small words of a language: those that are only polite, and those that say
//! nothing about what a sentence is for. English so far.

/// Words that do not count where a file does not name its own.
pub(crate) fn courtesies(language: &str) -> &'static [&'static str] {
    if !language.split(['-', '_']).next().is_some_and(|tag| tag.eq_ignore_ascii_case("en")) {
        return &[];
    }
    &[
        "please",
        "kindly",
        "jarvis",
        "hey",
        "ok",
        "okay",
        "hey jarvis",
        "ok jarvis",
        "okay jarvis",
        "can you",
        "could you",
        "would you",
        "will you",
        "i want to",
        "i want you to",
        "i would like to",
        "i'd like to",
        "i need you to",
        "i would like you to",
        "i'd like you to",
        "go ahead and",
        "let's",
        "for me",
        "for a bit",
        "for a while",
        "for a moment",
        "thanks",
        "thank you",
        "um",
        "uh",
        "er",
        "erm",
        "just",
        "so",
        "now",
        "right now",
        "again",
        "still",
        "at the moment",
        "currently",
        // As people talk.
        "pls",
        "plz",
        "thx",
        "cheers",
        "can ya",
        "can u",
        "could u",
        "could ya",
        "would ya",
        "would u",
        "will ya",
        "could we",
        "can we",
        "shall we",
        "would you be so kind as to",
        "be so kind as to",
        "would you be so kind and",
        "do me a favor and",
        "do me a favour and",
        "we need to",
        "i need to",
        "go and",
        "yo",
        "hi",
        "hello",
        "oh and",
        "ah",
        "like",
        "maybe",
        "perhaps",
        "actually",
        "really",
        "even",
        "already",
        "quickly",
        "real quick",
        "really quick",
        "rn",
        "atm",
        "asap",
        "right away",
        "as well",
        "or what",
        "or something",
        "or anything",
        "or nah",
        "or so",
        "these days",
        "for now",
        "if you can",
        "if possible",
        "when you can",
        "i mean",
        "i guess",
        "i think",
        "you know",
        "mate",
        "man",
        "dude",
        "buddy",
    ]
}

/// What recognisers of speech write for words of this trade, and what people leave out
/// of others; English.
const MISHEARD: &[(&str, &str)] = &[
    ("up date", "update"),
    ("up dates", "updates"),
    ("re boot", "reboot"),
    ("re start", "restart"),
    ("snap shot", "snapshot"),
    ("store age", "storage"),
    ("shut town", "shut down"),
    ("whats", "what's"),
    ("hows", "how's"),
    ("lets", "let's"),
    ("is their", "is there"),
    ("are their", "are there"),
    ("the notes", "the nodes"),
    ("witch", "which"),
    ("wear is", "where is"),
    ("all notes", "all nodes"),
    ("clusters", "cluster"),
    ("clustered", "cluster"),
    ("theres", "there's"),
    ("wheres", "where's"),
    ("corum", "quorum"),
    ("core um", "quorum"),
    ("package is", "packages"),
    ("store edge", "storage"),
    ("temperature's", "temperatures"),
];
/// What a number is taken for behind "node".
const MISCOUNTED: &[(&str, &str)] = &[
    ("won", "one"),
    ("to", "two"),
    ("too", "two"),
    ("tree", "three"),
    ("free", "three"),
    ("for", "four"),
    ("fore", "four"),
];
/// Behind these a number is meant too.
const COUNTED: &[&str] = &["vm", "ct", "lxc", "container", "number", "build", "pve", "server"];
/// What "node" is taken for before a number.
const MISNODED: &[&str] = &["note", "notes", "no", "know", "known", "nod", "nodes", "load"];
/// Behind these "note" is meant as "node" without a number.
const ALL: &[&str] = &["which", "what", "every", "each", "any", "the", "a"];
/// Words whose "'s" is "is" or "us".
const CLITICS: &[&str] =
    &["what", "how", "it", "that", "there", "where", "who", "let", "which", "node"];
/// What letters are heard as, where that is no usual word.
const LETTERS: &[(&str, char)] = &[
    ("bee", 'b'),
    ("dee", 'd'),
    ("ee", 'e'),
    ("eff", 'f'),
    ("gee", 'g'),
    ("aitch", 'h'),
    ("jay", 'j'),
    ("kay", 'k'),
    ("ell", 'l'),
    ("em", 'm'),
    ("en", 'n'),
    ("pee", 'p'),
    ("queue", 'q'),
    ("cue", 'q'),
    ("ess", 's'),
    ("tee", 't'),
    ("vee", 'v'),
    ("zee", 'z'),
    ("zed", 'z'),
];

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
    sounding: impl Fn(&str, &str) -> Option<(&'a str, usize)>,
) -> Option<Repaired> {
    let mut repaired = Repaired { text: String::new(), put: Vec::new(), guessed: false };
    let mut said: Vec<String> = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        let next = after.first().copied().unwrap_or_default();
        let before = said.last().map(String::as_str).unwrap_or_default();
        let (put, taken, guessed) = match one(rest, before) {
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
fn one(words: &[&str], before: &str) -> Option<(String, usize)> {
    let (first, after) = words.split_first()?;
    let next = after.first().copied().unwrap_or_default();
    let heard = MISHEARD.iter().find(|(heard, _)| {
        let mut heard = heard.split(' ');
        let length = heard.clone().count();
        words.get(..length).is_some_and(|words| words.iter().all(|w| heard.next() == Some(w)))
    });
    if let Some((heard, meant)) = heard {
        return Some(((*meant).to_owned(), heard.split(' ').count()));
    }
    if let Some(found) = parted(first, next).or_else(|| spelled(words)) {
        return Some(found);
    }
    let number = |word: &str| MISCOUNTED.iter().find(|(heard, _)| *heard == word);
    if let Some((_, meant)) = number(next).filter(|_| *first == "node" || MISNODED.contains(first))
    {
        return Some((format!("node {meant}"), 2));
    }
    if let Some((_, meant)) = number(first).filter(|_| COUNTED.contains(&before)) {
        return Some(((*meant).to_owned(), 1));
    }
    let counts = crate::numbers::table("en").digit(next).is_some();
    if MISNODED.contains(first) && (counts || *first == "note" && ALL.contains(&before)) {
        return Some(("node".to_owned(), 1));
    }
    // With something behind it, it is whose that is.
    let ends = first.strip_suffix("'s").filter(|_| after.is_empty());
    let plural = ends.filter(|word| !CLITICS.contains(word));
    plural.map(|word| (format!("{word}s"), 1))
}

/// "re start" and "up dates": a word that was heard in two.
fn parted(first: &str, next: &str) -> Option<(String, usize)> {
    const RE: &[&str] = &[
        "start", "starting", "started", "boot", "boots", "booting", "booted", "load", "fresh",
        "sume",
    ];
    const UP: &[&str] = &["date", "dates", "dating", "grade", "grades", "grading"];
    const IN: &[&str] = &["stall", "stalls", "stalling"];
    let parts = [("re", RE), ("up", UP), ("in", IN), ("to", &["day"])];
    let (_, ends) = parts.iter().find(|(begin, _)| *begin == first)?;
    ends.contains(&next).then(|| (format!("{first}{next}"), 2))
}

/// Letters that were heard as words, "em queue t t", "pee vee e": three at the least, of
/// which one became a word.
fn spelled(words: &[&str]) -> Option<(String, usize)> {
    let letter = |word: &&str| -> Option<char> {
        let mut letters = word.chars();
        match (letters.next(), letters.next()) {
            (Some(one), None) if one.is_ascii_lowercase() => Some(one),
            _ => LETTERS.iter().find(|(name, _)| name == word).map(|(_, letter)| *letter),
        }
    };
    let letters: Vec<char> = words.iter().map_while(letter).collect();
    let named = words.get(..letters.len()).unwrap_or_default().iter().any(|word| word.len() > 1);
    (letters.len() >= 3 && named).then(|| (letters.iter().collect(), letters.len()))
}

/// Whether `word` is in too many sentences to say what one is for.
pub(crate) fn is_common(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "a", "about", "an", "and", "are", "as", "at", "be", "by", "do", "for", "from", "have", "i",
        "in", "is", "it", "me", "my", "of", "on", "or", "quick", "that", "the", "there", "this",
        "to", "was", "what", "will", "with", "you",
    ];
    COMMON.binary_search(&word).is_ok()
}

/// Whether `word` stands for a thing said before or for all things, so that it
/// is no part of a name.
pub(crate) fn is_pronoun(word: &str) -> bool {
    const PRONOUNS: &[&str] = &[
        "all",
        "another",
        "any",
        "both",
        "each",
        "every",
        "everything",
        "he",
        "her",
        "him",
        "it",
        "me",
        "one",
        "other",
        "she",
        "that",
        "the",
        "them",
        "these",
        "they",
        "this",
        "those",
    ];
    PRONOUNS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words_are_known() {
        assert!(is_common("a") && is_common("you") && is_common("the") && !is_common("start"));
        assert!(is_pronoun("it") && is_pronoun("all") && is_pronoun("those") && !is_pronoun("web"));
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
            let found = repaired(&words, |_, _| None);
            assert_eq!(found.map(|found| found.text).as_deref(), meant, "{heard}");
        }
        assert!(courtesies("en-GB").contains(&"please") && courtesies("de").is_empty());
    }
}
