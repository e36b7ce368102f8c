//! Two and more commands in one sentence: "start the web server and then stop
//! the database". The parts of a sentence that is not understood as a whole.

use jarvis_domain::Language;

/// The most commands of one sentence.
const MOST: usize = 5;
/// What stands between two, what says most first.
const BETWEEN: &[&str] = &[" and then ", ", then ", " then ", "; ", " and also ", " and "];
const BETWEEN_GERMAN: &[&str] = &[
    " und danach ",
    " und dann ",
    ", danach ",
    ", dann ",
    " danach ",
    " dann ",
    "; ",
    " und auch ",
    " und ",
];

/// The ways to cut `words` into parts, the likeliest first. Every way has two
/// parts at least.
pub(crate) fn parts(words: &str, language: Language) -> Vec<Vec<String>> {
    let between = match language {
        Language::English => BETWEEN,
        Language::German => BETWEEN_GERMAN,
    };
    let mut ways: Vec<Vec<String>> = Vec::new();
    let mut cut: Vec<String> = vec![words.trim().to_owned()];
    for between in between {
        let finer: Vec<String> = cut.iter().flat_map(|part| at(part, between)).collect();
        if finer.len() > cut.len() && finer.len() <= MOST {
            ways.push(finer.clone());
            cut = finer;
        }
    }
    ways
}

fn at(part: &str, between: &str) -> Vec<String> {
    // Only letters of ASCII stand between: what they are cut at keeps its length.
    let lower = part.to_ascii_lowercase();
    let (mut parts, mut from) = (Vec::new(), 0);
    let mut ends: Vec<(usize, usize)> =
        lower.match_indices(between).map(|(at, found)| (at, at + found.len())).collect();
    ends.push((part.len(), part.len()));
    for (end, next) in ends {
        let piece = part.get(from..end).unwrap_or_default();
        let piece = piece.trim().trim_end_matches([',', ';']);
        if !piece.is_empty() {
            parts.push(piece.to_owned());
        }
        from = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_cut_where_two_may_meet() {
        for (words, expected) in [
            (
                "start the web server and stop the database",
                vec![vec!["start the web server", "stop the database"]],
            ),
            (
                "start web and db, then stop 101",
                vec![vec!["start web and db", "stop 101"], vec!["start web", "db", "stop 101"]],
            ),
            (
                "Start the Web Server, And Then stop 101.",
                vec![vec!["Start the Web Server", "stop 101."]],
            ),
            ("stop the sandbox", vec![]),
            ("and", vec![]),
            ("", vec![]),
            ("a and b and c and d and e and f", vec![]),
            ("Größe and ÄÖÜ", vec![vec!["Größe", "ÄÖÜ"]]),
        ] {
            assert_eq!(parts(words, Language::English), expected, "{words}");
        }
        let german = parts("starte den Webserver und dann die Datenbank", Language::German);
        assert_eq!(german, [["starte den Webserver", "die Datenbank"]]);
    }
}
