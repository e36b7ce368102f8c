//! What a store that cannot write leaves behind.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::schedule::keep::AGAIN;

/// The messages of the log.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Visit for Lines {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Clockwork {
    /// Lets time pass until nothing waits on disk any more.
    async fn settles(&self) {
        let forgotten = async {
            for _ in 0..10 {
                self.fakes.clock.advance(AGAIN);
                tokio::task::yield_now().await;
                if self.store.all().await.unwrap().is_empty() {
                    return;
                }
            }
            panic!("it waits on disk still");
        };
        tokio::select! {
            biased;
            () = self.host.keep_timers() => unreachable!("it waits for ever"),
            () = forgotten => {}
        }
    }
}

#[tokio::test]
async fn what_is_late_and_cannot_be_forgotten_is_told_once() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    let here = here.restarted().await;
    here.store.fails(true);
    let said = here.passes(TEN + GRACE + Duration::from_secs(1)).await;
    assert!(said[0].ends_with("its time came while I was away."), "{said:?}");
    assert!(here.timers().all().is_empty(), "nothing is looked at again and again");
}

#[tokio::test]
async fn what_cannot_be_written_down_is_neither_kept_nor_done() {
    let here = Clockwork::new().await;
    here.store.fails(true);
    let refused = fault(here.later(START, json!({"guest": 102}), TEN).await);
    assert_eq!(refused.code, "state-unusable");
    here.store.fails(false);
    here.shut_down_later().await;
    here.store.fails(true);
    let said = here.passes(TEN).await;
    assert!(said[0].contains("I cannot write it down"), "{said:?}");
    assert!(here.fakes.cluster.started().is_empty());
}

#[tokio::test]
async fn it_is_told_once_that_nothing_is_forgotten_on_disk_and_once_that_it_is() {
    let lines = Lines::default();
    let _logged = tracing::subscriber::set_default(lines.clone());
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    here.store.fails(true);
    here.passes(TEN).await;
    for _ in 0..20 {
        here.timers().settle().await;
    }
    here.store.fails(false);
    for _ in 0..2 {
        here.timers().settle().await;
    }
    let all = lines.0.lock().unwrap().clone();
    let told = |message: &str| all.iter().filter(|line| *line == message).count();
    assert_eq!(told("a timer still waits on disk"), 1, "{all:?}");
    assert_eq!(told("no timer that is over waits on disk any more"), 1, "{all:?}");
}

/// How a store comes by its room again before a restart, within the minute in which a
/// command may be late.
#[derive(Debug, Clone, Copy)]
enum Room {
    /// This life of the host has time to forget it on disk.
    Forgotten,
    /// It ends at once, and has written into the audit log.
    Audited,
    /// It ends at once, and has written the run's record.
    Recorded,
}

#[tokio::test]
async fn what_was_said_not_to_be_done_for_want_of_room_is_not_done_after_a_restart() {
    for room in [Room::Forgotten, Room::Audited, Room::Recorded] {
        let here = Clockwork::new().await;
        here.shut_down_later().await;
        here.store.fails(true);
        here.fakes.store.audit_fails(!matches!(room, Room::Audited));
        here.fakes.store.runs_fail(!matches!(room, Room::Recorded));
        let said = here.passes(TEN).await;
        assert!(said[0].contains("I did not: I cannot write it down"), "{room:?}: {said:?}");
        assert_eq!(here.store.all().await.unwrap().len(), 1, "on disk it waits");
        here.store.fails(false);
        here.fakes.store.audit_fails(false);
        here.fakes.store.runs_fail(false);
        if matches!(room, Room::Forgotten) {
            here.settles().await;
        }
        let here = here.restarted().await;
        if matches!(room, Room::Forgotten) {
            assert!(here.timers().all().is_empty());
            continue;
        }
        let said = here.passes(Duration::from_secs(40)).await;
        assert!(said[0].contains("I did not: "), "{room:?}: {said:?}");
        assert!(here.fakes.cluster.started().is_empty(), "{room:?}");
        here.settles().await;
    }
}

#[tokio::test]
async fn what_a_lost_role_has_cancelled_is_not_done_by_one_that_comes_back() {
    let here = Clockwork::new().await;
    here.shut_down_later().await;
    here.store.fails(true);
    here.standing.set(Some(Role::Viewer));
    here.timers().roles_changed().await;
    assert!(here.timers().all().is_empty());
    here.store.fails(false);
    let here = here.restarted().await;
    let said = here.passes(TEN).await;
    assert!(said[0].ends_with("I did not: whoever set it may less now than then."), "{said:?}");
    assert!(here.fakes.cluster.started().is_empty());
}
