//! Both sides of the child: how it is started and killed, and what it does
//! first.

use std::process::Stdio;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, kill_process_group, set_parent_process_death_signal, setrlimit,
};
use rustix::thread::set_no_new_privs;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::supervisor::EngineSettings;
use crate::wyoming::{Engine, serve};

/// A child and all that it has started; killed unless it has ended.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    pid: Option<Pid>,
}

/// Its three streams.
pub(super) struct Streams {
    pub(super) input: ChildStdin,
    pub(super) output: ChildStdout,
    pub(super) errors: ChildStderr,
}

impl Group {
    /// With nothing of ours but what the settings name.
    pub(super) fn spawn(settings: &EngineSettings) -> std::io::Result<(Self, Streams)> {
        let mut command = Command::new(&settings.program);
        command
            .args(&settings.arguments)
            .env_clear()
            .envs(settings.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some((uid, gid)) = settings.user {
            command.gid(gid).uid(uid);
        }
        let mut child = command.spawn()?;
        let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let missing = || std::io::Error::other("a stream of the child is missing");
        let streams = Streams {
            input: child.stdin.take().ok_or_else(missing)?,
            output: child.stdout.take().ok_or_else(missing)?,
            errors: child.stderr.take().ok_or_else(missing)?,
        };
        Ok((Self { child, pid }, streams))
    }

    /// Its process id; 0 where it has none any more.
    pub(super) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Kills it and what it has started, once: later its number may be
    /// another's.
    pub(super) fn kill(&mut self) {
        if let Some(pid) = self.pid.take()
            && let Err(error) = kill_process_group(pid, Signal::KILL)
        {
            tracing::trace!(%error, "an engine was gone already");
        }
    }

    /// Until it has ended; how.
    pub(super) async fn ended(&mut self) -> String {
        let status = self.child.wait().await;
        status.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Serves `engine` on standard input and output until that ends; to be called
/// by the program that [`EngineSettings`] names. `make` loads it.
///
/// # Errors
/// What the child is to be told by its exit: the engine cannot be had, or its
/// streams break.
pub async fn run<E, F>(make: F) -> Result<(), crate::VoiceError>
where
    E: Engine,
    F: FnOnce() -> Result<E, crate::VoiceError>,
{
    alone();
    match own_output() {
        Ok(output) => serve(tokio::io::stdin(), output, make()?).await,
        Err(error) => {
            tracing::debug!(%error, "what a library prints may come between messages");
            serve(tokio::io::stdin(), tokio::io::stdout(), make()?).await
        }
    }
}

/// Standard output, for messages alone: what a library prints there goes to
/// standard error from now on.
fn own_output() -> std::io::Result<tokio::fs::File> {
    let own = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(tokio::fs::File::from_std(std::fs::File::from(own)))
}

/// Gives up what a library that is not ours could do harm with. Each is tried;
/// an old kernel that lacks one is no reason not to speak.
fn alone() {
    // A crash leaves no recording of a person in a file.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // A hostile model takes no more than that, and where memory runs out all the same
    // it is this process that goes, and no guest of this machine.
    let data = Rlimit { current: most_memory(), maximum: most_memory() };
    let tried = [
        setrlimit(Resource::Core, none).map_err(std::io::Error::from),
        setrlimit(Resource::Data, data).map_err(std::io::Error::from),
        std::fs::write("/proc/self/oom_score_adj", "1000"),
        set_no_new_privs(true).map_err(std::io::Error::from),
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(std::io::Error::from),
    ];
    for error in tried.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "an engine keeps something that it does not need");
    }
}

/// Three quarters of the machine's memory, bytes; none where that is not known.
fn most_memory() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(768)
}
