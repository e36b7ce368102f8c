//! What processes use (proc(5)).

use std::fs::{read_dir, read_to_string};

/// Clock ticks a second (`sysconf(_SC_CLK_TCK)`) on every Linux there is.
const TICKS: f64 = 100.0;

/// What was used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) seconds: f64,
    /// Resident now.
    pub(crate) mebibytes: f64,
}

/// Of one process.
pub(crate) fn own(id: u32) -> Usage {
    Usage { seconds: ticks(id, 11..13), mebibytes: resident(id) }
}

/// With its children, those that have ended included.
pub(crate) fn whole(id: u32) -> Usage {
    let mut all = Usage { seconds: ticks(id, 11..15), mebibytes: resident(id) };
    let ids = read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for child in ids.filter(|child| parent(*child) == Some(id)) {
        let own = own(child);
        all.seconds += own.seconds;
        all.mebibytes += own.mebibytes;
    }
    all
}

/// The fields of its `stat` behind the name, which may hold anything.
fn fields(id: u32) -> Vec<String> {
    let stat = read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().map(str::to_owned).collect()
}

fn ticks(id: u32, which: std::ops::Range<usize>) -> f64 {
    let fields = fields(id);
    let used = fields.get(which).unwrap_or_default();
    used.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn parent(id: u32) -> Option<u32> {
    fields(id).get(1)?.parse().ok()
}

fn resident(id: u32) -> f64 {
    let status = read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kibibytes = line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0);
    kibibytes / 1024.0
}
