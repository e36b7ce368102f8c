//! What the inventory costs, at 64 nodes and 10,000 guests: reading the whole
//! cluster from the snapshot, a refresh over HTTPS, the memory. And what it is
//! worth, against the replaced way of starting a `pvesh` for each request.
//! Fails when a limit is not held, unless `--report` asks only to be told.
//!
//! The cluster is the simulator's, in a process of its own, so that only this
//! side's processor time is counted; TLS is real, on the loopback address.
//!
//! `script/bench inventory --seconds 5 --json`
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says why by panicking")]

#[path = "inventory/large.rs"]
mod large;
#[path = "inventory/replaced.rs"]
mod replaced;
#[path = "inventory/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

/// A figure with what it must not be above, or below.
struct Row {
    name: &'static str,
    value: f64,
    unit: &'static str,
    limit: Option<Limit>,
}

enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// How long each of some things took, in one unit.
#[derive(Default)]
struct Times(Vec<f64>);

struct Options {
    seconds: f64,
    json: bool,
    report: bool,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if let Some(("simulate", rest)) = args.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return runtime.block_on(stage::play(rest));
    }
    let options = options(&args);
    let time = Duration::from_secs_f64(options.seconds);
    let (rows, with) = runtime.block_on(async {
        let mut rows = large::measure(time).await;
        let (more, with) = replaced::measure(time).await;
        rows.extend(more);
        (rows, with)
    });
    if options.json {
        let fields = rows.iter().map(|row| (row.name.to_owned(), row.json()));
        let mut whole: serde_json::Map<String, Value> = fields.collect();
        whole.insert("bench".to_owned(), "inventory".into());
        whole.insert("replaced_with".to_owned(), with.into());
        println!("{}", Value::Object(whole));
    } else {
        println!("{} nodes, {} guests; the replaced way: {with}", large::NODES, large::GUESTS);
        rows.iter().for_each(Row::print);
    }
    let held = rows.iter().all(Row::is_held);
    if held || options.report { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Row {
    fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value, unit, limit: None }
    }

    fn at_most(self, limit: f64) -> Self {
        Self { limit: Some(Limit::AtMost(limit)), ..self }
    }

    fn at_least(self, limit: f64) -> Self {
        Self { limit: Some(Limit::AtLeast(limit)), ..self }
    }

    fn is_held(&self) -> bool {
        match self.limit {
            None => true,
            Some(Limit::AtMost(limit)) => self.value <= limit,
            Some(Limit::AtLeast(limit)) => self.value >= limit,
        }
    }

    fn json(&self) -> Value {
        let limit = match self.limit {
            None => Value::Null,
            Some(Limit::AtMost(limit) | Limit::AtLeast(limit)) => json!(limit),
        };
        json!({ "value": self.value, "unit": self.unit, "limit": limit, "held": self.is_held() })
    }

    fn print(&self) {
        let limit = match self.limit {
            None => String::new(),
            Some(Limit::AtMost(limit)) => format!("at most {limit}"),
            Some(Limit::AtLeast(limit)) => format!("at least {limit}"),
        };
        let broken = if self.is_held() { "" } else { "  NOT HELD" };
        println!("{:<34} {:>14.3} {:<12} {limit}{broken}", self.name, self.value, self.unit);
    }
}

impl Times {
    /// What this share of them stays within.
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

/// `--seconds N`, `--json` and `--report`; what cargo adds is not ours.
fn options(args: &[String]) -> Options {
    let mut options = Options { seconds: 10.0, json: false, report: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                options.seconds = args.next().and_then(|n| n.parse().ok()).unwrap_or(10.0);
            }
            "--json" => options.json = true,
            "--report" => options.report = true,
            _ => {}
        }
    }
    options
}
