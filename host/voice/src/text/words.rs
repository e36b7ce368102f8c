//! Word by word: what each is said as.

use std::collections::VecDeque;

use super::said::Said;
use super::{address, number, units};

/// What ends a sentence, or makes a pause.
const MARKS: [char; 6] = [',', '.', ';', ':', '!', '?'];
/// Signs that may touch the number behind them, the longest first.
const BEFORE: [&str; 10] = ["<=", ">=", "<", ">", "≤", "≥", "~", "≈", "±", "×"];
/// Units that stand before their number.
const MONEY: [char; 3] = ['$', '€', '£'];

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
    let mut rest: VecDeque<&str> = line.split_whitespace().collect();
    let mut said: Vec<String> = Vec::with_capacity(rest.len());
    while let Some(word) = rest.pop_front() {
        let (open, core, close) = bare(word);
        if let Some((sign, number)) = before(core, word, of) {
            pause(&mut said, open);
            said.push(sign.to_owned());
            rest.push_front(number);
            continue;
        }
        let amount = counted(core, of).filter(|_| close.is_empty());
        // A number, and its unit as the next word.
        if let (Some((amount, number)), Some(next)) = (amount, rest.front())
            && let Some((unit, after, share)) = behind(next, &number, of)
        {
            pause(&mut said, open);
            said.push(format!("{amount} {unit}{after}"));
            rest.pop_front();
            if let Some(whole) = share {
                said.push(of.of.to_owned());
                rest.push_front(whole);
            }
            continue;
        }
        pause(&mut said, open);
        let word = match of.shortened.iter().find(|(short, _)| *short == word) {
            Some((_, long)) => (*long).to_owned(),
            None => match between(word, &said, rest.front().copied(), of) {
                Some(sign) => sign.to_owned(),
                None => format!("{}{close}", core_said(core, of)),
            },
        };
        push(&mut said, word);
    }
    let mut line = said.join(" ");
    line.truncate(line.trim_end_matches(',').len());
    line
}

/// What the sign is said as that touches the number which `core` is, the inner part of
/// `word`; and that number, with the marks behind it.
fn before<'a>(core: &str, word: &'a str, of: &Said) -> Option<(&'static str, &'a str)> {
    let sign = BEFORE.iter().find(|sign| core.starts_with(**sign))?;
    let number = core.get(sign.len()..)?;
    let digits = number.trim_start_matches(['-', '−']).trim_start_matches(MONEY);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (_, words) = of.signs.iter().find(|(written, _)| written == sign)?;
    Some((words, word.get(word.find(number)?..)?))
}

/// The unit that `word` is for the `number` before it, and the marks behind it; as
/// `GiB/8.0` has it, also what that is a share of.
fn behind<'a>(word: &'a str, number: &str, of: &Said) -> Option<(String, String, Option<&'a str>)> {
    let (brackets, core, after) = bare(word);
    if brackets || units::must_touch(core) {
        return None;
    }
    if let Some(unit) = units::unit(core, number, of) {
        return Some((unit, after, None));
    }
    let (sign, whole) = word.split_once('/')?;
    let is_number = whole.starts_with(|c: char| c.is_ascii_digit());
    Some((units::unit(sign, number, of).filter(|_| is_number)?, String::new(), Some(whole)))
}

/// What a sign that stands alone between two numbers is said as there.
fn between(word: &str, said: &[String], next: Option<&str>, of: &Said) -> Option<&'static str> {
    let words = match word {
        "-" => of.to,
        "*" => of.times,
        _ => return None,
    };
    let is_number = |word: &String| number::plain(word, of).is_some();
    let is_next = next?.starts_with(|c: char| c.is_ascii_digit());
    (is_next && said.last().is_some_and(is_number)).then_some(words)
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
        .or_else(|| money(core, of))
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

/// `$5` and `-$5-10`: a unit that stands before its number and is said behind it.
fn money(core: &str, of: &Said) -> Option<String> {
    let (minus, core) = match core.strip_prefix(['-', '−']) {
        Some(core) => (of.minus, core),
        None => ("", core),
    };
    let sign = core.get(..core.len() - core.trim_start_matches(MONEY).len())?;
    let (amount, number) = counted(core.strip_prefix(sign)?, of)?;
    let unit = units::unit(sign, &number, of)?;
    Some(format!("{minus}{amount} {unit}"))
}

/// A number with its unit or without one.
fn amount(core: &str, of: &Said) -> Option<String> {
    number::plain(core, of).or_else(|| measured(core, of))
}

/// `3-5`, `40-45°C` and `16GiB-32GiB`.
fn range(core: &str, of: &Said) -> Option<String> {
    let (from, to) = core.split_once(['-', '–'])?;
    Some(format!("{} {} {}", amount(from, of)?, of.to, amount(to, of)?))
}

/// `3/5` and `4GiB/8GiB`.
fn share(core: &str, of: &Said) -> Option<String> {
    let (part, whole) = core.split_once('/')?;
    Some(format!("{} {} {}", amount(part, of)?, of.of, amount(whole, of)?))
}

/// A number, or two of them as in `3/5` and `3-5`; and the one that a unit behind it
/// belongs to.
fn counted(core: &str, of: &Said) -> Option<(String, String)> {
    if let Some(number) = number::plain(core, of) {
        return Some((number.clone(), number));
    }
    let (_, last) = core.split_once(['/', '-', '–'])?;
    let number = number::plain(last, of)?;
    Some((range(core, of).or_else(|| share(core, of))?, number))
}

/// A name or any other word: its letters and digits, and what may stand
/// between them.
fn name(core: &str, of: &Said) -> String {
    let path = core.starts_with('/') && core.len() > 1;
    let mut said = String::with_capacity(core.len());
    let digit = |c: char| c.is_ascii_digit();
    for (at, c) in core.char_indices() {
        let next = core.get(at + c.len_utf8()..).unwrap_or_default();
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
            '*' | '×' if said.ends_with(digit) && next.starts_with(digit) => {
                said.extend([" ", of.times, " "]);
            }
            '^' if said.ends_with(digit) && next.starts_with(digit) => said.push_str(of.power),
            // Emoji, brackets and what else has no sound. Two numbers are never one.
            _ if said.ends_with(digit) => said.push(' '),
            _ => {}
        }
    }
    said.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Whether `word` begins with brackets, the word within all marks, and what of
/// those behind it is heard.
fn bare(word: &str) -> (bool, &str, String) {
    if let Some(length) = address::bracketed(word) {
        let (address, end) = word.split_at(length);
        return (false, address, marks(end));
    }
    let opening = |c: char| "([{\"'“‘«".contains(c);
    let closing = |c: char| ")]}\"'”’»".contains(c);
    let core = word.trim_start_matches(opening);
    let brackets = word.starts_with(['(', '[', '{']);
    let inner = core.trim_end_matches(|c| closing(c) || c == '…' || MARKS.contains(&c));
    // The brackets of an address in a link are its own.
    let own = if inner.contains("://[") && !inner.contains(']') { 1 } else { 0 };
    let inner = core.get(..inner.len() + own).unwrap_or(inner);
    let end = core.get(inner.len()..).unwrap_or_default();
    (brackets, inner, marks(end))
}

/// What of the marks at the `end` of a word is heard.
fn marks(end: &str) -> String {
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
    close
}
