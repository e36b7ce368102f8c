//! Room for so many open files as there are listeners.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a process needs beside its listeners.
const OTHERS: u64 = 256;

/// Raises this process's own limit of open files.
///
/// # Errors
/// The account may not: the sentence says what to do.
pub(crate) fn allow(listeners: usize) -> Result<(), String> {
    let wanted = listeners as u64 + OTHERS;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    // Beyond the hard limit only root may go.
    let raised = maximum.map(|maximum| maximum.max(wanted));
    let limit = Rlimit { current: Some(wanted), maximum: raised };
    setrlimit(Resource::Nofile, limit).map_err(|error| {
        format!(
            "{listeners} listeners need {wanted} open files, and this account may have {}: {error}. \
             Raise its limit (LimitNOFILE, limits.conf or ulimit -Hn), and try again.",
            maximum.unwrap_or_default()
        )
    })
}
