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
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "api/replaced.rs"]
mod replaced;
#[path = "../../../tests/bench/row.rs"]
mod row;
#[path = "api/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jarvis_api::feed::Hub;
use jarvis_domain::SystemClock;

use options::Options;
use row::Row;

const LARGE: stage::Size = stage::Size { nodes: 64, guests: 10_000 };
/// The least share of a bare handler's requests a second.
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
    let options = Options::or_seconds(10.0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let time = Duration::from_secs_f64(options.seconds);
    let (rows, with) = runtime.block_on(measure(time));
    let heading =
        format!("GET /api/cluster/resources, {} clients; the replaced way: {with}", load::CLIENTS);
    row::print(&rows, options, &heading, [("bench", "api".into()), ("replaced_with", with.into())])
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
        rows.push(Row { least: Some(SHARE), ..Row::new(share, ours / theirs, "of bare axum") });
    }
    let (old, with) = replaced::measure(time).await;
    rows.push(Row::new("replaced_requests", old, "a second"));
    rows.push(Row::new("times_the_requests", home / old, "times"));
    (rows, with)
}
