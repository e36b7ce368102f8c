//! What can be wrong with a timer, each with its row.

use jarvis_domain::kv::StoreError;
use jarvis_domain::schedule::{FARTHEST, Scheduled};
use jarvis_domain::{Explain, Fault, Language, Row};

use super::Why;
use super::which::title;

/// The most that is named where several fit.
const NAMED: usize = 5;

/// What is wrong with a timer, or why a command for later does not run.
#[derive(Debug, thiserror::Error)]
pub enum TimerError {
    /// Nobody would be there when its time comes.
    #[error("no host runs here: timers and announcements are those of one that stays")]
    NoHost,
    /// Its time is now or was.
    #[error("that time is over, or is now")]
    Past,
    /// Its time is too far away.
    #[error("that is more than {} days away", FARTHEST.as_secs() / 86_400)]
    Far,
    /// Too much waits already.
    #[error("{most} timers wait already")]
    Many {
        /// As many as there may be.
        most: usize,
    },
    /// There is none.
    #[error("there is no such timer")]
    Unknown,
    /// Several are meant.
    #[error("that fits several: {}", titles(several))]
    Several {
        /// Which.
        several: Vec<Scheduled>,
    },
    /// Somebody else has set it.
    #[error("somebody else has set it")]
    NotYours,
    /// It runs already.
    #[error("its time has come, and it runs")]
    Begun,
    /// It will not run.
    #[error("{}{why}", super::why::CANCELLED)]
    Cancelled {
        /// Why.
        why: Why,
    },
    /// Nobody can tell what its owner may.
    #[error("nobody can tell what whoever set it may now")]
    Standing(#[source] Box<Fault>),
    /// It cannot be written down.
    #[error("jarvis cannot write it down")]
    Store(#[from] StoreError),
}

const NO_HOST: Row = Row {
    code: "timer-no-host",
    meaning: "A timer or an announcement was asked for where no host stays until it is due.",
    hint: "Start a host, jarvis serve or jarvis serve --demo, and say it again.",
    exit: 1,
    status: 503,
};
const WHEN: Row = Row {
    code: "timer-when",
    meaning: "A timer or a command was set for a time that is over, or more than 30 days away.",
    hint: "Name a time to come within 30 days: in ten minutes, at half past nine, tomorrow at seven.",
    exit: 2,
    status: 409,
};
const MANY: Row = Row {
    code: "timer-many",
    meaning: "One person may have 32 timers and commands waiting, all together 256.",
    hint: "Cancel what is not needed any more: jarvis timers list, jarvis timers cancel ID.",
    exit: 1,
    status: 409,
};
const UNKNOWN: Row = Row {
    code: "timer-unknown",
    meaning: "No timer and no command for later is the one that was named.",
    hint: "Ask what timers there are, or look at jarvis timers list.",
    exit: 1,
    status: 404,
};
const SEVERAL: Row = Row {
    code: "timer-several",
    meaning: "Several timers or commands for later fit what was named.",
    hint: "Name one of them by what it is called, how long it was set for, or what it does.",
    exit: 4,
    status: 409,
};
const NOT_YOURS: Row = Row {
    code: "timer-not-yours",
    meaning: "Somebody else has set the timer or the command.",
    hint: "Whoever has set it can cancel it, and an operator.",
    exit: 5,
    status: 403,
};
const BEGUN: Row = Row {
    code: "timer-begun",
    meaning: "The time of a command has come, so that it cannot be cancelled any more.",
    hint: "jarvis runs shows how it goes on.",
    exit: 1,
    status: 409,
};
pub(super) const CANCELLED: Row = Row {
    code: "timer-cancelled",
    meaning: "A command for later did not run: somebody cancelled it, or something is not as it was when it was set.",
    hint: "The sentence says why. Give the command again if it is still wanted.",
    exit: 1,
    status: 409,
};

/// The rows of this module.
pub(crate) const TIMER_ROWS: &[&Row] =
    &[&NO_HOST, &WHEN, &MANY, &UNKNOWN, &SEVERAL, &NOT_YOURS, &BEGUN, &CANCELLED];

impl Explain for TimerError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NoHost => &NO_HOST,
            Self::Past | Self::Far => &WHEN,
            Self::Many { .. } => &MANY,
            Self::Unknown => &UNKNOWN,
            Self::Several { .. } => &SEVERAL,
            Self::NotYours => &NOT_YOURS,
            Self::Begun => &BEGUN,
            Self::Cancelled { .. } | Self::Standing(_) => &CANCELLED,
            Self::Store(error) => error.row(),
        }
    }

    fn german(&self) -> Option<String> {
        Some(match self {
            Self::NoHost => {
                "hier läuft kein Host: Timer und Ansagen gibt es nur bei einem, der bleibt"
                    .to_owned()
            }
            Self::Past => "diese Zeit ist vorbei oder jetzt".to_owned(),
            Self::Far => {
                format!("das ist mehr als {} Tage entfernt", FARTHEST.as_secs() / 86_400)
            }
            Self::Many { most } => format!("es warten schon {most} Timer"),
            Self::Unknown => "so einen Timer gibt es nicht".to_owned(),
            Self::Several { several } => format!("das passt auf mehrere: {}", titles(several)),
            Self::NotYours => "den hat jemand anderes gestellt".to_owned(),
            Self::Begun => "die Zeit ist gekommen, und es läuft".to_owned(),
            Self::Cancelled { why } => {
                format!("es wurde abgesagt: {}", why.told(Language::German))
            }
            Self::Standing(_) => {
                "niemand kann sagen, was jetzt erlaubt ist, wem es galt".to_owned()
            }
            Self::Store(_) => "es lässt sich nicht aufschreiben".to_owned(),
        })
    }
}

/// What `several` are called, the first of them.
fn titles(several: &[Scheduled]) -> String {
    let titles: Vec<String> = several.iter().take(NAMED).map(title).collect();
    titles.join("; ")
}
