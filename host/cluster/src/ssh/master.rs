//! The connection to a node that is kept: an `ssh` process of ours that runs
//! no program and takes requests on its control socket.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jarvis_domain::Clock;
use jarvis_domain::clock::Sleep;
use openssh::Session;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::options::{self, Target};
use super::settings::SshSettings;
use super::{SshError, private_folder, said};
use crate::launch::command;

/// The most that is kept of what it says, bytes. The warning about a changed
/// key has about 1,200.
const SAID: usize = 16 * 1024;

/// A connection. Ends when dropped, and with it whatever runs over it.
#[derive(Debug)]
pub(super) struct Master {
    pub(super) session: Session,
    _child: Child,
}

/// A process that has not signed in yet.
struct Starting {
    child: Child,
    said: JoinHandle<String>,
}

impl Master {
    /// Connects, within the settings' time. A socket that an earlier life of
    /// this host left at `control` is taken away, and its connection ended, which
    /// may take as long once more.
    pub(super) async fn open(
        settings: &SshSettings,
        target: &Target,
        control: &Path,
        clock: &dyn Clock,
    ) -> Result<Self, SshError> {
        let limit = settings.connect;
        make_way(control, clock.sleep(limit)).await?;
        let mut starting = Starting::new(settings, target, control)?;
        tokio::select! {
            biased;
            ready = starting.is_ready() => {
                if !ready {
                    let said = starting.said.await.unwrap_or_default();
                    return Err(said::error(target, &settings.user, &said));
                }
            }
            () = clock.sleep(limit) => return Err(late(target, limit)),
        }
        let session = Session::resume_mux(control.into(), None);
        Ok(Self { session, _child: starting.child })
    }

    /// Whether it is still there.
    pub(super) async fn is_alive(&self) -> bool {
        self.session.check().await.is_ok()
    }
}

impl Starting {
    fn new(settings: &SshSettings, target: &Target, control: &Path) -> Result<Self, SshError> {
        let line = options::master(settings, target, control);
        let mut command = command(&line);
        command.process_group(0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SshError::NoProgram { program: line.program.clone() },
            _ => SshError::Program { message: error.to_string() },
        })?;
        let said = tokio::spawn(listen(child.stderr.take()));
        Ok(Self { child, said })
    }

    /// Whether it has signed in; false once it has ended.
    async fn is_ready(&mut self) -> bool {
        let Some(out) = &mut self.child.stdout else { return false };
        let mut word = [0; options::READY.len()];
        out.read_exact(&mut word).await.is_ok()
    }
}

/// What a process says, to its end. All is read, so that it never waits for
/// us; some is kept.
async fn listen(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    let Some(mut pipe) = pipe else { return String::new() };
    let mut chunk = [0; 1024];
    while let Ok(read) = pipe.read(&mut chunk).await
        && read > 0
    {
        let room = SAID.saturating_sub(kept.len());
        kept.extend(chunk.iter().take(read.min(room)));
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Ends whatever listens on `control`, and makes the folder for it. Waits for that
/// end until it is `late`, and kills it then: an `ssh` takes its socket away as it
/// ends, and were the next one there by then, it would take the next one's.
async fn make_way(control: &Path, late: Sleep) -> Result<(), SshError> {
    let bad = |why: std::io::Error| SshError::Setting {
        what: "state folder",
        why: format!("{}: {why}", control.display()),
    };
    if let Some(folder) = control.parent() {
        private_folder(folder).map_err(bad)?;
    }
    if control.exists() {
        // A host that was killed leaves its connections behind. One that does
        // not answer is dead, and its socket only in the way.
        if let Ok(mut left) = UnixStream::connect(control).await
            && let Some(pid) = owner(&left)
            // It may have ended in this very moment.
            && kill_process(pid, Signal::TERM).is_ok()
        {
            let mut nowhere = tokio::io::sink();
            tokio::select! {
                _ = tokio::io::copy(&mut left, &mut nowhere) => {}
                // Killed, it takes nothing away.
                () = late => {
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
        }
        match std::fs::remove_file(control) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(bad(error)),
            _ => {}
        }
    }
    Ok(())
}

/// The `ssh` that listens at the other end of `stream`; none where another program
/// does. The protocol of the control socket can make it deaf (`close` of the crate),
/// not end it.
fn owner(stream: &UnixStream) -> Option<Pid> {
    let pid = Pid::from_raw(stream.peer_cred().ok()?.pid()?)?;
    let name = std::fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_pid())).ok()?;
    (name.trim_end() == "ssh").then_some(pid)
}

fn late(target: &Target, after: Duration) -> SshError {
    SshError::TimedOut { node: target.node.clone(), address: said::address(target), after }
}
