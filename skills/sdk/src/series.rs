//! Several things done one after another: stopped at the first that fails, and
//! told so that it is clear what is done and what is not.
//!
//! A skill says what is to be done by a [`Deed`], which has the words, and to
//! what by [`Target`]s. [`in_turn`] does it, [`reply`] tells it.

mod report;

pub use report::{outcome, reply, speech};

use std::time::Duration;

use crate::{
    Clock, ClusterWrite, End, Error, Field, Language, Request, Verb, language, say, words,
};

/// What is done to each, in words: in English, and in German where the skill speaks it.
pub trait Deed {
    /// `Rebooted`, at the head of a sentence. In German `neu gestartet`, at the end of
    /// one that begins with `pve2 ist`.
    fn done(&self) -> String;

    /// `was not rebooted`, after a name; `wurde nicht neu gestartet`.
    fn not_done(&self) -> String;

    /// `was rebooted`, after a name: made from [`Self::not_done`] where that
    /// begins with `was not`. In German `neu gestartet wurde`, behind `ob` and a name.
    fn perhaps_done(&self) -> String {
        let not_done = self.not_done();
        match (language(), not_done.strip_prefix("wurde nicht ")) {
            (Language::German, Some(done)) => format!("{done} wurde"),
            _ => not_done.replacen("was not ", "was ", 1),
        }
    }

    /// `is still rebooting`, after a name, or after several: `are …`.
    fn going_on(&self, several: bool) -> String;

    /// The sentence that it is done to `names`.
    fn told(&self, names: &str, several: bool) -> String {
        let (done, with) = (self.done(), self.done_with());
        let be = if several { "sind" } else { "ist" };
        say!(en: "{done} {names}{with}.", de: "{names} {be} {done}{with}.")
    }

    /// What stands between the names and the end of the sentence that says
    /// what is done: `, called weekly`.
    fn done_with(&self) -> String {
        String::new()
    }

    /// A sentence of advice for the one of this name that failed.
    fn advice(&self, _called: &str, _why: &str) -> Option<String> {
        None
    }
}

/// One of the things it is done to.
pub trait Target {
    /// Its name as people know it, fit to be told.
    fn called(&self) -> String;
}

/// What became of one target. The texts of `Already` and `Refused` are the end
/// of a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is done, with so many warnings.
    Done {
        /// Of Proxmox, in the task's log.
        warnings: u32,
    },
    /// It was begun and still runs.
    Running,
    /// It was so already, and nothing was written.
    Already(String),
    /// It makes no sense, or cannot work; nothing was written.
    Refused(String),
    /// It was tried and failed, and why.
    Failed(String),
    /// Nobody can tell, and why not.
    Unknown(String),
    /// Something before it failed, so it was left alone.
    NotReached,
}

impl Fate {
    /// What became of a write that could not be started. An error only when it
    /// was denied, which is for the host to tell.
    pub fn not_started(error: Error) -> Result<Self, Error> {
        match error {
            Error::Denied(_) => Err(error),
            _ if error.left_no_effect() || matches!(error, Error::Failed(_)) => {
                Ok(Self::Failed(error.sentence()))
            }
            _ => Ok(Self::Unknown(error.sentence())),
        }
    }

    /// One word for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Running => "started",
            Self::Already(_) => "nothing-changed",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
            Self::NotReached => "not-reached",
        }
    }

    /// The text that it carries.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Already(text)
            | Self::Refused(text)
            | Self::Failed(text)
            | Self::Unknown(text) => Some(text),
            Self::Done { .. } | Self::Running | Self::NotReached => None,
        }
    }

    /// Whether anything may have happened.
    fn has_effect(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Running | Self::Unknown(_))
    }

    /// Whether the next one may be begun: what was never tried stops nobody.
    fn lets_go_on(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Already(_) | Self::Refused(_))
    }
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

/// Does `attempt` to each of `targets` in turn. After the first that fails, is
/// uncertain or did not end in time the others are not begun.
///
/// An error of `attempt` is a denial: of the first write it is the answer, as
/// the host has to hear of it; of a later one it is that target's failure.
pub fn in_turn<T>(
    targets: Vec<T>,
    mut attempt: impl FnMut(&T) -> Result<Fate, Error>,
) -> Result<Vec<(T, Fate)>, Error> {
    let mut fates: Vec<(T, Fate)> = Vec::with_capacity(targets.len());
    let mut goes_on = true;
    for target in targets {
        let fate = if goes_on {
            match attempt(&target) {
                Ok(fate) => fate,
                Err(denied) if !fates.iter().any(|(_, fate)| fate.has_effect()) => {
                    return Err(denied);
                }
                Err(denied) => Fate::Failed(denied.sentence()),
            }
        } else {
            Fate::NotReached
        };
        goes_on = goes_on && fate.lets_go_on();
        fates.push((target, fate));
    }
    Ok(fates)
}

/// Makes one write and waits for its end, at most as long as the request's
/// budget allows and, where there is one, `at_most`. An error only when it was
/// denied.
pub fn write(
    host: &(impl ClusterWrite + Clock),
    request: &Request,
    (verb, path, fields): (Verb, &str, &[Field]),
    at_most: Option<Duration>,
) -> Result<Fate, Error> {
    let left = request.time_left(host);
    if left.is_zero() {
        return Ok(Fate::NotReached);
    }
    match host.write(verb, path, fields) {
        Ok(Some(operation)) => {
            let wait = at_most.unwrap_or(left).min(request.time_left(host)).as_millis();
            let ended = operation.wait(u32::try_from(wait).unwrap_or(u32::MAX));
            Ok(Fate::from(End::read(ended)))
        }
        Ok(None) => Ok(Fate::Done { warnings: 0 }),
        Err(error) => Fate::not_started(error),
    }
}

#[cfg(test)]
mod tests;
