//! Small pieces of speech in the language that is answered in
//! ([`speak`](crate::speak)), and names from outside made fit to be told.

use crate::{Language, language, say};

/// What is counted, in every language: of one, and of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noun {
    /// English, of one; several are made as by [`plural`]: `node`.
    pub en: &'static str,
    /// German, of one with its article, and of several: `("ein Knoten", "Knoten")`.
    pub de: (&'static str, &'static str),
}

impl Noun {
    /// A node.
    pub const NODE: Self = Self { en: "node", de: ("ein Knoten", "Knoten") };
    /// A guest.
    pub const GUEST: Self = Self { en: "guest", de: ("ein Gast", "Gäste") };
    /// A warning.
    pub const WARNING: Self = Self { en: "warning", de: ("eine Warnung", "Warnungen") };

    /// `no nodes`, `1 node`, `2 nodes`.
    #[must_use]
    pub fn counted(self, count: usize) -> String {
        match (language(), count) {
            (Language::English, _) => plural(count, self.en),
            (Language::German, 0) => format!("keine {}", self.de.1),
            // Engines of speech would read a digit as "eins".
            (Language::German, 1) => self.de.0.to_owned(),
            (Language::German, _) => format!("{count} {}", self.de.1),
        }
    }
}

/// `a`, `a and b`, `a, b and c`. Empty for no items.
#[must_use]
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            let (most, last) = (most.join(", "), last.as_ref());
            say!(en: "{most} and {last}", de: "{most} und {last}")
        }
    }
}

/// Like [`list`], with at most `most` items named: `a, b and 3 more`.
#[must_use]
pub fn list_of_at_most<S: AsRef<str>>(items: &[S], most: usize) -> String {
    // "Und ein weiterer" has a gender, and is as long as the name.
    let most_whole = most + usize::from(language() == Language::German);
    if items.len() <= most_whole {
        return list(items);
    }
    let named = items.iter().take(most).map(|item| item.as_ref().to_owned());
    let more = items.len().saturating_sub(most);
    let more = say!(en: "{more} more", de: "{more} weitere");
    list(&named.chain([more]).collect::<Vec<_>>())
}

/// `1 node`, `2 nodes`, `no nodes`, `2 boxes`, `2 batteries`: English. For every language
/// there is [`Noun::counted`].
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    let many = if let Some(stem) = noun.strip_suffix('y').filter(|s| !s.ends_with(VOWELS)) {
        format!("{stem}ies")
    } else if noun.ends_with(['s', 'x', 'z']) || noun.ends_with("ch") || noun.ends_with("sh") {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    };
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {many}"),
    }
}

/// What is said of one as said of several: `is off` becomes `are off`. Texts
/// that do not begin with is, has, was or needs stay as they are, as do those in German
/// that begin with none of the verbs below.
#[must_use]
pub fn of_several(said_of_one: &str) -> String {
    const ENGLISH: &[(&str, &str)] =
        &[("is ", "are "), ("has ", "have "), ("was ", "were "), ("needs ", "need ")];
    const GERMAN: &[(&str, &str)] = &[
        ("ist ", "sind "),
        ("hat ", "haben "),
        ("war ", "waren "),
        ("braucht ", "brauchen "),
        ("wurde ", "wurden "),
        ("wird ", "werden "),
        ("läuft ", "laufen "),
        ("antwortet ", "antworten "),
        ("bekommt ", "bekommen "),
        ("konnte ", "konnten "),
    ];
    let verbs = match language() {
        Language::English => ENGLISH,
        Language::German => GERMAN,
    };
    for (one, several) in verbs {
        if let Some(rest) = said_of_one.strip_prefix(one) {
            return format!("{several}{rest}");
        }
    }
    said_of_one.to_owned()
}

/// What is said of several, those of which the same is said together: `a and c
/// are off.`, `b is on.`; one sentence each, with at most `most` names in it.
#[must_use]
pub fn grouped<S: AsRef<str>>(said: impl IntoIterator<Item = (S, S)>, most: usize) -> Vec<String> {
    let mut groups: Vec<(S, Vec<S>)> = Vec::new();
    for (name, what) in said {
        match groups.iter_mut().find(|(known, _)| known.as_ref() == what.as_ref()) {
            Some((_, names)) => names.push(name),
            None => groups.push((what, vec![name])),
        }
    }
    let told = groups.iter().map(|(what, names)| match names.as_slice() {
        [one] => format!("{} {}.", one.as_ref(), what.as_ref()),
        several => format!("{} {}.", list_of_at_most(several, most), of_several(what.as_ref())),
    });
    told.collect()
}

const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// `54 degrees`, `1 degree`: whole degrees Celsius, as people say them.
#[must_use]
pub fn degrees(celsius: f64) -> String {
    // Adding 0.0 turns the -0 that rounding may leave into 0.
    let whole = celsius.round() + 0.0;
    if language() == Language::German {
        return format!("{whole:.0} Grad");
    }
    let noun = if whole.abs() == 1.0 { "degree" } else { "degrees" };
    format!("{whole:.0} {noun}")
}

/// `54.4 °C`, for a table.
#[must_use]
pub fn celsius(celsius: f64) -> String {
    let tenths = format!("{celsius:.1} °C");
    match language() {
        Language::English => tenths,
        Language::German => tenths.replace('.', ","),
    }
}

/// `3 days`, `2 hours`, `5 minutes`, `40 seconds`: the largest unit that fits.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let (count, unit) = largest(seconds);
    unit.counted(count)
}

/// [`duration`] as it stands behind "seit", "vor" and "in den letzten" in German; the
/// same in English.
#[must_use]
pub fn duration_behind(seconds: u64) -> String {
    let (count, unit) = largest(seconds);
    match (language(), count) {
        (Language::German, 1) if unit == SECOND => "einer Sekunde".to_owned(),
        (Language::German, 2..) if unit == DAY => format!("{count} Tagen"),
        _ => unit.counted(count),
    }
}

const SECOND: Noun = Noun { en: "second", de: ("eine Sekunde", "Sekunden") };
const DAY: Noun = Noun { en: "day", de: ("ein Tag", "Tage") };

fn largest(seconds: u64) -> (usize, Noun) {
    let (count, unit) = match seconds {
        0..120 => (seconds, SECOND),
        120..7200 => (seconds / 60, Noun { en: "minute", de: ("eine Minute", "Minuten") }),
        7200..172_800 => (seconds / 3600, Noun { en: "hour", de: ("eine Stunde", "Stunden") }),
        _ => (seconds / 86_400, DAY),
    };
    (usize::try_from(count).unwrap_or(usize::MAX), unit)
}

/// `94 GB`, `1.2 TB`, as Proxmox shows the size of storages: powers of 1000.
#[must_use]
pub fn bytes(count: u64) -> String {
    scaled(count, 1000, ["bytes", "kB", "MB", "GB", "TB", "PB"])
}

/// `31.3 GiB`, as Proxmox shows memory: powers of 1024.
#[must_use]
pub fn memory(count: u64) -> String {
    scaled(count, 1024, ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"])
}

fn scaled(count: u64, step: u64, units: [&str; 6]) -> String {
    let mut size = 1_u64;
    let mut units = units.into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        // What would be told as 1000 is told as 1 of the next.
        if count < size.saturating_mul(step).saturating_sub(size / 2) {
            break;
        }
        (size, unit) = (size.saturating_mul(step), larger);
    }
    let (count, half, size) = (u128::from(count), u128::from(size / 2), u128::from(size));
    let tenths = (count * 10 + half) / size;
    match (tenths / 10, tenths % 10) {
        (whole, tenth @ 1..) if whole < 100 => {
            say!(en: "{whole}.{tenth} {unit}", de: "{whole},{tenth} {unit}")
        }
        (whole, 0) if whole < 100 => format!("{whole} {unit}"),
        _ => format!("{} {unit}", (count + half) / size),
    }
}

/// How many percent of `whole` are `part`, rounded; 0 of nothing.
#[must_use]
pub fn percent(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    if whole == 0 {
        return 0;
    }
    u64::try_from((part * 100 + whole / 2) / whole).unwrap_or(u64::MAX)
}

/// A text from outside as one line of at most `most` characters: control and
/// invisible formatting characters become spaces, runs of space one space.
#[must_use]
pub fn line(text: &str, most: usize) -> String {
    let visible: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A sentence without its full stop, for another that goes on with it.
#[must_use]
pub fn bare(sentence: &str) -> &str {
    match sentence.trim_end_matches('.') {
        "" if language() == Language::German => "ohne Angabe eines Grundes",
        "" => "no reason was given",
        bare => bare,
    }
}

/// A text from outside as a cell of a markdown table, without markup.
#[must_use]
pub fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in line(text, 200).chars() {
        if "\\`*_[]<>|#~!&".contains(c) {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

/// A markdown table. Cells are markdown: pass texts from outside through
/// [`cell`] first.
#[must_use]
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(N));
    for row in rows {
        table.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    table
}

/// [`table`], with the head in one text: `Node|State`.
#[must_use]
pub fn table_of<const N: usize>(head: &str, rows: &[[String; N]]) -> String {
    let mut cells = head.split('|');
    table(std::array::from_fn(|_| cells.next().unwrap_or_default()), rows)
}

/// Characters that are not seen, and may reorder those that are.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_as_people_say_them() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list_of_at_most(&["a", "b", "c"], 3), "a, b and c");
        assert_eq!(list_of_at_most(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn counts() {
        for (count, noun, expected) in [
            (0, "node", "no nodes"),
            (1, "node", "1 node"),
            (2, "node", "2 nodes"),
            (2, "box", "2 boxes"),
            (2, "battery", "2 batteries"),
            (2, "day", "2 days"),
            (3, "switch", "3 switches"),
        ] {
            assert_eq!(plural(count, noun), expected);
        }
    }

    #[test]
    fn what_is_said_of_one_is_said_of_several() {
        assert_eq!(of_several("is off, or was"), "are off, or was");
        assert_eq!(of_several("has none"), "have none");
        assert_eq!(of_several("did not answer"), "did not answer");
    }

    #[test]
    fn the_same_is_said_once() {
        let said = [("a", "is off"), ("b", "is on"), ("c", "is off"), ("d", "is off")];
        assert_eq!(grouped(said, 8), ["a, c and d are off.", "b is on."]);
        assert_eq!(grouped(said, 1), ["a and 2 more are off.", "b is on."]);
        assert!(grouped::<&str>([], 8).is_empty());
    }

    #[test]
    fn a_sentence_goes_on_with_another() {
        for (text, expected) in
            [("no space.", "no space"), ("no space", "no space"), ("", "no reason was given")]
        {
            assert_eq!(bare(text), expected);
        }
    }

    #[test]
    fn degrees_are_whole() {
        for (celsius, expected) in [
            (54.4, "54 degrees"),
            (54.5, "55 degrees"),
            (1.0, "1 degree"),
            (-0.2, "0 degrees"),
            (-1.2, "-1 degree"),
        ] {
            assert_eq!(degrees(celsius), expected);
        }
        assert_eq!(celsius(54.43), "54.4 °C");
    }

    #[test]
    fn durations_take_the_largest_unit() {
        for (seconds, expected) in [
            (0, "no seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7200, "2 hours"),
            (259_200, "3 days"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }

    #[test]
    fn sizes_take_the_largest_unit() {
        for (count, decimal, binary) in [
            (0, "0 bytes", "0 bytes"),
            (999, "999 bytes", "999 bytes"),
            (1_500_000, "1.5 MB", "1.4 MiB"),
            (34_359_738_368, "34.4 GB", "32 GiB"),
            (999_999_999_999, "1 TB", "931 GiB"),
            (7_838_315_315_200, "7.8 TB", "7.1 TiB"),
            (u64::MAX, "18447 PB", "16384 PiB"),
        ] {
            assert_eq!((bytes(count).as_str(), memory(count).as_str()), (decimal, binary));
        }
        assert_eq!((percent(1, 3), percent(2, 3), percent(5, 0)), (33, 67, 0));
        assert_eq!(percent(u64::MAX, 1), u64::MAX);
    }

    #[test]
    fn texts_from_outside_become_one_plain_line() {
        assert_eq!(line("a\nb\t c\u{0}", 20), "a b c");
        assert_eq!(line("x\u{202e}y\u{200b}z", 20), "x y z");
        assert_eq!(line("abcdef", 4), "abc…");
        assert_eq!(line("", 4), "");
        assert_eq!(cell("a|b\n**c** <i>"), "a\\|b \\*\\*c\\*\\* \\<i\\>");
    }

    #[test]
    fn german_has_its_own_words() {
        crate::speak("de");
        assert_eq!(list(&["a", "b", "c"]), "a, b und c");
        assert_eq!(list_of_at_most(&["a", "b", "c"], 2), "a, b und c");
        assert_eq!(list_of_at_most(&["a", "b", "c", "d"], 2), "a, b und 2 weitere");
        for (count, expected) in [(0, "keine Knoten"), (1, "ein Knoten"), (2, "2 Knoten")] {
            assert_eq!(Noun::NODE.counted(count), expected);
        }
        let said = [("a", "ist aus"), ("b", "läuft"), ("c", "ist aus"), ("d", "wird warm")];
        assert_eq!(grouped(said, 8), ["a und c sind aus.", "b läuft.", "d wird warm."]);
        assert_eq!(of_several("wurde nicht gefragt"), "wurden nicht gefragt");
        assert_eq!((degrees(1.0), degrees(54.4)), ("1 Grad".to_owned(), "54 Grad".to_owned()));
        assert_eq!((celsius(54.43), celsius(-7.0)), ("54,4 °C".into(), "-7,0 °C".into()));
        assert_eq!(duration(259_200), "3 Tage");
        assert_eq!(duration_behind(259_200), "3 Tagen");
        assert_eq!(duration_behind(7200), "2 Stunden");
        assert_eq!((bytes(1_500_000), memory(34_359_738_368)), ("1,5 MB".into(), "32 GiB".into()));
        assert_eq!(bare(""), "ohne Angabe eines Grundes");
    }

    #[test]
    fn a_table_is_markdown() {
        let rows = [["1".to_owned(), "2".to_owned()]];
        assert_eq!(table(["a", "b"], &rows), "| a | b |\n| --- | --- |\n| 1 | 2 |\n");
    }
}
