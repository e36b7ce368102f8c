//! Taking the value of a list.

use super::super::values::Values;
use super::{Capture, Hit, Mode, Place, Run, Task};
use crate::file::Range;
use crate::names::{Fit, Kind, MAX_WORDS};
use crate::numbers;

/// The most words of a name that nothing has.
const MAX_UNKNOWN_WORDS: usize = 6;
/// The most words of a number in a sentence.
const MAX_NUMBER_WORDS: usize = 8;

impl Run<'_, '_, '_> {
    /// Puts every value that may stand at `place` on the stack.
    pub(super) fn list(&mut self, list: u32, next: u32, mut place: Place) {
        let Some(used) = self.program.list(list) else { return };
        if place.word {
            let rest = self.rest(place.at);
            place.at += rest.len() - rest.trim_start_matches(' ').len();
        }
        if self.rest(place.at).is_empty() {
            return;
        }
        match used.values.as_ref() {
            Values::Names(kind) => self.names(list, next, place, *kind),
            Values::Range(range) => self.range(list, next, place, *range, used.glued),
            Values::Wildcard => self.wildcard(list, next, place, used.glued),
            Values::Texts { tree, .. } => {
                let rest = self.rest(place.at);
                let from = self.walk.stack.len();
                tree.each(rest, |length, value| {
                    self.take(list, next, place, place.at + length, Hit::Text(value));
                });
                // The first that was taken is tried first, as hassil does.
                if let Some(taken) = self.walk.stack.get_mut(from..) {
                    taken.reverse();
                }
            }
        }
    }

    fn take(&mut self, list: u32, next: u32, place: Place, to: usize, hit: Hit) {
        let unknown = place.unknown || matches!(hit, Hit::Unknown(_));
        let capture = Capture { list, from: place.at, to, hit };
        let place = Place { node: next, at: to, unknown, ..place };
        self.walk.stack.push(Task::Enter(place, Some(capture)));
    }

    /// The word that begins at `at`.
    fn word_at(&self, at: usize) -> Option<usize> {
        self.heard.words.binary_search_by_key(&at, |word| word.0).ok()
    }

    fn names(&mut self, list: u32, next: u32, place: Place, kind: Kind) {
        let Some(first) = self.word_at(place.at) else { return };
        let place = Place { word: true, ..place };
        let most = (self.heard.words.len() - first).min(MAX_WORDS);
        let mut known = 0;
        for count in 1..=most {
            let last = self.heard.word(first + count - 1);
            let Some((_, end)) = self.heard.words.get(first + count - 1).copied() else { break };
            for owner in [false, true] {
                // "the web server's state": the name ends before the 's.
                let cut = if owner && last.ends_with("'s") { 2 } else { 0 };
                if owner && cut == 0 {
                    continue;
                }
                if let Some((fit, found)) = self.find(kind, first, count, cut) {
                    known = count;
                    self.take(list, next, place, end - cut, Hit::Names(kind, fit, found));
                }
            }
        }
        if self.mode == Mode::AnyName && !place.unknown {
            for count in known + 1..=most.min(MAX_UNKNOWN_WORDS) {
                if let Some((_, end)) = self.heard.words.get(first + count - 1).copied() {
                    self.take(list, next, place, end, Hit::Unknown(kind));
                }
            }
        }
    }

    fn find(
        &mut self,
        kind: Kind,
        first: usize,
        count: usize,
        cut: usize,
    ) -> Option<(Fit, Vec<u32>)> {
        let (heard, names, mode) = (self.heard, self.walk.names, self.mode);
        let look = || {
            let mut words: Vec<&str> =
                (first..first + count).map(|word| heard.word(word)).collect();
            if let Some(last) = words.last_mut() {
                *last = last.get(..last.len() - cut).unwrap_or(last);
            }
            let found = names.find(&words, kind);
            if found.is_none() && mode == Mode::Sounding {
                return names.sounding(&words, kind).map(|found| (Fit::Sound, found));
            }
            found
        };
        if cut > 0 {
            return look();
        }
        let text = std::ptr::from_ref(heard) as usize;
        self.walk.found.entry((text, kind, first, count)).or_insert_with(look).clone()
    }

    fn wildcard(&mut self, list: u32, next: u32, place: Place, glued: bool) {
        let place = Place { word: true, ..place };
        if glued {
            let rest = self.rest(place.at);
            let ends = rest.char_indices().map(|(at, c)| place.at + at + c.len_utf8());
            for end in ends.collect::<Vec<_>>().into_iter().rev() {
                self.take(list, next, place, end, Hit::Wild);
            }
            return;
        }
        let heard = self.heard;
        for (_, end) in heard.words.iter().rev().filter(|word| word.1 > place.at) {
            self.take(list, next, place, *end, Hit::Wild);
        }
    }

    fn range(&mut self, list: u32, next: u32, place: Place, range: Range, glued: bool) {
        if range.digits
            && let Some((length, number)) = digits(self.rest(place.at), range.fractions > 1)
            && let Some(number) = within(range, number)
        {
            self.take(list, next, place, place.at + length, Hit::Number(number));
        }
        let Some(first) = self.word_at(place.at) else { return };
        let table = numbers::table(self.walk.names.language);
        let mut words: Vec<&str> = Vec::new();
        let heard = self.heard;
        for (index, (_, end)) in heard.words.iter().enumerate().skip(first).take(MAX_NUMBER_WORDS) {
            let word = heard.word(index);
            // "fifty%", and where text may follow at once "hundredk".
            let mut bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            if glued && !(table.continues(bare) || table.is_point(bare)) {
                bare = table.beginning(bare).unwrap_or(bare);
            }
            words.push(bare);
            // One word of digits is what was tried above.
            let said = words.len() > 1 || !bare.bytes().all(|b| b.is_ascii_digit());
            let only_digits = words.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit()));
            let wanted = if only_digits { range.digits } else { range.words };
            if said
                && wanted
                && let Some(number) = numbers::parse_decimal(&words, table, range.fractions > 1)
                && let Some(number) = within(range, number)
            {
                // Words of a number count as text of the template, digits do not: so
                // does hassil, and it decides between equally good ways.
                let literals = place.literals + heard.text.get(place.at..*end).map_or(0, str::len);
                let place = Place { word: true, literals, ..place };
                let to = end - (word.len() - bare.len());
                self.take(list, next, place, to, Hit::Number(number));
            }
            if bare.len() < word.len() || !(table.continues(bare) || table.is_point(bare)) {
                break;
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers in sentences have at most twelve digits")]
fn whole(number: i64) -> f64 {
    number as f64
}

/// The number in digits that `text` begins with, and its length.
fn digits(text: &str, fractions: bool) -> Option<(usize, f64)> {
    let bytes = text.as_bytes();
    let run = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let minus = usize::from(bytes.first() == Some(&b'-'));
    let count = run(minus);
    if count == 0 || count > 12 {
        return None;
    }
    let mut length = minus + count;
    if fractions && matches!(bytes.get(length), Some(b'.' | b',')) && run(length + 1) > 0 {
        length += 1 + run(length + 1);
    }
    let number = text.get(..length)?.replace(',', ".").parse().ok()?;
    Some((length, number))
}

/// The number as the list hands it on, where the list has it. A list of halves or
/// tenths goes on behind each of its whole numbers, the last too.
fn within(range: Range, number: f64) -> Option<f64> {
    let (from, to) = (whole(range.from), whole(range.to));
    let parts = number * f64::from(range.fractions);
    let floor = (parts.round() / f64::from(range.fractions)).floor();
    let fits = (from..=to).contains(&floor)
        && (parts - parts.round()).abs() < 1e-6
        && (range.step == 1 || (floor - from) % whole(range.step) == 0.0);
    fits.then(|| number * range.multiplier.unwrap_or(1.0))
}
