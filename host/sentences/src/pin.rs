//! A number that confirms what was asked about, in place of a name: told to nobody,
//! and so masked wherever words are shown or kept.

use jarvis_domain::Language;

use crate::repeat::{is_affirmation, is_number, repeats_in, spellings, words};

/// Four to twelve digits that somebody may say instead of the name.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// Why a text is no [`Pin`]. It does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has four to twelve digits and nothing else")]
pub struct BadPin;

/// What stands for one.
const MASK: &str = "••••";
/// The fewest digits, and the most.
const LEAST: usize = 4;
const MOST: usize = 12;
/// The fewest digits of an answer that are masked where a PIN may be said in it: one of
/// which a digit was lost is not to be shown either.
pub const LEAST_MASKED: usize = 3;
/// What may be said around one, beside the words that affirm. Every yes that a person
/// may begin with is made of these two (`jarvis_assistant`).
const AROUND: &[&str] = &[
    "jarvis",
    "hey",
    "ahead",
    "with",
    "y",
    "confirmed",
    "na",
    "j",
    "jo",
    "jep",
    "das",
    "es",
    "tu",
    "richtig",
    "gern",
    "gerne",
    "natürlich",
    "einverstanden",
    "in",
    "ordnung",
    "bestätigt",
    "bestätigen",
    "mit",
    "pin",
    "code",
    "my",
    "the",
    "is",
    "s",
    "number",
    "and",
    "mein",
    "meine",
    "der",
    "die",
    "lautet",
    "ist",
    "nummer",
    "und",
    "geheimzahl",
];

impl Pin {
    /// Whether `answer` says it and nothing else but a yes: its digits one by one or as
    /// numbers. So nothing counts that is not [`masked`].
    #[must_use]
    pub fn is_said(&self, answer: &str, language: Language) -> bool {
        may_be_pin(answer) && self.is_among(answer, language)
    }

    /// Whether `words` have it anywhere in them.
    #[must_use]
    pub fn is_among(&self, words: &str, language: Language) -> bool {
        repeats_in(language, words, std::slice::from_ref(&self.0))
    }

    /// Whether `answer` tries to say it: it is said somewhere in it, or there is nothing
    /// but a yes and digits, of which one may have been lost or misheard.
    #[must_use]
    pub fn is_tried(&self, answer: &str, language: Language) -> bool {
        self.is_among(answer, language) || digits(answer).is_some()
    }
}

impl std::str::FromStr for Pin {
    type Err = BadPin;

    fn from_str(text: &str) -> Result<Self, BadPin> {
        let is_one =
            (LEAST..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_one { Ok(Self(text.to_owned())) } else { Err(BadPin) }
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pin({MASK})")
    }
}

/// Whether `words` may be somebody's answer with a PIN, right or wrong: four digits or
/// more, in any language, and nothing else but a yes.
#[must_use]
pub fn may_be_pin(words: &str) -> bool {
    digits(words).is_some_and(|digits| digits >= LEAST)
}

/// `words` as they may be shown and kept: masked where they [`may_be_pin`].
#[must_use]
pub fn masked(words: &str) -> String {
    if may_be_pin(words) { MASK.to_owned() } else { words.to_owned() }
}

/// The same for what was understood of words that are still being said: its beginning
/// tells of a PIN too.
#[must_use]
pub fn masked_so_far(words: &str) -> String {
    if digits(words).is_some() { MASK.to_owned() } else { words.to_owned() }
}

/// An answer to a question as it may be shown and kept, where a PIN may be said to it:
/// all numbers are masked, whatever stands beside them, where they have `least` digits or
/// more together.
#[must_use]
pub fn masked_answer(text: &str, least: usize) -> String {
    let said: Vec<String> = words(text).into_iter().filter(|word| says_digits(word)).collect();
    if digits(&said.join(" ")).is_none_or(|digits| digits < least) {
        return text.to_owned();
    }
    let mut shown: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        // What is joined with a number, "4271-thanks", goes with it.
        match words(word).iter().any(|part| says_digits(part)) {
            true if shown.last() == Some(&MASK) => {}
            true => shown.push(MASK),
            false => shown.push(word),
        }
    }
    shown.join(" ")
}

/// Whether `word` is a number, or a part of one, in any language.
fn says_digits(word: &str) -> bool {
    Language::ALL.into_iter().any(|language| is_number(word, crate::numbers::table(language)))
}

/// How many digits `said` has, where it has nothing else but a yes.
fn digits(said: &str) -> Option<usize> {
    let said = words(said);
    Language::ALL.into_iter().filter_map(|language| digits_in(&said, language)).max()
}

fn digits_in(said: &[String], language: Language) -> Option<usize> {
    let table = crate::numbers::table(language);
    let rest = |word: &&String| !is_number(word, table);
    let is_around = |word: &String| is_affirmation(word) || AROUND.contains(&word.as_str());
    if !said.iter().filter(rest).all(is_around) {
        return None;
    }
    let digits = |spelling: &Vec<String>| -> usize {
        let digits = |word: &String| word.bytes().filter(u8::is_ascii_digit).count();
        spelling.iter().map(digits).sum()
    };
    spellings(said, table).iter().map(digits).max().filter(|digits| *digits > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_said_by_its_digits_and_by_no_others() {
        let pin: Pin = "4271".parse().unwrap();
        for (language, answer, expected) in [
            (Language::English, "four two seven one", true),
            (Language::English, "Yes, 4271.", true),
            (Language::English, "yes, my PIN is 4 2 7 1", true),
            (Language::English, "forty two seventy one", true),
            (Language::German, "vier zwei sieben eins", true),
            (Language::German, "ja, 4271", true),
            (Language::English, "four two seven", false),
            (Language::English, "four two seven one nine", false),
            (Language::English, "nine four two seven one", false),
            (Language::English, "yes", false),
            (Language::English, "", false),
            // Whoever names something means that.
            (Language::English, "yes, stop the web server, 4271", false),
            (Language::English, "confirm with 4271", true),
            (Language::English, "go ahead, four two seven one", true),
            (Language::German, "ja gerne, 4271", true),
            (Language::German, "natürlich, vier zwei sieben eins", true),
            (Language::German, "in Ordnung, 4271", true),
        ] {
            assert_eq!(pin.is_said(answer, language), expected, "{answer:?}");
            assert!(!expected || masked(answer) == MASK, "{answer:?} counts and is shown");
        }
        for (answer, expected) in [
            ("four two seven", true),
            ("yes, four two", true),
            ("code 4271 for the media server", true),
            ("yes", false),
            ("yes, the media server", false),
            ("code 4272 for the media server", false),
        ] {
            assert_eq!(pin.is_tried(answer, Language::English), expected, "{answer:?}");
        }
    }

    #[test]
    fn only_four_to_twelve_digits_are_a_pin_and_it_shows_nowhere() {
        for bad in ["", "123", "1234567890123", "12a4", " 1234", "12.4"] {
            assert_eq!(bad.parse::<Pin>(), Err(BadPin), "{bad:?}");
        }
        let pin: Pin = "4271".parse().unwrap();
        assert_eq!(format!("{pin:?}"), "Pin(••••)");
        assert!(!BadPin.to_string().contains("12a4"));
    }

    #[test]
    fn what_may_be_a_pin_is_masked_and_what_is_a_command_is_not() {
        for said in [
            "4271",
            "four two seven one",
            "Yes, four two seven one.",
            "my pin is 42 71",
            "Ja, vier zwei sieben eins!",
            "die Geheimzahl lautet 4271",
            "12345678",
        ] {
            assert_eq!(masked(said), "••••", "{said:?}");
        }
        for said in ["yes", "one oh one", "start vm 1021", "", "yes, stop 1021", "ja, den NAS"] {
            assert_eq!(masked(said), said);
        }
        for (said, expected) in [
            ("code 4271 for the media server", "code •••• for the media server"),
            ("yes four two seven one now", "yes •••• now"),
            ("ja, vier zwei sieben", "ja, ••••"),
            ("the second one", "the second one"),
            ("four two and seven one", "•••• and ••••"),
            ("four two uh seven one", "•••• uh ••••"),
            ("yes, the web server", "yes, the web server"),
            ("", ""),
        ] {
            assert_eq!(masked_answer(said, 3), expected, "{said:?}");
        }
        for said in ["four", "yes, four two", "vier zwei sieben"] {
            assert_eq!(masked_so_far(said), "••••", "{said:?}");
        }
        for said in ["yes", "start vm one", ""] {
            assert_eq!(masked_so_far(said), said);
        }
    }
}
