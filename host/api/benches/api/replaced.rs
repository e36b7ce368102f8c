//! A server of the replaced kind: a Node program that starts a `pvesh` for
//! each request. Where there is no Node, a stand-in that starts the same
//! program takes its place, and the report says so.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::{bare, load, stage};

/// What a `pvesh` takes on a node of a home lab.
const LATENCY: Duration = Duration::from_millis(300);
/// Some of its requests have to end.
const AT_LEAST: Duration = Duration::from_secs(3);

/// What this program does as `pvesh`: takes its time, and tells the cluster.
#[allow(clippy::disallowed_methods, reason = "it stands for a program that takes so long")]
pub(crate) fn pvesh(file: &str) -> ExitCode {
    std::thread::sleep(LATENCY);
    print!("{}", std::fs::read_to_string(file).unwrap());
    ExitCode::SUCCESS
}

/// Requests a second.
pub(crate) async fn measure(time: Duration) -> (f64, &'static str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let server = crate::jarvis(stage::HOME).await;
    std::fs::write(file.path(), load::body(server.address).await).unwrap();
    let time = time.max(AT_LEAST);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/api/replaced.mjs");
    let node = Command::new("node")
        .arg(script)
        .arg(own())
        .arg(file.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    match node {
        Ok(mut node) => {
            let mut port = String::new();
            let stdout = node.stdout.take().unwrap();
            BufReader::new(stdout).read_line(&mut port).await.unwrap();
            let to = SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap()));
            let rate = load::requests(to, time).await;
            node.kill().await.unwrap();
            (rate, "a Node program that starts a pvesh for each request")
        }
        Err(_) => {
            let to = stand_in(file.path().to_owned()).await;
            let rate = load::requests(to, time).await;
            (rate, "a stand-in for the Node program, which is not installed here")
        }
    }
}

async fn stand_in(file: std::path::PathBuf) -> SocketAddr {
    let handler = move || {
        let file = file.clone();
        async move {
            let output = Command::new(own()).arg("pvesh").arg(file).output().await.unwrap();
            output.stdout
        }
    };
    bare::plain(Router::new().route("/api/cluster/resources", get(handler))).await
}

fn own() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}
