//! Whether words ask for a change, and whether words claim one. Both are asked
//! to be on the safe side: what is taken for either is only told later, and by
//! the host.
//!
//! Where a person asks for a change nothing that a model says is spoken at all
//! ([`asks_for_change`]). To a plain question a model is given no tool that
//! changes anything, so that whatever it claims to have changed is untrue: such
//! claims are looked for in its answer ([`claims_change`]).

mod words;

use words::{
    ACTIONS, ALLOWED, AUXILIARIES, CLAIMS, COURTESIES, FILLERS, IRREGULAR, NOW, PASSIVES,
    QUESTIONS, STATES, TELLING,
};

/// The languages in which questions and claims are known apart. In all others
/// nothing is spoken before the end of a turn, and nothing but by the host.
const LANGUAGES: [&str; 2] = ["en", "de"];
/// Behind a word of the passive a participle stands within so many words.
const NEAR: usize = 4;

/// Whether a turn in the language `locale` can be told as it is made.
pub(super) fn is_known(locale: &str) -> bool {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(language))
}

/// Whether a person wants something changed: whatever is no plain question.
pub(super) fn asks_for_change(words: &str) -> bool {
    let words = words_of(words);
    let mut rest = words.as_slice();
    while let Some((first, behind)) = rest.split_first()
        && FILLERS.contains(&first.as_str())
    {
        rest = behind;
    }
    let Some((first, behind)) = rest.split_first() else { return false };
    let second = behind.first().map(String::as_str).unwrap_or_default();
    let is_pair = |pair: &(&str, &str)| *pair == (first.as_str(), second);
    if COURTESIES.iter().any(is_pair) {
        // "Can you tell me how hot it is": a question in a wish's clothes.
        return !behind.iter().any(|word| TELLING.contains(&word.as_str()));
    }
    match first.as_str() {
        "tell" | "give" => !matches!(second, "me" | "us"),
        "have" | "do" => !matches!(second, "you" | "we" | "i" | "they"),
        // "How about a restart?"
        "how" | "what" if second == "about" => behind.iter().any(|word| is_action(word)),
        "why" if matches!(second, "don't" | "not") => true,
        // "Wie wäre es mit einem Neustart?" "Warum startest du ihn nicht neu?"
        "wie" if matches!(second, "wäre" | "wär" | "wärs" | "wär's") => true,
        "was" if second == "hältst" => true,
        "warum" | "wieso" | "weshalb" if behind.iter().any(|word| word == "nicht") => true,
        first => !QUESTIONS.contains(&first),
    }
}

/// Whether `text` claims that something was, is being or will be changed.
pub(super) fn claims_change(text: &str) -> bool {
    let words = words_of(text);
    let all = format!(" {} ", words.join(" "));
    let says = |phrase: &&str| all.contains(&format!(" {phrase} "));
    CLAIMS.iter().any(says)
        || text.contains(['✅', '✔', '👍', '🎉'])
        || is_foreign(text)
        || (0..words.len()).any(|at| claims_at(&words, at))
}

/// Whether a claim begins with the word at `at`.
fn claims_at(words: &[String], at: usize) -> bool {
    let (Some(word), Some(behind)) = (words.get(at), words.get(at + 1..)) else { return false };
    let before = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
    match word.as_str() {
        "i" | "we" | "jarvis" | "ich" | "wir" => acts(behind),
        "i've" | "we've" | "i'll" | "we'll" | "i'm" | "we're" | "i'd" => acts(behind),
        "let" if behind.first().is_some_and(|word| word == "me") => {
            acts(behind.get(1..).unwrap_or_default())
        }
        word if PASSIVES.contains(&word) => {
            behind.iter().take(NEAR).any(|word| is_past(word) || IRREGULAR.contains(&word.as_str()))
        }
        "now" | "jetzt" | "nun" => {
            let is_state = |word: &String| NOW.contains(&word.as_str()) || is_action(word);
            words.iter().any(is_state)
        }
        // "The machine restarted." "Restarting it." "It is rebooting."
        word if is_past(word) => !STATES.contains(&word) || begins(words, at),
        word if is_going(word) => {
            begins(words, at)
                || matches!(before, "is" | "are" | "it's" | "they're" | "that's" | "be")
        }
        _ => false,
    }
}

/// Whether nothing that says anything stands before the word at `at`.
fn begins(words: &[String], at: usize) -> bool {
    words.iter().take(at).all(|word| FILLERS.contains(&word.as_str()))
}

/// Whether whoever acts does more than to know and to say, by the words behind.
fn acts(behind: &[String]) -> bool {
    let is_auxiliary = |word: &&String| AUXILIARIES.contains(&word.as_str());
    let mut rest = behind.iter().skip_while(is_auxiliary);
    rest.next().is_some_and(|verb| {
        let is_number = verb.starts_with(|c: char| c.is_ascii_digit());
        !ALLOWED.contains(&verb.as_str()) && !is_number
    })
}

/// Whether `word` is a form of a verb by which something is changed.
fn is_action(word: &str) -> bool {
    ACTIONS.iter().any(|verb| forms(verb, word).is_some()) || IRREGULAR.contains(&word)
}

/// Whether it is such a verb's past.
fn is_past(word: &str) -> bool {
    ACTIONS.iter().any(|verb| forms(verb, word) == Some("ed"))
}

/// Whether it is such a verb as it goes on.
fn is_going(word: &str) -> bool {
    ACTIONS.iter().any(|verb| forms(verb, word) == Some("ing"))
}

/// The ending of `word`, if it is a regular form of `verb`: `stop`, `stops`,
/// `stopped`, `stopping`, `resized`.
fn forms(verb: &str, word: &str) -> Option<&'static str> {
    let last = verb.chars().next_back()?;
    let bare = verb.strip_suffix('e').unwrap_or(verb);
    let doubled = format!("{verb}{last}");
    for stem in [verb, bare, doubled.as_str()] {
        let Some(ending) = word.strip_prefix(stem) else { continue };
        let known = ["", "s", "es", "ed", "d", "ing"].into_iter().find(|known| *known == ending);
        match known {
            Some("d") if verb.ends_with('e') && stem == verb => return Some("ed"),
            Some("d") => {}
            Some(known) => return Some(known),
            None => {}
        }
    }
    let applied = verb.strip_suffix('y').and_then(|stem| word.strip_prefix(stem));
    match applied {
        Some("ied") => Some("ed"),
        Some("ies") => Some("s"),
        _ => None,
    }
}

/// Whether most of it is in letters of another script than the languages that
/// are known.
fn is_foreign(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (all, foreign) = letters.fold((0, 0), |(all, foreign), c| {
        let is_latin = c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c);
        (all + 1, foreign + usize::from(!is_latin))
    });
    foreign * 2 > all
}

/// Small letters, one apostrophe, no marks.
fn words_of(text: &str) -> Vec<String> {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '’' | '‘' | '`' => '\'',
            c if c.is_alphanumeric() || c == '\'' => c,
            _ => ' ',
        })
        .collect();
    plain.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_from_wishes() {
        for words in [
            "how hot is node three",
            "what is the difference between a container and a virtual machine?",
            "how much memory is free on node two",
            "why is the web server running so slow",
            "when was the last backup",
            "can you tell me how hot node three is",
            "could you explain what Ceph is",
            "compare Ceph and ZFS",
            "Jarvis, which guests have the most memory?",
            "hello",
            "wie warm ist Knoten drei",
            "kannst du mir sagen, wie warm es ist",
            "",
        ] {
            assert!(!asks_for_change(words), "{words}");
        }
        for words in [
            "restart the media server",
            "please get rid of the old web server",
            "I want the media server gone",
            "Hello, I want the media server gone",
            "tell node two to go down",
            "have the web server up in five minutes",
            "do pull the plug on the media server",
            "hi jarvis, unpause the database",
            "can you reboot node two",
            "would you kindly shut it down",
            "how about a restart of node two",
            "why don't you stop it",
            "fahr den Medienserver herunter",
            "bitte starte Knoten zwei neu",
            "kannst du Knoten zwei neu starten",
            "Wie wäre es mit einem Neustart von Knoten zwei?",
            "Warum startest du Knoten zwei nicht neu?",
        ] {
            assert!(asks_for_change(words), "{words}");
        }
    }

    #[test]
    fn plain_answers_claim_nothing() {
        for text in [
            "Node pve3 has 54 degrees.",
            "Two guests are stopped: web-01 and the database.",
            "Node two has 12 gigabytes free.",
            "The media server has been running for 19 days.",
            "The cluster has twelve virtual machines.",
            "Five guests are running.",
            "The web server is up.",
            "The database is on node two.",
            "A container shares the kernel of its node, a virtual machine has one of its own.",
            "The media server uses most of the memory, 7.5 of 8 gigabytes.",
            "Ceph spreads data over several nodes.",
            "I do not know that.",
            "I have no tool for that.",
            "I can see three machines.",
            "pve2 is offline.",
            "Das weiß ich nicht.",
            "Knoten zwei hat 54 Grad.",
            "Der Medienserver läuft seit 19 Tagen.",
            "Zwei Gäste sind gestoppt.",
        ] {
            assert!(!claims_change(text), "{text}");
        }
    }

    #[test]
    fn claims_are_known_in_other_words_too() {
        for text in [
            "I pulled the plug on VM 101.",
            "I sent the magic packet to node two.",
            "It's stopped now.",
            "The media server restarts now.",
            "VM 101 shuts down now.",
            "I increased the memory to 16 GB.",
            "I unpaused the database.",
            "I patched node two.",
            "I froze the VM.",
            "I have issued the command.",
            "I have dealt with it.",
            "Let me restart that.",
            "Ich habe den Medienserver eingeschaltet.",
            "Knoten zwei wurde geweckt.",
            "Die VM wurde fortgesetzt.",
            "Ich habe den Speicher geändert.",
            "媒体服务器已重新启动。",
        ] {
            assert!(claims_change(text), "{text}");
        }
    }
}
