//! A line for a shell, taken apart. It is read and never run: words, quotes
//! and `;` are all that it may have.

/// The commands of `line`, each with its words. What comes before a command
/// and changes only how it runs is left out: assignments and `timeout`.
pub(crate) fn list(line: &str) -> Result<Vec<Vec<String>>, String> {
    Ok(commands(line)?.into_iter().map(bare).filter(|argv| !argv.is_empty()).collect())
}

/// The one command of `line`, without words where it has none; none where it has several
/// or cannot be read.
pub(crate) fn only(line: &str) -> Option<Vec<String>> {
    let mut commands = list(line).ok()?;
    let last = commands.pop().unwrap_or_default();
    commands.is_empty().then_some(last)
}

/// A word, and whether nothing of it was quoted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    quoted: bool,
}

fn commands(line: &str) -> Result<Vec<Vec<Word>>, String> {
    let unfinished = || "syntax error: unexpected end of file".to_owned();
    let mut all = Vec::new();
    let mut command: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => command.extend(word.take()),
            ';' => {
                command.extend(word.take());
                all.push(std::mem::take(&mut command));
            }
            '\'' => {
                let word = word.get_or_insert_default();
                word.quoted = true;
                loop {
                    match chars.next().ok_or_else(unfinished)? {
                        '\'' => break,
                        c => word.text.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                word.quoted = true;
                loop {
                    match chars.next().ok_or_else(unfinished)? {
                        '"' => break,
                        '$' | '`' => return Err("the node's shell expands nothing".to_owned()),
                        '\\' => word.text.push(chars.next().ok_or_else(unfinished)?),
                        c => word.text.push(c),
                    }
                }
            }
            '\\' => {
                let word = word.get_or_insert_default();
                word.quoted = true;
                word.text.push(chars.next().ok_or_else(unfinished)?);
            }
            '|' | '&' | '<' | '>' | '(' | ')' | '$' | '`' | '\n' | '#' => {
                return Err(format!("syntax error near unexpected token `{c}'"));
            }
            c => word.get_or_insert_default().text.push(c),
        }
    }
    command.extend(word);
    all.push(command);
    Ok(all)
}

fn bare(words: Vec<Word>) -> Vec<String> {
    let is_assignment = |word: &Word| {
        let name = word.text.split_once('=').map(|(name, _)| name);
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !word.quoted && name.is_some_and(|name| !name.is_empty() && name.chars().all(part))
    };
    let mut argv: Vec<String> =
        words.into_iter().skip_while(is_assignment).map(|word| word.text).collect();
    if argv.first().is_some_and(|program| program == "timeout") {
        argv.remove(0);
        while argv.first().is_some_and(|option| option.starts_with('-')) {
            // `-k 5`: the option and its value.
            argv.drain(..argv.len().min(2));
        }
        // How long.
        argv.drain(..argv.len().min(1));
    }
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_a_shell_reads_them() {
        let list = |line: &str| list(line).unwrap();
        for (line, commands) in [
            ("", &[][..]),
            ("sensors -j", &[&["sensors", "-j"][..]]),
            ("LC_ALL=C.UTF-8 timeout -k 5 6 'sensors' '-j'", &[&["sensors", "-j"]]),
            ("'A=B' C=D", &[&["A=B", "C=D"]]),
            (r"'it'\''s' '' \; ", &[&["it's", "", ";"]]),
            ("\"a b\"c", &[&["a bc"]]),
            ("a b; c 'd;e' ;", &[&["a", "b"], &["c", "d;e"]]),
        ] {
            assert_eq!(list(line), commands, "{line}");
            let one = commands.len() < 2;
            assert_eq!(
                only(line),
                one.then(|| commands.concat().into_iter().map(str::to_owned).collect()),
                "{line}"
            );
        }
    }

    #[test]
    fn what_would_start_something_else_is_refused() {
        for bad in
            ["a | b", "a && b", "a > f", "$(a)", "`a`", "a\nb", "\"$HOME\"", "'a", "\"a", "a \\"]
        {
            assert!(list(bad).is_err() && only(bad).is_none(), "{bad}");
        }
    }
}
