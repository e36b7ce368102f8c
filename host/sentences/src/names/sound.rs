//! How a name sounds, so that what a recogniser of speech wrote is found by ear: "pie
//! hole" is `pi-hole`, "traffic" is `traefik`. English; coarse on purpose, since what is
//! found so is asked about before anything is interrupted.

/// Shorter than this, too much sounds alike.
const LEAST: usize = 4;

/// The sound of `text`, which holds small letters and digits only; none where it is too
/// short to tell. Vowels in a row are one, consonants that are mistaken for each other
/// are the same, digits stay.
pub(crate) fn key(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut sound = String::new();
    let mut at = 0;
    while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
        let before = at.checked_sub(1).and_then(|before| letters.get(before)).copied();
        let (taken, sounds) = next(rest, before);
        for c in sounds.chars() {
            if c.is_ascii_digit() || !sound.ends_with(c) {
                sound.push(c);
            }
        }
        at += taken;
    }
    (sound.chars().count() >= LEAST).then_some(sound)
}

/// How many letters the first sound of `rest` takes, and how it is written here.
/// `before`: the letter before it.
fn next(rest: &[char], before: Option<char>) -> (usize, &'static str) {
    const GROUPS: &[(&str, &str)] = &[
        ("tch", "C"),
        ("sch", "X"),
        ("ght", "T"),
        ("kn", "N"),
        ("wr", "R"),
        ("wh", "W"),
        ("ph", "F"),
        ("ck", "K"),
        ("ch", "C"),
        ("sh", "X"),
        ("th", "T"),
        ("qu", "KW"),
        ("dg", "J"),
        ("gh", "K"),
    ];
    let begins = |group: &str| {
        group.chars().count() <= rest.len() && group.chars().zip(rest).all(|(a, b)| a == *b)
    };
    if let Some((group, sound)) = GROUPS.iter().find(|(group, _)| begins(group)) {
        return (group.len(), sound);
    }
    let after = rest.get(1).copied();
    let Some(first) = rest.first().copied() else { return (1, "") };
    let sound = match first {
        // Silent at the end of "hole".
        'e' if after.is_none_or(|c| c.is_ascii_digit()) && before.is_some_and(is_consonant) => "",
        // Silent in "oh", heard in "hole".
        'h' if !after.is_some_and(is_vowel) => "",
        'c' if matches!(after, Some('e' | 'i' | 'y')) => "S",
        'b' | 'p' => "P",
        'd' | 't' => "T",
        'c' | 'g' | 'k' | 'q' => "K",
        'f' | 'v' => "F",
        's' | 'z' => "S",
        'x' => "KS",
        'h' => "H",
        'j' => "J",
        'l' => "L",
        'm' => "M",
        'n' => "N",
        'r' => "R",
        'w' => "W",
        '0'..='9' => return (1, digit(first)),
        c if is_vowel(c) => "A",
        _ => "",
    };
    (1, sound)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü' | 'é' | 'è' | 'á' | 'à')
}

fn is_consonant(c: char) -> bool {
    c.is_alphabetic() && !is_vowel(c)
}

fn digit(c: char) -> &'static str {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    c.to_digit(10).and_then(|digit| DIGITS.get(digit as usize)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_alike_has_one_key() {
        for (heard, meant) in [
            ("piehole", "pihole"),
            ("gittea", "gitea"),
            ("graphanna", "grafana"),
            ("traffic", "traefik"),
            ("jellyfinn", "jellyfin"),
            ("nextclout", "nextcloud"),
            ("minioh", "minio"),
            ("radar", "radarr"),
            ("plecks", "plex"),
            ("postgress", "postgres"),
            ("webserfer1", "webserver1"),
        ] {
            assert_eq!(key(heard), key(meant), "{heard} {meant}");
            assert!(key(heard).is_some(), "{heard}");
        }
    }

    #[test]
    fn what_sounds_different_has_another_key_and_short_names_have_none() {
        for (one, other) in [("plex", "flex"), ("mail", "media"), ("webserver1", "webserver2")] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
        for short in ["db", "web", "dns", "", "101"] {
            assert_eq!(key(short), None, "{short}");
        }
    }
}
