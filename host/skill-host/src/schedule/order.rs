//! What people say of timers: each order is a run of its own, like a command's.

use jarvis_domain::invocation::{Answer, InvokeResult};
use jarvis_domain::schedule::{Errand, LONGEST, Owner, Scheduled};
use jarvis_domain::{
    Caller, Explain, Invocation, Json, Outcome, Reply, Role, RunId, TimerId, Timestamp, text,
};
use serde_json::{Value, json};

use super::when::capital;
use super::which::{title, which};
use super::{TimerError, Timers};
use crate::confirm::Asker;
use crate::invoke::keeper::Keeper;

/// The most timers that are told aloud.
const TOLD: usize = 5;

/// What somebody wants of the timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerOrder {
    /// A new one.
    Set {
        /// What it is called.
        name: Option<String>,
        /// When it ends.
        due: Timestamp,
    },
    /// What there is.
    List,
    /// How long one has still to go.
    Left {
        /// Which, in words.
        which: String,
    },
    /// One is not wanted any more.
    Cancel {
        /// Which, in words.
        which: String,
    },
    /// All of one's own are not.
    CancelAll,
}

impl TimerOrder {
    /// How it stands in run records, as the name of a command.
    #[must_use]
    pub fn command(&self) -> &'static str {
        match self {
            Self::Set { .. } => "timers.set",
            Self::List => "timers.list",
            Self::Left { .. } => "timers.left",
            Self::Cancel { .. } | Self::CancelAll => "timers.cancel",
        }
    }
}

impl Timers {
    /// Carries out `order` for somebody at `place`. `said` is what it came from.
    pub async fn order(
        &self,
        order: TimerOrder,
        said: Invocation,
        asker: Asker<'_>,
        place: Option<&str>,
    ) -> InvokeResult {
        let clock = self.parts.clock.as_ref();
        let mut keeper = Keeper::begin(said, asker.caller.clone(), clock);
        let run = keeper.id();
        let ended = match self.carry_out(order, asker, place, run).await {
            Ok(reply) => Ok(Answer::Reply(reply)),
            Err(error) => Err(error.fault()),
        };
        keeper.end(self.parts.runs.as_ref(), &ended).await;
        ended
    }

    async fn carry_out(
        &self,
        order: TimerOrder,
        asker: Asker<'_>,
        place: Option<&str>,
        run: RunId,
    ) -> Result<Reply, TimerError> {
        let caller = asker.caller;
        if caller.role.is_none() {
            return Err(TimerError::NotYours);
        }
        let reply = |outcome, speech: String, shown: &[Scheduled]| Reply {
            outcome,
            speech,
            detail: None,
            data: data(shown),
            as_of: None,
            run,
        };
        match order {
            TimerOrder::Set { name, due } => {
                let name = name.map(|name| text::line(&name, LONGEST));
                let name = name.filter(|name| !name.is_empty());
                let owner = Owner { caller: caller.clone(), shown: asker.shown.cloned() };
                let one = self.made(owner, due, place, Errand::Timer { name });
                self.set(one.clone()).await?;
                let speech = format!("{} ends {}.", capital(&one.called()), self.when().ahead(due));
                Ok(reply(Outcome::Scheduled, speech, &[one]))
            }
            TimerOrder::List => {
                let all = self.all();
                Ok(reply(Outcome::Done, self.listed(&all), &all))
            }
            TimerOrder::Left { which: words } => {
                let all = self.all();
                let one = which(&words, &all, place)?;
                let speech = format!("{}.", self.left(one));
                Ok(reply(Outcome::Done, speech, std::slice::from_ref(one)))
            }
            TimerOrder::Cancel { which: words } => {
                let all = self.all();
                let one = which(&words, &all, place)?;
                let gone = self.cancel(one.id, caller).await?;
                let speech = match &gone.errand {
                    Errand::Timer { .. } => format!("{} is cancelled.", capital(&title(&gone))),
                    Errand::Command(later) => format!("Then I will not {}.", later.what),
                };
                Ok(reply(Outcome::Done, speech, &[gone]))
            }
            TimerOrder::CancelAll => self.cancel_all(caller).await.map(|(speech, gone)| {
                let outcome = if gone.is_empty() { Outcome::NothingChanged } else { Outcome::Done };
                reply(outcome, speech, &gone)
            }),
        }
    }

    async fn cancel_all(&self, caller: &Caller) -> Result<(String, Vec<Scheduled>), TimerError> {
        let own = |one: &Scheduled| one.owner.caller.principal == caller.principal;
        let mut gone = Vec::new();
        for one in self.all().into_iter().filter(own) {
            match self.cancel(one.id, caller).await {
                Ok(one) => gone.push(one),
                // It went by itself meanwhile.
                Err(TimerError::Unknown | TimerError::Begun) => {}
                Err(error) => return Err(error),
            }
        }
        let speech = match gone.len() {
            0 => "You have no timers.".to_owned(),
            1 => "One timer is cancelled.".to_owned(),
            more => format!("{more} timers are cancelled."),
        };
        Ok((speech, gone))
    }

    /// One to be set.
    pub(crate) fn made(
        &self,
        owner: Owner,
        due: Timestamp,
        place: Option<&str>,
        errand: Errand,
    ) -> Scheduled {
        Scheduled {
            id: TimerId::new(),
            owner,
            set: self.parts.clock.now(),
            due,
            place: place.map(|place| text::line(place, LONGEST)),
            errand,
            begun: None,
        }
    }

    fn listed(&self, all: &[Scheduled]) -> String {
        let told = all.iter().take(TOLD).map(|one| self.left(one));
        let told: Vec<String> = told.collect();
        match all.len() {
            0 => "There are no timers.".to_owned(),
            1..=TOLD => format!("{}.", told.join(". ")),
            more => format!("{}. And {} more.", told.join(". "), more - TOLD),
        }
    }

    /// `The pizza timer ends in 4 minutes, at 20:14`.
    fn left(&self, one: &Scheduled) -> String {
        let when = self.when().ahead(one.due);
        match &one.errand {
            Errand::Timer { .. } => format!("{} ends {when}", capital(&title(one))),
            Errand::Command(later) => format!("{}: {}", capital(&when), later.what),
        }
    }
}

impl Timers {
    /// Refuses whoever may not even look.
    ///
    /// # Errors
    /// They have no role.
    pub fn seen_by(&self, caller: &Caller) -> Result<Vec<Scheduled>, TimerError> {
        match caller.role {
            Some(Role::Viewer | Role::Operator | Role::Admin) => Ok(self.all()),
            None => Err(TimerError::NotYours),
        }
    }
}

/// For programs: what was set, told or cancelled.
pub(crate) fn data(shown: &[Scheduled]) -> Option<Json> {
    let timers: Vec<Value> = shown
        .iter()
        .map(|one| json!({ "id": one.id, "called": title(one), "due": one.due }))
        .collect();
    json!({ "timers": timers }).try_into().ok()
}
