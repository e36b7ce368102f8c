//! Watching processes that are not our children: those that an earlier life
//! of this host started.

use std::path::Path;

use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{By, Exit, Started, Unseen};

/// When process `pid` started, in clock ticks since boot: field 22 of
/// `/proc/<pid>/stat` (proc(5)). None when there is no such process.
pub(super) fn start_time(pid: u32) -> Option<u64> {
    start_field(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The process `pid`, if it is still the one that started at `pid_start`.
pub(super) fn follow(pid: u32, pid_start: u64) -> Option<Started> {
    let raw = Pid::from_raw(i32::try_from(pid).ok()?)?;
    // First the handle, then the look at the start time: a pid cannot be
    // given to another process unseen in between.
    let handle = pidfd_open(raw, PidfdFlags::empty()).ok()?;
    if start_time(pid) != Some(pid_start) {
        return None;
    }
    #[allow(deprecated, reason = "its stand-in is unsafe; an OwnedFd keeps what that asks for")]
    let handle = AsyncFd::with_interest(handle, Interest::READABLE).ok()?;
    let exit: Exit = Box::pin(async move {
        // A handle becomes readable when its process ends (pidfd_open(2)).
        if let Err(error) = handle.readable().await {
            tracing::warn!(pid, %error, "cannot wait for a process");
        }
        Err(Unseen::Stopped)
    });
    Some(Started { by: By::Process { pid, pid_start }, exit })
}

/// The process whose standard output is the file `out`.
pub(super) fn find(out: &Path) -> Option<Started> {
    let out = out.canonicalize().ok()?;
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let start = start_time(pid)?;
        let printed_to = std::fs::read_link(entry.path().join("fd/1")).ok()?;
        if printed_to == out { follow(pid, start) } else { None }
    })
}

fn start_field(stat: &str) -> Option<u64> {
    // The name, in parentheses, may hold spaces and parentheses itself.
    let (_, rest) = stat.rsplit_once(')')?;
    // What is left begins with field 3.
    rest.split_whitespace().nth(22 - 3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_read_past_a_strange_name() {
        let stat = "31 (a) b (c)) S 1 31 31 0 -1 4194560 1 0 0 0 2 3 0 0 20 0 1 0 158690 9 9";
        assert_eq!(start_field(stat), Some(158_690));
        for bad in ["", "31 (cat", "31 (cat) S 1 2"] {
            assert_eq!(start_field(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_followed() {
        assert!(follow(u32::MAX, 1).is_none());
        assert!(find(Path::new("/nowhere/operation.out")).is_none());
    }
}
