//! What became of several things of which each was to be done: one word for
//! all of it, and doing them one after the other.

use crate::{End, Error, Outcome, words};

/// What became of one of them. Texts of [`Fate::Already`] and
/// [`Fate::Refused`] are the end of a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is done, with so many warnings.
    Done {
        /// How many Proxmox gave.
        warnings: u32,
    },
    /// It was begun and still runs.
    Running,
    /// It was so already; nothing was written.
    Already(String),
    /// It makes no sense or cannot work; nothing was written.
    Refused(String),
    /// It failed; why, in words from outside.
    Failed(String),
    /// Nobody can tell, and why not.
    Unknown(String),
    /// Another before it stopped the work, so it was not begun.
    NotBegun,
}

impl From<End> for Fate {
    fn from(end: End) -> Self {
        match end {
            End::Ok => Self::Done { warnings: 0 },
            End::Warnings(warnings) => Self::Done { warnings },
            End::Running => Self::Running,
            End::Failed(text) => Self::Failed(words::line(&text, 300)),
            End::Unverified(why) | End::Unknown(why) => Self::Unknown(words::line(&why, 300)),
        }
    }
}

impl Fate {
    /// What became of a write that could not be started. `Err`: it was denied,
    /// which is for the host to tell.
    pub fn not_started(error: Error) -> Result<Self, Error> {
        match error {
            Error::Denied(_) => Err(error),
            Error::Failed(_) => Ok(Self::Failed(error.sentence())),
            _ if error.left_no_effect() => Ok(Self::Failed(error.sentence())),
            _ => Ok(Self::Unknown(error.sentence())),
        }
    }

    /// One word for it, for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Running => "started",
            Self::Already(_) => "nothing-changed",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
            Self::NotBegun => "not-begun",
        }
    }

    /// The text that it carries.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Already(text)
            | Self::Refused(text)
            | Self::Failed(text)
            | Self::Unknown(text) => Some(text),
            Self::Done { .. } | Self::Running | Self::NotBegun => None,
        }
    }

    /// Whether a person has to be told why it is not done.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Failed(_) | Self::Unknown(_))
    }

    /// Whether something was, or may have been, changed.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Running | Self::Failed(_) | Self::Unknown(_))
    }

    /// Whether the next one must not be begun after it.
    #[must_use]
    pub fn stops(&self) -> bool {
        matches!(self, Self::Running | Self::Failed(_) | Self::Unknown(_))
    }
}

/// How it ended in all; `None` when none of it came about, which is an error.
#[must_use]
pub fn outcome<'a>(fates: impl IntoIterator<Item = &'a Fate>) -> Option<Outcome> {
    let fates: Vec<&Fate> = fates.into_iter().collect();
    let any = |is: fn(&Fate) -> bool| fates.iter().any(|fate| is(fate));
    let failed = any(|fate| matches!(fate, Fate::Refused(_) | Fate::Failed(_)));
    let some_of_it =
        any(|fate| matches!(fate, Fate::Done { .. } | Fate::Running | Fate::Already(_)));
    if any(|fate| matches!(fate, Fate::Unknown(_))) {
        Some(Outcome::Unknown)
    } else if failed {
        some_of_it.then_some(Outcome::Failed)
    } else if any(|fate| matches!(fate, Fate::Running)) {
        Some(Outcome::Started)
    } else if any(|fate| matches!(fate, Fate::Done { .. })) {
        Some(Outcome::Done)
    } else {
        Some(Outcome::NothingChanged)
    }
}

/// Does `each` one after the other, and stops after the first that failed,
/// still runs, or of which nobody can tell; those behind it are not begun.
///
/// A denial is for the host to tell as it stands, and so is returned, unless
/// something was done before it.
pub fn in_turn<T>(
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&T) -> Result<Fate, Error>,
) -> Result<Vec<(T, Fate)>, Error> {
    let mut fates: Vec<(T, Fate)> = Vec::new();
    let mut stopped = false;
    for item in items {
        let fate = if stopped {
            Fate::NotBegun
        } else {
            match each(&item) {
                Ok(fate) => fate,
                Err(error) if !fates.iter().any(|(_, fate)| fate.has_effect()) => {
                    return Err(error);
                }
                Err(error) => Fate::Failed(error.sentence()),
            }
        };
        stopped |= fate.stops();
        fates.push((item, fate));
    }
    Ok(fates)
}

/// What is said of several, those of which the same is said together: `a and
/// b are off. c is on.`, one text each, with at most `most` names in it.
#[must_use]
pub fn grouped<S: AsRef<str>>(said: impl IntoIterator<Item = (S, S)>, most: usize) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (name, what) in said {
        let name = name.as_ref().to_owned();
        match groups.iter_mut().find(|(known, _)| known == what.as_ref()) {
            Some((_, names)) => names.push(name),
            None => groups.push((what.as_ref().to_owned(), vec![name])),
        }
    }
    let told = groups.iter().map(|(what, names)| match names.as_slice() {
        [one] => format!("{one} {what}."),
        several => {
            format!("{} {}.", words::list_of_at_most(several, most), words::of_several(what))
        }
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Fate {
        Fate::Failed("no space".to_owned())
    }

    #[test]
    fn one_word_for_all_of_it() {
        let done = Fate::Done { warnings: 0 };
        let already = Fate::Already("is off".to_owned());
        let refused = Fate::Refused("is offline".to_owned());
        let unknown = Fate::Unknown("it was lost".to_owned());
        for (fates, expected) in [
            (&[done.clone(), already.clone()][..], Some(Outcome::Done)),
            (std::slice::from_ref(&already), Some(Outcome::NothingChanged)),
            (&[done.clone(), refused.clone()], Some(Outcome::Failed)),
            (&[done.clone(), failed(), Fate::NotBegun], Some(Outcome::Failed)),
            (&[done, unknown], Some(Outcome::Unknown)),
            (&[Fate::Running, Fate::NotBegun], Some(Outcome::Started)),
            (&[refused, failed()], None),
            (&[], Some(Outcome::NothingChanged)),
        ] {
            assert_eq!(outcome(fates), expected, "{fates:?}");
        }
    }

    #[test]
    fn the_first_that_fails_is_the_last_that_is_begun() {
        let mut begun = Vec::new();
        let fates = in_turn(["a", "b", "c"], |item| {
            begun.push(*item);
            Ok(if *item == "b" { failed() } else { Fate::Done { warnings: 0 } })
        });
        let words: Vec<_> = fates.unwrap().iter().map(|(_, fate)| fate.word()).collect();
        assert_eq!(words, ["done", "failed", "not-begun"]);
        assert_eq!(begun, ["a", "b"]);
    }

    #[test]
    fn a_refusal_stops_nothing_and_a_denial_is_the_hosts_until_something_is_done() {
        let denied = || Error::Denied("no grant".to_owned());
        let refused = in_turn(["a", "b"], |item| match *item {
            "a" => Ok(Fate::Refused("is offline".to_owned())),
            _ => Err(denied()),
        });
        assert_eq!(refused, Err(denied()));
        let done = in_turn(["a", "b"], |item| match *item {
            "a" => Ok(Fate::Done { warnings: 0 }),
            _ => Err(denied()),
        });
        assert_eq!(done.unwrap()[1].1, Fate::Failed("no grant".to_owned()));
    }

    #[test]
    fn what_cannot_be_started_is_a_failure_or_unknown() {
        for (error, word) in [
            (Error::Unavailable("it is far away".into()), "failed"),
            (Error::failure("locked"), "failed"),
            (Error::Timeout, "unknown"),
        ] {
            assert_eq!(Fate::not_started(error).unwrap().word(), word);
        }
        assert!(Fate::not_started(Error::Denied("no".into())).is_err());
    }

    #[test]
    fn the_same_is_said_once() {
        let said = [("a", "is off"), ("b", "is on"), ("c", "is off")];
        assert_eq!(grouped(said, 8), ["a and c are off.", "b is on."]);
    }
}
