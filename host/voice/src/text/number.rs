//! Numbers, versions and times of day.

use super::said::Said;

/// A number as it is read: without the marks of its thousands, and with the mark before
/// its fraction that the language has. `1.5` is a number in every language, as programs
/// write it; so is `1,5` where that is the mark.
pub(super) fn plain(word: &str, of: &Said) -> Option<String> {
    let (sign, digits) = match word.strip_prefix(['-', '−']) {
        Some(digits) => (of.minus, digits),
        None => ("", word.strip_prefix('+').unwrap_or(word)),
    };
    let mark = if digits.contains(of.decimal) { of.decimal } else { '.' };
    let (whole, part) = match digits.rsplit_once(mark).filter(|_| digits.matches(mark).count() == 1)
    {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    if !part.is_none_or(is_digits) {
        return None;
    }
    let whole = if is_digits(whole) { whole.to_owned() } else { thousands(whole, of)? };
    let number = match part {
        Some(part) => rounded(&whole, part),
        None => whole,
    };
    Some(format!("{sign}{}", number.replace('.', &of.decimal.to_string())))
}

/// With no more places than a person wants to hear: two, or two that tell something
/// where the number is below one.
fn rounded(whole: &str, part: &str) -> String {
    let zeros = part.len() - part.trim_start_matches('0').len();
    let places = if whole.bytes().all(|digit| digit == b'0') { zeros + 2 } else { 2 };
    let number = format!("{whole}.{part}");
    // A float holds any fifteen digits.
    let number = match number.parse::<f64>() {
        Ok(exact) if whole.len() <= 12 => format!("{exact:.places$}"),
        _ => number,
    };
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1,536` as `1536`.
fn thousands(whole: &str, of: &Said) -> Option<String> {
    let mut groups = whole.split(of.thousands);
    let first = groups.next().filter(|first| is_digits(first) && first.len() <= 3)?;
    let mut all = first.to_owned();
    for group in groups {
        if group.len() != 3 || !is_digits(group) {
            return None;
        }
        all.push_str(group);
    }
    Some(all)
}

/// `8.2.4`, `v8.2`, `6.8.12-4-pve` or, with an epoch, `1:2.36-9`.
pub(super) fn version(word: &str, of: &Said) -> Option<String> {
    if let Some((epoch, version)) = word.split_once(':') {
        let said = self::version(version, of).filter(|_| is_digits(epoch))?;
        return Some(format!("{epoch} {} {said}", of.colon));
    }
    let bare = word.strip_prefix(['v', 'V']);
    let numbers = bare.unwrap_or(word);
    let (numbers, suffix) = match numbers.split_once(['-', '+', '~']) {
        Some((numbers, suffix)) => (numbers, Some(suffix)),
        None => (numbers, None),
    };
    let parts: Vec<&str> = numbers.split('.').collect();
    let fits = parts.iter().all(|part| is_digits(part) && part.len() <= 8);
    // One point is a decimal number, unless more says that it is none.
    let least = if bare.is_some() { 1 } else { 3 - usize::from(suffix.is_some()) };
    if !fits || parts.len() < least || parts.len() > 6 {
        return None;
    }
    let mut said = if bare.is_some() { of.version.to_owned() } else { String::new() };
    said.push_str(&parts.join(of.point));
    for part in suffix.into_iter().flat_map(|suffix| suffix.split(['-', '.', '+', '~'])) {
        if !part.chars().all(char::is_alphanumeric) {
            return None;
        }
        said.push(' ');
        said.push_str(part);
    }
    Some(said)
}

/// `21:20` and `21:20:23`, with or without a date before them.
pub(super) fn time(word: &str, of: &Said) -> Option<String> {
    if let Some((date, time)) = word.split_once('T') {
        let time = time.trim_end_matches('Z');
        let time = time.split_once('.').map_or(time, |(time, _)| time);
        return Some(format!("{}, {}", self::date(date, of)?, self::time(time, of)?));
    }
    let parts: Vec<&str> = word.split(':').collect();
    let ([hour, minute] | [hour, minute, _]) = parts[..] else { return None };
    let below = |part: &str, most: u8| {
        part.len() <= 2 && is_digits(part) && part.parse::<u8>().is_ok_and(|n| n < most)
    };
    let fits = below(hour, 24) && minute.len() == 2 && below(minute, 60);
    if !fits || !parts.iter().skip(2).all(|second| second.len() == 2 && below(second, 61)) {
        return None;
    }
    let hour = hour.trim_start_matches('0');
    let hour = if hour.is_empty() { "0" } else { hour };
    Some((of.clock)(hour, minute))
}

/// `2026-11-23`.
pub(super) fn date(word: &str, of: &Said) -> Option<String> {
    let parts: Vec<&str> = word.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    if year.len() != 4 || !parts.iter().all(|part| is_digits(part)) || day.len() > 2 {
        return None;
    }
    let month = of.months.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some((of.date)(year, month, day.trim_start_matches('0')))
}

/// Whether `text` has digits, and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
