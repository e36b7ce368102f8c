//! Faults of the simulated cluster, thrown at random: several at once, each for
//! a while, and all of them taken back at the end of a storm.

use std::collections::BTreeMap;
use std::time::Duration;

use jarvis_domain::{Clock, SystemClock, Timestamp};
use tokio::sync::Mutex;

use crate::dice::Dice;
use crate::world::{Way, World};

/// How long a fault lasts, milliseconds: mostly less than what is waited for an
/// answer, so that much is begun meanwhile, and now and then longer.
const SHORT: (u64, u64) = (200, 1_500);
const LASTS: (u64, u64) = (1_500, 6_000);
/// How long until the next one comes, milliseconds.
const PAUSE: (u64, u64) = (50, 600);
/// At most so many at once.
const AT_ONCE: usize = 6;
/// A guest that is deaf keeps its task for a minute, whatever is mended: not in
/// a run that is as short as that.
const LONG: Duration = Duration::from_secs(60);

/// What goes wrong in a world, now and before.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By what is broken, since of each thing there is one state.
    active: BTreeMap<String, Active>,
    /// Each that began or ended: when, and which.
    history: Vec<(Timestamp, String)>,
}

#[derive(Debug)]
struct Active {
    until: Timestamp,
    off: Vec<String>,
}

/// One fault: what it breaks, the words for it, and those that mend it; none
/// where nothing is left to mend.
struct Chosen {
    thing: String,
    on: Vec<String>,
    off: Vec<String>,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Pvesh,
    Https,
    Certificate,
    Tickets,
    Node,
    Quorum,
    Ha,
    Task,
    Worker,
    Deaf,
    /// Another person, who does the same things to the same guests.
    Somebody,
}

/// What is there to be broken.
#[derive(Debug, Clone)]
pub(crate) struct Things {
    pub(crate) guests: Vec<u32>,
    pub(crate) nodes: Vec<String>,
    pub(crate) whole: Duration,
}

impl Troubles {
    /// Throws faults until `end`.
    pub(crate) async fn storm(
        &self,
        world: &World,
        things: &Things,
        dice: &mut Dice,
        end: Timestamp,
    ) {
        while SystemClock.now() < end {
            self.mend(world, Some(SystemClock.now())).await;
            if self.inner.lock().await.active.len() < AT_ONCE {
                self.make(world, chosen(world.way, things, dice), dice).await;
            }
            let pause = Duration::from_millis(dice.between(PAUSE.0, PAUSE.1));
            SystemClock.sleep(pause.min(end.since(SystemClock.now()))).await;
        }
        self.mend(world, None).await;
    }

    async fn make(&self, world: &World, chosen: Chosen, dice: &mut Dice) {
        let Chosen { thing, on, off } = chosen;
        let now = SystemClock.now();
        let mut inner = self.inner.lock().await;
        if inner.active.contains_key(&thing) {
            return;
        }
        world.fault(&words(&on)).await;
        inner.history.push((now, on.join(" ")));
        if !off.is_empty() {
            let (low, high) = if dice.comes(70) { SHORT } else { LASTS };
            let until = now.plus(Duration::from_millis(dice.between(low, high)));
            inner.active.insert(thing, Active { until, off });
        }
    }

    /// Takes back what is over at `now`; all of it without one.
    async fn mend(&self, world: &World, now: Option<Timestamp>) {
        let mut inner = self.inner.lock().await;
        let over = |active: &Active| now.is_none_or(|now| active.until <= now);
        let (ended, going_on): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut inner.active).into_iter().partition(|(_, one)| over(one));
        inner.active = going_on;
        for Active { off, .. } in ended.into_values() {
            world.fault(&words(&off)).await;
            inner.history.push((SystemClock.now(), off.join(" ")));
        }
    }

    /// How many faults were made, those that mended not counted.
    pub(crate) async fn count(&self) -> usize {
        let inner = self.inner.lock().await;
        inner.history.iter().filter(|(_, what)| !mends(what)).count()
    }

    /// What began and ended between two moments, for a story.
    pub(crate) async fn between(&self, from: Timestamp, to: Timestamp) -> Vec<String> {
        let inner = self.inner.lock().await;
        let from = Timestamp(from.0.saturating_sub(LASTS.1));
        let within = inner.history.iter().filter(|(at, _)| (from..=to).contains(at));
        within.map(|(at, what)| format!("{} {what}", at.0)).collect()
    }
}

fn mends(words: &str) -> bool {
    ["ok", "up", "back", "go", "hears"].iter().any(|word| words.split(' ').any(|one| one == *word))
}

fn words(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn chosen(way: Way, things: &Things, dice: &mut Dice) -> Chosen {
    let of_way = match way {
        Way::Pvesh => vec![(10, Kind::Pvesh)],
        Way::Api => vec![(12, Kind::Https), (2, Kind::Certificate), (2, Kind::Tickets)],
    };
    let deaf = if things.whole >= LONG { vec![(1, Kind::Deaf)] } else { Vec::new() };
    let always = [
        (2, Kind::Node),
        (2, Kind::Quorum),
        (2, Kind::Ha),
        (5, Kind::Task),
        (4, Kind::Worker),
        (6, Kind::Somebody),
    ];
    let all: Vec<(u64, Kind)> = of_way.into_iter().chain(deaf).chain(always).collect();
    let guest = dice.one(&things.guests).to_string();
    let node = dice.one(&things.nodes).as_str();
    // What jarvis runs on takes jarvis with it.
    let other = match way {
        Way::Pvesh => dice.one(&things.nodes[1..]).as_str(),
        Way::Api => node,
    };
    match dice.weighed(&all) {
        Kind::Pvesh => pvesh(dice),
        Kind::Https => https(node, dice),
        Kind::Certificate => of("certificate", &["certificate", node, "new"], &[]),
        Kind::Tickets => of("tickets", &["tickets", "expire"], &[]),
        Kind::Node => of("node", &["node", other, "down"], &["node", other, "up"]),
        Kind::Quorum => of("quorum", &["quorum", "lost"], &["quorum", "back"]),
        Kind::Ha => of("ha", &["ha", "stuck"], &["ha", "ok"]),
        Kind::Task => {
            let how = *dice.one(&["warn", "no space left on device", "got timeout"]);
            of(&format!("task {guest}"), &["task", &guest, how], &["task", &guest, "ok"])
        }
        Kind::Worker => {
            let thing = format!("worker {guest}");
            of(&thing, &["worker", &guest, "hang"], &["worker", &guest, "go"])
        }
        Kind::Somebody => {
            let does = *dice.one(&["start", "stop", "shutdown", "reboot"]);
            of("somebody", &["somebody", &guest, does], &[])
        }
        Kind::Deaf => {
            let thing = format!("deaf {guest}");
            of(&thing, &["guest", &guest, "deaf"], &["guest", &guest, "hears"])
        }
    }
}

fn pvesh(dice: &mut Dice) -> Chosen {
    let how = *dice.one(&["hang", "garbage", "die", "lose-upid", "noise"]);
    let on = match *dice.weighed(&[(1, ""), (1, "get"), (3, "create")]) {
        "" => vec!["pvesh", how],
        only => vec!["pvesh", how, only],
    };
    of("pvesh", &on, &["pvesh", "ok"])
}

fn https(node: &str, dice: &mut Dice) -> Chosen {
    let how = *dice.one(&["silent", "babble", "hang", "garbage", "half", "lose", "flood", "slow"]);
    let time = dice.between(100, 4_000).to_string();
    let how: &[&str] = if how == "slow" { &["slow", &time] } else { &[how] };
    // Of every node now and then: there is no way around it then.
    if dice.comes(30) {
        return of("https", &[&["https"], how].concat(), &["https", "ok"]);
    }
    let on = [&["https"], how, &[node]].concat();
    of(&format!("https {node}"), &on, &["https", "ok", node])
}

fn of(thing: &str, on: &[&str], off: &[&str]) -> Chosen {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Chosen { thing: thing.to_owned(), on: owned(on), off: owned(off) }
}
