//! Short answers: yes, no, and which one.

use jarvis_domain::Language;
use jarvis_domain::invocation::{Choice, ChoiceOption};
use jarvis_sentences::leading_number_in;

use crate::plain::phrase;

/// What a person said to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum YesNo {
    Yes,
    No,
}

/// The short answers of one language, in small letters.
struct Short {
    yes: &'static [&'static str],
    no: &'static [&'static str],
    /// Words that make a no of what begins with a yes.
    takes_back: &'static [&'static str],
    /// What ends what is open, or means nothing when nothing is.
    never_mind: &'static [&'static str],
    help: &'static [&'static str],
    /// Wants the last announcement once more.
    again: &'static [&'static str],
    /// Says no more than that something was heard.
    thanks: &'static [&'static str],
    /// "Please", behind an answer.
    please: &'static str,
    /// What stands before what is picked.
    leads: &'static [&'static str],
    /// "One", behind it.
    one: &'static str,
    /// The first to the tenth, and what may be their end.
    ordinals: [&'static str; 10],
    ends: &'static [&'static str],
}

static ENGLISH: Short = Short {
    yes: &[
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
    ],
    no: &[
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
    ],
    takes_back: &[
        "not", "no", "nope", "don't", "dont", "never", "wait", "except", "without", "isn't",
    ],
    never_mind: &["never mind", "nevermind", "forget it", "cancel", "abort"],
    help: &["help", "what can you do", "what can i say", "what can i ask"],
    again: &[
        "say again",
        "say that again",
        "say it again",
        "repeat that",
        "repeat the announcement",
        "what did you say",
        "what was that",
    ],
    thanks: &["thanks", "thank you", "ok", "okay", "got it", "understood", "all right"],
    please: " please",
    leads: &["the ", "number "],
    one: " one",
    ordinals: [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ],
    ends: &[""],
};

static GERMAN: Short = Short {
    yes: &[
        "ja",
        "j",
        "jawohl",
        "jo",
        "jep",
        "klar",
        "na klar",
        "sicher",
        "ok",
        "okay",
        "mach das",
        "mach es",
        "ja mach das",
        "tu das",
        "tu es",
        "los",
        "genau",
        "richtig",
        "gern",
        "gerne",
        "ja gern",
        "ja gerne",
        "natürlich",
        "einverstanden",
        "in ordnung",
        "bestätigt",
        "bestätigen",
    ],
    no: &[
        "nein",
        "nee",
        "ne",
        "nö",
        "nein danke",
        "nicht",
        "stopp",
        "stop",
        "halt",
        "abbrechen",
        "abbruch",
        "brich ab",
        "lass es",
        "lass das",
        "lass mal",
        "vergiss es",
        "vergiss das",
        "lieber nicht",
        "besser nicht",
        "doch nicht",
        "auf keinen fall",
        "egal",
        "schon gut",
    ],
    takes_back: &[
        "nicht",
        "nein",
        "nee",
        "nö",
        "kein",
        "keine",
        "keinen",
        "keinesfalls",
        "nie",
        "niemals",
        "warte",
        "außer",
        "ohne",
    ],
    never_mind: &[
        "abbrechen",
        "abbruch",
        "brich ab",
        "vergiss es",
        "vergiss das",
        "schon gut",
        "egal",
        "lass gut sein",
        "lass es",
        "lass mal",
        "doch nicht",
        "hat sich erledigt",
    ],
    help: &[
        "hilfe",
        "hilf mir",
        "was kannst du",
        "was kannst du alles",
        "was kann ich sagen",
        "was kann ich fragen",
    ],
    again: &[
        "wie bitte",
        "sag das nochmal",
        "sag das noch mal",
        "sag das noch einmal",
        "wiederhole das",
        "wiederhol das",
        "wiederhole die ansage",
        "was hast du gesagt",
        "was war das",
    ],
    thanks: &[
        "danke",
        "danke schön",
        "dankeschön",
        "vielen dank",
        "ok",
        "okay",
        "verstanden",
        "alles klar",
        "in ordnung",
        "gut",
    ],
    please: " bitte",
    leads: &["der ", "die ", "das ", "den ", "dem ", "nummer "],
    one: " davon",
    ordinals: [
        "erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt",
    ],
    ends: &["e", "en", "er", "es", "ens"],
};

fn of(language: Language) -> &'static Short {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

/// Whether `words` say yes or no, and nothing else.
pub(crate) fn yes_or_no(words: &str, language: Language) -> Option<YesNo> {
    let of = of(language);
    let words = phrase(words);
    let words = words.strip_suffix(of.please).unwrap_or(&words);
    if of.yes.contains(&words) {
        Some(YesNo::Yes)
    } else if of.no.contains(&words) {
        Some(YesNo::No)
    } else {
        None
    }
}

/// Whether `words` begin with a yes, and say more after it: "yes, stop one oh
/// one". What that is a yes to, is to be looked at. "Yes, but not 101" is none.
pub(crate) fn begins_with_yes(words: &str, language: Language) -> bool {
    if takes_back(words, language) {
        return false;
    }
    let (words, of) = (phrase(words), of(language));
    of.yes.iter().any(|yes| {
        let rest = words.strip_prefix(yes);
        rest.is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric()))
    })
}

/// Whether there is a word in `words` that makes a no of what else they say.
pub(crate) fn takes_back(words: &str, language: Language) -> bool {
    let (words, of) = (phrase(words), of(language));
    let mut all = words.split(|c: char| !c.is_alphanumeric() && c != '\'');
    all.any(|word| of.takes_back.contains(&word))
}

/// Whether `words` begin with a no.
pub(crate) fn begins_with_no(words: &str, language: Language) -> bool {
    of(language).no.first().is_some_and(|no| phrase(words).starts_with(no))
}

/// Whether `words` only end what was open.
pub(crate) fn never_mind(words: &str, language: Language) -> bool {
    of(language).never_mind.contains(&phrase(words).as_str())
}

/// Whether `words` ask what can be said.
pub(crate) fn asks_for_help(words: &str, language: Language) -> bool {
    of(language).help.contains(&phrase(words).as_str())
}

/// Whether `words` want the last announcement once more.
pub(crate) fn asks_again(words: &str, language: Language) -> bool {
    of(language).again.contains(&phrase(words).as_str())
}

/// Whether `words` say no more than that something was heard.
pub(crate) fn is_thanks(words: &str, language: Language) -> bool {
    of(language).thanks.contains(&phrase(words).as_str())
}

/// What `words` call what they pick, without "the" and "one" around it.
pub(crate) fn picked(words: &str, language: Language) -> String {
    let of = of(language);
    let words = phrase(words);
    let words = of
        .leads
        .iter()
        .fold(words.as_str(), |words, lead| words.strip_prefix(lead).unwrap_or(words));
    words.strip_suffix(of.one).unwrap_or(words).to_owned()
}

/// The option that `words` pick: by its place, its value or words of its label.
pub(crate) fn pick<'a>(
    words: &str,
    choice: &'a Choice,
    language: Language,
) -> Option<&'a ChoiceOption> {
    let of = of(language);
    let words = &*picked(words, language);
    let number = number(words, language);
    let value = |option: &&ChoiceOption| match &option.value {
        serde_json::Value::String(text) => phrase(text) == words,
        value => number.is_some_and(|number| value.as_u64() == Some(number)),
    };
    // A guest's number comes before a place in the list.
    if let Some(option) = choice.options.iter().find(value) {
        return Some(option);
    }
    let ordinal =
        |ordinal: &&str| words.strip_prefix(*ordinal).is_some_and(|end| of.ends.contains(&end));
    let place = number.and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
    let place = place.or_else(|| of.ordinals.iter().position(ordinal));
    if let Some(option) = place.and_then(|place| choice.options.get(place)) {
        return Some(option);
    }
    let mut labelled = choice.options.iter().filter(|option| {
        !words.is_empty() && format!(" {} ", phrase(&option.label)).contains(&format!(" {words} "))
    });
    labelled.next().filter(|_| labelled.next().is_none())
}

/// The number that all of `words` are.
fn number(words: &str, language: Language) -> Option<u64> {
    let all: Vec<&str> = words.split_whitespace().collect();
    let spoken = || leading_number_in(language, &all).filter(|(_, used)| *used == all.len());
    words.parse().ok().or_else(|| spoken().map(|(number, _)| number))
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
            assert_eq!(yes_or_no(words, Language::English), expected, "{words:?}");
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
            ("okay, not the media server", false),
            ("yes, no wait, the media server", false),
            ("sure, but don't stop the media server", false),
        ] {
            assert_eq!(begins_with_yes(words, Language::English), expected, "{words:?}");
        }
        for (words, expected) in [
            ("Ja, den Mediaserver", true),
            ("Ja nicht den Mediaserver!", false),
            ("Klar, aber nicht den Mediaserver", false),
            ("ja, aber keinen Mediaserver", false),
        ] {
            assert_eq!(begins_with_yes(words, Language::German), expected, "{words:?}");
        }
    }

    #[test]
    fn short_answers_are_known_in_german() {
        let german = Language::German;
        for (words, expected) in [
            ("Ja.", Some(YesNo::Yes)),
            ("ja bitte", Some(YesNo::Yes)),
            ("Nein!", Some(YesNo::No)),
            ("abbrechen", Some(YesNo::No)),
            ("ja, und die Datenbank auch", None),
            ("yes", None),
        ] {
            assert_eq!(yes_or_no(words, german), expected, "{words:?}");
        }
        assert!(begins_with_yes("Ja, hunderteins.", german));
        assert!(!begins_with_yes("Januar", german) && never_mind("Vergiss es!", german));
        assert!(asks_for_help("Was kannst du?", german) && asks_again("Wie bitte?", german));
        let option =
            |value: u64, label: &str| ChoiceOption { value: json!(value), label: label.to_owned() };
        let options = vec![option(131, "VM 131 build-01"), option(132, "VM 132 build-02")];
        let choice = Choice { parameter: "guest".to_owned(), text: String::new(), options };
        for (words, expected) in [
            ("die erste", Some(131)),
            ("der zweite", Some(132)),
            ("das zweite davon", Some(132)),
            ("nummer zwei", Some(132)),
            ("hunderteinunddreißig", Some(131)),
            ("131", Some(131)),
            ("build-02", Some(132)),
            ("acht", None),
            ("keine", None),
        ] {
            let picked = pick(words, &choice, german).and_then(|option| option.value.as_u64());
            assert_eq!(picked, expected, "{words:?}");
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
            ("VM 102", Some(102)),
            ("vm", None),
            ("4", None),
            ("0", None),
            ("", None),
        ] {
            let picked =
                pick(words, &choice, Language::English).and_then(|option| option.value.as_u64());
            assert_eq!(picked, expected, "{words:?}");
        }
    }
}
