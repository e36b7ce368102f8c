//! The life of one world: storms of faults, in which many ask at once and the
//! host is killed now and then; then all is mended, what was begun comes to its
//! end, and in the calm that follows everything has to go well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jarvis_api::{AuditQuery, Request, Response};
use jarvis_domain::audit::AuditEvent;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::records::{Part, Records};
use jarvis_domain::{Clock, OperationEnd, SystemClock, Timestamp, Verified};
use jarvis_state::State;
use tokio::task::JoinSet;

use crate::deeds::{Asked, Asker};
use crate::dice::Dice;
use crate::oracle::{Case, Finding, Sin, forged};
use crate::trouble::{Things, Troubles};
use crate::truth::{self, Portrait, Truth};
use crate::world::{Way, World};

/// How many ask for changes at once, and how many for states.
const ACTORS: usize = 4;
const ONLOOKERS: usize = 2;
/// How many guests are fought over where they are few.
const CROWDED: usize = 5;
/// How long a storm lasts, milliseconds, and what share of a short run it is.
const STORM: (u64, u64) = (8_000, 25_000);
/// How long a calm lasts at most.
const CALM: Duration = Duration::from_secs(6);
/// Between two kills of the host, milliseconds.
const KILL: (u64, u64) = (2_500, 9_000);
/// How long what was begun may take to end once all is mended: a deaf guest's
/// shutdown takes a minute, an effect is looked for for a quarter of one.
const SETTLE: Duration = Duration::from_secs(150);
const LOOK: Duration = Duration::from_millis(300);

/// What came of it.
pub(crate) struct Lived {
    pub(crate) way: Way,
    pub(crate) asked: Vec<Asked>,
    /// How each operation ended, as the journal has it, in a word.
    pub(crate) ends: Vec<&'static str>,
    /// How many of those were forged to try the oracle, and were all seen.
    pub(crate) forged: usize,
    /// Why nobody can tell how some ended.
    pub(crate) reasons: Vec<String>,
    pub(crate) faults: usize,
    pub(crate) kills: usize,
    pub(crate) storms: usize,
    /// The longest time until everything had ended once all was mended.
    pub(crate) settled: Duration,
    /// Each with the faults at its time.
    pub(crate) findings: Vec<Finding>,
}

/// One world while it lives.
struct Life {
    world: Arc<World>,
    troubles: Arc<Troubles>,
    things: Things,
    dice: Dice,
    seed: u64,
    asked: Vec<Asked>,
    kills: Vec<(Timestamp, Timestamp)>,
    calm: Vec<(Timestamp, Timestamp)>,
    findings: Vec<Finding>,
    settled: Duration,
    /// Every line of the audit log up to this one has its outcome.
    through: u64,
}

/// Lives for `whole`, a little longer until all has ended.
pub(crate) async fn live(way: Way, whole: Duration, seed: u64) -> Lived {
    let mut dice = Dice::of(seed, way.name());
    let world = Arc::new(World::open(way, &mut dice).await);
    let beginning = truth::beginning(&world).await;
    let things = Things {
        guests: beginning.keys().copied().collect(),
        nodes: ["home", "pve2", "pve3", "pve4"].map(str::to_owned).to_vec(),
        whole,
    };
    let mut life = Life {
        world: Arc::clone(&world),
        troubles: Arc::default(),
        things,
        dice,
        seed,
        asked: Vec::new(),
        kills: Vec::new(),
        calm: Vec::new(),
        findings: Vec::new(),
        settled: Duration::ZERO,
        through: 0,
    };
    life.start().await;
    let end = SystemClock.now().plus(whole);
    let mut storms = 0;
    while SystemClock.now() < end {
        storms += 1;
        let left = end.since(SystemClock.now());
        let storm = Duration::from_millis(life.dice.between(STORM.0, STORM.1)).min(left * 2 / 3);
        life.storm(storm.max(Duration::from_secs(1)), storms).await;
        life.settle().await;
        life.calm(CALM.min(whole / 5).max(Duration::from_secs(1)), storms).await;
        life.settle().await;
    }
    life.end(&beginning, storms).await
}

impl Life {
    async fn start(&mut self) {
        if let Err(why) = self.world.start().await {
            self.find(Sin::Host, format!("the host did not start: {why}"));
        }
    }

    fn find(&mut self, sin: Sin, why: String) {
        let now = SystemClock.now();
        self.findings.push(Finding { sin, from: now, to: now, story: vec![why] });
    }

    /// Everything, and in every other storm few guests, so that they are
    /// fought over.
    fn crowd(&mut self, round: usize) -> Things {
        let mut things = self.things.clone();
        if round.is_multiple_of(2) {
            let few = (0..CROWDED).map(|_| *self.dice.one(&self.things.guests)).collect();
            things.guests = few;
        }
        things
    }

    fn ask(&self, guests: &[u32], end: Timestamp, round: usize, calm: bool) -> JoinSet<Vec<Asked>> {
        let mut all = JoinSet::new();
        for number in 0..ACTORS + ONLOOKERS {
            let queries = number >= ACTORS;
            let place = |index: &usize| queries || !calm || index % ACTORS == number;
            let guests = guests.iter().enumerate();
            // In a calm nobody undoes what another one does.
            let guests = guests.filter(|(index, _)| place(index)).map(|(_, guest)| *guest);
            let part = format!("{} {round} {calm} {number}", self.world.way.name());
            let dice = Dice::of(self.seed, &part);
            let asker = Asker { guests: guests.collect(), queries, calm, dice };
            let world = Arc::clone(&self.world);
            all.spawn(async move { asker.ask_until(&world, end).await });
        }
        all
    }

    async fn storm(&mut self, time: Duration, round: usize) {
        let end = SystemClock.now().plus(time);
        let things = self.crowd(round);
        let asking = self.ask(&things.guests, end, round, false);
        let (world, troubles) = (Arc::clone(&self.world), Arc::clone(&self.troubles));
        let mut dice = Dice::of(self.seed, &format!("{} storm {round}", world.way.name()));
        let storming =
            tokio::spawn(async move { troubles.storm(&world, &things, &mut dice, end).await });
        loop {
            let left = end.since(SystemClock.now());
            let pause = Duration::from_millis(self.dice.between(KILL.0, KILL.1));
            // Once at least, however short it is.
            let pause = pause.min(time / 2);
            SystemClock.sleep(pause.min(left)).await;
            if pause >= left {
                break;
            }
            let before = SystemClock.now();
            self.world.kill().await;
            self.kills.push((before, SystemClock.now()));
            self.start().await;
        }
        storming.await.unwrap();
        self.asked.extend(asking.join_all().await.into_iter().flatten());
    }

    async fn calm(&mut self, time: Duration, round: usize) {
        let began = SystemClock.now();
        let guests = &self.things.guests;
        let asking = self.ask(guests, began.plus(time), round, true);
        self.asked.extend(asking.join_all().await.into_iter().flatten());
        self.settle().await;
        self.calm.push((began, SystemClock.now()));
    }

    /// Waits until each call that was let through has its outcome.
    async fn settle(&mut self) {
        let began = SystemClock.now();
        loop {
            let open = self.open().await;
            let waited = SystemClock.now().since(began);
            match open {
                Some(open) if open.is_empty() => {
                    self.settled = self.settled.max(waited);
                    return self.quieten().await;
                }
                open if waited > SETTLE => {
                    let why = match open {
                        None => format!("no audit log after {waited:?}"),
                        Some(open) => format!("no outcome after {waited:?}: {open:?}"),
                    };
                    return self.find(Sin::Lost, why);
                }
                _ => SystemClock.sleep(LOOK).await,
            }
        }
    }

    /// Waits until nobody else does anything either.
    async fn quieten(&mut self) {
        let began = SystemClock.now();
        while !truth::is_quiet(&self.world).await {
            if SystemClock.now().since(began) > SETTLE {
                return self.find(Sin::Lost, format!("a task still runs after {SETTLE:?}"));
            }
            SystemClock.sleep(LOOK).await;
        }
    }

    /// The lines of the audit log without their outcome; none while the host
    /// does not tell.
    async fn open(&mut self) -> Option<BTreeSet<u64>> {
        let mut client = self.world.connect().await?;
        let (mut allowed, mut answered) = (BTreeSet::new(), BTreeSet::new());
        let mut before = None;
        let mut newest = self.through;
        loop {
            let query = AuditQuery { run: None, limit: 1_000, before };
            let Ok(Response::Audit(lines)) = client.call(Request::Audit(query), &Unwatched).await
            else {
                return None;
            };
            for line in &lines {
                newest = newest.max(line.seq);
                match line.entry.event {
                    AuditEvent::Allowed { .. } => drop(allowed.insert(line.seq)),
                    AuditEvent::Outcome { of, .. } => drop(answered.insert(of)),
                    _ => {}
                }
            }
            before = lines.first().map(|line| line.seq);
            if before.is_none_or(|seq| seq <= self.through.max(1)) {
                break;
            }
        }
        let open: BTreeSet<u64> = allowed.difference(&answered).copied().collect();
        let open: BTreeSet<u64> = open.into_iter().filter(|seq| *seq > self.through).collect();
        if open.is_empty() {
            self.through = newest;
        }
        Some(open)
    }

    async fn end(mut self, beginning: &BTreeMap<u32, Portrait>, storms: usize) -> Lived {
        if !self.world.stop().await {
            self.find(Sin::Stuck, "the host did not end when it was asked to".to_owned());
        }
        let clock = Arc::new(SystemClock);
        let state = State::open(&self.world.state(), clock).unwrap();
        let operations = state.operations(Timestamp(0)).await.unwrap();
        let all = Part { before: None, limit: usize::MAX, bytes: usize::MAX };
        let runs = Records::runs(&state, all).await.unwrap();
        let audit = state.verify_audit().await.unwrap();
        if let Some(broken) = audit.broken {
            self.find(Sin::Host, format!("the audit log is broken: {broken:?}"));
        }
        let truth = Truth::of(&self.world, beginning).await;
        let case = Case {
            truth: &truth,
            asked: &self.asked,
            operations: &operations,
            runs: &runs,
            kills: &self.kills,
            calm: &self.calm,
        };
        self.findings.extend(case.findings());
        let (told, seen) = forged::try_it(&case);
        if seen < told {
            self.find(Sin::Blind, format!("{seen} of {told} were seen"));
        }
        for finding in &mut self.findings {
            let faults = self.troubles.between(finding.from, finding.to).await;
            finding.story.push(format!("faults: {}", faults.join("; ")));
        }
        let ends = operations.iter().map(ended).collect();
        let reasons = operations.iter().filter_map(reason).collect();
        let faults = self.troubles.count().await;
        let lived = Lived {
            way: self.world.way,
            asked: self.asked,
            ends,
            forged: told,
            reasons,
            faults,
            kills: self.kills.len(),
            storms,
            settled: self.settled,
            findings: self.findings,
        };
        if let Some(world) = Arc::into_inner(self.world) {
            world.close().await;
        }
        lived
    }
}

/// Why it is unknown, without what differs from case to case.
fn reason(record: &OperationRecord) -> Option<String> {
    let OperationState::Ended { end, .. } = &record.state else { return None };
    let why = match end {
        OperationEnd::Unknown { why } => why,
        OperationEnd::Succeeded { verified: Verified::No { why }, .. } => why,
        _ => return None,
    };
    let words = why.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    Some(words.take(16).collect::<Vec<_>>().join(" "))
}

fn ended(record: &OperationRecord) -> &'static str {
    match &record.state {
        OperationState::Ended { end, .. } => match end {
            OperationEnd::Succeeded { verified: Verified::Yes, .. } => "done",
            OperationEnd::Succeeded { .. } => "not verified",
            OperationEnd::Failed { .. } => "failed",
            OperationEnd::Unknown { .. } => "unknown",
        },
        _ => "without an end",
    }
}
