//! What leans on what was said before, in German: "und die Datenbank?", "mach dasselbe
//! auf Knoten zwei", "nein, den anderen", "mach das rückgängig".

use super::Leans;

pub(super) static LEANS: Leans = Leans {
    undo: &[
        "rückgängig",
        "rückgängig machen",
        "mach das rückgängig",
        "mach es rückgängig",
        "mach das wieder rückgängig",
        "mach das bitte rückgängig",
        "das rückgängig machen",
        "mach den letzten befehl rückgängig",
        "nimm das zurück",
        "widerrufen",
    ],
    again: &[
        "nochmal",
        "noch mal",
        "noch einmal",
        "mach das nochmal",
        "mach das noch mal",
        "mach das noch einmal",
        "das gleiche nochmal",
        "dasselbe nochmal",
        "dasselbe noch einmal",
        "versuch es nochmal",
        "versuch es noch einmal",
        "versuch's nochmal",
        "wiederhole den befehl",
    ],
    why: &[
        "warum",
        "wieso",
        "weshalb",
        "warum das",
        "warum hast du das gemacht",
        "warum hast du das getan",
        "wieso hast du das gemacht",
        "was hast du gemacht",
        "was hast du da gemacht",
        "was hast du getan",
        "wie kommst du darauf",
        "erklär das",
        "erkläre das",
        "erklär mir das",
    ],
    other: &[
        "der andere",
        "die andere",
        "das andere",
        "den anderen",
        "nicht der",
        "nicht die",
        "nicht das",
        "nicht den",
        "ich meinte den anderen",
        "ich meinte die andere",
        "ich meine den anderen",
        "ich meine die andere",
        "nicht diesen den anderen",
        "nicht diese die andere",
        "die falsche",
        "der falsche",
        "nein den anderen",
        "nein die andere",
        "nein das andere",
        "nein der andere",
        "nein nicht den",
        "nein nicht die",
    ],
    asks: &[
        "und was ist mit",
        "und was ist denn mit",
        "und wie ist es mit",
        "und wie steht es mit",
        "und wie steht's mit",
        "was ist mit",
        "was ist denn mit",
        "wie ist es mit",
        "wie steht es mit",
        "wie steht's mit",
    ],
    adds: &["und auch", "und jetzt", "und dann", "jetzt", "auch", "und", "dann"],
    orders: &[
        "und dasselbe für",
        "und dasselbe mit",
        "und dasselbe auf",
        "und das gleiche für",
        "und das gleiche mit",
        "und das gleiche auf",
        "und mach dasselbe mit",
        "und mach dasselbe für",
        "und mach dasselbe auf",
        "und mach das gleiche mit",
        "und mach das gleiche für",
        "und mach das gleiche auf",
        "und mach das auch mit",
        "und mach das auch für",
        "und mach das auch auf",
        "mach dasselbe mit",
        "mach dasselbe für",
        "mach dasselbe auf",
        "mach das gleiche mit",
        "mach das gleiche für",
        "mach das gleiche auf",
        "mach das auch mit",
        "mach das auch für",
        "mach das auch auf",
        "dasselbe mit",
        "dasselbe für",
        "dasselbe auf",
        "das gleiche mit",
        "das gleiche für",
        "das gleiche auf",
    ],
    instead: &[
        "nein ich meinte",
        "nein ich meine",
        "ich meinte",
        "ich meine",
        "nein ich sagte",
        "ich sagte",
        "nein sondern",
        "nein lieber",
        "doch lieber",
        "lieber",
        "nein",
        "quatsch",
        "entschuldigung",
        "moment",
        "halt",
        "eigentlich",
    ],
    // Every article may stand before every name in the sentences.
    no_the: ("nein den ", "den "),
    ends: &[" auch", " ebenfalls", " bitte", " dann", " stattdessen", " lieber"],
    before: &["auf ", "für ", "von ", "vom ", "in ", "mit "],
    articles: &["den ", "der ", "die ", "das ", "dem ", "des "],
    node: "knoten",
};

#[cfg(test)]
mod tests {
    use jarvis_domain::Language;

    use crate::follow::{Follow, Form, follow, instead};

    #[test]
    fn what_leans_on_something_is_known() {
        let about = |form, text: &str| Some(Follow::About(form, text.to_owned()));
        let instead = |text: &str| Some(Follow::Instead(text.to_owned()));
        for (words, expected) in [
            ("Mach das rückgängig.", Some(Follow::Undo)),
            ("nochmal!", Some(Follow::Again)),
            ("Warum hast du das gemacht?", Some(Follow::Why)),
            ("nein, den anderen", Some(Follow::Other)),
            ("und die Datenbank?", about(Form::Adds, "die datenbank")),
            ("Und dann starte die Datenbank", about(Form::Adds, "starte die datenbank")),
            ("Was ist mit Knoten zwei?", about(Form::Asks, "knoten zwei")),
            ("und was ist mit der Datenbank", about(Form::Asks, "der datenbank")),
            ("mach dasselbe auf Knoten zwei", about(Form::Orders, "knoten zwei")),
            ("und dasselbe mit der Datenbank", about(Form::Orders, "der datenbank")),
            ("und den Webserver auch", about(Form::Adds, "den webserver")),
            ("nein, ich meinte die Datenbank", instead("die datenbank")),
            ("nein, die Datenbank", instead("die datenbank")),
            ("starte die Datenbank", None),
            ("nein", None),
            ("und", None),
        ] {
            assert_eq!(follow(words, Language::German), expected, "{words}");
        }
    }

    #[test]
    fn another_name_takes_the_place_of_the_last() {
        for (last, slot, named, expected) in [
            ("Läuft der Webserver?", "Webserver", "die datenbank", "läuft datenbank"),
            ("Wie warm ist Knoten drei?", "Knoten drei", "knoten zwei", "wie warm ist knoten zwei"),
            ("Wie warm ist Knoten drei?", "drei", "zwei", "wie warm ist knoten zwei"),
            ("starte den Webserver neu", "den Webserver", "die datenbank", "starte datenbank neu"),
        ] {
            let ways = instead(last, slot, named, Language::German);
            assert_eq!(ways.first().map(String::as_str), Some(expected), "{last}");
        }
        let ways = instead("wie warm ist knoten drei", "drei", "knoten zwei", Language::German);
        assert!(ways.contains(&"wie warm ist knoten zwei".to_owned()), "{ways:?}");
    }
}
