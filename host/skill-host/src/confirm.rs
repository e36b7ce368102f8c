//! Questions that wait for a person's yes. Each is used once, lives a minute,
//! is bound to plan, caller, revision and cluster, and ends with the asker's
//! sign-in. Nothing runs while it waits.

mod error;
mod question;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::caller::Principal;
use jarvis_domain::identity::{Life, Person, Shown};
use jarvis_domain::run::RunRecord;
use jarvis_domain::schedule::Owner;
use jarvis_domain::{Caller, ClusterId, ConfirmationId, Digest, Origin, Plan, Role, Timestamp};
use jarvis_policy::confirm::Credential;

use crate::schedule::Due;

pub(crate) use error::CONFIRM_ROWS;
pub use error::ConfirmError;
pub(crate) use question::{prompt, steps};

/// How long a question waits for its answer.
pub const LIFETIME: Duration = Duration::from_secs(60);
/// The most questions that wait at a time; the oldest of whoever has most gives way.
const MOST_WAITING: usize = 256;
/// The most of one principal; their oldest gives way, and nobody else's.
const MOST_OF_ONE: usize = 16;
/// How many answered questions are remembered, to tell "used" from "unknown".
const MOST_REMEMBERED: usize = 1024;

/// Who asks or answers, and what stands behind them.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who, through which door.
    pub caller: &'a Caller,
    /// A person, or a key that a program holds.
    pub credential: Credential,
    /// Ends when they sign out or lose their role; none at doors without a
    /// sign-in.
    pub life: Option<&'a Life>,
    /// The sign-in or key that they have shown.
    pub shown: Option<&'a Shown>,
}

/// A person's yes.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmAnswer<'a> {
    /// The words; by voice they must repeat what it is about.
    pub words: &'a str,
    /// Where the words came from. A model's yes never counts.
    pub origin: Origin,
}

/// A question that waits.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// What would be done.
    pub(crate) plan: Plan,
    /// The digest of the plan.
    pub(crate) digest: Digest,
    /// What the person was told of it, write by write.
    pub(crate) steps: Vec<String>,
    /// Who asked for the command.
    pub(crate) caller: Caller,
    /// What stands behind them.
    pub(crate) credential: Credential,
    /// The question is over with it.
    pub(crate) life: Option<Life>,
    /// The sign-in or key that they had shown.
    pub(crate) shown: Option<Shown>,
    /// The role that every write of the plan needs.
    pub(crate) needs: Role,
    /// What a spoken yes repeats one of.
    pub(crate) repeat: Vec<String>,
    /// A yes after this moment is refused.
    pub(crate) expires: Timestamp,
    /// When it would be done; none: at once.
    pub(crate) later: Option<Due>,
    /// The run so far.
    pub(crate) record: RunRecord,
}

/// The questions that wait.
#[derive(Debug, Default)]
pub(crate) struct Questions(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    // Ids are made in the order of time, so the first is the oldest.
    waiting: BTreeMap<ConfirmationId, Pending>,
    gone: VecDeque<(ConfirmationId, Gone)>,
}

#[derive(Debug, Clone, Copy)]
enum Gone {
    Answered,
    Expired,
    SignedOut,
    GaveWay,
}

impl<'a> From<&'a Caller> for Asker<'a> {
    /// A person at the command line or in the room. At the doors of programs
    /// this is a key without the right to confirm; whoever knows better, since
    /// a person signed in, says so.
    fn from(caller: &'a Caller) -> Self {
        use jarvis_domain::caller::Door;
        let credential = match caller.door {
            Door::Cli | Door::Voice => Credential::Person,
            Door::Api | Door::Mcp | Door::Event => Credential::Key { may_confirm: false },
        };
        Self { caller, credential, life: None, shown: None }
    }
}

impl<'a> From<&'a Person> for Asker<'a> {
    /// Somebody who has signed in, or a key that does.
    fn from(person: &'a Person) -> Self {
        let Person { caller, shown, life, .. } = person;
        let credential = match shown {
            Shown::Token(_) => Credential::Person,
            Shown::Key { may_confirm, .. } => Credential::Key { may_confirm: *may_confirm },
        };
        Self { caller, credential, life: Some(life), shown: Some(shown) }
    }
}

impl<'a> Asker<'a> {
    /// Whoever has set something, long after they asked.
    pub(crate) fn of_owner(owner: &'a Owner) -> Self {
        let asker = Self::from(&owner.caller);
        match &owner.shown {
            None => asker,
            Some(Shown::Token(_)) => Self { credential: Credential::Person, ..asker },
            Some(Shown::Key { may_confirm, .. }) => {
                Self { credential: Credential::Key { may_confirm: *may_confirm }, ..asker }
            }
        }
    }
}

impl<'a> From<&'a str> for ConfirmAnswer<'a> {
    fn from(words: &'a str) -> Self {
        Self { words, origin: Origin::Typed }
    }
}

impl Pending {
    /// Why it waits no more, where it does not.
    fn over(&self, now: Timestamp) -> Option<Gone> {
        if self.life.as_ref().is_some_and(Life::is_over) {
            return Some(Gone::SignedOut);
        }
        (now > self.expires).then_some(Gone::Expired)
    }
}

impl Questions {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets a question wait.
    pub(crate) fn put(&self, id: ConfirmationId, pending: Pending, now: Timestamp) {
        self.with(|inner| {
            inner.expire(now);
            if let Some(oldest) = inner.one_too_many(&pending.caller.principal) {
                inner.waiting.remove(&oldest);
                inner.remember(oldest, Gone::GaveWay);
            }
            inner.waiting.insert(id, pending);
        });
    }

    /// Looks at a question without using it up.
    pub(crate) fn look(&self, id: ConfirmationId, now: Timestamp) -> Result<Pending, ConfirmError> {
        self.with(|inner| {
            inner.expire(now);
            inner.waiting.get(&id).cloned().ok_or_else(|| inner.why_gone(id))
        })
    }

    /// The cluster that a question is about; none where it waits no more.
    pub(crate) fn cluster(&self, id: ConfirmationId) -> Option<ClusterId> {
        self.with(|inner| Some(inner.waiting.get(&id)?.record.invocation.cluster.clone()))
    }

    /// Uses a question up: of two who answer at once only one gets it.
    pub(crate) fn take(&self, id: ConfirmationId, now: Timestamp) -> Result<Pending, ConfirmError> {
        self.with(|inner| {
            inner.expire(now);
            let pending = inner.waiting.remove(&id).ok_or_else(|| inner.why_gone(id))?;
            inner.remember(id, Gone::Answered);
            Ok(pending)
        })
    }
}

impl Inner {
    fn expire(&mut self, now: Timestamp) {
        let over = |(id, pending): (&ConfirmationId, &Pending)| Some((*id, pending.over(now)?));
        let old: Vec<(ConfirmationId, Gone)> = self.waiting.iter().filter_map(over).collect();
        for (id, gone) in old {
            self.waiting.remove(&id);
            self.remember(id, gone);
        }
    }

    /// The question that goes before one more of `principal` waits.
    fn one_too_many(&self, principal: &Principal) -> Option<ConfirmationId> {
        let mut counts: BTreeMap<&Principal, usize> = BTreeMap::new();
        for pending in self.waiting.values() {
            *counts.entry(&pending.caller.principal).or_default() += 1;
        }
        let whose = if counts.get(principal).is_some_and(|count| *count >= MOST_OF_ONE) {
            principal
        } else if self.waiting.len() >= MOST_WAITING {
            counts.iter().max_by_key(|(_, count)| **count)?.0
        } else {
            return None;
        };
        let mut theirs = self.waiting.iter().filter(|(_, of)| of.caller.principal == *whose);
        theirs.next().map(|(oldest, _)| *oldest)
    }

    fn remember(&mut self, id: ConfirmationId, gone: Gone) {
        if self.gone.len() >= MOST_REMEMBERED {
            self.gone.pop_front();
        }
        self.gone.push_back((id, gone));
    }

    fn why_gone(&self, id: ConfirmationId) -> ConfirmError {
        match self.gone.iter().rev().find(|(known, _)| *known == id) {
            Some((_, Gone::Answered)) => ConfirmError::Used,
            Some((_, Gone::Expired)) => ConfirmError::Expired,
            Some((_, Gone::SignedOut)) => ConfirmError::SignedOut,
            Some((_, Gone::GaveWay)) => ConfirmError::GaveWay,
            None => ConfirmError::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
