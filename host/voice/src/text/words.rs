//! Word by word: what each is said as.

use super::said::Said;
use super::{address, number, units};

/// What ends a sentence, or makes a pause.
const MARKS: [char; 6] = [',', '.', ';', ':', '!', '?'];

/// All words of `text`, which has no Markdown. A line is a sentence.
pub(super) fn speakable(text: &str, of: &Said) -> String {
    let mut all = String::with_capacity(text.len());
    for line in text.lines().map(|text| line(text, of)).filter(|line| !line.is_empty()) {
        if !all.is_empty() {
            all.push_str(if all.ends_with(MARKS) { " " } else { ". " });
        }
        all.push_str(&line);
    }
    all
}

fn line(line: &str, of: &Said) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut said: Vec<String> = Vec::with_capacity(words.len());
    let mut rest = words.iter().copied().peekable();
    while let Some(word) = rest.next() {
        let (open, core, close) = bare(word);
        let number = number::plain(core, of).filter(|_| close.is_empty());
        // A number, and its unit as the next word.
        if let (Some(number), Some(next)) = (number, rest.peek()) {
            let (before, sign, after) = bare(next);
            let unit = units::unit(sign, &number, of).filter(|_| !before);
            if let Some(unit) = unit.filter(|_| !units::must_touch(sign)) {
                pause(&mut said, open);
                said.push(format!("{number} {unit}{after}"));
                rest.next();
                continue;
            }
        }
        pause(&mut said, open);
        let word = match of.shortened.iter().find(|(short, _)| *short == word) {
            Some((_, long)) => (*long).to_owned(),
            None => format!("{}{close}", core_said(core, of)),
        };
        push(&mut said, word);
    }
    let mut line = said.join(" ");
    line.truncate(line.trim_end_matches(',').len());
    line
}

/// A pause before what stands in brackets.
fn pause(said: &mut Vec<String>, brackets: bool) {
    if brackets {
        push(said, ",".to_owned());
    }
}

/// Adds a word; a mark that stands alone goes to the word before it.
fn push(said: &mut Vec<String>, word: String) {
    let mark = word.chars().all(|c| MARKS.contains(&c));
    match said.last_mut() {
        _ if word.is_empty() => {}
        Some(last) if mark => {
            if !last.ends_with(MARKS) {
                last.push_str(&word);
            }
        }
        None if mark => {}
        _ => said.push(word),
    }
}

/// What `core`, a word without the marks around it, is said as.
fn core_said(core: &str, of: &Said) -> String {
    if let Some((_, words)) = of.signs.iter().find(|(sign, _)| *sign == core) {
        return (*words).to_owned();
    }
    if let Some(known) = address::identifier(core, of) {
        return known.to_owned();
    }
    let said = address::address(core, of)
        .or_else(|| number::plain(core, of))
        .or_else(|| number::version(core, of))
        .or_else(|| number::time(core, of))
        .or_else(|| number::date(core, of))
        .or_else(|| measured(core, of))
        .or_else(|| range(core, of))
        .or_else(|| share(core, of));
    said.unwrap_or_else(|| name(core, of))
}

/// `16GiB`, and `1h30m`.
fn measured(core: &str, of: &Said) -> Option<String> {
    let starts = |c: char| !(c.is_ascii_digit() || ".,-−+".contains(c));
    let (digits, sign) = core.split_at(core.find(starts)?);
    let number = number::plain(digits, of)?;
    if let Some(unit) = units::unit(sign, &number, of) {
        return Some(format!("{number} {unit}"));
    }
    let (first, more) = sign.split_at(sign.find(|c: char| c.is_ascii_digit())?);
    Some(format!("{number} {} {}", units::unit(first, &number, of)?, measured(more, of)?))
}

/// `3-5` and `40-45°C`.
fn range(core: &str, of: &Said) -> Option<String> {
    let (from, to) = core.split_once(['-', '–'])?;
    let from = number::plain(from, of)?;
    let to = number::plain(to, of).or_else(|| measured(to, of))?;
    Some(format!("{from} {} {to}", of.to))
}

/// `3/5`.
fn share(core: &str, of: &Said) -> Option<String> {
    let (part, whole) = core.split_once('/')?;
    Some(format!("{} {} {}", number::plain(part, of)?, of.of, number::plain(whole, of)?))
}

/// A name or any other word: its letters and digits, and what may stand
/// between them.
fn name(core: &str, of: &Said) -> String {
    let path = core.starts_with('/') && core.len() > 1;
    let mut said = String::with_capacity(core.len());
    for c in core.chars() {
        match c {
            _ if c.is_alphanumeric() => said.push(c),
            '\'' | '’' | '.' | ',' | ':' => said.push(c),
            '-' | '_' | '–' | '—' => said.push(' '),
            '/' if path => said.push_str(of.slash),
            '/' => said.push(' '),
            '%' => said.push_str(of.percent),
            '°' => said.push_str(of.degrees),
            '@' => said.push_str(of.at),
            '&' => said.push_str(of.and),
            '+' => said.push_str(of.plus),
            '=' => said.push_str(of.equals),
            // Emoji, brackets and what else has no sound.
            _ => {}
        }
    }
    said.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Whether `word` begins with brackets, the word within all marks, and what of
/// those behind it is heard.
fn bare(word: &str) -> (bool, &str, String) {
    let opening = |c: char| "([{\"'“‘«".contains(c);
    let closing = |c: char| ")]}\"'”’»".contains(c);
    let core = word.trim_start_matches(opening);
    let brackets = word.starts_with(['(', '[', '{']);
    let inner = core.trim_end_matches(|c| closing(c) || c == '…' || MARKS.contains(&c));
    let end = core.get(inner.len()..).unwrap_or_default();
    let mut close = String::new();
    for c in end.chars() {
        let mark = match c {
            '…' => '.',
            ')' | ']' | '}' => ',',
            c if ".,;:!?".contains(c) => c,
            _ => continue,
        };
        // One pause is enough, and the strongest counts.
        if close.is_empty() {
            close.push(mark);
        } else if close == "," {
            close = mark.to_string();
        }
    }
    (brackets, inner, close)
}
