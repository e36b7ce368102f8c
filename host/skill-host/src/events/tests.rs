//! Deliveries out of a real queue into components that take events, or do not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::caller::Door;
use jarvis_domain::event::{EventQueue, EventSink, Standing};
use jarvis_domain::run::{RunEnd, RunRecord};
use jarvis_domain::{Clock, Event, EventId, Origin, Role, SkillId, Timestamp, Topic};
use jarvis_policy::Lowering;
use jarvis_state::State;
use serde_json::Map;

use super::{Deliveries, GIVEN_UP, PAUSES, TRIES};
use crate::catalog::Catalog;
use crate::testing::stage::{Stage, allow_all, load};
use crate::testing::{REFUSE, Rogue, TAKE, rogue};

/// Never comes back.
const STALL: &str = "(loop (br 0)) i32.const 1024";
/// Crashes at `guest.state`, which has eleven letters, and takes the rest.
const CRASH_AT_GUESTS: &str =
    "(if (i32.eq (local.get 3) (i32.const 11)) (then unreachable)) i32.const 1024";

/// The skill that is told of skills; all others are told of guests.
const WANTS_SKILLS: &str = "wants-skills";

/// Skills in a folder, a queue in another, and a host between them.
struct Theatre {
    skills: tempfile::TempDir,
    state: tempfile::TempDir,
    stage: Stage,
}

/// One life of the host.
struct Life {
    queue: Arc<dyn EventQueue>,
    _state: State,
    _deliveries: Deliveries,
}

impl Theatre {
    async fn with(skills: &[(&str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (id, on_event) in skills {
            write(folder.path(), id, "0.1.0", on_event);
        }
        let catalog = catalog(folder.path()).await;
        let stage = Stage::with(catalog, Lowering::default()).await;
        Self { skills: folder, state: tempfile::tempdir().unwrap(), stage }
    }

    /// The state folder, as soon as whoever had it has let it go.
    async fn open(&self) -> State {
        let patience = Patience::new();
        loop {
            match State::open(self.state.path(), self.stage.fakes.clock.clone()) {
                Ok(state) => return state,
                Err(error) => patience.next(&error.to_string()).await,
            }
        }
    }

    async fn live(&self) -> Life {
        let state = self.open().await;
        let queue = state.events();
        self.stage.host.subscribe(queue.as_ref()).await.unwrap();
        let deliveries = self.stage.host.deliver(Arc::clone(&queue));
        Life { queue, _state: state, _deliveries: deliveries }
    }

    /// Puts another revision of `id` into service.
    async fn update(&self, id: &str, version: &str, on_event: &'static str) {
        std::fs::remove_dir_all(self.skills.path().join(id)).unwrap();
        write(self.skills.path(), id, version, on_event);
        self.stage.host.publish(catalog(self.skills.path()).await);
    }

    /// The ended deliveries of guests' events to `id`, oldest first.
    fn told(&self, id: &str) -> Vec<RunRecord> {
        let runs = self.stage.fakes.store.all_runs().into_iter();
        let of_guest = |run: &RunRecord| {
            run.invocation.command.skill.as_str() == id
                && run.invocation.arguments["topic"] == "guest.state"
                && run.end.is_some()
        };
        runs.filter(of_guest).collect()
    }

    /// What `id` took, by subject.
    fn took(&self, id: &str) -> Vec<String> {
        let told = self.told(id).into_iter();
        let taken = told.filter(|run| matches!(run.end, Some(RunEnd::Answered(_))));
        taken.map(|run| run.invocation.arguments["subject"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until `id` has been told `times`.
    async fn until_told(&self, id: &str, times: usize) {
        let patience = Patience::new();
        while self.told(id).len() < times {
            patience.next(id).await;
        }
    }

    /// The same while time passes; how much did. It passes slowly enough that
    /// no call of a skill runs out of it.
    async fn until_told_later(&self, life: &Life, id: &str, times: usize) -> Duration {
        let began = self.stage.fakes.clock.now();
        let skill = id.parse().unwrap();
        let (mut told, mut patience) = (self.told(id).len(), Patience::new());
        while told < times {
            life.queue.standing(&skill).await.unwrap();
            self.stage.fakes.clock.advance(Duration::from_millis(100));
            patience.next(id).await;
            let now = self.told(id).len();
            if now > told {
                (told, patience) = (now, Patience::new());
            }
        }
        self.stage.fakes.clock.now().since(began)
    }

    fn audited(&self) -> Vec<String> {
        let events = self.stage.fakes.store.events().into_iter();
        let what = events.filter_map(|event| match event {
            AuditEvent::Host { what } => Some(what),
            _ => None,
        });
        what.collect()
    }
}

/// Lets others run, and ends a test that waits for what never comes.
struct Patience(std::time::Instant);

impl Patience {
    fn new() -> Self {
        Self(std::time::Instant::now())
    }

    async fn next(&self, waits_for: &str) {
        assert!(self.0.elapsed() < Duration::from_secs(120), "it never comes: {waits_for}");
        tokio::task::yield_now().await;
    }
}

impl Life {
    async fn publish(&self, guests: impl IntoIterator<Item = u32>) {
        for guest in guests {
            self.queue.publish(of_guest(guest)).await.unwrap();
        }
    }

    async fn until(&self, id: &str, done: impl Fn(&Standing) -> bool) -> Standing {
        let id: SkillId = id.parse().unwrap();
        let patience = Patience::new();
        loop {
            let standing = self.queue.standing(&id).await.unwrap();
            if done(&standing) {
                return standing;
            }
            patience.next(&format!("{id}: {standing:?}")).await;
        }
    }
}

fn of_guest(guest: u32) -> Event {
    Event {
        id: EventId::new(),
        topic: Topic::GuestState,
        at: Timestamp(1),
        subject: format!("fake/guest/{guest}"),
        data: Map::new(),
    }
}

fn subjects(guests: impl IntoIterator<Item = u32>) -> Vec<String> {
    guests.into_iter().map(|guest| format!("fake/guest/{guest}")).collect()
}

fn write(skills: &Path, id: &str, version: &str, on_event: &'static str) {
    let folder = skills.join(id);
    std::fs::create_dir(&folder).unwrap();
    let topic = if id == WANTS_SKILLS { "skill.loaded" } else { "guest.state" };
    let manifest = format!(
        "id: {id}\nversion: {version}\ncontract: \"0.1\"\nsummary: Hears.\n\
         commands:\n  run:\n    summary: Does nothing.\n    risk: read\n\
         requests: [{{capability: inventory, reason: why}}]\n\
         events: [{{topic: {topic}, reason: why}}]\n\
         limits: {{memory: 8MiB, time: 600s}}\n"
    );
    std::fs::write(folder.join("skill.yaml"), manifest).unwrap();
    let component = rogue(Rogue { on_event: Some(on_event), ..Rogue::default() });
    std::fs::write(folder.join(format!("{id}.wasm")), component).unwrap();
}

async fn catalog(skills: &Path) -> Catalog {
    let catalog = load(skills, &allow_all(skills)).await;
    assert!(catalog.broken().is_empty(), "{:?}", catalog.broken());
    catalog
}

#[tokio::test]
async fn events_come_in_order_each_as_a_viewer_with_a_run_of_its_own() {
    let theatre = Theatre::with(&[("hears", TAKE)]).await;
    let life = theatre.live().await;
    life.publish(100..110).await;
    theatre.until_told("hears", 10).await;
    assert_eq!(theatre.took("hears"), subjects(100..110));
    life.until("hears", |standing| standing.waiting == 0).await;
    let run = theatre.told("hears").remove(0);
    assert_eq!(run.invocation.command.to_string(), "hears.on-event");
    assert_eq!(run.invocation.origin, Origin::Event);
    assert_eq!(run.caller.principal.0, "event:guest.state");
    assert_eq!((run.caller.door, run.caller.role), (Door::Event, Some(Role::Viewer)));
    assert!(run.revision.is_some());
}

#[tokio::test]
async fn what_is_not_taken_is_tried_five_times_with_growing_pauses_and_given_up() {
    let theatre = Theatre::with(&[("refuses", REFUSE)]).await;
    let life = theatre.live().await;
    life.publish([101]).await;
    for (told, pause) in PAUSES.iter().enumerate() {
        theatre.until_told_later(&life, "refuses", told + 1).await;
        let passed = theatre.until_told_later(&life, "refuses", told + 2).await;
        assert!(passed + Duration::from_millis(200) >= *pause, "{passed:?} {pause:?}");
    }
    let standing = life.until("refuses", |standing| standing.waiting == 0).await;
    assert_eq!((standing.given_up, standing.paused), (1, None));
    let told = theatre.told("refuses");
    assert_eq!(told.len(), TRIES as usize);
    let ids: Vec<_> = told.iter().map(|run| &run.invocation.arguments["event"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let audited = theatre.audited();
    assert!(audited[0].contains("of fake/guest/101) was given up after 5 tries"), "{audited:?}");
}

#[tokio::test]
async fn a_skill_that_keeps_failing_is_paused_until_another_revision_comes() {
    let theatre = Theatre::with(&[("fails", CRASH_AT_GUESTS)]).await;
    let life = theatre.live().await;
    life.publish(100..104).await;
    theatre.until_told_later(&life, "fails", (TRIES * GIVEN_UP) as usize).await;
    let standing = life.until("fails", |standing| standing.paused.is_some()).await;
    assert_eq!((standing.waiting, standing.given_up), (1, 3));
    let paused = standing.paused.unwrap();
    assert!(paused.reason.starts_with("3 events in a row were given up"), "{}", paused.reason);
    assert!(paused.reason.contains("skill-trapped"), "{}", paused.reason);
    assert!(theatre.audited().iter().any(|what| what.starts_with("no more events for it")));

    // Neither news nor the same revision ends it.
    drop(life);
    let life = theatre.live().await;
    life.publish([104]).await;
    theatre.stage.host.publish(catalog(theatre.skills.path()).await);
    let standing = life.until("fails", |standing| standing.waiting > 1).await;
    assert!(standing.paused.is_some());
    assert_eq!(theatre.told("fails").len(), (TRIES * GIVEN_UP) as usize);

    theatre.update("fails", "0.2.0", TAKE).await;
    life.until("fails", |standing| standing.waiting == 0).await;
    assert_eq!(theatre.took("fails"), subjects([103, 104]));
    let standing = life.until("fails", |_| true).await;
    assert_eq!((standing.paused, standing.given_up_in_a_row), (None, 0));
}

#[tokio::test]
async fn somebody_may_resume_a_paused_skill() {
    let theatre = Theatre::with(&[("hears", TAKE)]).await;
    let life = theatre.live().await;
    let hears: SkillId = "hears".parse().unwrap();
    let revision = theatre.stage.host.catalog().skill(&hears).unwrap().revision();
    let reason = "tired".to_owned();
    let paused = jarvis_domain::event::Paused { revision, at: Timestamp(1), reason };
    life.queue.pause(&hears, Some(paused)).await.unwrap();
    life.publish([101]).await;
    assert!(theatre.told("hears").is_empty());
    life.queue.pause(&hears, None).await.unwrap();
    theatre.until_told("hears", 1).await;
}

#[tokio::test]
async fn a_skill_that_stalls_delays_no_other() {
    let theatre = Theatre::with(&[("hears", TAKE), ("stalls", STALL)]).await;
    let life = theatre.live().await;
    life.publish(100..105).await;
    theatre.until_told("hears", 5).await;
    assert_eq!(theatre.took("hears"), subjects(100..105));
    assert!(theatre.told("stalls").is_empty());
    life.until("stalls", |standing| standing.waiting == 5).await;
}

#[tokio::test]
async fn what_was_not_taken_when_the_host_ended_comes_in_its_next_life() {
    let theatre = Theatre::with(&[("stalls", STALL)]).await;
    let life = theatre.live().await;
    life.publish([101, 102]).await;
    drop(life);
    theatre.update("stalls", "0.2.0", TAKE).await;
    let life = theatre.live().await;
    life.publish([103]).await;
    theatre.until_told("stalls", 3).await;
    assert_eq!(theatre.took("stalls"), subjects([101, 102, 103]));
    life.until("stalls", |standing| standing.waiting == 0).await;
}

#[tokio::test]
async fn a_new_revision_need_not_wait_for_the_pause_of_the_old_one() {
    let theatre = Theatre::with(&[("fails", CRASH_AT_GUESTS)]).await;
    let life = theatre.live().await;
    life.publish([101]).await;
    theatre.until_told("fails", 1).await;
    theatre.update("fails", "0.2.0", TAKE).await;
    theatre.until_told("fails", 2).await;
    assert_eq!(theatre.took("fails"), subjects([101]));
    life.until("fails", |standing| standing.waiting == 0).await;
}

#[tokio::test]
async fn that_another_skill_changes_cuts_no_pause_short() {
    let theatre = Theatre::with(&[("fails", CRASH_AT_GUESTS), ("hears", TAKE)]).await;
    let life = theatre.live().await;
    life.publish([100]).await;
    theatre.until_told("fails", 1).await;
    theatre.until_told("hears", 1).await;
    for change in 1..=3 {
        theatre.update("hears", &format!("0.2.{change}"), TAKE).await;
        life.publish([100 + change]).await;
        theatre.until_told("hears", 1 + change as usize).await;
    }
    assert_eq!(theatre.told("fails").len(), 1);
    let passed = theatre.until_told_later(&life, "fails", 2).await;
    assert!(passed + Duration::from_millis(200) >= PAUSES[0], "{passed:?}");
}

#[tokio::test]
async fn a_skill_that_is_gone_is_told_nothing_and_forgotten() {
    let theatre = Theatre::with(&[("hears", TAKE), ("stalls", STALL)]).await;
    let life = theatre.live().await;
    std::fs::remove_dir_all(theatre.skills.path().join("stalls")).unwrap();
    life.publish([101]).await;
    theatre.stage.host.publish(catalog(theatre.skills.path()).await);
    life.until("stalls", |standing| standing.waiting == 0).await;
    life.publish([102]).await;
    theatre.until_told("hears", 2).await;
    life.until("stalls", |standing| standing.waiting == 0).await;
}

#[tokio::test]
async fn that_a_skill_was_loaded_is_told_once_for_each_revision() {
    let theatre = Theatre::with(&[(WANTS_SKILLS, TAKE)]).await;
    let _life = theatre.live().await;
    let loaded = || {
        let runs = theatre.stage.fakes.store.all_runs().into_iter();
        runs.filter(|run| run.end.is_some() && run.invocation.arguments["topic"] == "skill.loaded")
            .count()
    };
    for (version, times) in [("0.1.0", 1), ("0.2.0", 2)] {
        theatre.update(WANTS_SKILLS, version, TAKE).await;
        let patience = Patience::new();
        while loaded() < times {
            patience.next("that it was loaded").await;
        }
    }
    assert_eq!(loaded(), 2);
}

#[tokio::test]
async fn an_event_of_a_cluster_that_is_gone_is_dropped() {
    let theatre = Theatre::with(&[("hears", TAKE)]).await;
    let life = theatre.live().await;
    let gone = Event { subject: "gone/guest/7".to_owned(), ..of_guest(7) };
    EventSink::publish(life.queue.as_ref(), gone).await.unwrap();
    life.publish(100..101).await;
    theatre.until_told("hears", 1).await;
    assert_eq!(theatre.took("hears"), subjects([100]));
    life.until("hears", |standing| standing.waiting == 0).await;
}
