//! What people say of timers: each order is a run of its own, like a command's.

use jarvis_domain::invocation::{Answer, InvokeResult};
use jarvis_domain::schedule::{Errand, LONGEST, Owner, Scheduled};
use jarvis_domain::{
    Caller, CommandName, Explain, Invocation, Json, Language, Outcome, Reply, Role, RunId, TimerId,
    Timestamp, say, text,
};
use serde_json::{Map, Value, json};

use super::when::capital;
use super::which::{question, title, which};
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
        /// Which, in words or by its id.
        which: String,
    },
    /// One is not wanted any more.
    Cancel {
        /// Which, in words or by its id.
        which: String,
    },
    /// All of one's own are not.
    CancelAll,
}

impl TimerOrder {
    /// How it stands in run records, as the name of a command. There always is one.
    #[must_use]
    pub fn command(&self) -> Option<CommandName> {
        let name = match self {
            Self::Set { .. } => "timers.set",
            Self::List => "timers.list",
            Self::Left { .. } => "timers.left",
            Self::Cancel { .. } | Self::CancelAll => "timers.cancel",
        };
        name.parse().ok()
    }

    /// The same about the timer of this id, where it is about one.
    #[must_use]
    pub fn about(self, id: String) -> Self {
        match self {
            Self::Left { .. } => Self::Left { which: id },
            Self::Cancel { .. } => Self::Cancel { which: id },
            other @ (Self::Set { .. } | Self::List | Self::CancelAll) => other,
        }
    }

    /// How it stands there, beside the name.
    #[must_use]
    pub fn arguments(&self) -> Map<String, Value> {
        let pairs = match self {
            Self::Set { name, due } => vec![("name", json!(name)), ("due", json!(due))],
            Self::Left { which } | Self::Cancel { which } => vec![("which", json!(which))],
            Self::CancelAll => vec![("which", json!("all"))],
            Self::List => Vec::new(),
        };
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Timers {
    /// Carries out `order` for somebody at `place`, or asks which timer it is about.
    /// `said` is what it came from.
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
        let language = keeper.invocation().language();
        let ended = match self.carry_out(order, asker, place, run, language).await {
            Ok(reply) => Ok(Answer::Reply(reply)),
            Err(TimerError::Several { several }) => {
                Ok(Answer::Choice(question(&several, &self.when(), language)))
            }
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
        language: Language,
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
                let one = self.made(owner, due, place, Errand::Timer { name }, language);
                self.set(one.clone()).await?;
                let (called, when) = (capital(&one.called()), self.when().ahead(due, language));
                let speech =
                    say!(language, en: "{called} ends {when}.", de: "{called} endet {when}.");
                Ok(reply(Outcome::Scheduled, speech, &[one]))
            }
            TimerOrder::List => {
                let all = self.all();
                Ok(reply(Outcome::Done, self.listed(&all, language), &all))
            }
            TimerOrder::Left { which: words } => {
                let all = self.all();
                let one = which(&words, &all, place)?;
                let speech = format!("{}.", self.left(one, language));
                Ok(reply(Outcome::Done, speech, std::slice::from_ref(one)))
            }
            TimerOrder::Cancel { which: words } => {
                let all = self.all();
                let one = which(&words, &all, place)?;
                let gone = self.cancel(one.id, caller).await?;
                let speech = match &gone.errand {
                    Errand::Timer { .. } => {
                        let called = capital(&title(&gone));
                        say!(language, en: "{called} is cancelled.", de: "{called} ist gelöscht.")
                    }
                    Errand::Command(later) => {
                        let what = &later.what;
                        say!(
                            language,
                            en: "Then I will not {what}.",
                            de: "Dann bleibt das aus: {what}.",
                        )
                    }
                };
                Ok(reply(Outcome::Done, speech, &[gone]))
            }
            TimerOrder::CancelAll => {
                self.cancel_all(caller, language).await.map(|(speech, gone)| {
                    let outcome =
                        if gone.is_empty() { Outcome::NothingChanged } else { Outcome::Done };
                    reply(outcome, speech, &gone)
                })
            }
        }
    }

    async fn cancel_all(
        &self,
        caller: &Caller,
        language: Language,
    ) -> Result<(String, Vec<Scheduled>), TimerError> {
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
            0 => say!(language, en: "You have no timers.", de: "Es gibt keine eigenen Timer."),
            1 => say!(language, en: "One timer is cancelled.", de: "Ein Timer ist gelöscht."),
            more => {
                say!(language, en: "{more} timers are cancelled.", de: "{more} Timer sind gelöscht.")
            }
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
        language: Language,
    ) -> Scheduled {
        Scheduled {
            id: TimerId::new(),
            owner,
            set: self.parts.clock.now(),
            due,
            place: place.map(|place| text::line(place, LONGEST)),
            errand,
            language,
            begun: None,
        }
    }

    fn listed(&self, all: &[Scheduled], language: Language) -> String {
        let told = all.iter().take(TOLD).map(|one| self.left(one, language));
        let told: Vec<String> = told.collect();
        match all.len() {
            0 => say!(language, en: "There are no timers.", de: "Es gibt keine Timer."),
            1..=TOLD => format!("{}.", told.join(". ")),
            all => {
                let (told, more) = (told.join(". "), all - TOLD);
                say!(language, en: "{told}. And {more} more.", de: "{told}. Und {more} weitere.")
            }
        }
    }

    /// `The pizza timer ends in 4 minutes, at 20:14`.
    fn left(&self, one: &Scheduled, language: Language) -> String {
        let when = self.when().ahead(one.due, language);
        match &one.errand {
            Errand::Timer { .. } => {
                let called = capital(&title(one));
                say!(language, en: "{called} ends {when}", de: "{called} endet {when}")
            }
            Errand::Command(later) => format!("{}: {}", capital(&when), later.what),
        }
    }
}

impl Timers {
    /// Whether any is called so.
    #[must_use]
    pub fn has(&self, which: &str) -> bool {
        !matches!(super::which::which(which, &self.all(), None), Err(TimerError::Unknown))
    }

    /// The only one of `offered` that is called so.
    #[must_use]
    pub fn only_one_called(&self, which: &str, offered: &[TimerId]) -> Option<TimerId> {
        let mut all = self.all();
        all.retain(|one| offered.contains(&one.id));
        super::which::which(which, &all, None).ok().map(|one| one.id)
    }

    /// Which one a person names: by its id, the beginning of that, or in words as they
    /// are said.
    ///
    /// # Errors
    /// None is called so, or several are.
    pub fn named(&self, name: &str) -> Result<TimerId, TimerError> {
        let (name, all) = (name.trim(), self.all());
        let begins = |one: &&Scheduled| !name.is_empty() && one.id.to_string().starts_with(name);
        let mut by_id = all.iter().filter(begins);
        match (by_id.next(), by_id.next()) {
            (Some(one), None) => Ok(one.id),
            // Words that tell nothing mean none, and not the only one.
            _ if !name.contains(char::is_alphanumeric) => Err(TimerError::Unknown),
            _ => super::which::which(name, &all, None).map(|one| one.id),
        }
    }

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
