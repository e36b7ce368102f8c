//! Text from outside (a skill, a cluster, a person) made fit for a screen, a
//! log and a sentence. Checking a text, so that a bad one is refused, is not
//! done here: each type has rules of its own.

/// Whether a screen does not show `c` as itself: control characters, and
/// format characters that are invisible or turn the order of the text around
/// them (Unicode Standard Annex 9, section 2; Unicode category Cf).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The first `most` characters of `text`, as they are.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// `text` as one line of at most `most` characters: white space of any kind is
/// a space, hidden characters and what surrounds the text are gone.
#[must_use]
pub fn line(text: &str, most: usize) -> String {
    if text.len() <= most && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.trim().to_owned();
    }
    let line: String = one_line(text).take(most).collect();
    line.trim().to_owned()
}

/// As [`line()`], for what a person must be able to tell from another text: the
/// space around it stays, and what is cut off leaves a `…` behind.
#[must_use]
pub fn shown(text: &str, most: usize) -> String {
    let mut rest = one_line(text);
    let mut shown: String = rest.by_ref().take(most).collect();
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

/// `text` without hidden characters; its lines and tabs stay.
#[must_use]
pub fn visible(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~')) {
        return text.to_owned();
    }
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_hidden(*c)).collect()
}

/// As [`visible`], at most `most` bytes.
#[must_use]
pub fn block(text: &str, most: usize) -> String {
    let mut kept = visible(text);
    kept.truncate(kept.floor_char_boundary(most));
    kept
}

/// `text` with its hidden characters written out: `\n`, `\u{1b}`.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn one_line(text: &str) -> impl Iterator<Item = char> + '_ {
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    spaced.filter(|c| !is_hidden(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_nothing_that_a_terminal_would_obey() {
        for (given, expected) in [
            ("web server", "web server"),
            ("  a\n\tb\r\n", "a  b"),
            ("\u{1b}[2Jgone\u{7}", "[2Jgone"),
            ("\u{9b}2Jgone", "2Jgone"),
            ("safe\u{202e}gnp.exe", "safegnp.exe"),
            ("we\u{200b}b\u{ad}\u{feff}", "web"),
            ("a\u{2028}b", "a b"),
            ("tag\u{e0041}", "tag"),
            ("ä ö 漢", "ä ö 漢"),
            ("", ""),
        ] {
            assert_eq!(line(given, 100), expected, "{given:?}");
        }
        assert_eq!(line("abcdef", 3), "abc");
    }

    #[test]
    fn what_is_shown_tells_that_it_was_cut() {
        for (given, expected) in [
            ("", ""),
            ("abc", "abc"),
            ("abcd", "abc…"),
            ("abc\u{200b}", "abc"),
            ("a\n ", "a  "),
            ("äöüß", "äöü…"),
        ] {
            assert_eq!(shown(given, 3), expected, "{given:?}");
        }
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(visible("a\nb\u{1b}\tc\r"), "a\nb\tc");
        assert_eq!(block("a\nb\u{1b}\tc", 100), "a\nb\tc");
        assert_eq!(block("äöü", 3), "ä");
    }

    #[test]
    fn the_rest_is_cut_or_written_out() {
        assert_eq!(cut("ä\nöü", 3), "ä\nö");
        assert_eq!(escaped("a\n\u{1b}[2J\u{202e}b"), "a\\n\\u{1b}[2J\\u{202e}b");
    }
}
