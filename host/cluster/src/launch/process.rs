//! Starting processes: argv only, a small environment, nothing on standard
//! input, and a process group or a session of their own.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::{Apart, By, Captured, Output, Overflow, Started, Unseen, watch};
use crate::ClusterError;
use crate::launcher::Line;

/// Where programs are looked for. `pvesh` and much that it starts live in
/// the sbin folders.
pub(super) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is passed on of our own environment. ssh, which `pvesh` starts, wants
/// to know whose keys to use.
const PASSED_ON: [&str; 3] = ["HOME", "USER", "LOGNAME"];

/// Kills a process group when dropped, unless its leader has ended.
struct Group(Option<Pid>);

/// Runs `line` to its end, with what it prints.
pub(super) async fn capture(
    line: &Line,
    limit: usize,
    overflow: Overflow,
) -> Result<Captured, ClusterError> {
    let mut command = command(line);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| cannot_start(line, error))?;
    let mut group = Group::of(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let all = async {
        let ended = async { child.wait().await.map_err(Stop::Io) };
        tokio::try_join!(bounded(stdout, limit, overflow), bounded(stderr, limit, overflow), ended)
    };
    let ended = all.await;
    match ended {
        Ok(((stdout, out_cut), (stderr, err_cut), status)) => {
            group.0 = None;
            let truncated = out_cut || err_cut;
            Ok(Captured { status: status_number(status), stdout, stderr, truncated })
        }
        Err(Stop::Limit) => {
            Err(ClusterError::TooLong { what: line.program.display().to_string(), limit })
        }
        Err(Stop::Io(source)) => {
            Err(ClusterError::CannotStart { program: line.program.clone(), source })
        }
    }
}

/// Starts `line` with its output to files; it outlives us.
pub(super) fn detach(line: &Line, apart: &Apart, output: &Output) -> Result<Started, ClusterError> {
    let line = apart.wrap(line, &output.name())?;
    let mut command = command(&line);
    command.stdout(create(&output.out)?).stderr(create(&output.err)?);
    if apart.leads() {
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(|error| cannot_start(&line, error))?;
    let pid = child.id().unwrap_or_default();
    // Until it is waited for, even an ended child keeps its entry in /proc.
    let pid_start = watch::start_time(pid).unwrap_or_default();
    let exit = async move { child.wait().await.map(status_number).map_err(|_| Unseen::Stopped) };
    Ok(Started { by: By::Process { pid, pid_start }, exit: Box::pin(exit) })
}

/// `line` with the small environment that every program of ours gets.
pub(crate) fn command(line: &Line) -> Command {
    let mut command = Command::new(&line.program);
    command
        .args(&line.args)
        .env_clear()
        .envs(PASSED_ON.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("PATH", PATH)
        // Perl warns at length about any locale that the node does not have.
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

fn create(path: &Path) -> Result<File, ClusterError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| ClusterError::Folder { path: path.to_owned(), source })
}

fn cannot_start(line: &Line, source: std::io::Error) -> ClusterError {
    let program = line.program.clone();
    if source.kind() == ErrorKind::NotFound {
        ClusterError::PveshMissing { program }
    } else {
        ClusterError::CannotStart { program, source }
    }
}

fn status_number(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

/// Why reading stopped early.
pub(crate) enum Stop {
    /// There was more than the limit.
    Limit,
    /// The pipe broke.
    Io(std::io::Error),
}

/// Reads `pipe` to its end, keeping at most `limit` bytes; whether something
/// was cut off.
pub(crate) async fn bounded(
    pipe: Option<impl AsyncRead + Unpin>,
    limit: usize,
    overflow: Overflow,
) -> Result<(Vec<u8>, bool), Stop> {
    let mut kept = Vec::new();
    let mut cut = false;
    let Some(mut pipe) = pipe else { return Ok((kept, cut)) };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = pipe.read(&mut chunk).await.map_err(Stop::Io)?;
        if read == 0 {
            return Ok((kept, cut));
        }
        let fits = read.min(limit.saturating_sub(kept.len()));
        kept.extend(chunk.iter().take(fits));
        if fits < read {
            if overflow == Overflow::Fail {
                return Err(Stop::Limit);
            }
            cut = true;
        }
    }
}

impl Group {
    fn of(pid: Option<u32>) -> Self {
        Self(pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended in this very moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests;
