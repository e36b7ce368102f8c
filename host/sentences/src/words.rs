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
        "hey jarvis",
        "ok jarvis",
        "okay jarvis",
        "can you",
        "could you",
        "would you",
        "will you",
        "i want you to",
        "i would like you to",
        "for me",
        "thanks",
        "thank you",
    ]
}

/// Whether `word` is in too many sentences to say what one is for.
pub(crate) fn is_common(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "a", "an", "and", "are", "as", "at", "be", "by", "do", "for", "from", "have", "i", "in",
        "is", "it", "me", "my", "of", "on", "or", "that", "the", "there", "this", "to", "was",
        "what", "will", "with", "you",
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
        assert!(courtesies("en-GB").contains(&"please") && courtesies("de").is_empty());
    }
}
