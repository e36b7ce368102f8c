//! A program in a pseudo-terminal of this machine. Its reads and writes block,
//! and have a thread of their own each.

use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::{Clock, ConsoleSize};
use jarvis_policy::port::ConsoleProgram;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::fs::OFlags;
use rustix::process::Pid;
use rustix::termios::{QueueSelector, tcflush};

use super::error::TerminalError;
use super::keys::Keys;
use super::output::{CHUNK, Output};
use super::processes::{self, Handle, Tree};
use super::wire::Exit;

/// What the terminal in a browser understands.
const TERM: &str = "xterm-256color";

/// A program that runs.
pub(super) struct Program {
    master: Mutex<Box<dyn MasterPty + Send>>,
    child: Mutex<Option<Box<dyn Child + Send + Sync>>>,
    handle: Handle,
    tree: Tree,
    tty: Option<PathBuf>,
    output: Arc<Output>,
    keys: Arc<Keys>,
}

/// What was started, off the runtime.
struct Started {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    tty: Option<PathBuf>,
}

impl Program {
    /// Starts it. What it shows goes to `output`, what is typed comes from
    /// `keys`.
    pub(super) async fn start(
        program: ConsoleProgram,
        size: ConsoleSize,
        output: Arc<Output>,
        keys: Arc<Keys>,
    ) -> Result<Self, TerminalError> {
        let threads = (Arc::clone(&output), Arc::clone(&keys));
        let started = tokio::task::spawn_blocking(move || start(&program, size, threads)).await;
        let started = started.map_err(|error| TerminalError::Start(error.to_string()))?;
        let Started { master, mut child, tty } = started?;
        let pid = child.process_id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let handle = pid.and_then(|pid| Some((pid, processes::handle(pid).ok()?)));
        let Some((leader, handle)) = handle else {
            // It cannot be watched, so it must not be.
            keys.close();
            output.stop();
            let _ = child.kill();
            tokio::task::spawn_blocking(move || child.wait());
            return Err(TerminalError::Start("it cannot be watched".to_owned()));
        };
        let device = tty.as_ref().and_then(|tty| std::fs::metadata(tty).ok());
        let tree = Tree { leader, tty: device.map(|device| device.rdev()) };
        let (master, child) = (Mutex::new(master), Mutex::new(Some(child)));
        Ok(Self { master, child, handle, tree, tty, output, keys })
    }

    /// Makes its terminal this large, of which it is told.
    pub(super) fn resize(&self, size: ConsoleSize) {
        let master = self.master.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = master.resize(pty_size(size)) {
            tracing::debug!(%error, "a terminal's size was not changed");
        }
    }

    /// Completes when it has ended.
    pub(super) async fn ended(&self) {
        processes::ended(&self.handle).await;
    }

    /// Ends it and all that it started, and says how it ended. What it has
    /// shown by then still comes.
    pub(super) async fn end(&self, clock: &dyn Clock) -> Exit {
        self.tree.end(clock).await;
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        let status = match child {
            Some(mut child) => tokio::task::spawn_blocking(move || child.wait()).await.ok(),
            None => None,
        };
        exit(status.and_then(Result::ok))
    }

    /// Frees the threads that read and write, which a program that has left
    /// the session and kept the terminal's device would hold for ever.
    pub(super) fn release(&self) {
        self.output.stop();
        // Only now: the writer's end types a line end and Ctrl-D, which would
        // carry out whatever stands half typed at a prompt, and be shown.
        self.keys.close();
        let Some(tty) = &self.tty else { return };
        let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).custom_flags(flags);
        if let Ok(mut device) = options.open(tty) {
            // Room for the one, a byte for the other. It may have gone already.
            let _ = tcflush(&device, QueueSelector::IOFlush);
            let _ = device.write(b"\n");
        }
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("tree", &self.tree).finish_non_exhaustive()
    }
}

fn start(
    program: &ConsoleProgram,
    size: ConsoleSize,
    (output, keys): (Arc<Output>, Arc<Keys>),
) -> Result<Started, TerminalError> {
    let failed = |error: &dyn std::fmt::Display| TerminalError::Start(format!("{error:#}"));
    let pair = native_pty_system().openpty(pty_size(size)).map_err(|error| failed(&error))?;
    let reader = pair.master.try_clone_reader().map_err(|error| failed(&error))?;
    let writer = pair.master.take_writer().map_err(|error| failed(&error))?;
    let child = pair.slave.spawn_command(command(program)?).map_err(|error| failed(&error))?;
    // Ours, lest the end of the program's be missed.
    drop(pair.slave);
    let mut started = Started { tty: pair.master.tty_name(), master: pair.master, child };
    let threads = thread("terminal-read", move || read(reader, &output))
        .and_then(|()| thread("terminal-write", move || write(writer, &keys)));
    if let Err(error) = threads {
        let _ = started.child.kill();
        let _ = started.child.wait();
        return Err(failed(&error));
    }
    Ok(started)
}

fn command(program: &ConsoleProgram) -> Result<CommandBuilder, TerminalError> {
    let name = program.argv.first().map(String::as_str).unwrap_or_default();
    if !std::path::Path::new(name).is_absolute() {
        return Err(TerminalError::Start(format!("{name:?} is no absolute path")));
    }
    let mut command = CommandBuilder::from_argv(program.argv.iter().map(Into::into).collect());
    // Secrets may stand in the environment of this process.
    command.env_clear();
    for (name, value) in &program.env {
        command.env(name, value);
    }
    command.env("TERM", TERM);
    command.cwd("/");
    Ok(command)
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

fn read(mut from: Box<dyn Read + Send>, output: &Output) {
    let mut chunk = vec![0; CHUNK];
    while output.wait_for_room() {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => output.push(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                tracing::debug!(%error, "a terminal cannot be read any more");
                break;
            }
        }
    }
    output.finish();
}

fn write(mut to: Box<dyn Write + Send>, keys: &Keys) {
    while let Some(bytes) = keys.wait() {
        if to.write_all(&bytes).is_err() {
            // Nobody is there to read; its end is seen elsewhere.
            while keys.wait().is_some() {}
        }
    }
}

fn pty_size(size: ConsoleSize) -> PtySize {
    PtySize { rows: size.rows(), cols: size.columns(), pixel_width: 0, pixel_height: 0 }
}

fn exit(status: Option<ExitStatus>) -> Exit {
    match status {
        Some(status) => match status.signal() {
            Some(signal) => Exit { status: None, signal: Some(signal.to_owned()) },
            None => Exit { status: Some(status.exit_code()), signal: None },
        },
        None => Exit { status: None, signal: None },
    }
}
