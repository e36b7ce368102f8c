//! Words as fixed phrases of the house are compared: small letters, without the marks
//! around them. What skills' sentences are held against is `jarvis_sentences`' own.

/// What stands around words and is none of them.
const MARKS: &str = ".,!?;:\"“”„()";

/// The words of `text`.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(word).filter(|word| !word.is_empty()).collect()
}

/// All of them, a space between two.
pub(crate) fn phrase(text: &str) -> String {
    words(text).join(" ")
}

/// One word.
pub(crate) fn word(word: &str) -> String {
    word.trim_matches(|c: char| MARKS.contains(c)).replace('’', "'").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_words_do_not_count_and_those_within_do() {
        for (text, expected) in [
            ("  Don’t,  do it! ", "don't do it"),
            ("\"web-01.lan\"?", "web-01.lan"),
            ("Größe (50 %)", "größe 50 %"),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(phrase(text), expected, "{text:?}");
        }
    }
}
