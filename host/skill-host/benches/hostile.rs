//! What the neighbours of a hostile guest feel. Each guest is loaded or called
//! without a pause while a shipped skill is called all the while in the same
//! host, and a well-behaved guest in the same way just before: what two busy
//! threads cost each other is no guest's doing. For each: its code, the
//! neighbour's times, the host's memory. Fails when a code differs, a guest
//! lacks its row, or the neighbour waits too long; `--report` only says the last.
//!
//! `script/bench hostile --seconds 2 --json`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]

#[path = "../tests/hostile/folders.rs"]
mod folders;
#[path = "reload/memory.rs"]
mod memory;
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "../tests/hostile/stage.rs"]
mod stage;
#[path = "../tests/hostile/table.rs"]
mod table;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_skill_host::testing::built_skills;
use serde_json::{Value, json};

use memory::resident;
use options::Options;
use stage::Stage;
use table::{ROWS, Row};

/// A well-behaved skill, and its command.
const NEIGHBOUR: (&str, &str) = ("temperatures", "temperatures.hottest");
/// How many times the neighbour's median may be what it is beside a well-behaved
/// guest.
const MEDIAN: f64 = 2.0;
/// What all but one in a hundred of the neighbour's calls stay within, ms.
const P99: f64 = 20.0;
/// How much longer than its budget a runaway guest may last, ms.
const GRACE: f64 = 20.0;

/// A guest that has less time than this runs out of it, ms.
const PATIENT: u64 = 20_000;

/// What was seen of one guest.
struct Seen {
    codes: Vec<String>,
    took: Times,
    /// The neighbour beside a well-behaved guest, just before.
    calm: Times,
    /// The neighbour, meanwhile.
    neighbour: Times,
    before: u64,
    after: u64,
}

/// What is kept of the times of some calls, milliseconds; all of them would be
/// more than the host itself has in memory.
struct Times {
    calls: usize,
    p50: f64,
    p99: f64,
    slowest: f64,
}

fn main() -> ExitCode {
    let options = Options::or_seconds(2.0);
    let missing = folders::without_row();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (alone, rows) = runtime.block_on(measure(Duration::from_secs_f64(options.seconds)));
    let faults: Vec<Vec<String>> =
        ROWS.iter().zip(&rows).map(|(row, seen)| seen.faults(row)).collect();
    let wrong = ROWS.iter().zip(&rows).any(|(row, seen)| seen.code() != row.expects);
    if options.json {
        let guests = ROWS.iter().zip(&rows).zip(&faults);
        let guests: Vec<Value> =
            guests.map(|((row, seen), faults)| seen.json(row, &alone, faults)).collect();
        println!(
            "{}",
            json!({ "bench": "hostile", "alone": alone.json(), "guests": guests, "without_row": missing })
        );
    } else {
        print(&alone, &rows, &faults);
        for guest in &missing {
            println!("{guest} has no row");
        }
    }
    let slow = faults.iter().any(|faults| !faults.is_empty());
    if wrong || !missing.is_empty() { ExitCode::FAILURE } else { options.exit(!slow) }
}

async fn measure(time: Duration) -> (Times, Vec<Seen>) {
    let stage = Arc::new(Stage::new(&[built_skills().join(NEIGHBOUR.0)]).await);
    // Once for nothing: what is made at the first call is nobody's doing.
    neighbour(&stage, Instant::now() + Duration::from_millis(300)).await;
    let alone = neighbour(&stage, Instant::now() + time).await;
    let tame = &ROWS[0];
    assert_eq!(tame.expects, "done", "the first guest is the well-behaved one");
    let mut rows = Vec::new();
    for row in ROWS {
        // Just before, so that a busy machine slows both.
        let (_, calm) = beside(&stage, tame, time / 2).await;
        let before = resident();
        let ((codes, took), neighbour) = beside(&stage, row, time).await;
        rows.push(Seen { codes, took, calm, neighbour, before, after: resident() });
    }
    (alone, rows)
}

/// Attacks, and calls the neighbour meanwhile.
async fn beside(
    stage: &Arc<Stage>,
    row: &'static Row,
    time: Duration,
) -> ((Vec<String>, Times), Times) {
    let until = Instant::now() + time;
    let beside = tokio::spawn({
        let stage = Arc::clone(stage);
        async move { neighbour(&stage, until).await }
    });
    // On the same threads, as in a host that serves.
    let attacking = tokio::spawn({
        let stage = Arc::clone(stage);
        async move { attacks(&stage, row, until).await }
    });
    (attacking.await.unwrap(), beside.await.unwrap())
}

/// Attacks until it is time, at least once.
async fn attacks(stage: &Stage, row: &Row, until: Instant) -> (Vec<String>, Times) {
    let (mut codes, mut took) = (Vec::new(), Vec::new());
    loop {
        let began = Instant::now();
        let code = stage.attack(row).await;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        if !codes.contains(&code) {
            codes.push(code);
        }
        if Instant::now() >= until {
            return (codes, Times::of(took));
        }
        // One that is refused at once leaves others their turn, as a person
        // who tries again would.
        tokio::task::yield_now().await;
    }
}

/// Calls the neighbour until it is time.
async fn neighbour(stage: &Stage, until: Instant) -> Times {
    let mut took = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        let outcome = stage.invoke(NEIGHBOUR.1).await;
        assert_eq!(outcome, "done", "the neighbour");
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Times::of(took)
}

impl Seen {
    /// The one code; all of them where there were several.
    fn code(&self) -> String {
        self.codes.join("+")
    }

    /// How many times the neighbour's median is that of `other`.
    fn times(&self, other: &Times) -> f64 {
        self.neighbour.p50 / other.p50
    }

    /// What is not as it should be.
    fn faults(&self, row: &Row) -> Vec<String> {
        let mut faults = Vec::new();
        if self.code() != row.expects {
            faults.push("another code".to_owned());
        }
        if self.times(&self.calm) > MEDIAN {
            faults.push(format!("the neighbour's p50 is over {MEDIAN} times"));
        }
        if self.neighbour.p99 > P99 {
            faults.push(format!("the neighbour's p99 is over {P99} ms"));
        }
        let budget = match row.expects {
            "skill-cpu" => row.cpu,
            "skill-timeout" => row.time,
            // Whose time is short waits for it to be up, whatever is said then.
            _ if row.time < PATIENT => row.time,
            _ => return faults,
        };
        #[allow(clippy::cast_precision_loss, reason = "some thousand milliseconds")]
        if self.took.slowest > budget as f64 + GRACE {
            faults.push(format!("it lasted longer than {budget} ms and {GRACE} ms"));
        }
        faults
    }

    fn json(&self, row: &Row, alone: &Times, faults: &[String]) -> Value {
        json!({
            "guest": row.guest, "does": row.does, "expected": row.expects, "seen": self.code(),
            "attacks": self.took.calls, "slowest_ms": self.took.slowest,
            "calm": self.calm.json(), "neighbour": self.neighbour.json(),
            "p50_against_calm": self.times(&self.calm), "p50_against_alone": self.times(alone),
            "memory_before_kib": self.before, "memory_after_kib": self.after, "faults": faults,
        })
    }
}

impl Times {
    fn of(mut took: Vec<f64>) -> Self {
        took.sort_by(f64::total_cmp);
        // The time that this share of the calls stays within.
        let at = |hundredths: usize| {
            let index = took.len().saturating_sub(1) * hundredths / 100;
            took.get(index).copied().unwrap_or(f64::NAN)
        };
        Self { calls: took.len(), p50: at(50), p99: at(99), slowest: at(100) }
    }

    fn json(&self) -> Value {
        json!({ "calls": self.calls, "p50_ms": self.p50, "p99_ms": self.p99 })
    }
}

fn print(alone: &Times, rows: &[Seen], faults: &[Vec<String>]) {
    println!(
        "A neighbour's calls beside each guest: p50 within {MEDIAN} times what it is beside a \
         well-behaved one that is called as often (calm), p99 within {P99} ms; against the neighbour \
         alone it is only shown. Alone: p50 {:.3}, p99 {:.3} ms.",
        alone.p50, alone.p99
    );
    println!(
        "{:<18} {:<24} {:<24} {:>8} {:>9} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8}",
        "guest",
        "expected",
        "seen",
        "slowest",
        "calm p50",
        "p50 ms",
        "x calm",
        "x alone",
        "p99 ms",
        "KiB then",
        "KiB now"
    );
    for ((row, seen), faults) in ROWS.iter().zip(rows).zip(faults) {
        println!(
            "{:<18} {:<24} {:<24} {:>8.2} {:>9.3} {:>8.3} {:>7.2} {:>8.2} {:>8.3} {:>8} {:>8}  {}",
            row.guest,
            row.expects,
            seen.code(),
            seen.took.slowest,
            seen.calm.p50,
            seen.neighbour.p50,
            seen.times(&seen.calm),
            seen.times(alone),
            seen.neighbour.p99,
            seen.before,
            seen.after,
            faults.join("; ")
        );
    }
}
