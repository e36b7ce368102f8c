//! Text made fit to be spoken: no Markdown, and numbers, units, versions and
//! addresses as a person says them, in each language by a table of its own. Pure; what
//! is spoken never changes what was shown or written down.
//!
//! Plain numbers stay digits: every engine reads those, and reads them well.

mod address;
mod english;
mod german;
mod markdown;
mod number;
mod said;
mod sentences;
mod units;
mod words;

use jarvis_domain::Language;

pub(crate) use sentences::sentences;

/// The most characters of one answer that are spoken; the rest is for a screen.
pub(crate) const LONGEST: usize = 2000;

/// `text` as it is to be spoken.
#[must_use]
pub fn speakable(text: &str) -> String {
    speakable_in(Language::English, text)
}

/// As [`speakable`], in `language`.
#[must_use]
pub fn speakable_in(language: Language, text: &str) -> String {
    let text = jarvis_domain::text::block(text, LONGEST);
    let plain: Vec<String> = text.lines().map(markdown::plain).collect();
    words::speakable(&plain.join("\n"), said::of(language))
}

#[cfg(test)]
mod tests;
