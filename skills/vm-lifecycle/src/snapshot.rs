//! A snapshot's name: as said, or made from the date.

use jarvis_skill::{Clock, Error, Request, say, words};

/// The longest name that Proxmox takes (`pve-configid`).
const LONGEST: usize = 40;

/// The name for this request's snapshot.
pub(crate) fn name(clock: &impl Clock, request: &Request) -> Result<String, Error> {
    match request.optional::<String>("name")? {
        None => Ok(dated(clock.now_ms())),
        Some(said) => fit(&said).ok_or_else(|| {
            let said = words::line(&said, 60);
            Error::Invalid(say!(
                en: "A snapshot cannot be called {said:?}: a name has 2 to {LONGEST} letters, digits and hyphens, begins with a letter, and is not \"current\".",
                de: "Ein Snapshot kann nicht {said:?} heißen: Ein Name hat 2 bis {LONGEST} Buchstaben ohne Umlaute, Ziffern und Striche, beginnt mit einem Buchstaben und ist nicht \"current\".",
            ))
        }),
    }
}

/// Words as said, in the form that Proxmox takes: `before the update` becomes
/// `before-the-update`.
fn fit(said: &str) -> Option<String> {
    let name = said.split_whitespace().collect::<Vec<_>>().join("-");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = (2..=LONGEST).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(plain)
        && !name.eq_ignore_ascii_case("current");
    fits.then_some(name)
}

/// `jarvis-20260102-030405`, in UTC.
fn dated(unix_ms: u64) -> String {
    let seconds = unix_ms / 1000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("jarvis-{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

/// The Gregorian date of a day since 1970-01-01, after Howard Hinnant's
/// `civil_from_days`; years begin in March, so that a leap day is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_makes_a_name() {
        for (ms, name) in [
            (0, "jarvis-19700101-000000"),
            (1_767_323_045_999, "jarvis-20260102-030405"),
            (951_782_400_000, "jarvis-20000229-000000"),
            (4_107_542_399_000, "jarvis-21000228-235959"),
        ] {
            assert_eq!(dated(ms), name);
        }
    }

    #[test]
    fn words_become_a_name_or_nothing() {
        for (said, name) in [
            ("before update", Some("before-update")),
            (" a\tb ", Some("a-b")),
            ("pre_9", Some("pre_9")),
            ("a", None),
            ("", None),
            ("9lives", None),
            ("--vmstate", None),
            ("Current", None),
            ("a;b", None),
            ("naïve", None),
            ("a\0b", None),
        ] {
            assert_eq!(fit(said).as_deref(), name, "{said:?}");
        }
        assert!(fit(&"a".repeat(40)).is_some());
        assert!(fit(&"a".repeat(41)).is_none());
    }
}
