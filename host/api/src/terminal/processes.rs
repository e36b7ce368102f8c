//! The processes of a terminal, and their end: all of its session and all on its
//! device, also those that a shell has put into groups of their own, and those
//! that ignore the hang-up. What has left both was detached on purpose (`setsid`,
//! `tmux`), and stays, as it does where a shell is left.

use std::time::Duration;

use jarvis_domain::Clock;
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// How long they have to end by themselves after the hang-up.
const GRACE: Duration = Duration::from_secs(2);
/// How often what is left is killed: it may fork meanwhile.
const ROUNDS: usize = 5;

/// Whose processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tree {
    /// Their session, which is the first one's pid. The first one must not
    /// be waited for before they have ended, lest its number mean another.
    pub(super) leader: Pid,
    /// The device number of their terminal: a program such as `login` begins
    /// a session of its own on it.
    pub(super) tty: Option<u64>,
}

/// A handle to a process, which becomes readable when it ends.
pub(super) type Handle = AsyncFd<OwnedFd>;

/// A handle to the process `pid`, unless that has been waited for.
pub(super) fn handle(pid: Pid) -> std::io::Result<Handle> {
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    #[allow(deprecated, reason = "its stand-in is unsafe; an OwnedFd keeps what that asks for")]
    AsyncFd::with_interest(handle, Interest::READABLE)
}

/// Completes when the process of `handle` has ended.
pub(super) async fn ended(handle: &Handle) {
    if let Err(error) = handle.readable().await {
        tracing::warn!(%error, "cannot wait for a terminal's process");
    }
}

impl Tree {
    /// Ends them all: by a hang-up first, then by force.
    pub(super) async fn end(self, clock: &dyn Clock) {
        let told = self.members().await;
        for process in &told {
            // What is stopped has to go on to hear it. It may be gone already.
            let _ = pidfd_send_signal(process.get_ref(), Signal::HUP);
            let _ = pidfd_send_signal(process.get_ref(), Signal::CONT);
        }
        wait(&told, clock).await;
        for _ in 0..ROUNDS {
            let left = self.members().await;
            if left.is_empty() {
                return;
            }
            for process in &left {
                let _ = pidfd_send_signal(process.get_ref(), Signal::KILL);
            }
            wait(&left, clock).await;
        }
        tracing::warn!(session = %self.leader.as_raw_pid(), "processes of a terminal do not end");
    }

    /// Those that run.
    async fn members(self) -> Vec<Handle> {
        let looked = tokio::task::spawn_blocking(move || self.look()).await;
        looked.unwrap_or_default().into_iter().filter_map(|pid| self.take(pid)).collect()
    }

    fn look(self) -> Vec<Pid> {
        let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
        let pids = all.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter_map(Pid::from_raw).filter(|pid| self.has(*pid)).collect()
    }

    /// First the handle, then another look: a pid cannot be given to another
    /// process unseen in between.
    fn take(self, pid: Pid) -> Option<Handle> {
        let handle = handle(pid).ok()?;
        self.has(pid).then_some(handle)
    }

    fn has(self, pid: Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid()));
        stat.is_ok_and(|stat| self.is_member(&stat))
    }

    /// By a line of `/proc/PID/stat` (proc(5)).
    fn is_member(self, stat: &str) -> bool {
        // The name, in parentheses, may hold spaces and parentheses itself.
        let Some((_, rest)) = stat.rsplit_once(')') else { return false };
        let fields: Vec<&str> = rest.split_whitespace().take(5).collect();
        let [state, _, _, session, tty] = fields.as_slice() else { return false };
        let leads = session.parse() == Ok(self.leader.as_raw_pid());
        // Written as a signed number.
        let tty = tty.parse::<i32>().ok().and_then(|tty| u64::try_from(tty).ok());
        let sits = self.tty.is_some() && tty == self.tty;
        // A dead one that nobody has waited for is no process any more.
        !matches!(*state, "Z" | "X") && (leads || sits)
    }
}

/// Waits for all of them, but not for ever.
async fn wait(processes: &[Handle], clock: &dyn Clock) {
    let all = async {
        for process in processes {
            ended(process).await;
        }
    };
    tokio::select! {
        () = all => {}
        () = clock.sleep(GRACE) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_by_session_and_terminal() {
        let tree = Tree { leader: Pid::from_raw(31).unwrap(), tty: Some(34_817) };
        let check = |stat: &str, expected| assert_eq!(tree.is_member(stat), expected, "{stat}");
        check("31 (sh) S 1 31 31 34817 31 0", true);
        check("32 (a) b (c)) R 31 32 31 34817 32 0", true);
        check("33 (left the terminal) S 1 33 31 0 -1 0", true);
        check("34 (login) S 31 34 34 34817 34 0", true);
        check("31 (sh) Z 1 31 31 34817 31 0", false);
        check("35 (other) S 1 35 35 34818 35 0", false);
        check("36 (no terminal) S 1 36 36 0 -1 0", false);
        check("", false);
        let tree = Tree { tty: None, ..tree };
        assert!(!tree.is_member("36 (no terminal) S 1 36 36 0 -1 0"));
    }
}
