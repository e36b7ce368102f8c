//! Short answers: yes, no, and which one.

use jarvis_domain::invocation::{Choice, ChoiceOption};

use crate::plain::phrase;

/// What a person said to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum YesNo {
    Yes,
    No,
}

const YES: &[&str] = &[
    "yes",
    "y",
    "yeah",
    "yep",
    "sure",
    "ok",
    "okay",
    "do it",
    "go ahead",
    "confirm",
    "confirmed",
    "please do",
];
const NO: &[&str] = &[
    "no",
    "n",
    "nope",
    "don't",
    "do not",
    "stop",
    "cancel",
    "abort",
    "never mind",
    "nevermind",
    "forget it",
];

/// Words that end what is open, or mean nothing when nothing is.
const NEVER_MIND: &[&str] = &["never mind", "nevermind", "forget it", "cancel", "abort"];

const ORDINALS: &[&str] = &[
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
];

/// Whether `words` say yes or no, and nothing else.
pub(crate) fn yes_or_no(words: &str) -> Option<YesNo> {
    let words = phrase(words);
    let words = words.strip_suffix(" please").unwrap_or(&words);
    if YES.contains(&words) {
        Some(YesNo::Yes)
    } else if NO.contains(&words) {
        Some(YesNo::No)
    } else {
        None
    }
}

/// Whether `words` begin with a yes, and say more after it: "yes, stop one oh
/// one". What that is a yes to, is to be looked at.
pub(crate) fn begins_with_yes(words: &str) -> bool {
    let words = phrase(words);
    YES.iter().any(|yes| {
        let rest = words.strip_prefix(yes);
        rest.is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()))
    })
}

/// Whether `words` only end what was open.
pub(crate) fn never_mind(words: &str) -> bool {
    NEVER_MIND.contains(&phrase(words).as_str())
}

/// Whether `words` ask what can be said.
pub(crate) fn asks_for_help(words: &str) -> bool {
    matches!(
        phrase(words).as_str(),
        "help" | "what can you do" | "what can i say" | "what can i ask"
    )
}

/// Whether `words` want the last announcement once more.
pub(crate) fn asks_again(words: &str) -> bool {
    let again =
        ["say again", "say that again", "say it again", "repeat that", "repeat the announcement"];
    let again = again.iter().chain(["what did you say", "what was that"].iter());
    again.into_iter().any(|one| *one == phrase(words))
}

/// Whether `words` say no more than that something was heard.
pub(crate) fn is_thanks(words: &str) -> bool {
    let thanks = ["thanks", "thank you", "ok", "okay", "got it", "understood", "all right"];
    thanks.contains(&phrase(words).as_str())
}

/// The option that `words` pick: by its place, its value or its label.
pub(crate) fn pick<'a>(words: &str, choice: &'a Choice) -> Option<&'a ChoiceOption> {
    let words = phrase(words);
    let words = ["the ", "number "]
        .iter()
        .fold(words.as_str(), |words, lead| words.strip_prefix(lead).unwrap_or(words));
    let words = words.strip_suffix(" one").unwrap_or(words);
    let value = |option: &&ChoiceOption| match &option.value {
        serde_json::Value::String(text) => phrase(text) == words,
        value => words.parse::<u64>().is_ok_and(|number| value.as_u64() == Some(number)),
    };
    // A guest's number comes before a place in the list.
    if let Some(option) = choice.options.iter().find(value) {
        return Some(option);
    }
    let place = words.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
    let place = place.or_else(|| ORDINALS.iter().position(|ordinal| *ordinal == words));
    if let Some(option) = place.and_then(|place| choice.options.get(place)) {
        return Some(option);
    }
    let mut labelled = choice.options.iter().filter(|option| {
        let label = phrase(&option.label);
        !words.is_empty() && label.split_whitespace().any(|word| word == words)
    });
    labelled.next().filter(|_| labelled.next().is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_bare_yes_is_a_yes() {
        for (words, expected) in [
            ("Yes.", Some(YesNo::Yes)),
            ("go  ahead", Some(YesNo::Yes)),
            ("yes please", Some(YesNo::Yes)),
            ("No!", Some(YesNo::No)),
            ("never mind", Some(YesNo::No)),
            ("yes, and stop the database too", None),
            ("stop the web server", None),
            ("", None),
        ] {
            assert_eq!(yes_or_no(words), expected, "{words:?}");
        }
    }

    #[test]
    fn a_spoken_yes_may_go_on() {
        for (words, expected) in [
            ("Yes, stop one oh one.", true),
            ("yes webserver 1", true),
            ("go ahead with the database", true),
            ("yesterday", false),
            ("yes", false),
            ("stop one oh one", false),
            ("no, stop one oh one", false),
        ] {
            assert_eq!(begins_with_yes(words), expected, "{words:?}");
        }
    }

    #[test]
    fn an_option_is_picked_by_place_number_or_name() {
        let option =
            |value: serde_json::Value, label: &str| ChoiceOption { value, label: label.to_owned() };
        let choice = Choice {
            parameter: "guest".to_owned(),
            text: "Which one?".to_owned(),
            options: vec![
                option(json!(102), "VM 102 web-01"),
                option(json!(2), "VM 2 web-02"),
                option(json!(130), "VM 130 web-03"),
            ],
        };
        for (words, expected) in [
            ("the first one", Some(102)),
            ("3", Some(130)),
            ("2", Some(2)),
            ("number 102", Some(102)),
            ("web-03", Some(130)),
            ("vm", None),
            ("4", None),
            ("0", None),
            ("", None),
        ] {
            let picked = pick(words, &choice).and_then(|option| option.value.as_u64());
            assert_eq!(picked, expected, "{words:?}");
        }
    }
}
