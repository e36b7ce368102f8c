//! Whether words ask for a change, and whether words claim one. Both are asked
//! to be on the safe side: what is taken for either is only told later, and by
//! the host.
//!
//! Where a person asks for a change nothing that a model says is spoken at all
//! ([`asks_for_change`]). Claims are looked for ([`claims_change`]) in what is
//! answered to a plain question, where nobody asked for one.

/// The languages in which questions and claims are known apart. In all others
/// nothing is spoken before the end of a turn, and nothing but by the host.
const LANGUAGES: [&str; 2] = ["en", "de"];

/// The beginnings of words by which something is changed.
const CHANGES: &[&str] = &[
    "abort",
    "activat",
    "add",
    "adjust",
    "appl",
    "attach",
    "back",
    "boot",
    "bounc",
    "bring",
    "brought",
    "cancel",
    "chang",
    "clean",
    "clear",
    "clon",
    "clos",
    "configur",
    "creat",
    "cut",
    "cycl",
    "deactivat",
    "delet",
    "deploy",
    "destroy",
    "detach",
    "disabl",
    "disconnect",
    "drop",
    "drain",
    "enabl",
    "end",
    "evacuat",
    "execut",
    "expand",
    "extend",
    "fir",
    "fix",
    "flip",
    "free",
    "get rid",
    "halt",
    "hibernat",
    "initiat",
    "install",
    "kick",
    "kill",
    "launch",
    "lock",
    "migrat",
    "mov",
    "paus",
    "power",
    "purg",
    "put",
    "reboot",
    "reclaim",
    "recover",
    "reinstall",
    "relocat",
    "remov",
    "renam",
    "repair",
    "reset",
    "resiz",
    "restart",
    "restor",
    "resum",
    "revert",
    "roll",
    "run",
    "sav",
    "schedul",
    "scal",
    "send",
    "set",
    "shift",
    "shrink",
    "shut",
    "silenc",
    "sleep",
    "snapshot",
    "spin",
    "spun",
    "start",
    "stop",
    "suspend",
    "switch",
    "take",
    "took",
    "tear",
    "terminat",
    "throw",
    "tidy",
    "tore",
    "toggl",
    "transfer",
    "trigger",
    "turn",
    "undo",
    "uninstall",
    "unlock",
    "updat",
    "upgrad",
    "wak",
    "wip",
    "woke",
    // German.
    "aktivier",
    "aktualisier",
    "anhalt",
    "anfahr",
    "angehalt",
    "ausgeführ",
    "ausgeschalt",
    "beend",
    "deaktivier",
    "einspiel",
    "eingespielt",
    "entfern",
    "erledig",
    "erstell",
    "fahr",
    "fuhr",
    "gefahren",
    "geh",
    "gelösch",
    "gestarte",
    "gestopp",
    "herunter",
    "heruntergefahr",
    "hoch",
    "hochgefahr",
    "installier",
    "lass",
    "leg",
    "lösch",
    "mach",
    "neu",
    "neustart",
    "pausier",
    "schalt",
    "setz",
    "sicher",
    "starte",
    "stell",
    "stopp",
    "verschieb",
    "verschob",
    "weck",
    "wiederherst",
    "zurück",
];

/// The words that a question begins with.
const QUESTIONS: &[&str] = &[
    "what", "what's", "whats", "which", "how", "who", "who's", "whose", "why", "when", "where",
    "is", "are", "was", "were", "does", "do", "did", "has", "have", "had", "tell", "explain",
    "describe", "list", "show", "hello", "hi", "thanks", "thank", "good", "am",
    // German.
    "was", "welche", "welcher", "welches", "wie", "wer", "warum", "wieso", "weshalb", "wann", "wo",
    "ist", "sind", "war", "waren", "hat", "haben", "gibt", "zeig", "zeige", "nenne", "erkläre",
    "hallo", "danke", "guten",
];

/// Words before the first that says anything.
const FILLERS: &[&str] = &[
    "alright",
    "and",
    "certainly",
    "fine",
    "great",
    "hey",
    "jarvis",
    "now",
    "of",
    "course",
    "ok",
    "okay",
    "perfect",
    "please",
    "right",
    "so",
    "sure",
    "then",
    "very",
    "well",
    "yes",
    "bitte",
    "gut",
    "ja",
    "klar",
    "und",
];

/// Who acts.
const ACTORS: &[&str] = &[
    "i",
    "i've",
    "i'm",
    "i'll",
    "i'd",
    "we",
    "we've",
    "we're",
    "we'll",
    "me",
    "my",
    "let's",
    "jarvis",
    "myself",
    "ourselves",
    "ich",
    "wir",
];

/// What a guest can be without anybody's having done it now.
const STATES: &[&str] = &["locked", "paused", "stopped", "suspended"];

/// What makes a past out of a word behind it.
const PASSIVES: &[&str] = &[
    "been",
    "being",
    "got",
    "gets",
    "was",
    "were",
    "now",
    "just",
    "already",
    "have",
    "has",
    "had",
    "having",
    "should",
    "will",
    "shall",
    "successfully",
    "finally",
    "newly",
    "freshly",
    "wurde",
    "wurden",
    "wird",
    "werden",
    "worden",
    "jetzt",
    "nun",
    "gerade",
    "bereits",
    "schon",
];

/// What says by itself that something was done.
const CLAIMS: &[&str] = &[
    "done",
    "all set",
    "set now",
    "finished",
    "completed",
    "complete",
    "successful",
    "successfully",
    "success",
    "as requested",
    "as you requested",
    "as you asked",
    "as asked",
    "as you wished",
    "as you wanted",
    "as you ordered",
    "as ordered",
    "as instructed",
    "as you said",
    "per your request",
    "at your request",
    "your request",
    "your wish",
    "your command",
    "mission accomplished",
    "accomplished",
    "consider it",
    "taken care of",
    "take care of",
    "took care of",
    "good to go",
    "no longer",
    "any more",
    "anymore",
    "back up",
    "back online",
    "went through",
    "gone through",
    "carried out",
    "in progress",
    "on its way",
    "on it",
    "under way",
    "underway",
    "right away",
    "at once",
    "went ahead",
    "gone ahead",
    "go ahead",
    "sorted",
    "handled",
    "happened",
    "made it",
    "did it",
    "did that",
    "did so",
    "wrapped up",
    "is history",
    "is gone",
    "are gone",
    "voila",
    "voilà",
    "presto",
    "there you go",
    "task ok",
    "exit status",
    "went down",
    "gone down",
    "came up",
    "came back",
    "comes back",
    "coming back",
    "coming up",
    "going down",
    "goes down",
    "is off",
    "is on",
    "it's off",
    "it's on",
    "are off",
    "are on",
    "now off",
    "now on",
    "is down",
    "is up",
    "is back",
    "are back",
    "up again",
    "running again",
    "again",
    "job well",
    "confirmed",
    "affirmative",
    "roger",
    "consider",
    "has left",
    "worked",
    "works now",
    "request was",
    "order was",
    "command was",
    "effective",
    "taken effect",
    "took effect",
    "takes effect",
    "fulfilled",
    "processed",
    "ensured",
    "made sure",
    "made certain",
    "saw to",
    "seen to",
    // German.
    "erledigt",
    "fertig",
    "ausgeführt",
    "abgeschlossen",
    "erfolgreich",
    "wie gewünscht",
    "wie verlangt",
    "auf deinen wunsch",
    "geschafft",
    "vollbracht",
    "wieder da",
    "läuft wieder",
    "ist aus",
    "ist an",
    "nicht mehr",
    "in arbeit",
    "ist weg",
    "durchgeführt",
    "umgesetzt",
    "gemacht",
    "getan",
    "wieder",
];

/// Whether a turn in the language `locale` can be told as it is made.
pub(super) fn is_known(locale: &str) -> bool {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(language))
}

/// Whether a person wants something changed: by a word of it, or because it
/// does not begin as a question does.
pub(super) fn asks_for_change(words: &str) -> bool {
    let words = words_of(words);
    let Some(first) = words.first() else { return false };
    let first = words.iter().find(|word| !FILLERS.contains(&word.as_str())).unwrap_or(first);
    !QUESTIONS.contains(&first.as_str()) || words.iter().any(|word| is_change(word))
}

/// Whether `text` claims that something was, is being or will be changed.
pub(super) fn claims_change(text: &str) -> bool {
    let words = words_of(text);
    let all = format!(" {} ", words.join(" "));
    if CLAIMS.iter().any(|claim| all.contains(&format!(" {claim} ")))
        || text.contains(['✅', '✔', '👍', '🎉'])
    {
        return true;
    }
    let acts = |word: &String| ACTORS.contains(&word.as_str()) || PASSIVES.contains(&word.as_str());
    // One who acts, with a change anywhere behind; or a change in progress.
    let actor = words.iter().position(acts);
    let acted = actor.is_some_and(|at| words.iter().skip(at + 1).any(|word| is_change(word)));
    // "Restarted the server." "OK, restarting it."
    let mut rest = words.iter().skip_while(|word| FILLERS.contains(&word.as_str()));
    let bare = rest.next().is_some_and(|first| is_change(first));
    let going = words.windows(2).any(|pair| {
        pair.first().is_some_and(|word| is_being(word))
            && pair.get(1).is_some_and(|word| word.ends_with("ing") && is_change(word))
    });
    // "The machine restarted."
    let past =
        |word: &String| word.ends_with("ed") && is_change(word) && !STATES.contains(&word.as_str());
    acted || bare || going || words.iter().any(past)
}

fn is_being(word: &str) -> bool {
    matches!(word, "is" | "are" | "it's" | "they're" | "that's")
}

fn is_change(word: &str) -> bool {
    CHANGES.iter().any(|change| word.starts_with(change))
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
        for (words, expected) in [
            ("how hot is node three", false),
            ("what is the difference between a container and a VM?", false),
            ("Jarvis, which guests have the most memory?", false),
            ("hello", false),
            ("wie warm ist Knoten drei", false),
            ("restart the media server", true),
            ("please get rid of the old web server", true),
            ("I want the media server gone", true),
            ("can you reboot node two", true),
            ("would you kindly shut it down", true),
            ("do restart it", true),
            ("fahr den Medienserver herunter", true),
            ("bitte starte Knoten zwei neu", true),
            ("", false),
        ] {
            assert_eq!(asks_for_change(words), expected, "{words}");
        }
    }

    #[test]
    fn plain_answers_claim_nothing() {
        for text in [
            "Node pve3 has 54 degrees.",
            "Two guests are stopped: web-01 and the database.",
            "A container shares the kernel of its node, a virtual machine has one of its own.",
            "The media server uses most of the memory, 7.5 of 8 gigabytes.",
            "Ceph spreads data over several nodes.",
            "That depends on the storage.",
            "I do not know that.",
            "pve2 is offline.",
        ] {
            assert!(!claims_change(text), "{text}");
        }
    }
}
