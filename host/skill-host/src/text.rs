//! Texts that come from a skill, made fit to be shown and spoken.

/// `text` on one line, without control characters, at most `most` characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let plain: String = plain.filter(|c| !is_hidden(*c)).take(most).collect();
    plain.trim().to_owned()
}

/// `text` without control characters other than newline and tab, at most
/// `most` bytes.
pub(crate) fn block(text: &str, most: usize) -> String {
    let mut kept: String =
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_hidden(*c)).collect();
    kept.truncate(kept.floor_char_boundary(most));
    kept
}

/// `text` with what a terminal would obey written out: `\n`, `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
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

/// Control characters, and those that turn the direction of text around them
/// (Unicode Bidirectional Algorithm, 2): they make a screen show other words
/// than there are.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_gone() {
        for (given, expected) in [
            ("web server", "web server"),
            ("  a\n\tb\r\n", "a  b"),
            ("\u{1b}[2Jgone\u{7}", "[2Jgone"),
            ("safe\u{202e}gnp.exe", "safegnp.exe"),
            ("ä ö 漢", "ä ö 漢"),
        ] {
            assert_eq!(line(given, 100), expected);
        }
        assert_eq!(line("abcdef", 3), "abc");
        assert_eq!(block("a\nb\u{1b}\tc", 100), "a\nb\tc");
        assert_eq!(block("äöü", 3), "ä");
    }
}
