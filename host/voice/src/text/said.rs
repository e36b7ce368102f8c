//! What signs, units and numbers are said as: a table for each language.

use jarvis_domain::Language;

/// How one language says them.
#[derive(Debug)]
pub(super) struct Said {
    /// Shortened words, with their point.
    pub(super) shortened: &'static [(&'static str, &'static str)],
    /// Signs that stand alone.
    pub(super) signs: &'static [(&'static str, &'static str)],
    /// Units by their signs: as written, for one, for several.
    pub(super) units: &'static [(&'static str, &'static str, &'static str)],
    /// Behind a unit: a second, a minute, an hour.
    pub(super) per: [&'static str; 3],
    /// Whether a unit is that of one number.
    pub(super) is_one: fn(&str) -> bool,
    /// Signs within names, with the spaces around them.
    pub(super) percent: &'static str,
    pub(super) degrees: &'static str,
    pub(super) at: &'static str,
    pub(super) and: &'static str,
    pub(super) plus: &'static str,
    pub(super) equals: &'static str,
    pub(super) slash: &'static str,
    pub(super) power: &'static str,
    /// Between two numbers.
    pub(super) times: &'static str,
    /// From one number to another, and so many of so many.
    pub(super) to: &'static str,
    pub(super) of: &'static str,
    /// What parts a whole from its fraction, as it is handed on.
    pub(super) decimal: char,
    /// What parts thousands.
    pub(super) thousands: char,
    pub(super) minus: &'static str,
    /// Between the numbers of a version, and before them.
    pub(super) point: &'static str,
    pub(super) version: &'static str,
    /// In addresses.
    pub(super) dot: &'static str,
    pub(super) colon: &'static str,
    pub(super) port: &'static str,
    /// In place of what is only good for machines.
    pub(super) task: &'static str,
    pub(super) identifier: &'static str,
    /// A time of day: hour without zeros, minute in two digits.
    pub(super) clock: fn(&str, &str) -> String,
    /// A date: year, name of the month, day without zeros.
    pub(super) date: fn(&str, &str, &str) -> String,
    pub(super) months: [&'static str; 12],
}

/// How `language` says them.
pub(super) fn of(language: Language) -> &'static Said {
    match language {
        Language::English => &super::english::SAID,
        Language::German => &super::german::SAID,
    }
}
