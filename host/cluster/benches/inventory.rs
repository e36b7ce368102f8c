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
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "inventory/replaced.rs"]
mod replaced;
#[path = "../../../tests/bench/row.rs"]
mod row;
#[path = "inventory/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use options::Options;

/// How long each of some things took, in one unit.
#[derive(Default)]
struct Times(Vec<f64>);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if let Some(("simulate", rest)) = args.split_first().map(|(first, rest)| (first.as_str(), rest))
    {
        return runtime.block_on(stage::play(rest));
    }
    let options = Options::or_seconds(10.0);
    let time = Duration::from_secs_f64(options.seconds);
    let (rows, with) = runtime.block_on(async {
        let mut rows = large::measure(time).await;
        let (more, with) = replaced::measure(time).await;
        rows.extend(more);
        (rows, with)
    });
    let heading =
        format!("{} nodes, {} guests; the replaced way: {with}", large::NODES, large::GUESTS);
    let about = [("bench", "inventory".into()), ("replaced_with", with.into())];
    row::print(&rows, options, &heading, about)
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
