//! What a skill call costs: an invocation through the whole of the skill host,
//! against a bare wasmtime program that runs the same component on the same
//! engine settings with the same answers and does nothing else. Fails when the
//! ratio is over the limit, unless `--report` asks only to be told. Disks and
//! Proxmox are left out on both sides.
//!
//! `script/bench skill-call --seconds 2 --json`
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says why by panicking")]

#[path = "skill_call/bare.rs"]
mod bare;
#[path = "../../../tests/bench/options.rs"]
mod options;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jarvis_domain::invocation::Answer;
use jarvis_domain::{Outcome, SkillId};
use jarvis_policy::{Capability, Grant, GrantSet};
use jarvis_skill_host::folder::SkillFolder;
use jarvis_skill_host::testing::{Fakes, ask, built_skills, load};
use jarvis_skill_host::{Allowances, SkillEngine, SkillHost};
use serde_json::json;

use crate::bare::Bare;
use crate::options::Options;

/// The ratio of the medians that must be kept.
const LIMIT: f64 = 1.3;
/// What half of the calls and 99 in 100 should stay within on an idle machine,
/// microseconds. Times are the machine's, so these are shown and not required.
const WITHIN: [(f64, f64); 2] = [(0.5, 50.0), (0.99, 250.0)];
/// Both sides take turns of this length, so that a busy machine slows both.
const TURN: Duration = Duration::from_millis(100);

const SKILL: &str = "temperatures";
const COMMAND: &str = "hottest";

/// How long each call of one side took, microseconds.
#[derive(Default)]
struct Times(Vec<f64>);

fn main() -> ExitCode {
    let options = Options::or_seconds(10.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let time = Duration::from_secs_f64(options.seconds);
    let (ours, bare) = runtime.block_on(measure(time));
    let ratio = ours.at(0.5) / bare.at(0.5);
    if options.json {
        let side = |times: &Times| json!({ "calls": times.0.len(), "p50_us": times.at(0.5), "p99_us": times.at(0.99) });
        println!(
            "{}",
            json!({ "bench": "skill-call", "ours": side(&ours), "bare": side(&bare), "ratio": ratio, "limit": LIMIT })
        );
    } else {
        println!("{SKILL}.{COMMAND}, a fresh instance a call, host I/O left out");
        println!("{:<22} {:>9} {:>9} {:>9}", "", "calls", "p50 µs", "p99 µs");
        for (name, times) in [("bare wasmtime program", &bare), ("jarvis, whole invoke", &ours)] {
            println!(
                "{name:<22} {:>9} {:>9.1} {:>9.1}",
                times.0.len(),
                times.at(0.5),
                times.at(0.99)
            );
        }
        println!("ratio of the medians: {ratio:.2} (limit {LIMIT})");
        for (share, within) in WITHIN {
            let (took, theirs) = (ours.at(share), bare.at(share));
            let held = if took < within { "held" } else { "not held on this machine" };
            println!(
                "p{:.0} under {within} µs: {held} ({took:.1}; the bare program {theirs:.1})",
                share * 100.0
            );
        }
    }
    options.exit(ratio <= LIMIT)
}

async fn measure(time: Duration) -> (Times, Times) {
    let fakes = Fakes::new();
    let folder = SkillFolder::read(&built_skills().join(SKILL)).unwrap();
    let bare = Bare::new(&folder.component, fakes.cluster.clone());
    let host = host(folder, &fakes).await;
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    for warm in [true, false] {
        let until = Instant::now() + if warm { TURN * 2 } else { time };
        while Instant::now() < until {
            let turn = Instant::now();
            while turn.elapsed() < TURN {
                ours.take(warm, invoke(&host)).await;
            }
            let turn = Instant::now();
            while turn.elapsed() < TURN {
                theirs.take(warm, bare.call(COMMAND)).await;
            }
        }
    }
    (ours, theirs)
}

async fn host(folder: SkillFolder, fakes: &Fakes) -> SkillHost {
    let id: SkillId = SKILL.parse().unwrap();
    let granted = [Capability::Inventory, Capability::Sensors];
    let grants = GrantSet::new(granted.into_iter().filter_map(Grant::whole));
    let allowances = Allowances::of(BTreeMap::from([(id, grants)]));
    let engine = SkillEngine::new().unwrap();
    let catalog = load(vec![(folder.path.clone(), Ok(folder))], &allowances, &engine).await;
    assert!(catalog.broken().is_empty(), "{:?}", catalog.broken());
    fakes.unrecorded(engine, catalog)
}

async fn invoke(host: &SkillHost) {
    let answer = ask(host, &format!("{SKILL}.{COMMAND}")).await.unwrap().unwrap();
    let done = matches!(&answer, Answer::Reply(reply) if reply.outcome == Outcome::Done);
    assert!(done, "{answer:?}");
}

impl Times {
    async fn take(&mut self, warm: bool, call: impl Future<Output = ()>) {
        let began = Instant::now();
        call.await;
        if !warm {
            self.0.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }

    /// The time that this share of the calls stays within.
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index among some thousands"
        )]
        let index = (last as f64 * share) as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }
}
