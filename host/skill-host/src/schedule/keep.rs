//! Whose time has come: timers are told, commands are handed on to be run.

use std::time::Duration;

use jarvis_domain::announce::Matter;
use jarvis_domain::audit::AuditEvent;
use jarvis_domain::invocation::Answer;
use jarvis_domain::run::RunEnd;
use jarvis_domain::schedule::{Errand, GRACE, Later, Scheduled};
use jarvis_domain::{Fault, Language, Outcome, Reply, Risk, TimerId, Timestamp, say};
use tokio::task::JoinSet;

use super::error::CANCELLED;
use super::when::capital;
use super::which::title;
use super::{TimerError, Timers, Why, not_done};
use crate::error::InvokeError;
use crate::invoke::SkillHost;

/// Looked again at least so often: somebody may set the time of day.
const LOOK: Duration = Duration::from_secs(30);
/// How often it is tried to forget on disk what could not be: who makes room there may
/// start the host anew at once.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// The most lines of the audit log that are looked through for what a run has begun.
const LINES: usize = 10_000;

impl SkillHost {
    /// Waits for the time of whatever waits, for as long as it is polled. What
    /// runs by then goes on. Does nothing at a host without timers.
    pub async fn keep_timers(&self) {
        let Ok(timers) = self.timers() else { return };
        let mut news = timers.news();
        let mut running = JoinSet::new();
        timers.look_back().await;
        loop {
            news.mark_unchanged();
            for one in timers.claim().await {
                running.spawn(self.carry_out(one));
            }
            timers.settle().await;
            let longest = if timers.is_settled() { LOOK } else { AGAIN };
            let next = timers.next().unwrap_or(longest).min(longest);
            tokio::select! {
                () = timers.parts.clock.sleep(next) => {}
                _ = news.changed() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
            }
        }
    }
}

impl Timers {
    /// Ends what an earlier life of the host had begun, and tells what became of it. To be
    /// done before anybody is said to have gone: what had begun is not "not done".
    pub async fn look_back(&self) {
        for one in self.all() {
            let (Some(_), Some(later)) = (one.begun, one.command()) else { continue };
            if let Some(text) = self.became(&one, later).await {
                self.say(&one, Matter::Scheduled, text);
                self.forget(one.id).await;
            } else {
                self.drop_it(one.id, Why::CutOff).await;
            }
        }
    }

    /// What has become of one that an earlier life of the host had begun; none where
    /// it certainly was not.
    async fn became(&self, one: &Scheduled, later: &Later) -> Option<String> {
        let record = self.parts.runs.get(later.run).await.ok().flatten();
        let reply = match record.as_ref().and_then(|record| record.end.as_ref()) {
            Some(RunEnd::Answered(Answer::Reply(reply))) => Some(reply),
            _ => None,
        };
        if let Some(reply) = reply.filter(|reply| reply.outcome != Outcome::Scheduled) {
            return Some(as_you_asked(reply, one.language));
        }
        // Without its record it has run as another.
        if record.is_some()
            && let Ok(lines) = self.parts.audit.recent(Some(later.run), LINES).await
            && !lines.iter().any(|line| is_begun(&line.entry.event, one.id))
        {
            return None;
        }
        let what = one.called();
        Some(say!(
            one.language,
            en: "As you asked, I began to {what}. I was stopped, and cannot tell how it ended.",
            de: "Wie gewünscht begonnen: {what}. Jarvis wurde angehalten; wie es ausging, ist unklar.",
        ))
    }

    /// How long it is until the next time comes.
    fn next(&self) -> Option<Duration> {
        let now = self.parts.clock.now();
        let due = self.with(|list| {
            list.values().filter(|one| one.begun.is_none()).map(|one| one.due).min()
        })?;
        Some(due.since(now))
    }

    /// Those whose time has come: timers are told, commands that are late are
    /// dropped, the others are handed out once, which is on disk before.
    async fn claim(&self) -> Vec<Scheduled> {
        let now = self.parts.clock.now();
        let mut claimed = Vec::new();
        for one in self.all() {
            if one.due > now || one.begun.is_some() {
                continue;
            }
            match &one.errand {
                Errand::Timer { .. } => self.over(&one, now).await,
                Errand::Command(_) if now.since(one.due) > GRACE => {
                    self.drop_it(one.id, Why::Away).await;
                }
                Errand::Command(_) => claimed.extend(self.begin(one, now).await),
            }
        }
        claimed
    }

    /// Tells that a timer is over. It is told before it is forgotten: rather
    /// twice than never.
    async fn over(&self, one: &Scheduled, now: Timestamp) {
        let called = title(one);
        let text = match now.since(one.due) > GRACE {
            false => {
                let called = capital(&called);
                say!(one.language, en: "{called} is over.", de: "{called} ist abgelaufen.")
            }
            true => {
                let when = self.when().clock(one.due, one.language);
                say!(
                    one.language,
                    en: "While I was away, {called} ended {when}.",
                    de: "In der Zwischenzeit ist etwas abgelaufen, {when}: {called}.",
                )
            }
        };
        self.say(one, Matter::Timer, text);
        self.forget(one.id).await;
    }

    async fn begin(&self, one: Scheduled, now: Timestamp) -> Option<Scheduled> {
        let _changing = self.changing.lock().await;
        // Somebody may have cancelled it meanwhile.
        let one = Scheduled { begun: Some(now), ..self.find(one.id)? };
        if let Some(why) = self.was_cancelled(&one).await {
            self.drop_here(one.id);
            let told = why.told(one.language);
            if why == Why::Unread {
                self.note_cancelled(&one, None, why).await;
            }
            self.say(&one, Matter::Scheduled, not_done(&one, &told));
            return None;
        }
        if let Err(error) = self.parts.store.put(&one).await {
            // What cannot be written down is not done; on disk it waits still.
            tracing::error!(timer = %one.id, %error, "a command for later cannot be begun");
            self.drop_here(one.id);
            self.note_cancelled(&one, None, Why::Unwritten).await;
            let told = Why::Unwritten.told(one.language);
            self.say(&one, Matter::Scheduled, not_done(&one, &told));
            return None;
        }
        self.with(|list| list.insert(one.id, one.clone()));
        self.tell();
        Some(one)
    }

    /// Why a command does not run of which an earlier life of the host has said that it
    /// will not, and which that could not forget on disk.
    async fn was_cancelled(&self, one: &Scheduled) -> Option<Why> {
        let run = one.command()?.run;
        let lines = match self.parts.audit.recent(Some(run), LINES).await {
            Ok(lines) => lines,
            Err(error) => {
                tracing::error!(timer = %one.id, %error, "the audit log cannot be read");
                return Some(Why::Unread);
            }
        };
        let noted = lines.into_iter().find_map(|line| match line.entry.event {
            AuditEvent::Cancelled { timer, why, .. } if timer == one.id => Some(Why::noted(&why)),
            _ => None,
        });
        if noted.is_some() {
            return noted;
        }
        // That may not have been written either.
        let record = match self.parts.runs.get(run).await {
            Ok(record) => record?,
            Err(error) => {
                tracing::error!(timer = %one.id, %error, "its run cannot be read");
                return Some(Why::Unread);
            }
        };
        match record.end? {
            RunEnd::Failed(fault) if fault.code == CANCELLED.code => {
                Some(Why::noted(&fault.sentence))
            }
            _ => None,
        }
    }

    /// Whether it is still to be carried out.
    pub(crate) async fn confirm_wanted(&self, one: &Scheduled) -> Result<(), TimerError> {
        self.may_still(one).await?;
        self.find(one.id).map(drop).ok_or(TimerError::Cancelled { why: Why::LastMoment })
    }

    /// It ran.
    pub(crate) async fn ran(&self, one: &Scheduled, reply: &Reply) {
        self.say(one, Matter::Scheduled, as_you_asked(reply, one.language));
        self.forget(one.id).await;
    }

    /// It did not run.
    pub(crate) async fn failed(&self, one: &Scheduled, error: &InvokeError) {
        let Some(later) = one.command() else { return };
        // What was dropped at the last moment has been told.
        if self.find(one.id).is_some() {
            let (timer, why) = (one.id, error.to_string());
            let event = AuditEvent::Cancelled { timer, by: None, why };
            self.audit(one, later, event).await;
            self.say(one, Matter::Scheduled, not_done(one, &told(error, one.language)));
            self.forget(one.id).await;
        }
    }

    /// It was begun, and failed.
    pub(crate) async fn failed_within(&self, one: &Scheduled, error: &InvokeError) {
        self.broke_off(one, &told(error, one.language)).await;
    }

    /// It was begun, and has no answer.
    pub(crate) async fn broke_off(&self, one: &Scheduled, why: &str) {
        let called = one.called();
        let text = say!(
            one.language,
            en: "As you asked, I began to {called}. It broke off: {why}.",
            de: "Wie gewünscht begonnen: {called}. Das brach ab: {why}.",
        );
        self.say(one, Matter::Scheduled, text);
        self.forget(one.id).await;
    }
}

/// Whether `event` says that the command of `timer` was let to work.
fn is_begun(event: &AuditEvent, timer: TimerId) -> bool {
    match event {
        AuditEvent::Due { timer: due } => *due == timer,
        AuditEvent::Allowed { risk, .. } => *risk > Risk::Read,
        _ => false,
    }
}

/// What went wrong, in `language` as far as it is there in it, for behind a colon.
fn told(error: &InvokeError, language: Language) -> String {
    let Fault { sentence, german, .. } = error.to_fault();
    match (language, german) {
        (Language::German, Some(german)) => german.0,
        _ => sentence,
    }
}

fn as_you_asked(reply: &Reply, language: Language) -> String {
    let speech = &reply.speech;
    say!(language, en: "As you asked: {speech}", de: "Wie gewünscht: {speech}")
}
