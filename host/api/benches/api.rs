//! What the HTTP API costs: `/api/cluster/resources` for a home lab and for 64
//! nodes with 10,000 guests, against a bare axum handler that returns the same
//! bytes to the same client; and what it is worth, against a Node program of
//! the replaced kind, which starts a `pvesh` for each request.
//! Fails when a limit is not held, unless `--report` asks only to be told.
//!
//! `script/bench api --seconds 5 --json`
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says why by panicking")]

#[path = "api/bare.rs"]
mod bare;
#[path = "api/load.rs"]
mod load;
#[path = "api/replaced.rs"]
mod replaced;
#[path = "api/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jarvis_api::feed::Hub;
use jarvis_domain::SystemClock;
use serde_json::{Value, json};

/// A figure, and what it must not be below.
struct Row {
    name: &'static str,
    value: f64,
    unit: &'static str,
    at_least: Option<f64>,
}

struct Options {
    seconds: f64,
    json: bool,
    report: bool,
}

const LARGE: stage::Size = stage::Size { nodes: 64, guests: 10_000 };
/// Limit of issue 5.
const SHARE: f64 = 0.7;
/// Each server is measured so often, in turns, so that what else the machine
/// does strikes both.
const ROUNDS: u32 = 4;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [first, file] = args.as_slice()
        && first == "pvesh"
    {
        return replaced::pvesh(file);
    }
    let options = options(&args);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let time = Duration::from_secs_f64(options.seconds);
    let (rows, with) = runtime.block_on(measure(time));
    if options.json {
        let fields = rows.iter().map(|row| (row.name.to_owned(), row.json()));
        let mut whole: serde_json::Map<String, Value> = fields.collect();
        whole.insert("bench".to_owned(), "api".into());
        whole.insert("replaced_with".to_owned(), with.into());
        println!("{}", Value::Object(whole));
    } else {
        println!("GET /api/cluster/resources, {} clients; the replaced way: {with}", load::CLIENTS);
        rows.iter().for_each(Row::print);
    }
    let held = rows.iter().all(Row::is_held);
    if held || options.report { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The API, to nobody who listens.
async fn jarvis(size: stage::Size) -> stage::Server {
    stage::jarvis(size, Hub::new(Arc::new(SystemClock))).await
}

async fn measure(time: Duration) -> (Vec<Row>, &'static str) {
    let mut rows = Vec::new();
    let mut home = 0.0;
    for (size, names) in [
        (stage::HOME, ["home_jarvis", "home_bare", "home_share"]),
        (LARGE, ["large_jarvis", "large_bare", "large_share"]),
    ] {
        let server = jarvis(size).await;
        let body = load::body(server.address).await;
        let bare = bare::serve(body).await;
        let (mut ours, mut theirs) = (0.0, 0.0);
        for _ in 0..ROUNDS {
            ours += load::requests(server.address, time / (2 * ROUNDS)).await;
            theirs += load::requests(bare, time / (2 * ROUNDS)).await;
        }
        let rounds = f64::from(ROUNDS);
        if size.nodes == stage::HOME.nodes {
            home = ours / rounds;
        }
        let [jarvis, plain, share] = names;
        rows.push(Row::new(jarvis, ours / rounds, "a second"));
        rows.push(Row::new(plain, theirs / rounds, "a second"));
        rows.push(Row { at_least: Some(SHARE), ..Row::new(share, ours / theirs, "of bare axum") });
    }
    let (old, with) = replaced::measure(time).await;
    rows.push(Row::new("replaced_requests", old, "a second"));
    rows.push(Row::new("times_the_requests", home / old, "times"));
    (rows, with)
}

impl Row {
    fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, value, unit, at_least: None }
    }

    fn is_held(&self) -> bool {
        self.at_least.is_none_or(|limit| self.value >= limit)
    }

    fn json(&self) -> Value {
        let (value, unit) = (self.value, self.unit);
        json!({ "value": value, "unit": unit, "limit": self.at_least, "held": self.is_held() })
    }

    fn print(&self) {
        let limit = self.at_least.map(|limit| format!("at least {limit}")).unwrap_or_default();
        let broken = if self.is_held() { "" } else { "  NOT HELD" };
        println!("{:<24} {:>14.3} {:<14} {limit}{broken}", self.name, self.value, self.unit);
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
