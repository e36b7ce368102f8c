//! In which language a skill answers.
//!
//! A skill that speaks more than English says so first, by [`speak`], and makes each of
//! its texts by [`say!`](crate::say), where all languages stand one under the other: the
//! compiler finds what is missing. From then on [`words`](crate::words) and
//! [`series`](crate::series) speak the same language. A skill that never calls [`speak`]
//! is English in all its parts, whatever is asked for. For a language that is not here,
//! look at the request's `locale` and make the texts by other means.
//!
//! An instance answers one call, so what it speaks is kept for the whole of it.

use std::cell::Cell;

/// A language of which the words of this crate are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English, which stands in for every other.
    #[default]
    English,
    /// German, without "du" and without "Sie".
    German,
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

impl Language {
    /// That of a BCP 47 tag, `de` or `de-CH`; English for all others.
    #[must_use]
    pub fn of(locale: &str) -> Self {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }
}

/// Answers in the language of `locale` from now on.
pub fn speak(locale: &str) {
    SPOKEN.set(Language::of(locale));
}

/// The language that is answered in.
#[must_use]
pub fn language() -> Language {
    SPOKEN.get()
}

/// A text in the language that is answered in, made as by `format!`.
///
/// ```
/// use jarvis_skill::{say, speak};
///
/// let node = "pve1";
/// speak("de-AT");
/// let told = say!(en: "{node} is at {heat}.", de: "{node} hat {heat}.", heat = "40 Grad");
/// assert_eq!(told, "pve1 hat 40 Grad.");
/// ```
#[macro_export]
macro_rules! say {
    (en: $english:literal, de: $german:literal $(, $name:ident = $value:expr)* $(,)?) => {
        match $crate::language() {
            $crate::Language::English => format!($english $(, $name = $value)*),
            $crate::Language::German => format!($german $(, $name = $value)*),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_follows_what_is_spoken() {
        for (locale, expected) in [
            ("en", "1 of it"),
            ("de", "1 davon"),
            ("de_CH", "1 davon"),
            ("fr", "1 of it"),
            ("", "1 of it"),
        ] {
            speak(locale);
            let count = 1;
            assert_eq!(say!(en: "{count} of it", de: "{count} davon"), expected, "{locale}");
        }
    }
}
