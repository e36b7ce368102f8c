//! What German puts into a sentence that is none of it.

use super::Spoken;

pub(super) static SPOKEN: Spoken = Spoken {
    reasons: &["weil", "denn", "sonst", "niemand", "keiner"],
    particles: &[
        "neu", "ein", "an", "aus", "ab", "auf", "hoch", "herunter", "hinunter", "runter", "fort",
        "zurück",
    ],
    verb_last: &["weil"],
    links: &["ist", "bleibt", "wird", "geht", "steht"],
    or: "oder",
    second: &[
        "ist", "sind", "war", "waren", "läuft", "laufen", "hat", "haben", "braucht", "brauchen",
        "geht", "nicht", "was", "wie", "nein", "nee", "doch",
    ],
    questions: &[
        "ist", "sind", "war", "waren", "läuft", "laufen", "hat", "haben", "hatte", "gibt",
        "gibt's", "gibts", "braucht", "brauchen", "muss", "müssen", "kann", "können", "was", "wie",
        "wieviel", "wieviele", "welche", "welcher", "welches", "welchen", "welchem", "wo", "wer",
        "wann", "warum", "wieso", "geht", "steht",
    ],
    asking: &[
        "was", "wie", "wieviel", "wieviele", "welche", "welcher", "welches", "welchen", "wo",
        "wer", "wann", "ist", "sind", "läuft", "laufen", "hat", "gibt", "gibt's", "gibts",
        "braucht", "brauchen",
    ],
    taken_back: &[
        "nein warte",
        "warte nein",
        "nee warte",
        "ach nein",
        "ach nee",
        "doch nicht",
        "lieber nicht",
        "besser nicht",
        "nein nicht",
        "vergiss es",
        "vergiss das",
        "lass es",
        "lass das",
        "lass mal",
        "lass gut sein",
        "brich ab",
        "schon gut",
        "hat sich erledigt",
    ],
    forbidden: &["nicht", "auf keinen fall", "bloss nicht", "ja nicht"],
    not: &["nicht", "nie", "niemals", "kein", "keine", "keinen", "keinesfalls"],
    before: &["bitte", "jarvis", "hey", "hallo", "ok", "okay", "und", "also"],
    hesitation: &["äh", "ähm", "öh", "öhm", "eh", "ehm", "hm", "hmm", "mh", "tja"],
};
