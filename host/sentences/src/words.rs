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
/// What "node" is taken for before a number.
const MISNODED: &[&str] = &["note", "notes", "no", "know", "nodes", "load"];

/// `words` as they were most likely said; none where they seem to be right.
pub(crate) fn repaired(words: &[&str]) -> Option<String> {
    let mut said: Vec<&str> = Vec::with_capacity(words.len());
    let mut rest = words;
    let mut changed = false;
    while let Some((first, after)) = rest.split_first() {
        let heard = MISHEARD.iter().find(|(heard, _)| {
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
        let node = |word: &str| word == "node" || MISNODED.contains(&word);
        let number = |word: &str| MISCOUNTED.iter().find(|(heard, _)| *heard == word);
        let next = after.first().copied().unwrap_or_default();
        match number(next).filter(|_| node(first)) {
            Some((_, meant)) => {
                said.extend(["node", meant]);
                rest = after.get(1..).unwrap_or_default();
                changed = true;
            }
            None => {
                let counted = crate::numbers::table("en").digit(next).is_some();
                let misheard = counted && MISNODED.contains(first);
                said.push(if misheard { "node" } else { first });
                changed |= misheard;
                rest = after;
            }
        }
    }
    changed.then(|| said.join(" "))
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
            assert_eq!(repaired(&words).as_deref(), meant, "{heard}");
        }
        assert!(courtesies("en-GB").contains(&"please") && courtesies("de").is_empty());
    }
}
