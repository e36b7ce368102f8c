//! What came of handing a call over, by whichever way: by a process, of which
//! its status and its output are left, or by a request, which was answered,
//! refused or lost.

use jarvis_domain::operation::OperationState;

use crate::launch::Unseen;
use crate::pvesh::classify;

/// How far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Proxmox has taken it.
    Taken,
    /// Proxmox refused it before anything began.
    Refused(String),
    /// It ended badly, in words that nobody knows: refused, unless a task of
    /// it is found.
    Doubtful(String),
    /// Nobody saw how it went; the text says why, and a task tells more.
    Lost(String),
    /// It was never handed over.
    Never,
}

impl Attempt {
    /// From what a process left: its status, where somebody saw it end, and the
    /// end of its standard error, none where it printed to
    /// nowhere, so that it was never started.
    pub(super) fn of_process(
        state: &OperationState,
        exit: Result<i32, Unseen>,
        stderr: Option<&[u8]>,
    ) -> Self {
        let said = String::from_utf8_lossy(stderr.unwrap_or_default());
        if exit != Ok(0) && classify::classify(&said).is_some() {
            return Self::Refused(classify::message(&said));
        }
        match exit {
            Ok(0) => Self::Taken,
            Ok(status) => match classify::signal(status) {
                Some(signal) => Self::Lost(format!("it was killed by signal {signal} on the way")),
                None => Self::Doubtful(classify::message(&said)),
            },
            Err(_) if *state == OperationState::Journaled && stderr.is_none() => Self::Never,
            Err(unseen) => Self::Lost(unseen.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_leaves_tells_how_far_it_got() {
        const RUNNING: OperationState = OperationState::Running { pid: 1, pid_start: 2 };
        let lost = |why: &str| Attempt::Lost(why.to_owned());
        for (state, exit, stderr, expected) in [
            (RUNNING, Ok(0), Some("noise"), Attempt::Taken),
            (RUNNING, Ok(255), Some("no quorum?"), Attempt::Refused("no quorum?".to_owned())),
            (
                RUNNING,
                Err(Unseen::Stopped),
                Some("no quorum?"),
                Attempt::Refused("no quorum?".to_owned()),
            ),
            (RUNNING, Ok(255), Some("new"), Attempt::Doubtful("new".to_owned())),
            (RUNNING, Ok(137), Some(""), lost("it was killed by signal 9 on the way")),
            (
                RUNNING,
                Err(Unseen::Stopped),
                None,
                lost("jarvis was stopped meanwhile and did not see it end"),
            ),
            (
                OperationState::Journaled,
                Err(Unseen::Stopped),
                Some(""),
                lost("jarvis was stopped meanwhile and did not see it end"),
            ),
            (OperationState::Journaled, Err(Unseen::Stopped), None, Attempt::Never),
        ] {
            let attempt = Attempt::of_process(&state, exit.clone(), stderr.map(str::as_bytes));
            assert_eq!(attempt, expected, "{state:?} {exit:?} {stderr:?}");
        }
    }
}
