//! Against the replaced way: a Node program that starts a `pvesh` for each
//! request (`replaced.mjs`). Both ask the same home lab, whose `pvesh` takes
//! 0.3 s, with as many clients at once; each request ends with all of the
//! cluster as JSON.
//!
//! Where there is no Node, a stand-in that starts the same programs takes its
//! place, and the report says so.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use jarvis_cluster::Cluster;
use jarvis_domain::inventory::Inventory;
use serde_json::Value;
use tokio::process::Command;

use crate::row::Row;
use crate::stage::{Simulator, Size, own};

const LATENCY: Duration = Duration::from_millis(300);
/// Clients at once, on both sides.
const CLIENTS: usize = 8;
/// How many times as many are served, at the least.
const TIMES_THE_REQUESTS: f64 = 1000.0;
/// The old way is measured for so long at least: some of its requests have to
/// end.
const AT_LEAST: Duration = Duration::from_secs(3);
/// As old as a skill takes it.
const AGE: Duration = Duration::from_secs(3);

/// Requests and starts of `pvesh`, each a second.
struct Rate {
    requests: f64,
    starts: f64,
}

pub(crate) async fn measure(time: Duration) -> (Vec<Row>, &'static str) {
    let time = time.max(AT_LEAST);
    let size = Size { nodes: 4, guests: 22, latency: LATENCY, https: false };
    let simulator = Simulator::start(size);
    let (old, with) = old(&simulator, time).await;
    let new = new(&simulator, time).await;
    let rows = vec![
        Row::new("replaced_requests", old.requests, "a second"),
        Row::new("jarvis_requests", new.requests, "a second"),
        Row {
            least: Some(TIMES_THE_REQUESTS),
            ..Row::new("times_the_requests", new.requests / old.requests, "times")
        },
        Row::new("replaced_pvesh_starts", old.starts * 60.0, "a minute"),
        Row::new("jarvis_pvesh_starts", new.starts * 60.0, "a minute"),
    ];
    (rows, with)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
async fn old(simulator: &Simulator, time: Duration) -> (Rate, &'static str) {
    let before = simulator.calls().await;
    let began = Instant::now();
    let (requests, with) = match node(&simulator.socket(), time).await {
        Some(requests) => (requests, "a Node program that starts a pvesh for each request"),
        None => (
            stand_in(&simulator.socket(), time).await,
            "a stand-in for the Node program, which is not installed here",
        ),
    };
    let seconds = began.elapsed().as_secs_f64();
    let starts = (simulator.calls().await - before) as f64 / seconds;
    (Rate { requests: requests / seconds, starts }, with)
}

/// The requests of the Node program; none where there is no Node.
async fn node(socket: &Path, time: Duration) -> Option<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/inventory/replaced.mjs");
    let output = Command::new("node")
        .arg(script)
        .arg(own())
        .arg(socket)
        .args([CLIENTS.to_string(), time.as_secs_f64().to_string()])
        .stderr(Stdio::inherit())
        .output()
        .await
        .ok()?;
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    told.get("requests").and_then(Value::as_f64)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
async fn stand_in(socket: &Path, time: Duration) -> f64 {
    let mut clients = tokio::task::JoinSet::new();
    let until = Instant::now() + time;
    for _ in 0..CLIENTS {
        let socket = socket.to_owned();
        clients.spawn(async move {
            let mut requests = 0_usize;
            while Instant::now() < until {
                let output = Command::new(own())
                    .args(["simulate", "pvesh", "--socket"])
                    .arg(&socket)
                    .args(["--", "get", "/cluster/resources", "--output-format", "json"])
                    .output()
                    .await
                    .unwrap();
                let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert!(answer.to_string().len() > 100, "no cluster: {answer}");
                requests += 1;
            }
            requests
        });
    }
    clients.join_all().await.into_iter().sum::<usize>() as f64
}

/// Jarvis as it serves: the cycle under way, clients that read.
#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
async fn new(simulator: &Simulator, time: Duration) -> Rate {
    let cluster = simulator.by_pvesh();
    cluster.snapshot(AGE).await.unwrap();
    let before = simulator.calls().await;
    let watched = cluster.clone();
    let cycle = tokio::spawn(async move { watched.watch().await });
    let began = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(read(cluster.clone(), began + time));
    }
    let requests: usize = clients.join_all().await.into_iter().sum();
    let seconds = began.elapsed().as_secs_f64();
    cycle.abort();
    let starts = (simulator.calls().await - before) as f64 / seconds;
    Rate { requests: requests as f64 / seconds, starts }
}

async fn read(cluster: Cluster, until: Instant) -> usize {
    let mut requests = 0;
    while Instant::now() < until {
        let snapshot = cluster.snapshot(AGE).await.unwrap();
        let answer = serde_json::to_string(&*snapshot).unwrap();
        assert!(answer.len() > 100, "no cluster: {answer}");
        requests += 1;
        // One thread does it all, the cycle included.
        tokio::task::yield_now().await;
    }
    requests
}
