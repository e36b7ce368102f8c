//! All that the last sentence did: undone, done again, explained.

use std::sync::Arc;

use jarvis_domain::invocation::{Answer, Watcher};
use jarvis_domain::run::{RunEnd, RunRecord};
use jarvis_domain::{CommandName, Fault, Outcome, text};
use jarvis_skill_host::Asker;

use super::{Last, again};
use crate::assistant::Spoken;
use crate::tell::{tell_next, tell_run};
use crate::{Assistant, Conversation, Heard, Said};

/// What undoing a command comes to.
enum Undone {
    /// This.
    By(Box<Last>),
    /// Its manifest names nothing that undoes it.
    ByNothing(CommandName),
    /// Nobody knows what came of it.
    Unknown(CommandName),
    /// It changed nothing.
    Unneeded(CommandName),
}

impl Assistant {
    /// Undoes what the last sentence did, the last of it first, each command by the
    /// inverse that its manifest names. What has none is said, and stays.
    pub(super) async fn undo(
        &self,
        last: Last,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        let (mut inverses, mut stays, mut unneeded) = (Vec::new(), Vec::new(), None);
        for one in last.all().into_iter().rev() {
            match self.undone(one, heard).await? {
                Undone::By(inverse) => inverses.push(*inverse),
                Undone::ByNothing(command) => stays.push(format!("nothing undoes {command}")),
                Undone::Unknown(command) => {
                    stays.push(format!("what came of {command} is not known"));
                }
                Undone::Unneeded(command) => unneeded = Some(command),
            }
        }
        stays.dedup();
        if inverses.is_empty() {
            stays.extend(
                unneeded
                    .filter(|_| stays.is_empty())
                    .map(|command| format!("{command} changed nothing")),
            );
            return Ok(Said::Dropped(format!("I cannot undo that: {}.", stays.join(", and "))));
        }
        let said = self.run_all(inverses, conversation, asker, watcher).await;
        if stays.is_empty() {
            return said;
        }
        let stays = format!("Not all of it can be undone: {}.", stays.join(", and "));
        said.map(|said| said.behind(&stays))
    }

    /// Runs what the last sentence meant once more.
    pub(super) async fn do_again(
        &self,
        last: Last,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        let catalog = self.host.catalog();
        let anew = |one: Last| Last { invocation: again(&one.invocation, heard), run: None, ..one };
        // What a language model said is no command.
        let is_command = |one: &Last| catalog.command(&one.invocation.command).is_some();
        let all: Vec<Last> = last.all().into_iter().filter(is_command).map(anew).collect();
        if all.is_empty() {
            return Ok(Said::Dropped("There is nothing that I could do again.".to_owned()));
        }
        self.run_all(all, conversation, asker, watcher).await
    }

    /// Runs one at once; several are all tried out before.
    async fn run_all(
        &self,
        all: Vec<Last>,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        if let [one] = all.as_slice() {
            let (invocation, at) = (one.invocation.clone(), self.clock.now());
            conversation.last = Some(Last { at, ..one.clone() });
            return self.invoke(invocation, conversation, asker, Arc::clone(watcher)).await;
        }
        let said = self.one_by_one(all.into(), conversation, asker, watcher).await;
        said.unwrap_or_else(|| {
            Ok(Said::Dropped(
                "I cannot do all of that at once. Say one after the other.".to_owned(),
            ))
        })
    }

    async fn undone(&self, last: Last, heard: &Heard) -> Result<Undone, Box<Fault>> {
        let command = last.invocation.command.clone();
        let record = self.record_of(&last).await?;
        // What a language model said changed nothing; what it called has its own run.
        let record = record.filter(|record| record.turn.is_none());
        let outcome = match record.and_then(|record| record.end) {
            Some(RunEnd::Answered(Answer::Reply(reply))) => Some(reply.outcome),
            _ => None,
        };
        let catalog = self.host.catalog();
        let inverse = catalog.command(&command).and_then(|(_, spec)| spec.inverse.clone());
        Ok(match (outcome, inverse) {
            (Some(Outcome::Unknown), _) => Undone::Unknown(command),
            (Some(Outcome::Done | Outcome::Started), Some(inverse)) => {
                let mut invocation = again(&last.invocation, heard);
                invocation.command.command = inverse;
                Undone::By(Box::new(Last { invocation, run: None, ..last }))
            }
            (Some(Outcome::Done | Outcome::Started), None) if self.looks_only(&command) => {
                Undone::Unneeded(command)
            }
            (Some(Outcome::Done | Outcome::Started), None) => Undone::ByNothing(command),
            _ => Undone::Unneeded(command),
        })
    }

    /// Why the commands of the last sentence ran, and what they did, from their
    /// records.
    pub(super) async fn explain(&self, last: Last) -> Result<String, Box<Fault>> {
        let mut told: Vec<String> = Vec::new();
        for one in last.all() {
            told.push(match (self.record_of(&one).await?, told.is_empty()) {
                (Some(record), true) => tell_run(&record),
                (Some(record), false) => tell_next(&record),
                (None, _) => format!(
                    "You said {:?}, and I took that for {}. It has not run.",
                    text::shown(&one.words, 200),
                    one.invocation.command
                ),
            });
        }
        Ok(told.join(" "))
    }

    async fn record_of(&self, last: &Last) -> Result<Option<RunRecord>, Box<Fault>> {
        match last.run {
            Some(run) => self.host.record(run).await,
            None => Ok(None),
        }
    }
}
