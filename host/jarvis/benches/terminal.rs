//! What a terminal in a browser costs: 100 MB through the WebSocket against a
//! bare reader of the pseudo-terminal, with the same program at the far end,
//! the simulated node's shell; how long a key takes to come back meanwhile;
//! and memory. Fails when the limit is not held, unless `--report` asks only
//! to be told; `--seconds N` ends each of the three after a third of it.
//!
//! `script/bench terminal --seconds 10 --json`
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says why by panicking")]

#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "terminal/stage.rs"]
mod stage;

use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::json;

use options::Options;
use stage::{Client, Stage};

/// What `cat /bench/100M` shows, bytes.
const ALL: usize = 100_000_000;
/// The best tool of this kind reaches a quarter of the bare reader.
const RATIO: f64 = 0.25;
/// A key that no flood has in it.
const KEY: u8 = b'~';
/// How many keys make a measure.
const KEYS: usize = 200;
/// How often a client says what it has shown, bytes.
const ACK: usize = 128 * 1024;

fn main() -> ExitCode {
    let options = Options::or_seconds(90.0);
    let time = Duration::from_secs_f64(options.seconds / 3.0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::start());
    let bare = bare(&stage, time);
    let before = memory();
    let (socket, mut keys) = runtime.block_on(async {
        let socket = through_socket(&stage, time).await;
        (socket, keys(&stage, time).await)
    });
    let grown = memory() - before;
    runtime.block_on(stage.end());
    keys.sort_by(f64::total_cmp);
    let ratio = socket / bare;
    let held = ratio >= RATIO;
    let (p50, p99) = (quantile(&keys, 0.5), quantile(&keys, 0.99));
    if options.json {
        let figures = json!({
            "bench": "terminal",
            "bare_mb_per_s": bare,
            "socket_mb_per_s": socket,
            "ratio": { "value": ratio, "limit": RATIO, "held": held },
            "key_ms": { "keys": keys.len(), "p50": p50, "p99": p99 },
            "memory_mib": grown,
        });
        println!("{figures}");
    } else {
        println!("a bare reader of the pseudo-terminal  {bare:>9.1} MB/s");
        println!("through the WebSocket                 {socket:>9.1} MB/s");
        let broken = if held { "" } else { "  NOT HELD" };
        println!("the ratio                             {ratio:>9.2}, at least {RATIO}{broken}");
        println!("a key's way back meanwhile, p50       {p50:>9.2} ms of {} keys", keys.len());
        println!("                            p99       {p99:>9.2} ms");
        println!("memory that it took                   {grown:>9.1} MiB");
    }
    options.exit(held)
}

/// MB a second that a bare reader gets.
fn bare(stage: &Stage, time: Duration) -> f64 {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::from_argv(stage.argv().into_iter().map(Into::into).collect());
    command.env_clear();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut writer = pair.master.take_writer().unwrap();
    let mut chunk = vec![0; 64 * 1024];
    let mut seen = Vec::new();
    while !seen.ends_with(b"# ") {
        let count = reader.read(&mut chunk).unwrap();
        seen.extend(chunk.iter().take(count));
    }
    writer.write_all(b"cat /bench/100M\r").unwrap();
    let (began, mut sum) = (Instant::now(), 0);
    while sum < ALL && began.elapsed() < time {
        sum += reader.read(&mut chunk).unwrap();
    }
    let rate = rate(sum, began);
    child.kill().unwrap();
    child.wait().unwrap();
    rate
}

/// MB a second that a client gets.
async fn through_socket(stage: &Stage, time: Duration) -> f64 {
    let mut client = stage.client().await;
    client.until(b"# ").await;
    client.press(b"cat /bench/100M\r").await;
    let (began, mut sum, mut told) = (Instant::now(), 0, 0);
    while sum < ALL && began.elapsed() < time {
        sum += client.next().await.len();
        if sum - told >= ACK {
            client.say(&format!("{{\"ack\":{}}}", sum - told)).await;
            told = sum;
        }
    }
    let rate = rate(sum, began);
    client.end().await;
    rate
}

/// How long each key takes to come back while `yes` goes on, milliseconds.
async fn keys(stage: &Stage, time: Duration) -> Vec<f64> {
    let mut client = stage.client().await;
    client.until(b"# ").await;
    client.press(b"yes\r").await;
    client.until(b"y\r\ny\r\n").await;
    let (mut all, until) = (Vec::new(), Instant::now() + time);
    while all.len() < KEYS && (all.is_empty() || Instant::now() < until) {
        client.press(&[KEY]).await;
        let pressed = Instant::now();
        wait(&mut client).await;
        all.push(pressed.elapsed().as_secs_f64() * 1000.0);
    }
    client.end().await;
    all
}

async fn wait(client: &mut Client) {
    loop {
        let bytes = client.next().await;
        client.say(&format!("{{\"ack\":{}}}", bytes.len())).await;
        if bytes.contains(&KEY) {
            return;
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "far below what is exact")]
fn rate(bytes: usize, began: Instant) -> f64 {
    bytes as f64 / 1e6 / began.elapsed().as_secs_f64()
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most two hundred"
)]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

/// What this process holds, MiB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
