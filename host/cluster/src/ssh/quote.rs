//! Words for a POSIX shell on the far side, so that each arrives as it is.

/// One word in single quotes, within which nothing has a meaning (POSIX
/// Shell Command Language, 2.2.2). Every word is quoted: a bare one could be
/// an assignment, a keyword or an alias.
pub(super) fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The words of a command, with a space between them.
pub(super) fn words(argv: &[String]) -> String {
    argv.iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_quoted_and_nothing_ends_its_quotes() {
        for (text, quoted) in [
            ("", "''"),
            ("sensors", "'sensors'"),
            ("A=B", "'A=B'"),
            ("it's", r"'it'\''s'"),
            ("'", r"''\'''"),
            ("$(reboot) `x` ; | & \\ \" \n *", "'$(reboot) `x` ; | & \\ \" \n *'"),
            ("Größe 🌡", "'Größe 🌡'"),
        ] {
            assert_eq!(word(text), quoted);
        }
        assert_eq!(words(&["a".to_owned(), String::new()]), "'a' ''");
    }

    /// Reads quoted words back as the standard describes it: what stands in
    /// single quotes is literal, a backslash outside keeps the next character,
    /// and anything else outside of quotes would have a meaning.
    fn read(line: &str) -> Option<Vec<String>> {
        let mut words = vec![String::new()];
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                '\'' => loop {
                    match chars.next()? {
                        '\'' => break,
                        other => words.last_mut()?.push(other),
                    }
                },
                '\\' => words.last_mut()?.push(chars.next()?),
                ' ' => words.push(String::new()),
                _ => return None,
            }
        }
        Some(words)
    }

    #[test]
    fn any_words_come_back_as_they_were() {
        // A small generator of its own, the same in every run.
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let alphabet: Vec<char> = "ab '\"\\$`;|&<>(){}[]*?~#!=\n\r\t-%é🌡\u{1b}".chars().collect();
        for _ in 0..5_000 {
            let argv: Vec<String> = (0..=next(4))
                .map(|_| {
                    let length = next(12);
                    (0..length).map(|_| alphabet[next(alphabet.len() as u64) as usize]).collect()
                })
                .collect();
            assert_eq!(read(&words(&argv)), Some(argv.clone()), "{argv:?}");
        }
    }
}
