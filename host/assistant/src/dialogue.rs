//! What leans on what was said before, and several commands at once.

mod offer;
mod undo;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::invocation::{Choice, ChoiceOption, Watcher};
use jarvis_domain::{
    German, Invocation, Language, Outcome, Reply, RequestId, RunId, Timestamp, say,
};
use jarvis_sentences::{Slot, SlotValue};
use jarvis_skill_host::{Asker, Tried};

use crate::assistant::{Meant, Spoken};
use crate::conversation::{Open, Pending};
use crate::follow::{Follow, Form, follow, instead};
use crate::several::parts;
use crate::times::Later;
use crate::{Assistant, Conversation, Heard, Said};

/// How long words may lean on the last command.
const LEANS: Duration = Duration::from_secs(300);

/// The last command of a dialogue.
#[derive(Debug, Clone)]
pub(crate) struct Last {
    /// What was said.
    pub(crate) words: String,
    /// What came of it.
    pub(crate) invocation: Invocation,
    /// When it was to be done; none: at once.
    pub(crate) later: Option<Later>,
    /// The words of it that named something.
    pub(crate) named: Vec<String>,
    /// What was not picked where several things fitted.
    pub(crate) passed_over: Option<Choice>,
    /// Its run, once there is one.
    pub(crate) run: Option<RunId>,
    pub(crate) at: Timestamp,
    /// What the same sentence meant before it, in order; of these nothing has any.
    pub(crate) before: Vec<Last>,
}

impl Last {
    /// The commands of the sentence, in order.
    fn all(mut self) -> Vec<Self> {
        let mut all = std::mem::take(&mut self.before);
        all.push(self);
        all
    }

    /// These commands of one sentence, in order.
    pub(crate) fn of(mut all: Vec<Self>) -> Option<Self> {
        let newest = all.pop()?;
        Some(Self { before: all, ..newest })
    }

    /// Without the last of them.
    pub(crate) fn without_newest(self) -> Option<Self> {
        Self::of(self.before)
    }
}

impl Assistant {
    /// Takes `heard` as something that leans on what was said before. None: it
    /// does not.
    pub(crate) async fn lean(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Option<Spoken> {
        let language = heard.language();
        let follow = follow(&heard.words, language)?;
        let now = self.clock.now();
        let last = conversation.last.clone().filter(|last| now.since(last.at) <= LEANS);
        let dropped = |text: String| Some(Ok(Said::Dropped(text)));
        match (follow, last) {
            (Follow::Undo, None) => dropped(say!(
                language,
                en: "There is nothing that I could undo.",
                de: "Es gibt nichts rückgängig zu machen.",
            )),
            (Follow::Why, None) => dropped(say!(
                language,
                en: "I did nothing lately that I could explain.",
                de: "In letzter Zeit ist nichts geschehen, was zu erklären wäre.",
            )),
            (Follow::Again, None) => dropped(undo::nothing_to_repeat(language)),
            (Follow::Other, None) => dropped(say!(
                language,
                en: "I do not know what the other one would be.",
                de: "Es ist nicht klar, was das andere wäre.",
            )),
            (Follow::About(Form::Adds, named), last) => {
                let cluster = heard.cluster.as_ref();
                if let Ok(meant) = self.meant_in_time(&named, cluster, language).await {
                    // Whoever says what to do leans on nothing.
                    return Some(
                        self.act(meant, heard, conversation, asker, Arc::clone(watcher)).await,
                    );
                }
                let meant = self.inherited(&last?, &named, heard).await?;
                Some(self.offer(meant, heard, conversation, asker, watcher).await)
            }
            (Follow::About(..) | Follow::Instead(_), None) => None,
            (Follow::Undo, Some(last)) => {
                Some(self.undo(last, heard, conversation, asker, watcher).await)
            }
            (Follow::Again, Some(last)) => {
                Some(self.do_again(last, heard, conversation, asker, watcher).await)
            }
            (Follow::Why, Some(last)) => {
                Some(self.explain(last, language).await.map(Said::Dropped))
            }
            (Follow::Other, Some(last)) => {
                Some(self.other(last, heard, conversation, asker, watcher).await)
            }
            (Follow::About(Form::Asks, named), Some(last)) => {
                let meant = self.inherited(&last, &named, heard).await?;
                Some(self.offer(meant, heard, conversation, asker, watcher).await)
            }
            (Follow::About(Form::Orders, named) | Follow::Instead(named), Some(last)) => {
                let meant = self.inherited(&last, &named, heard).await?;
                Some(self.act(meant, heard, conversation, asker, Arc::clone(watcher)).await)
            }
        }
    }

    /// Whether `heard` asks about something else behind a command that changed something.
    pub(crate) fn asks_behind_a_change(&self, heard: &Heard, conversation: &Conversation) -> bool {
        let now = self.clock.now();
        let last = conversation.last.as_ref().filter(|last| now.since(last.at) <= LEANS);
        last.is_some_and(|last| !self.looks_only(&last.invocation.command))
            && matches!(follow(&heard.words, heard.language()), Some(Follow::About(Form::Asks, _)))
    }

    /// Whether `heard` names what is meant in place of what was asked about.
    pub(crate) async fn means_another(&self, heard: &Heard, conversation: &Conversation) -> bool {
        let Some(last) = &conversation.last else { return false };
        match follow(&heard.words, heard.language()) {
            Some(Follow::Instead(named)) => self.inherited(last, &named, heard).await.is_some(),
            Some(Follow::Other) => last.passed_over.is_some(),
            _ => false,
        }
    }

    /// Whether `heard` sounds as if not what a person was just asked about is meant.
    pub(crate) fn corrects(heard: &Heard) -> bool {
        matches!(follow(&heard.words, heard.language()), Some(Follow::Instead(_) | Follow::Other))
    }

    /// The last command about what was not picked.
    async fn other(
        &self,
        last: Last,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        let Some(choice) = &last.passed_over else {
            return Ok(Said::Dropped(say!(
                heard.language(),
                en: "I do not know what the other one would be.",
                de: "Es ist nicht klar, was das andere wäre.",
            )));
        };
        let later = last.later.clone();
        let mut invocation = again(&last.invocation, heard);
        if let [only] = choice.options.as_slice() {
            let before = invocation.arguments.insert(choice.parameter.clone(), only.value.clone());
            // Said once more, it is the first one again.
            let first = before.map(|value| Choice {
                options: vec![ChoiceOption { label: value.to_string(), value }],
                ..choice.clone()
            });
            conversation.last = Some(Last {
                invocation: invocation.clone(),
                passed_over: first,
                run: None,
                at: self.clock.now(),
                ..last
            });
            let pending = Pending { invocation, later };
            return self.run(pending, heard, conversation, asker, Arc::clone(watcher)).await;
        }
        let choice = choice.clone();
        let pending = Pending { invocation, later };
        conversation.ask(Open::Choice(pending, choice.clone()), self.clock.now());
        Ok(Said::Choice(choice))
    }

    /// The last sentence about `named`, if it then means the same command.
    async fn inherited(&self, last: &Last, named: &str, heard: &Heard) -> Option<Meant> {
        for slot in last.named.iter().rev() {
            for way in instead(&last.words, slot, named, heard.language()) {
                let cluster = heard.cluster.as_ref().unwrap_or(&last.invocation.cluster);
                if let Ok(meant) = self.meant(&way, Some(cluster), heard.language()).await
                    && meant.best.command == last.invocation.command
                {
                    let at = |later: &Later| Later { due: later.due, rest: way.clone() };
                    // A time that is over by now is none of this.
                    let now = self.clock.now();
                    let later = last.later.as_ref().filter(|later| later.due > now).map(at);
                    return Some(Meant { words: way, later, ..meant });
                }
            }
        }
        None
    }

    /// Takes `heard` as several commands. None: it is not, since not every part
    /// of it is understood.
    ///
    /// Before the first of them runs, all are tried out: where one could not
    /// run, none does.
    pub(crate) async fn several(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Option<Spoken> {
        let language = heard.language();
        for way in parts(&heard.words, language) {
            let Some(all) = self.all_meant(&way, heard).await else { continue };
            if all.iter().any(|meant| self.clear(meant).1.is_some()) {
                return None;
            }
            let all = all.iter().map(|meant| self.last_of(meant, heard)).collect();
            return self.one_by_one(all, conversation, asker, watcher, language).await;
        }
        None
    }

    /// Tries all of these out, and runs them in order. None: something is open in
    /// one of them, and nothing has run.
    async fn one_by_one(
        &self,
        all: VecDeque<Last>,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
        language: Language,
    ) -> Option<Spoken> {
        for Last { invocation, .. } in &all {
            match self.host.try_out(invocation.clone(), asker, Arc::clone(watcher)).await {
                Ok(Tried::Would(_) | Tried::Nothing(_)) => {}
                Ok(Tried::Open(_)) => return None,
                Err(fault) => return Some(Err(fault)),
            }
        }
        conversation.last = None;
        conversation.next = all;
        Some(self.go_on(None, conversation, asker, watcher, language).await)
    }

    /// What each of `parts` means, where all of them mean something. A part that
    /// only names something is about the command before it.
    async fn all_meant(&self, parts: &[String], heard: &Heard) -> Option<Vec<Meant>> {
        let mut all: Vec<Meant> = Vec::new();
        for part in parts {
            let meant = match self.meant(part, heard.cluster.as_ref(), heard.language()).await {
                Ok(meant) => meant,
                Err(_) => {
                    let before = all.last()?;
                    let last = self.last_of(before, heard);
                    self.inherited(&last, part, heard).await?
                }
            };
            all.push(meant);
        }
        Some(all)
    }

    /// Runs what is next, until something has to be answered or all is done.
    pub(crate) async fn go_on(
        &self,
        mut so_far: Option<Reply>,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
        language: Language,
    ) -> Spoken {
        loop {
            let failed = so_far
                .as_mut()
                .filter(|reply| matches!(reply.outcome, Outcome::Failed | Outcome::Unknown));
            if let Some(reply) = failed
                && !conversation.next.is_empty()
            {
                conversation.next.clear();
                reply.speech.push_str(&say!(
                    language,
                    en: " I left the rest as it is.",
                    de: " Der Rest bleibt, wie er ist.",
                ));
            }
            let Some(next) = conversation.next.pop_front() else { break };
            let invocation = next.invocation.clone();
            let before = conversation.last.take().map(Last::all).unwrap_or_default();
            conversation.last = Some(Last { before, at: self.clock.now(), ..next });
            let said = self.invoke(invocation, conversation, asker, Arc::clone(watcher)).await;
            let before =
                so_far.as_ref().map(|reply| format!("{} ", reply.speech)).unwrap_or_default();
            match said {
                Ok(Said::Reply(reply)) => {
                    so_far = Some(match so_far {
                        Some(before) => both(before, reply),
                        None => reply,
                    });
                }
                Ok(Said::Question(mut question)) => {
                    question.text = format!("{before}{}", question.text);
                    return Ok(Said::Question(question));
                }
                Ok(other) => {
                    conversation.next.clear();
                    return Ok(other);
                }
                Err(mut fault) => {
                    conversation.next.clear();
                    // What was done before must not be lost.
                    *fault = fault.clone().in_language(language);
                    fault.sentence = format!("{before}{}", fault.sentence);
                    fault.german = Some(Box::new(German(fault.sentence.clone())));
                    return Err(fault);
                }
            }
        }
        so_far.map_or_else(
            || {
                let text =
                    say!(language, en: "Nothing is left to do.", de: "Es ist nichts mehr zu tun.");
                Ok(Said::Dropped(text))
            },
            |reply| Ok(Said::Reply(reply)),
        )
    }

    /// What `meant` is, for words that lean on it.
    pub(crate) fn last_of(&self, meant: &Meant, heard: &Heard) -> Last {
        let (arguments, _) = self.clear(meant);
        let is_name = |slot: &&Slot| {
            matches!(slot.value, SlotValue::Guest(_) | SlotValue::Node(_) | SlotValue::Tag(_))
        };
        let named = meant.best.slots.iter().filter(is_name).map(|slot| slot.text.clone());
        Last {
            words: meant.words.clone(),
            invocation: meant.invocation(arguments, heard),
            later: meant.later.clone(),
            named: named.filter(|text| !text.is_empty()).collect(),
            passed_over: None,
            run: None,
            at: self.clock.now(),
            before: Vec::new(),
        }
    }
}

/// The same command, as one that is asked for now.
fn again(invocation: &Invocation, heard: &Heard) -> Invocation {
    Invocation {
        request: RequestId::new(),
        words: Some(heard.words.clone()),
        locale: heard.locale.clone(),
        confirmed: heard.confirmed,
        chosen: None,
        ..invocation.clone()
    }
}

/// Two replies as one: the worse outcome, the older data, the later run.
fn both(first: Reply, second: Reply) -> Reply {
    let outcome = std::cmp::max_by_key(first.outcome, second.outcome, Outcome::badness);
    let detail: Vec<String> = first.detail.into_iter().chain(second.detail).collect();
    Reply {
        outcome,
        speech: format!("{} {}", first.speech, second.speech),
        detail: (!detail.is_empty()).then(|| detail.join("\n\n")),
        data: None,
        as_of: match (first.as_of, second.as_of) {
            (Some(first), Some(second)) => Some(first.min(second)),
            (one, other) => one.or(other),
        },
        run: second.run,
    }
}

/// What `picked` left of `choice`.
pub(crate) fn left(choice: &Choice, picked: &serde_json::Value) -> Choice {
    let rest = choice.options.iter().filter(|option| option.value != *picked);
    Choice { options: rest.cloned().collect(), ..choice.clone() }
}

#[cfg(test)]
mod tests;
