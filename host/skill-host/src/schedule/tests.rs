mod unwritten;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::caller::Door;
use jarvis_domain::identity::Shown;
use jarvis_domain::inventory::GuestState;
use jarvis_domain::invocation::{Answer, InvokeResult, Question, Unwatched};
use jarvis_domain::run::{RunEnd, RunRecord};
use jarvis_domain::schedule::{Departures, FARTHEST, GRACE, OF_ONE, Schedule};
use jarvis_domain::{Clock, Fault, Invocation, Outcome, Reply, Role};
use jarvis_policy::Lowering;
use jarvis_policy::confirm::Credential;
use jarvis_sentences::Aliases;
use serde_json::{Value, json};

use super::*;
use crate::catalog::Catalog;
use crate::confirm::Asker;
use crate::invoke::{ForLater, HostParts, Site, SkillHost};
use crate::testing::stage::{Stage, caller, engine, invocation};
use crate::testing::{FakeHerald, FakeSchedule, FakeStanding, Fakes};

const STOP: &str = "vm-lifecycle.shut-down";
const START: &str = "vm-lifecycle.start";
const TEN: Duration = Duration::from_secs(600);

/// A host with timers, whose keeping of time a test drives.
struct Clockwork {
    fakes: Fakes,
    store: Arc<FakeSchedule>,
    herald: Arc<FakeHerald>,
    standing: Arc<FakeStanding>,
    host: Arc<SkillHost>,
    caller: Caller,
}

impl Clockwork {
    async fn new() -> Self {
        let stage = Stage::shipped().await;
        let catalog = Catalog::clone(&stage.host.catalog());
        Self::on(stage.fakes, Arc::default(), catalog, Lowering::default()).await
    }

    async fn on(
        fakes: Fakes,
        store: Arc<FakeSchedule>,
        catalog: Catalog,
        lowered: Lowering,
    ) -> Self {
        let herald = Arc::new(FakeHerald::default());
        let parts = fakes.timers(store.clone(), herald.clone());
        let timers = Timers::open(parts).await.unwrap();
        let standing = FakeStanding::of(Some(Role::Operator));
        timers.with_standing(standing.clone());
        let host = Arc::new(SkillHost::new(HostParts {
            engine: engine().await,
            catalog,
            main: Site {
                cluster: fakes.cluster.names().cluster.clone(),
                names: Vec::new(),
                aliases: Aliases::new(),
                ports: fakes.ports(),
            },
            others: Vec::new(),
            skill_config: BTreeMap::new(),
            pin: None,
            lowered,
            timers: Some(timers),
        }));
        Self { fakes, store, herald, standing, host, caller: caller("uid:1000", Door::Cli) }
    }

    /// The same on what this one leaves.
    async fn restarted(self) -> Self {
        let catalog = Catalog::clone(&self.host.catalog());
        Self::on(self.fakes, self.store, catalog, Lowering::default()).await
    }

    fn timers(&self) -> &Timers {
        self.host.timers().unwrap()
    }

    fn after(&self, wait: Duration) -> Timestamp {
        self.fakes.clock.now().plus(wait)
    }

    async fn later(&self, command: &str, arguments: Value, wait: Duration) -> InvokeResult {
        self.later_as(&self.caller, command, arguments, wait).await
    }

    async fn later_as(
        &self,
        asker: impl Into<Asker<'_>>,
        command: &str,
        arguments: Value,
        wait: Duration,
    ) -> InvokeResult {
        let later = ForLater {
            invocation: invocation(command, arguments),
            due: self.after(wait),
            words: None,
            place: None,
        };
        self.host.invoke_later(later, asker, Arc::new(Unwatched)).await
    }

    /// The media server is to be shut down in ten minutes, and somebody has said yes.
    async fn shut_down_later(&self) -> Reply {
        let question = question(self.later(STOP, json!({"guest": 101}), TEN).await);
        reply(self.host.confirm(question.id, &self.caller, "yes", Arc::new(Unwatched)).await)
    }

    /// Lets `wait` pass, and what is due come to its end: until something is said.
    async fn passes(&self, wait: Duration) -> Vec<String> {
        let before = self.herald.texts().len();
        self.fakes.clock.advance(wait);
        let said = async {
            while self.herald.texts().len() == before {
                self.herald.news.notified().await;
            }
        };
        tokio::select! {
            () = self.host.keep_timers() => unreachable!("it waits for ever"),
            () = said => {}
        }
        self.herald.texts().split_off(before)
    }

    fn audited(&self) -> Vec<&'static str> {
        let word = |event: &AuditEvent| match event {
            AuditEvent::Asked { .. } => Some("asked"),
            AuditEvent::Confirmed { .. } => Some("confirmed"),
            AuditEvent::Unasked { .. } => Some("unasked"),
            AuditEvent::Scheduled { .. } => Some("scheduled"),
            AuditEvent::Due { .. } => Some("due"),
            AuditEvent::Cancelled { .. } => Some("cancelled"),
            AuditEvent::Allowed { risk, .. } if *risk > jarvis_domain::Risk::Read => {
                Some("allowed")
            }
            _ => None,
        };
        self.fakes.store.events().iter().filter_map(word).collect()
    }
}

fn question(answered: InvokeResult) -> Question {
    match answered.unwrap() {
        Answer::Question(question) => question,
        other => panic!("no question: {other:?}"),
    }
}

fn reply(answered: InvokeResult) -> Reply {
    match answered.unwrap() {
        Answer::Reply(reply) => reply,
        other => panic!("no reply: {other:?}"),
    }
}

fn fault(answered: InvokeResult) -> Fault {
    *answered.unwrap_err()
}

#[tokio::test]
async fn what_interrupts_is_confirmed_when_set_and_runs_when_its_time_has_come() {
    let here = Clockwork::new().await;
    let question = question(here.later(STOP, json!({"guest": "mediaserver"}), TEN).await);
    assert_eq!(
        question.text,
        "In 10 minutes, at 08:10: shall I shut down VM 101 mediaserver on home?"
    );
    assert!(here.timers().all().is_empty(), "nothing is kept before a person said yes");
    let set = here.host.confirm(question.id, &here.caller, "yes", Arc::new(Unwatched)).await;
    let set = reply(set);
    assert_eq!(set.outcome, Outcome::Scheduled);
    assert_eq!(set.speech, "In 10 minutes, at 08:10: shut down VM 101 mediaserver on home.");
    assert!(here.fakes.cluster.started().is_empty());
    let said = here.passes(TEN).await;
    assert_eq!(here.fakes.cluster.started().len(), 1);
    assert!(said[0].starts_with("As you asked: "), "{said:?}");
    assert!(here.timers().all().is_empty());
    let expected = ["asked", "confirmed", "scheduled", "due", "allowed"];
    assert_eq!(here.audited(), expected);
    let runs = here.fakes.store.all_runs();
    assert_eq!(runs.len(), 1, "all of it is one run");
    let Some(RunEnd::Answered(Answer::Reply(end))) = &runs[0].end else { panic!("{runs:?}") };
    assert_eq!((end.outcome, end.run), (Outcome::Done, set.run));
}

#[tokio::test]
async fn a_change_is_kept_without_a_question() {
    let here = Clockwork::new().await;
    let set = reply(here.later(START, json!({"guest": 102}), TEN).await);
    assert_eq!(set.outcome, Outcome::Scheduled);
    assert_eq!(set.speech, "In 10 minutes, at 08:10: run vm-lifecycle.start, guest 102.");
    assert!(here.fakes.cluster.started().is_empty());
    here.passes(TEN).await;
    assert_eq!(here.fakes.cluster.started().len(), 1);
    assert_eq!(here.audited(), ["scheduled", "due", "allowed"]);
}

#[tokio::test]
async fn a_plan_that_changed_until_then_does_not_run_and_that_is_said() {
    let here = Clockwork::new().await;
    let set = here.shut_down_later().await;
    here.fakes.cluster.change(|guests| guests[0].node = "pve2".parse().unwrap());
    let said = here.passes(TEN).await;
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("I was to shut down VM 101 mediaserver on home. I did not: what"));
    assert!(here.fakes.cluster.started().is_empty());
    assert_eq!(here.audited(), ["asked", "confirmed", "scheduled", "cancelled"]);
    let runs = here.fakes.store.all_runs();
    assert_eq!(runs[0].id, set.run);
    assert!(matches!(&runs[0].end, Some(RunEnd::Failed(fault)) if fault.code == "plan-changed"));
}

#[tokio::test]
async fn what_is_off_already_when_its_time_comes_is_not_switched_off() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    here.fakes.cluster.change(|guests| guests[0].state = GuestState::Stopped);
    let said = here.passes(TEN).await;
    assert!(said[0].contains("I did not"), "{said:?}");
    assert!(here.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn another_revision_does_not_run_what_was_set_with_the_one_before() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    here.host.publish(Catalog::default());
    let said = here.passes(TEN).await;
    assert!(said[0].contains("I did not"), "{said:?}");
    assert!(here.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn a_role_that_was_lowered_or_lost_cancels_when_the_time_comes() {
    for role in [None, Some(Role::Viewer)] {
        let here = Clockwork::new().await;
        here.shut_down_later().await;
        here.standing.set(role);
        let said = here.passes(TEN).await;
        assert!(said[0].ends_with("whoever set it may less now than then."), "{said:?}");
        assert!(here.fakes.cluster.started().is_empty(), "{role:?}");
    }
}

#[tokio::test]
async fn who_spoke_german_is_told_in_german_why_it_did_not_run() {
    for (role, expected) in [
        (None, "wer es vorgemerkt hat, darf jetzt weniger als damals."),
        (
            Some(Role::Operator),
            "seit der Frage hat sich geändert, was geschehen würde; es geschah nichts.",
        ),
    ] {
        let here = Clockwork::new().await;
        let german =
            Invocation { locale: "de".to_owned(), ..invocation(STOP, json!({"guest": 101})) };
        let later = ForLater { invocation: german, due: here.after(TEN), words: None, place: None };
        let asked = here.host.invoke_later(later, &here.caller, Arc::new(Unwatched)).await;
        let question = question(asked);
        reply(here.host.confirm(question.id, &here.caller, "ja", Arc::new(Unwatched)).await);
        here.standing.set(role);
        here.fakes.cluster.change(|guests| guests[0].node = "pve2".parse().unwrap());
        let said = here.passes(TEN).await;
        assert!(said[0].starts_with("Vorgemerkt war: VM 101 "), "{said:?}");
        assert!(said[0].contains("Das blieb aus: ") && said[0].ends_with(expected), "{said:?}");
        assert!(here.fakes.cluster.started().is_empty());
    }
}

#[tokio::test]
async fn roles_that_change_cancel_at_once() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    here.timers().roles_changed().await;
    assert_eq!(here.timers().all().len(), 1, "nothing changed for them");
    here.standing.set(Some(Role::Viewer));
    here.timers().roles_changed().await;
    assert!(here.timers().all().is_empty());
    assert_eq!(here.herald.texts().len(), 1);
    assert_eq!(here.audited().last(), Some(&"cancelled"));
    assert!(here.store.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_sign_in_that_ends_takes_its_commands_along_and_no_others() {
    let here = Clockwork::new().await;
    let alice = caller("user:alice@pam", Door::Api);
    let shown = |id: &str| Shown::Token(id.to_owned());
    let (one, two) = (shown("one"), shown("two"));
    for shown in [&one, &two] {
        let asker =
            Asker { shown: Some(shown), credential: Credential::Person, ..Asker::from(&alice) };
        reply(here.later_as(asker, START, json!({"guest": 102}), TEN).await);
    }
    let tea = TimerOrder::Set { name: Some("tea".to_owned()), due: here.after(TEN) };
    let said = invocation("timers.set", json!({}));
    here.timers().order(tea, said, Asker::from(&alice), None).await.unwrap();
    here.timers().ended(&alice.principal, Some(&one)).await;
    assert_eq!(here.timers().all().len(), 2);
    here.timers().ended(&caller("user:bob@pam", Door::Api).principal, None).await;
    assert_eq!(here.timers().all().len(), 2);
    here.timers().ended(&alice.principal, None).await;
    let left = here.timers().all();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].called(), "the tea timer");
}

#[tokio::test]
async fn who_signs_out_while_it_is_looked_into_does_nothing() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    here.fakes.cluster.names_hang(true);
    let meanwhile = async {
        here.fakes.cluster.hanging.notified().await;
        here.timers().ended(&here.caller.principal, None).await;
        here.fakes.cluster.names_hang(false);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        said = here.passes(TEN) => assert!(said[0].contains("signed out"), "{said:?}"),
        () = meanwhile => {}
    }
    assert!(here.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn a_command_that_was_missed_never_runs_late() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    let here = here.restarted().await;
    let said = here.passes(TEN + GRACE + Duration::from_secs(1)).await;
    assert!(said[0].ends_with("its time came while I was away."), "{said:?}");
    assert!(here.fakes.cluster.started().is_empty());
    assert!(here.store.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_command_survives_a_restart_that_is_over_in_time() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    let here = here.restarted().await;
    here.passes(TEN + GRACE).await;
    assert_eq!(here.fakes.cluster.started().len(), 1);
}

impl Clockwork {
    /// The shutdown was begun by a host that ended then; what it has written down is
    /// as `left` leaves it.
    async fn begun_before(
        left: impl AsyncFnOnce(&Self, &Scheduled, &mut RunRecord),
    ) -> (Self, String) {
        let here = Self::new().await;
        here.shut_down_later().await;
        let mut one = here.timers().all().remove(0);
        one.begun = Some(one.due);
        here.store.put(&one).await.unwrap();
        let runs = &here.fakes.store;
        let mut record = Runs::get(&**runs, one.command().unwrap().run).await.unwrap().unwrap();
        left(&here, &one, &mut record).await;
        Runs::put(&**runs, &record).await.unwrap();
        let here = here.restarted().await;
        let said = here.passes(TEN).await;
        assert!(here.fakes.cluster.started().is_empty(), "it is not begun again");
        assert!(here.timers().all().is_empty() && here.store.all().await.unwrap().is_empty());
        (here, said.join(" "))
    }

    /// As the audit log has it once all was looked at.
    async fn is_due(&self, one: &Scheduled) {
        let later = one.command().unwrap();
        self.timers().audit(one, later, AuditEvent::Due { timer: one.id }).await;
    }
}

#[tokio::test]
async fn what_a_stop_kept_from_beginning_is_said_not_to_be_done() {
    let (here, said) = Clockwork::begun_before(async |_, _, _| {}).await;
    assert!(said.contains("I did not: I was stopped before I had begun"), "{said}");
    assert_eq!(here.audited().last(), Some(&"cancelled"));
    let ends: Vec<_> = here.fakes.store.all_runs().into_iter().map(|run| run.end).collect();
    assert!(matches!(&ends[..], [Some(RunEnd::Failed(fault))] if fault.code == "timer-cancelled"));
}

#[tokio::test]
async fn nobody_is_told_that_what_a_stop_cut_off_was_not_done() {
    let (here, said) = Clockwork::begun_before(async |here, one, record| {
        here.is_due(one).await;
        record.end = None;
    })
    .await;
    let told = "As you asked, I began to shut down VM 101 mediaserver on home. I was stopped, \
                and cannot tell how it ended.";
    assert_eq!(said, told);
    assert_eq!(here.audited().last(), Some(&"due"));
    assert!(here.fakes.store.all_runs()[0].end.is_none(), "that is for whoever ends all runs");
}

#[tokio::test]
async fn what_had_ended_when_the_host_did_is_told_as_it_was() {
    let (here, said) = Clockwork::begun_before(async |here, one, record| {
        here.is_due(one).await;
        let Some(RunEnd::Answered(Answer::Reply(reply))) = &mut record.end else {
            panic!("{record:?}")
        };
        (reply.outcome, reply.speech) = (Outcome::Done, "The media server is off.".to_owned());
    })
    .await;
    assert_eq!(said, "As you asked: The media server is off.");
    let end = here.fakes.store.all_runs().remove(0).end;
    assert!(
        matches!(end, Some(RunEnd::Answered(Answer::Reply(reply))) if reply.outcome == Outcome::Done)
    );
}

#[tokio::test]
async fn a_timer_that_ended_while_nobody_was_there_is_told_at_the_start() {
    let here = Clockwork::new().await;
    let set = |name: &str| TimerOrder::Set { name: Some(name.to_owned()), due: here.after(TEN) };
    order(&here, set("pizza")).await.unwrap();
    let here = here.restarted().await;
    let said = here.passes(TEN * 2).await;
    assert_eq!(said, ["While I was away, the pizza timer ended at 08:10."]);
    assert!(here.store.all().await.unwrap().is_empty());
}

async fn order(here: &Clockwork, order: TimerOrder) -> Result<Reply, Box<Fault>> {
    let said = invocation(&order.command().unwrap().to_string(), json!({}));
    let asker = Asker::from(&here.caller);
    here.timers().order(order, said, asker, Some("kitchen")).await.map(|answer| match answer {
        Answer::Reply(reply) => reply,
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn timers_are_set_told_and_cancelled_by_what_they_are_called() {
    let here = Clockwork::new().await;
    let set = |name: Option<&str>, minutes: u64| TimerOrder::Set {
        name: name.map(str::to_owned),
        due: here.after(Duration::from_secs(minutes * 60)),
    };
    let none = order(&here, TimerOrder::List).await.unwrap();
    assert_eq!(none.speech, "There are no timers.");
    let pizza = order(&here, set(Some("pizza"), 10)).await.unwrap();
    assert_eq!(pizza.speech, "The pizza timer ends in 10 minutes, at 08:10.");
    assert_eq!(pizza.outcome, Outcome::Scheduled);
    order(&here, set(None, 5)).await.unwrap();
    order(&here, set(None, 90)).await.unwrap();
    here.shut_down_later().await;
    let listed = order(&here, TimerOrder::List).await.unwrap();
    assert!(listed.speech.starts_with("The timer of 5 minutes ends in 5 minutes"), "{listed:?}");
    let which = |words: &str| words.to_owned();
    let left = order(&here, TimerOrder::Left { which: which("the pizza timer") }).await.unwrap();
    assert_eq!(left.speech, "The pizza timer ends in 10 minutes, at 08:10.");
    let timers = here.timers();
    let id = timers.all()[0].id.to_string();
    assert_eq!(timers.named(&id).unwrap().to_string(), id);
    assert!(timers.named("pizza").is_ok() && timers.named("five minute timer").is_ok());
    for nothing in ["", " ", "...", "egg"] {
        assert!(matches!(timers.named(nothing), Err(TimerError::Unknown)), "{nothing:?}");
    }
    for words in ["the egg timer", "the shutdown of the web server"] {
        let refused = order(&here, TimerOrder::Cancel { which: which(words) }).await.unwrap_err();
        assert_eq!(refused.code, "timer-unknown", "{words}: {refused}");
    }
    assert!(matches!(timers.named("the timer"), Err(TimerError::Several { .. })));
    for (words, expected) in [
        ("the five minute timer", "The timer of 5 minutes is cancelled."),
        (
            "the shutdown of the media server",
            "Then I will not shut down VM 101 mediaserver on home.",
        ),
        ("pizza", "The pizza timer is cancelled."),
        ("the timer", "The timer of 1 hour and 30 minutes is cancelled."),
    ] {
        let gone = order(&here, TimerOrder::Cancel { which: which(words) }).await.unwrap();
        assert_eq!(gone.speech, expected, "{words}");
    }
    let runs = here.fakes.store.all_runs();
    assert!(runs.iter().all(|run| run.end.is_some()));
    assert!(here.timers().all().is_empty());
}

#[tokio::test]
async fn one_person_has_no_more_than_their_share_and_no_time_is_odd() {
    let here = Clockwork::new().await;
    let at = |due| TimerOrder::Set { name: None, due };
    for odd in [
        here.fakes.clock.now(),
        Timestamp(0),
        here.after(FARTHEST + Duration::from_millis(1)),
        Timestamp(u64::MAX),
    ] {
        assert_eq!(order(&here, at(odd)).await.unwrap_err().code, "timer-when", "{odd}");
    }
    for _ in 0..1000 {
        let set = order(&here, at(here.after(FARTHEST))).await;
        assert!(set.is_ok() || set.is_err_and(|fault| fault.code == "timer-many"));
    }
    assert_eq!(here.timers().all().len(), OF_ONE);
    let refused = fault(here.later(STOP, json!({"guest": 101}), TEN).await);
    assert_eq!(refused.code, "timer-many", "nobody is asked about what cannot be kept");
    order(&here, TimerOrder::CancelAll).await.unwrap();
    assert!(here.timers().all().is_empty());
}

#[tokio::test]
async fn others_cancel_as_operators_only() {
    let here = Clockwork::new().await;
    order(&here, TimerOrder::Set { name: None, due: here.after(TEN) }).await.unwrap();
    let id = here.timers().all()[0].id;
    let other = |role| Caller { role, ..caller("uid:1001", Door::Cli) };
    for role in [None, Some(Role::Viewer)] {
        let refused = here.timers().cancel(id, &other(role)).await.unwrap_err();
        assert!(matches!(refused, TimerError::NotYours), "{refused:?}");
    }
    here.timers().cancel(id, &other(Some(Role::Operator))).await.unwrap();
    let gone = here.timers().cancel(id, &here.caller).await.unwrap_err();
    assert!(matches!(gone, TimerError::Unknown), "{gone:?}");
}

#[tokio::test]
async fn what_ran_unasked_by_the_settings_of_then_is_not_by_those_of_now() {
    let here = Clockwork::new().await;
    let catalog = Catalog::clone(&here.host.catalog());
    let mut lowered = Lowering::default();
    lowered.add(STOP.parse().unwrap(), Door::Cli).unwrap();
    let here = Clockwork::on(here.fakes, here.store, catalog, lowered).await;
    let set = reply(here.later(STOP, json!({"guest": 101}), TEN).await);
    assert_eq!(set.outcome, Outcome::Scheduled);
    let here = here.restarted().await;
    let said = here.passes(TEN).await;
    assert!(said[0].contains("it has to be asked about by now"), "{said:?}");
    assert!(here.fakes.cluster.started().is_empty());
}
