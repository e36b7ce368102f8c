//! Text made fit to be spoken: no Markdown, and numbers, units, versions and
//! addresses as a person says them. English. Pure; what is spoken never
//! changes what was shown or written down.
//!
//! Plain numbers stay digits: every engine reads those, and reads them well.

mod address;
mod markdown;
mod number;
mod sentences;
mod units;
mod words;

pub(crate) use sentences::sentences;

/// The most of one text that is spoken; the rest is for a screen.
const LONGEST: usize = 2000;

/// `text` as it is to be spoken.
#[must_use]
pub fn speakable(text: &str) -> String {
    let text = jarvis_domain::text::block(text, LONGEST);
    let plain: Vec<String> = text.lines().map(markdown::plain).collect();
    words::speakable(&plain.join("\n"))
}

#[cfg(test)]
mod tests;
