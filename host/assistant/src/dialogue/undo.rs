//! All that the last sentence did: undone, done again, explained.

use std::sync::Arc;

use jarvis_domain::invocation::{Answer, Watcher};
use jarvis_domain::run::{RunEnd, RunRecord};
use jarvis_domain::{CommandName, Fault, Language, Outcome, say, text};
use jarvis_skill_host::Asker;

use super::{Last, again};
use crate::assistant::Spoken;
use crate::conversation::Pending;
use crate::tell::{tell_next, tell_run_in, writes};
use crate::{Assistant, Conversation, Heard, Said};

/// What undoing a command comes to.
enum Undone {
    /// This.
    By(Box<Last>),
    /// Its manifest names nothing that undoes it.
    ByNothing(CommandName),
    /// Nobody knows what came of it.
    Unknown(CommandName),
    /// It has yet to run.
    Planned(CommandName),
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
        let language = heard.language();
        let (mut inverses, mut stays, mut unneeded) = (Vec::new(), Vec::new(), None);
        for one in last.all().into_iter().rev() {
            match self.undone(one, heard).await? {
                Undone::By(inverse) => inverses.push(*inverse),
                Undone::ByNothing(command) => stays.push(say!(
                    language,
                    en: "nothing undoes {command}",
                    de: "zu {command} gibt es kein Gegenstück",
                )),
                Undone::Unknown(command) => stays.push(say!(
                    language,
                    en: "what came of {command} is not known",
                    de: "was aus {command} geworden ist, ist unklar",
                )),
                Undone::Planned(command) => stays.push(say!(
                    language,
                    en: "{command} has yet to run; cancel it among the timers",
                    de: "{command} steht noch aus und lässt sich bei den Timern absagen",
                )),
                Undone::Unneeded(command) => unneeded = Some(command),
            }
        }
        stays.dedup();
        if inverses.is_empty() {
            let unneeded = unneeded.filter(|_| stays.is_empty());
            stays.extend(unneeded.map(|command| {
                say!(language, en: "{command} changed nothing", de: "{command} hat nichts geändert")
            }));
            let why = stays.join(&say!(language, en: ", and ", de: ", und "));
            return Ok(Said::Dropped(say!(
                language,
                en: "I cannot undo that: {why}.",
                de: "Das lässt sich nicht rückgängig machen: {why}.",
            )));
        }
        let said = self.run_all(inverses, heard, conversation, asker, watcher).await;
        if stays.is_empty() {
            return said;
        }
        let why = stays.join(&say!(language, en: ", and ", de: ", und "));
        let stays = say!(
            language,
            en: "Not all of it can be undone: {why}.",
            de: "Nicht alles davon lässt sich rückgängig machen: {why}.",
        );
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
            return Ok(Said::Dropped(nothing_to_repeat(heard.language())));
        }
        let now = self.clock.now();
        if all.iter().any(|one| one.later.as_ref().is_some_and(|later| later.due <= now)) {
            return Ok(Said::Dropped(say!(
                heard.language(),
                en: "Its time is over. Say it once more, with when it is to be done.",
                de: "Die Zeit dafür ist vorbei. Bitte noch einmal sagen, mit der Zeit dafür.",
            )));
        }
        self.run_all(all, heard, conversation, asker, watcher).await
    }

    /// Runs one, at its time where it has one; several are all tried out before.
    async fn run_all(
        &self,
        all: Vec<Last>,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        let language = heard.language();
        if let [one] = all.as_slice() {
            let (invocation, later) = (one.invocation.clone(), one.later.clone());
            conversation.last = Some(Last { at: self.clock.now(), ..one.clone() });
            let pending = Pending { invocation, later };
            return self.run(pending, heard, conversation, asker, Arc::clone(watcher)).await;
        }
        let said = self.one_by_one(all.into(), conversation, asker, watcher, language).await;
        said.unwrap_or_else(|| {
            Ok(Said::Dropped(say!(
                language,
                en: "I cannot do all of that at once. Say one after the other.",
                de: "Das geht nicht alles auf einmal. Bitte eines nach dem anderen sagen.",
            )))
        })
    }

    async fn undone(&self, last: Last, heard: &Heard) -> Result<Undone, Box<Fault>> {
        let command = last.invocation.command.clone();
        let record = self.record_of(&last).await?;
        // What a language model said changed nothing; what it called has its own run.
        let record = record.filter(|record| record.turn.is_none());
        let wrote = record.as_ref().is_some_and(|record| writes(record).next().is_some());
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
                Undone::By(Box::new(Last { invocation, later: None, run: None, ..last }))
            }
            (Some(Outcome::Done | Outcome::Started), None) if self.looks_only(&command) => {
                Undone::Unneeded(command)
            }
            (Some(Outcome::Done | Outcome::Started), None) => Undone::ByNothing(command),
            (Some(Outcome::Scheduled), _) => Undone::Planned(command),
            // Some of it was done, or may have been.
            _ if wrote => Undone::Unknown(command),
            _ => Undone::Unneeded(command),
        })
    }

    /// Why the commands of the last sentence ran, and what they did, from their
    /// records.
    pub(super) async fn explain(
        &self,
        last: Last,
        language: Language,
    ) -> Result<String, Box<Fault>> {
        let mut told: Vec<String> = Vec::new();
        for one in last.all() {
            told.push(match (self.record_of(&one).await?, told.is_empty()) {
                (Some(record), true) => tell_run_in(&record, language),
                (Some(record), false) => tell_next(&record, language),
                (None, _) => {
                    let (words, command) = (text::shown(&one.words, 200), &one.invocation.command);
                    say!(
                        language,
                        en: "You said {words:?}, and I took that for {command}. It has not run.",
                        de: "Gesagt wurde {words:?}, verstanden {command}. Gelaufen ist es nicht.",
                    )
                }
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

/// What is said where "again" means nothing.
pub(super) fn nothing_to_repeat(language: Language) -> String {
    say!(
        language,
        en: "There is nothing that I could do again.",
        de: "Es gibt nichts zu wiederholen.",
    )
}
