//! `announcements:`: what is said aloud by itself, where, and when not.

use std::collections::BTreeMap;

use jarvis_assistant::{Quiet, Rules};
use jarvis_document::{Cursor, Keys};
use jarvis_domain::announce::{Matter, Priority};
use serde::Serialize;
use utoipa::ToSchema;

use super::described;

/// The most places that are named.
const PLACES: usize = 64;

/// `announcements:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsAnnouncements)]
pub(crate) struct Announce {
    /// What is said at all.
    #[schema(value_type = Vec<described::Matter>)]
    pub(crate) say: Vec<Matter>,
    /// What of it is urgent; what usually is, where none is named.
    #[schema(value_type = Option<Vec<described::Matter>>, required)]
    pub(crate) urgent: Option<Vec<Matter>>,
    /// Where; everywhere, if empty.
    pub(crate) places: Vec<String>,
    /// When only what is urgent is said.
    #[schema(required)]
    pub(crate) quiet: Option<QuietHours>,
}

/// `announcements: quiet:`, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsQuietHours)]
pub(crate) struct QuietHours {
    /// `22:00`.
    pub(crate) from: String,
    /// `07:00`.
    pub(crate) to: String,
    #[serde(skip)]
    minutes: Quiet,
}

impl Default for Announce {
    fn default() -> Self {
        let say = vec![Matter::Timer, Matter::Scheduled, Matter::Message];
        Self { say, urgent: None, places: Vec::new(), quiet: None }
    }
}

impl Announce {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let announce = Self {
            say: keys.optional("say").and_then(|c| matters(&c)).unwrap_or(default.say),
            urgent: keys.optional("urgent").and_then(|c| matters(&c)),
            places: keys.optional("places").and_then(|c| places(&c)).unwrap_or_default(),
            quiet: keys.optional("quiet").and_then(|c| c.mapping()).and_then(QuietHours::read),
        };
        keys.finish();
        announce
    }

    /// What the queue goes by.
    pub(crate) fn rules(&self) -> Rules {
        let priority = |matter: Matter| match &self.urgent {
            None => matter.priority(),
            Some(urgent) if urgent.contains(&matter) => Priority::Urgent,
            Some(_) => Priority::Normal,
        };
        let say: BTreeMap<Matter, Priority> =
            self.say.iter().map(|matter| (*matter, priority(*matter))).collect();
        Rules {
            say,
            places: self.places.clone(),
            quiet: self.quiet.as_ref().map(|quiet| quiet.minutes),
        }
    }
}

impl QuietHours {
    fn read(keys: Keys<'_>) -> Option<Self> {
        let from = keys.required("from").and_then(|c| time(&c));
        let to = keys.required("to").and_then(|c| time(&c));
        keys.finish();
        let ((from, first), (to, last)) = (from?, to?);
        Some(Self { from, to, minutes: Quiet { from: first, to: last } })
    }
}

/// A list of matters, by their names.
fn matters(cursor: &Cursor<'_>) -> Option<Vec<Matter>> {
    let listed = cursor.sequence()?;
    listed.iter().map(|one| one.one_of(&Matter::ALL)).collect()
}

fn places(cursor: &Cursor<'_>) -> Option<Vec<String>> {
    let listed = cursor.sequence()?;
    let names: Vec<String> =
        listed.iter().map(|one| one.text().map(str::to_owned)).collect::<Option<_>>()?;
    let is_name = |name: &String| !name.trim().is_empty() && name.chars().count() <= 80;
    if names.len() > PLACES || !names.iter().all(is_name) {
        cursor.problem(format!("at most {PLACES} names of places belong here"));
        return None;
    }
    Some(names)
}

/// `22:00`, and how many minutes after midnight that is.
fn time(cursor: &Cursor<'_>) -> Option<(String, u16)> {
    let text = cursor.text()?;
    let minutes = text.split_once(':').and_then(|(hour, minute)| {
        let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
        let (hour, minute) = (number(hour)?, number(minute)?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    });
    match minutes {
        Some(minutes) => Some((text.to_owned(), minutes)),
        None => {
            cursor.problem("a time of the day belongs here, in quotes: \"22:00\"");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    use super::*;

    fn read(yaml: &str) -> Result<Rules, String> {
        let read = Settings::read(&format!("announcements: {yaml}\n"), false);
        read.map(|settings| settings.announcements.rules()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn what_is_said_how_much_it_matters_and_when_it_is_quiet_can_be_set() {
        let rules = read("{}").unwrap();
        assert_eq!(rules, Rules::default());
        let rules = read(
            "{say: [node, heat], urgent: [node], places: [kitchen], quiet: {from: \"22:00\", to: \"07:30\"}}",
        );
        let rules = rules.unwrap();
        let say = [(Matter::Node, Priority::Urgent), (Matter::Heat, Priority::Normal)];
        assert_eq!(rules.say, say.into_iter().collect());
        assert_eq!(rules.places, ["kitchen"]);
        assert_eq!(rules.quiet, Some(Quiet { from: 22 * 60, to: 7 * 60 + 30 }));
        let usual = read("{say: [node, heat]}").unwrap();
        assert_eq!(usual.say.get(&Matter::Heat), Some(&Priority::Urgent));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (yaml, named) in [
            ("{say: [weather]}", "weather"),
            ("{say: node}", "say"),
            ("{quiet: {from: \"22:00\"}}", "to"),
            ("{quiet: {from: \"24:00\", to: \"07:00\"}}", "time of the day"),
            ("{quiet: {from: \"9:00\", to: \"10:60\"}}", "time of the day"),
            ("{places: [\"\"]}", "places"),
            ("{loud: true}", "loud"),
        ] {
            let told = read(yaml).unwrap_err();
            assert!(told.contains(named), "{yaml}: {told}");
        }
    }
}
