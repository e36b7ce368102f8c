//! What people put into a sentence that is none of it, and what is no sentence at all:
//! hesitation, what is said twice, reasons, second questions, and what is taken back.
//!
//! Only looked at where a sentence fits nothing as it was said. Nothing here touches a
//! name, a number or what is to be done.

mod english;
mod german;

use jarvis_domain::Language;

use crate::numbers;

/// What is said beside sentences, in one language.
#[derive(Debug)]
struct Spoken {
    /// What begins a reason: "stop minecraft, nobody's playing".
    reasons: &'static [&'static str],
    /// The second half of a verb, which may stand behind all else, a reason too: "starte
    /// Knoten zwei, weil er spinnt, neu".
    particles: &'static [&'static str],
    /// The reasons whose verb stands last.
    verb_last: &'static [&'static str],
    /// Verbs behind which a particle is no half of another verb: "ist neu".
    links: &'static [&'static str],
    /// "or".
    or: &'static str,
    /// What stands behind it where a question is asked a second time, or answered.
    second: &'static [&'static str],
    /// What a question begins with.
    questions: &'static [&'static str],
    /// What begins one that can be nothing else.
    asking: &'static [&'static str],
    /// Behind one of these, what was said before counts no more.
    taken_back: &'static [&'static str],
    /// What begins a sentence that wants nothing done.
    forbidden: &'static [&'static str],
    /// What says so anywhere in a sentence that asks nothing.
    not: &'static [&'static str],
    /// What may stand before what is forbidden.
    before: &'static [&'static str],
    /// Said where somebody looks for words.
    hesitation: &'static [&'static str],
}

/// The most words of something that is said twice.
const TWICE: usize = 4;
/// The fewest words of a sentence that a reason may stand behind.
const SENTENCE: usize = 2;

fn of(language: Language) -> &'static Spoken {
    match language {
        Language::English => &english::SPOKEN,
        Language::German => &german::SPOKEN,
    }
}

/// Whether `words` want nothing done, though they name a command: it was taken back, or
/// it is forbidden.
pub(crate) fn is_taken_back(words: &[&str], language: Language) -> bool {
    let of = of(language);
    let ends = |phrase: &&str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.len() > phrase.len() && words.ends_with(&phrase)
    };
    let from = words.iter().position(|word| !of.before.contains(word)).unwrap_or_default();
    let rest = words.get(from..).unwrap_or_default();
    let begins = |phrase: &&str| rest.starts_with(&phrase.split(' ').collect::<Vec<_>>());
    let is_not = |word: &&str| of.not.contains(word);
    of.taken_back.iter().any(ends)
        || of.forbidden.iter().any(begins)
        || words.iter().any(is_not) && !is_question(words, language)
}

/// Whether `words` can be nothing but a question: they begin as one, and not as a wish
/// may: "can you", "do a".
pub(crate) fn only_asks(words: &[&str], language: Language) -> bool {
    words.first().is_some_and(|first| of(language).asking.contains(first))
}

/// Where in `words` something begins that only says why, or how things are: what is
/// behind it is none of the command.
#[must_use]
pub fn reason_at(words: &[&str], language: Language) -> Option<usize> {
    if only_asks(words, language) {
        // A question's own words are not its reason: "what were the temperatures".
        return None;
    }
    let reasons = of(language).reasons;
    let behind = words.iter().skip(SENTENCE).position(|word| reasons.contains(word));
    behind.map(|behind| behind + SENTENCE)
}

/// Whether `words` ask something.
fn is_question(words: &[&str], language: Language) -> bool {
    let of = of(language);
    words.iter().take(3).any(|word| of.questions.contains(word))
}

/// `words` without what is none of the sentence; none where there is nothing of it. As
/// they were `said`, there may be a comma.
pub(crate) fn tidied(words: &[&str], said: &str, language: Language) -> Option<String> {
    let is_apart = ends_apart(said);
    let of = of(language);
    let mut said: Vec<&str> =
        words.iter().copied().filter(|word| !of.hesitation.contains(word)).collect();
    without_repetition(&mut said, language);
    without_end(&mut said, is_apart, language);
    (said.len() < words.len() && !said.is_empty()).then(|| said.join(" "))
}

/// Leaves out the first of what is said twice in a row: "stop, stop the web, the web
/// server". Of numbers each counts.
fn without_repetition(said: &mut Vec<&str>, language: Language) {
    let table = numbers::table(language);
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
fn without_end(said: &mut Vec<&str>, is_apart: bool, language: Language) {
    let (of, is_question) = (of(language), is_question(said, language));
    let is_second =
        |pair: &[&str]| matches!(pair, [or, behind] if *or == of.or && of.second.contains(behind));
    if let Some(or) = said.windows(2).position(is_second)
        && is_question
        && or >= SENTENCE
    {
        said.truncate(or);
    }
    if let Some(reason) = reason_at(said, language) {
        let last = said.last().copied().filter(|_| is_apart || ends_with_verb(said, of));
        let last = last.filter(|last| of.particles.contains(last));
        said.truncate(reason);
        said.extend(last);
    }
}

/// Whether a comma parts the last word from the rest.
fn ends_apart(said: &str) -> bool {
    let words: Vec<&str> = said.split_whitespace().collect();
    matches!(words.as_slice(), [.., before, _] if before.ends_with(','))
}

/// Whether the word before the last is the verb that ends a reason, where no comma says
/// so: "weil er spinnt neu", and not "denn er ist neu".
fn ends_with_verb(said: &[&str], of: &Spoken) -> bool {
    let [.., verb, _] = said else { return false };
    let is_one = verb.ends_with('t') && !of.links.contains(verb);
    is_one && said.iter().any(|word| of.verb_last.contains(word))
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
            ("can you stop minecraft nobody's playing", Some("can you stop minecraft")),
            ("it's hot", None),
            ("what were the temperatures", None),
            ("", None),
        ] {
            assert_eq!(
                tidied(&words(said), said, Language::English).as_deref(),
                expected,
                "{said}"
            );
        }
    }

    #[test]
    fn a_wish_is_no_question() {
        for (language, said, expected) in [
            (Language::English, "what tusks are running", true),
            (Language::English, "is the clustered healthy", true),
            (Language::English, "can you rebute the class stir", false),
            (Language::English, "do a rebute of the class stir", false),
            (Language::English, "", false),
            (Language::German, "welche aufgaben laufen", true),
            (Language::German, "kannst du den klaster starten", false),
            (Language::German, "kann der server neu starten", false),
        ] {
            assert_eq!(only_asks(&words(said), language), expected, "{said}");
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
            assert_eq!(is_taken_back(&words(said), Language::English), expected, "{said}");
        }
    }

    #[test]
    fn what_is_none_of_a_german_sentence_is_left_out() {
        for (said, expected) in [
            ("fahr äh den den webserver herunter", Some("fahr den webserver herunter")),
            ("starte vm eins eins acht", None),
            ("starte den webserver weil ich ihn brauche", Some("starte den webserver")),
            ("starte knoten zwei weil er spinnt neu", Some("starte knoten zwei neu")),
            ("starte knoten zwei weil er spinnt, neu", Some("starte knoten zwei neu")),
            ("starte minecraft denn der server ist aus", Some("starte minecraft")),
            ("starte den webserver weil die seite ist neu", Some("starte den webserver")),
            ("stoppe den webserver sonst geht er aus", Some("stoppe den webserver")),
            ("läuft der webserver oder nicht", Some("läuft der webserver")),
            ("ist knoten drei heiss oder geht es", Some("ist knoten drei heiss")),
            ("stoppe die firewall oder das gateway", None),
            ("starte den server im lab", None),
            ("wecke den server um acht", None),
        ] {
            assert_eq!(tidied(&words(said), said, Language::German).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn what_is_taken_back_or_forbidden_in_german_is_no_command() {
        for (said, expected) in [
            ("fahr den mediaserver herunter nein warte", true),
            ("starte das nas ach vergiss es", true),
            ("fahr den webserver nicht herunter", true),
            ("bitte nicht die datenbank stoppen", true),
            ("vergiss es", false),
            ("welche knoten sind nicht da", false),
            ("stoppe die datenbank", false),
            ("", false),
        ] {
            assert_eq!(is_taken_back(&words(said), Language::German), expected, "{said}");
        }
    }
}
