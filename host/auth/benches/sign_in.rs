//! Whether the reason of a refusal can be told by its time: an unknown
//! account, a wrong password and a disabled account, in turn, through the gate,
//! a child for each and the real libpam. What slows who guesses runs on a clock
//! that is moved, so that each password is looked at; what makes refusals take
//! the same time runs on the machine's. Fails when the limit is not held, unless
//! `--report` asks only to be told; `--seconds N` ends it after that time.
//!
//! `script/bench sign-in --seconds 30 --json`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]

#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "../tests/pam/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_auth::{Gate, GateParts, Keyring, Padding, PamPasswords, Roles};
use jarvis_domain::identity::{Attempt, Identity, Secret};
use jarvis_domain::{ManualClock, Role, SystemClock, Timestamp};
use jarvis_state::State;
use serde_json::{Value, json};

use options::Options;
use stage::{CHILD, PASSWORD, Stage};

/// Of each refusal.
const TRIES: usize = 200;
/// How many at least, however short the bench is to be.
const FEWEST: usize = 5;
/// How far the slowest median may be above the fastest.
const LIMIT: f64 = 1.05;
/// Each refusal: account and password.
const REFUSALS: [(&str, &str, &str); 3] = [
    ("unknown account", "ghost@pam", PASSWORD),
    ("wrong password", "tony@pam", "wrong"),
    ("disabled account", "retired@pam", PASSWORD),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|first| first == CHILD) {
        return ExitCode::from(jarvis_auth::check_password());
    }
    let options = Options::or_seconds(600.0);
    let Some(stage) = Stage::new() else {
        println!("there is no libpam-wrapper here, so nothing is measured");
        return ExitCode::SUCCESS;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let times = runtime.block_on(measure(&stage, Duration::from_secs_f64(options.seconds)));
    let medians = times.each_ref().map(|times| median(times));
    let fastest = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let ratios = medians.map(|median| median / fastest);
    let ratio = ratios.iter().copied().fold(0.0, f64::max);
    let held = ratio <= LIMIT;
    if options.json {
        let row = |at: usize| json!({ "refusal": REFUSALS[at].0, "tries": times[at].len(), "median_ms": medians[at], "ratio": ratios[at] });
        let rows: Vec<Value> = (0..REFUSALS.len()).map(row).collect();
        println!(
            "{}",
            json!({ "bench": "sign-in", "refusals": rows, "ratio": { "value": ratio, "limit": LIMIT, "held": held } })
        );
    } else {
        for (at, (name, ..)) in REFUSALS.iter().enumerate() {
            let (tries, median, ratio) = (times[at].len(), medians[at], ratios[at]);
            println!("{tries:>3} times {name:<17} median {median:>8.2} ms  {ratio:>6.3}");
        }
        let broken = if held { "" } else { "  NOT HELD" };
        println!(
            "the slowest against the fastest            {ratio:>8.3}, at most {LIMIT}{broken}"
        );
    }
    options.exit(held)
}

/// How long each refusal took, milliseconds.
async fn measure(stage: &Stage, time: Duration) -> [Vec<f64>; 3] {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let real = Arc::new(SystemClock);
    let state = State::open(&folder.path().join("state"), clock.clone()).unwrap();
    let gate = Gate::open(GateParts {
        passwords: Arc::new(PamPasswords::new(stage.settings(real.clone()))),
        directory: None,
        roles: Roles {
            users: REFUSALS.map(|(_, account, _)| (account.parse().unwrap(), Role::Viewer)).into(),
            ..Roles::default()
        },
        registry: state.registry(),
        audit: state.audit(),
        cluster: "bench".parse().unwrap(),
        clock: clock.clone(),
        padding: Padding::standard(real),
        keyring: Keyring::in_file(folder.path().join("keys.json"), Timestamp(0)).unwrap(),
        lifetime: Duration::from_secs(3600),
    });
    let gate = gate.await.unwrap();
    let mut times: [Vec<f64>; 3] = Default::default();
    let begun = Instant::now();
    for round in 0..TRIES {
        if round >= FEWEST && begun.elapsed() > time {
            break;
        }
        for ((_, account, password), times) in REFUSALS.iter().zip(&mut times) {
            // Longer than anybody is slowed.
            clock.advance(Duration::from_secs(301));
            let attempt = Attempt {
                account: account.parse().unwrap(),
                password: Secret::new(*password),
                code: None,
                address: [127, 0, 0, 1].into(),
            };
            let begun = Instant::now();
            let fault = gate.sign_in(attempt).await.unwrap_err();
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            assert_eq!(fault.code, "auth-refused");
        }
    }
    times
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
