//! What people put into a sentence that is none of it, and what is no sentence at all:
//! hesitation said twice, reasons, second questions, and what is taken back. English.
//!
//! Only looked at where a sentence fits nothing as it was said. Nothing here touches a
//! name, a number or what is to be done. No word here is a usual one of another language
//! that sentences may be in.

use crate::numbers;

/// What begins a reason: "stop minecraft, nobody's playing".
const REASONS: &[&str] = &[
    "because", "cause", "cuz", "cos", "coz", "since", "its", "it's", "i'm", "we're", "theyre",
    "they're", "nobodys", "nobody's", "nobody", "noones",
];
/// Behind "im", which is a word of German too.
const I_AM: &[&str] = &["not", "done", "going", "just", "finished", "leaving", "using"];
/// What stands behind "or" where a question is asked a second time, or answered.
const SECOND: &[&str] = &[
    "is", "are", "was", "were", "did", "does", "do", "has", "have", "not", "what", "nah", "no",
    "nope", "am", "isn't", "isnt", "aren't", "can", "should",
];
/// What a question begins with.
const QUESTIONS: &[&str] = &[
    "is",
    "are",
    "was",
    "were",
    "does",
    "do",
    "did",
    "has",
    "have",
    "any",
    "am",
    "what",
    "what's",
    "whats",
    "how",
    "how's",
    "hows",
    "which",
    "can",
    "everything",
    "anything",
    "got",
];
/// Behind one of these, what was said before counts no more.
const TAKEN_BACK: &[&str] = &[
    "no wait",
    "wait no",
    "or wait",
    "no don't",
    "no dont",
    "never mind",
    "nevermind",
    "forget it",
    "forget that",
    "scratch that",
    "cancel that",
    "actually no",
    "actually don't",
    "actually dont",
    "on second thought",
    "or rather not",
    "rather not",
    "better not",
];
/// What begins a sentence that wants nothing done.
const FORBIDDEN: &[&str] = &["don't", "dont", "do not"];
/// What may stand before that.
const BEFORE: &[&str] = &["please", "jarvis", "hey", "ok", "okay", "and", "so", "pls"];
/// Said where somebody looks for words.
const HESITATION: &[&str] = &["uh", "uhm", "erm", "hm", "hmm"];
/// The most words of something that is said twice.
const TWICE: usize = 4;
/// The fewest words of a sentence that a reason may stand behind.
const SENTENCE: usize = 2;

/// Whether `words` want nothing done, though they name a command: it was taken back, or
/// it is forbidden.
pub(crate) fn is_taken_back(words: &[&str]) -> bool {
    let ends = |phrase: &&str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.len() > phrase.len() && words.ends_with(&phrase)
    };
    let from = words.iter().position(|word| !BEFORE.contains(word)).unwrap_or_default();
    let rest = words.get(from..).unwrap_or_default();
    let begins = |phrase: &&str| rest.starts_with(&phrase.split(' ').collect::<Vec<_>>());
    TAKEN_BACK.iter().any(ends) || FORBIDDEN.iter().any(begins)
}

/// Whether `words` can be nothing but a question: they begin as one, and not as a wish
/// may: "can you", "do a".
pub(crate) fn only_asks(words: &[&str]) -> bool {
    const ASKING: &[&str] =
        &["what", "what's", "whats", "which", "how", "how's", "hows", "is", "are", "does", "any"];
    words.first().is_some_and(|first| ASKING.contains(first))
}

/// Whether `words` ask something.
fn is_question(words: &[&str]) -> bool {
    words.iter().take(3).any(|word| QUESTIONS.contains(word))
}

/// `words` without what is none of the sentence; none where there is nothing of it.
pub(crate) fn tidied(words: &[&str]) -> Option<String> {
    let mut said: Vec<&str> =
        words.iter().copied().filter(|word| !HESITATION.contains(word)).collect();
    without_repetition(&mut said);
    without_end(&mut said);
    (said.len() < words.len() && !said.is_empty()).then(|| said.join(" "))
}

/// Leaves out the first of what is said twice in a row: "stop, stop the web, the web
/// server". Of numbers each counts.
fn without_repetition(said: &mut Vec<&str>) {
    let table = numbers::table("en");
    let is_number = |word: &&str| table.counts(word) || word.starts_with(|c: char| c.is_numeric());
    let mut at = 0;
    while at < said.len() {
        let twice = (1..=TWICE).rev().find(|length| {
            let (once, again) = (said.get(at..at + length), said.get(at + length..at + 2 * length));
            once.is_some() && once == again && !once.is_some_and(|once| once.iter().any(is_number))
        });
        match twice {
            Some(length) => drop(said.drain(at..at + length)),
            None => at += 1,
        }
    }
}

/// Leaves out a reason, and the second half of "is it up or not".
fn without_end(said: &mut Vec<&str>) {
    let is_question = is_question(said);
    if let Some(or) =
        said.windows(2).position(|pair| matches!(pair, ["or", behind] if SECOND.contains(behind)))
        && is_question
        && or >= SENTENCE
    {
        said.truncate(or);
    }
    let begins = |at: &usize| match said.get(*at..) {
        Some(["im", behind, ..]) => I_AM.contains(behind),
        Some([word, ..]) => REASONS.contains(word),
        _ => false,
    };
    let reason = (SENTENCE..said.len()).find(begins);
    // A question's own words are not its reason: "what were the temperatures".
    if let Some(reason) = reason.filter(|_| !is_question) {
        said.truncate(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn what_is_none_of_a_sentence_is_left_out() {
        for (said, expected) in [
            ("stop stop the web the web server", Some("stop the web server")),
            ("turn on the uh the nas", Some("turn on the nas")),
            ("start vm one one eight", None),
            ("start vm 1 1 8 because i need it", Some("start vm 1 1 8")),
            ("reboot node two its being weird", Some("reboot node two")),
            ("does pve2 need rebooting or not", Some("does pve2 need rebooting")),
            ("is node three hot or is it ok", Some("is node three hot")),
            ("stop the firewall or the gateway", None),
            ("turn node four off im not using it", Some("turn node four off")),
            ("starte den server im lab", None),
            ("wecke den server um acht", None),
            ("it's hot", None),
            ("what were the temperatures", None),
            ("", None),
        ] {
            assert_eq!(tidied(&words(said)).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn a_wish_is_no_question() {
        for (said, expected) in [
            ("what tusks are running", true),
            ("is the clustered healthy", true),
            ("can you rebute the class stir", false),
            ("do a rebute of the class stir", false),
            ("", false),
        ] {
            assert_eq!(only_asks(&words(said)), expected, "{said}");
        }
    }

    #[test]
    fn what_is_taken_back_or_forbidden_is_no_command() {
        for (said, expected) in [
            ("shut down the media server no wait", true),
            ("start the nas never mind", true),
            ("don't stop the database", true),
            ("please do not stop the database", true),
            ("never mind", false),
            ("stop the wait", false),
            ("stop the database", false),
            ("do the nodes need updates", false),
            ("", false),
        ] {
            assert_eq!(is_taken_back(&words(said)), expected, "{said}");
        }
    }
}
