//! The languages in which jarvis itself speaks. A skill may know fewer, or others.

use serde::{Deserialize, Serialize};

/// A language that the host's own words are there in.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Language {
    /// English, which stands in for every language that is not here.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German. It says neither "du" nor "Sie": what is asked is asked about the thing,
    /// and what is to be said is told in the infinitive.
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language of a BCP 47 tag, `de` or `de-CH`; none for one that is not here.
    #[must_use]
    pub fn known(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// As [`Language::known`], English for all others.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        Self::known(tag).unwrap_or_default()
    }

    /// The language of `Accept-Language` (RFC 9110, 12.5.4) that is liked best among
    /// those that are here; none where it names none of them.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(20) {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::known) else { continue };
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What it calls the months.
    #[must_use]
    pub const fn months(self) -> [&'static str; 12] {
        match self {
            Self::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Self::German => [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
        }
    }

    /// Its name, for English sentences.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "German",
        }
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.tag())
    }
}

/// A text in the language that is given, as `format!` makes it. Each text stands there
/// in every language, one under the other, so that the compiler finds what is missing.
///
/// ```
/// use jarvis_domain::{Language, say};
///
/// let count = 3;
/// let said = say!(Language::German, en: "{count} of them", de: "{count} davon");
/// assert_eq!(said, "3 davon");
/// ```
#[macro_export]
macro_rules! say {
    ($language:expr, en: $english:literal, de: $german:literal $(,)?) => {
        match $language {
            $crate::Language::English => format!($english),
            $crate::Language::German => format!($german),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_tag() {
        for (tag, expected) in [
            ("de", Some(Language::German)),
            ("DE_at", Some(Language::German)),
            ("en-GB", Some(Language::English)),
            ("den", None),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(Language::known(tag), expected, "{tag}");
        }
        assert_eq!(Language::of("fr"), Language::English);
    }

    #[test]
    fn what_is_accepted_is_weighed() {
        for (header, expected) in [
            ("de-DE,de;q=0.9,en;q=0.8", Some(Language::German)),
            ("fr, en;q=0.5, de;q=0.7", Some(Language::German)),
            ("en, de", Some(Language::English)),
            ("de;q=0, en;q=0.1", Some(Language::English)),
            ("*", None),
            ("fr", None),
            (";;,q=,", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
