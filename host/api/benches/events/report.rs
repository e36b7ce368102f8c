//! Figures, and what they must not exceed.

use std::process::ExitCode;

use crate::listeners::Heard;
use crate::options::Options;
use crate::row::{self, Row};
use crate::{LISTENERS, RATE};

/// The most that a frame of a hundred may take, milliseconds.
const P99: f64 = 100.0;

/// What one server told, and what was heard of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) published: u32,
    /// What this process held at the end.
    pub(crate) memory_kib: f64,
    pub(crate) heard: Heard,
}

/// The same over all rounds.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    expected: usize,
    heard: Heard,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) jarvis: Sum,
    pub(crate) bare: Sum,
    pub(crate) beside_silent: Sum,
    /// What this process grew by with all listeners, KiB.
    pub(crate) grown_kib: f64,
}

impl Sum {
    /// One round more.
    pub(crate) fn add(&mut self, told: Told) {
        self.expected += LISTENERS * told.published as usize;
        self.heard = std::mem::take(&mut self.heard).and(told.heard);
    }

    /// p50, p99 and the most, milliseconds.
    fn times(&mut self) -> [f64; 3] {
        self.heard.took.sort_unstable();
        [0.5, 0.99, 1.0].map(|share| quantile(&self.heard.took, share))
    }

    #[allow(clippy::cast_precision_loss, reason = "far below what is exact")]
    fn delivered(&self) -> f64 {
        self.heard.took.len() as f64 / self.expected.max(1) as f64
    }

    /// Listeners that were lost or missed something.
    fn harmed(&self) -> f64 {
        f64::from(self.heard.missed + self.heard.closed)
    }
}

impl Report {
    /// Prints it; fails where a limit is not held.
    pub(crate) fn print(mut self, options: Options) -> ExitCode {
        let rows = self.rows();
        let heading = format!("/ws/events, {LISTENERS} listeners, {RATE} changes a second");
        let about = [("bench", "events".into()), ("listeners", LISTENERS.into())];
        row::print(&rows, options, &heading, about)
    }

    fn rows(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut p99s = Vec::new();
        for (name, sum, is_ours) in [
            ("jarvis", &mut self.jarvis, true),
            ("silent", &mut self.beside_silent, true),
            ("bare", &mut self.bare, false),
        ] {
            let [p50, p99, max] = sum.times();
            let limit = |limit| is_ours.then_some(limit);
            p99s.push(p99);
            let row = |what: &str, value, unit| Row::new(format!("{name}_{what}"), value, unit);
            rows.push(row("p50", p50, "ms"));
            rows.push(Row { most: limit(P99), ..row("p99", p99, "ms") });
            rows.push(row("max", max, "ms"));
            rows.push(Row {
                least: limit(1.0),
                ..row("delivered", sum.delivered(), "of expected")
            });
            rows.push(Row { most: limit(0.0), ..row("harmed", sum.harmed(), "listeners") });
        }
        if let [jarvis, _, bare] = p99s.as_slice() {
            rows.push(Row::new("p99_against_bare", jarvis / bare, "times"));
        }
        #[allow(clippy::cast_precision_loss, reason = "a thousand")]
        let each = self.grown_kib / LISTENERS as f64;
        rows.push(Row::new("memory_a_listener", each, "KiB"));
        rows
    }
}

/// Of microseconds, in milliseconds.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures of a bench, never negative"
)]
fn quantile(sorted: &[u32], share: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).map_or(f64::NAN, |us| f64::from(*us) / 1000.0)
}

/// What this process holds, KiB.
pub(crate) fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
