//! A demo host of a test's own: its own runtime folder, its own simulated
//! cluster, nothing shared with another test or with the user's demo.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test crates, each of which uses its own part"
)]

pub mod http;
pub mod lab;
pub mod speech;

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;

/// The built program.
pub fn jarvis() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_jarvis"))
}

/// A folder in which a demo lives, and whatever runs there.
pub struct Demo {
    folder: TempDir,
    host: Option<Child>,
    /// What the host said when it began to serve.
    pub served: Value,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Demo {
    /// No host yet: each command starts a cluster of its own.
    pub fn alone() -> Self {
        assert!(
            jarvis().with_file_name("skills").is_dir(),
            "the skills are not built: run script/build-skills, or script/test, which does"
        );
        let folder = tempfile::Builder::new().prefix("jarvis-test-").tempdir().unwrap();
        Self { folder, host: None, served: Value::Null }
    }

    /// A host that serves.
    pub fn serving(options: &[&str]) -> Self {
        let mut demo = Self::alone();
        demo.start(options);
        demo
    }

    /// Starts the host and waits until it says that it serves.
    pub fn start(&mut self, options: &[&str]) {
        self.start_with(options, Stdio::inherit());
    }

    /// The same, with what the host logs kept in the file that this returns.
    pub fn start_logged(&mut self, options: &[&str]) -> PathBuf {
        let path = self.root().join("host.log");
        self.start_with(options, std::fs::File::create(&path).unwrap().into());
        path
    }

    fn start_with(&mut self, options: &[&str], log: Stdio) {
        let mut command = self.command(&["serve", "--demo", "--json"]);
        command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let line = first_line(&mut child);
        assert!(line.contains("serving"), "the host did not start: {line:?}");
        self.served = serde_json::from_str(&line).unwrap();
        self.host = Some(child);
    }

    /// SIGKILL, as a crash would be. The simulator lives on.
    pub fn kill(&mut self) {
        let mut host = self.host.take().expect("a host to kill");
        host.kill().unwrap();
        host.wait().unwrap();
    }

    /// SIGTERM, as systemd sends it. The child is to be waited for.
    pub fn stop(&mut self) -> Child {
        let host = self.host.take().expect("a host to stop");
        let pid = rustix::process::Pid::from_child(&host);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        host
    }

    /// A command in this demo's world, with none of the caller's settings.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_of(jarvis(), args)
    }

    /// The same of another program, which may start jarvis.
    pub fn command_of(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            // Whatever port is free: several hosts serve at a time.
            .env("PORT", "0")
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("TMPDIR", self.folder.path())
            // Compiled skills are the same in every demo.
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        ended(command.spawn().unwrap(), args)
    }

    /// Runs a command with `input` on its standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that has ended already does not read.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ended(child, args)
    }

    /// `ask` in this demo.
    pub fn ask(&self, words: &str) -> Ran {
        self.run(&["ask", "--demo", words])
    }

    /// `ask --yes` in this demo.
    pub fn ask_yes(&self, words: &str) -> Ran {
        self.run(&["ask", "--demo", "--yes", words])
    }

    /// A program that is the simulated pvesh, for settings that are no demo's.
    pub fn pvesh_program(&self) -> PathBuf {
        let (jarvis, socket) = (jarvis().display(), self.folder().join("simulator.sock"));
        let simulate = format!("'{jarvis}' simulate pvesh --socket '{}'", socket.display());
        let program = self.file("pvesh", &format!("#!/bin/sh\nexec {simulate} -- \"$@\"\n"));
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        program
    }

    /// What the simulated pvesh answers, past jarvis.
    pub fn pvesh(&self, path: &str) -> Value {
        let ran = self.run(&["simulate", "pvesh", "--", "get", path, "--output-format", "json"]);
        assert_eq!(ran.code, 0, "{path}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// Breaks or mends something in the simulator. Where it shows in what a
    /// host that serves knows of the cluster, the host has looked again when
    /// this returns, or cannot look any more: its inventory may be some seconds
    /// old.
    pub fn fault(&self, words: &[&str]) -> String {
        let told = self.fault_unseen(words);
        let shows = matches!(
            words,
            ["node", _, "up" | "down"]
                | ["guest" | "quorum", ..]
                | ["pvesh", "ok"]
                | ["pvesh", "garbage" | "die", "get"]
        );
        if shows && self.host.is_some() {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
            until("the host has looked again", || {
                let ran = self.run(&["invoke", "--demo", "--json", "vm-lifecycle.list"]);
                let as_of = || ran.json()["answer"]["as_of"].as_u64().unwrap_or_default();
                ran.code != 0 || u128::from(as_of()) > now
            });
        }
        told
    }

    /// The same, and nobody asks the host to look.
    pub fn fault_unseen(&self, words: &[&str]) -> String {
        let mut args = vec!["simulate", "fault"];
        args.extend(words);
        let ran = self.run(&args);
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.stdout
    }

    /// What the guest `vmid` does, as the simulator has it.
    pub fn state_of(&self, vmid: u64) -> String {
        let resources = self.pvesh("/cluster/resources");
        let guests = resources.as_array().unwrap();
        let guest = guests.iter().find(|guest| guest["vmid"] == vmid).unwrap();
        let (node, kind) = (guest["node"].as_str().unwrap(), guest["type"].as_str().unwrap());
        let status = self.pvesh(&format!("/nodes/{node}/{kind}/{vmid}/status/current"));
        match status["qmpstatus"].as_str() {
            Some("paused") => "paused".to_owned(),
            _ => status["status"].as_str().unwrap().to_owned(),
        }
    }

    /// The folder that is this demo's world.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into this demo's world.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The demo's own folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("jarvis-demo")
    }
}

/// How long a host is asked before it is given up: a busy machine takes its time.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// How long a command may take before it is taken to hang.
const HANGS: Duration = Duration::from_secs(300);

/// What a command printed that has to end by itself: one that hangs is killed, and
/// that is told.
fn ended(child: Child, args: &[&str]) -> Ran {
    let pid = rustix::process::Pid::from_child(&child);
    let (over, is_over) = channel::<()>();
    let watching = std::thread::spawn(move || {
        let hangs = is_over.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout);
        if hangs {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        hangs
    });
    let ran = Ran::from(child.wait_with_output().unwrap());
    drop(over);
    assert!(!watching.join().unwrap(), "{args:?} did not end: {ran:?}");
    ran
}

/// The first line that a program prints, which it has to do; whatever else it prints
/// is thrown away. Empty where it has ended.
pub fn first_line(child: &mut Child) -> String {
    let stdout = child.stdout.take().unwrap();
    let (told, line) = channel();
    std::thread::spawn(move || {
        let (mut reader, mut line) = (BufReader::new(stdout), String::new());
        reader.read_line(&mut line).unwrap();
        let _ = told.send(line);
        // It never waits for whoever reads.
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    });
    line.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = child.kill();
        panic!("nothing was said within {PATIENCE:?}")
    })
}

/// Asks again and again, each time with a process of its own, until `done`.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if done() {
            return;
        }
    }
    panic!("{what}: never");
}

/// An address that nobody has, and that nobody is given who asks for any: those come
/// from 32768 on. Each process begins elsewhere, and none has one twice.
pub fn free() -> SocketAddr {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begins = u16::try_from(std::process::id() % 400).unwrap() * 30;
    loop {
        let next = begins.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", FIRST + next)) {
            return listener.local_addr().unwrap();
        }
    }
}

/// Copies a skill's folder as an author would, file by file.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // The simulator of a host that was killed lives on; a new host that
        // wants a fresh one takes it away.
        if self.host.is_none() && self.folder().join("simulator.sock").exists() {
            self.start(&["--fresh"]);
        }
        if let Some(host) = &mut self.host {
            // Asked to stop, it takes its simulator along.
            let pid = rustix::process::Pid::from_child(host);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = host.wait();
        }
    }
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless the command ended with `code`.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Fails unless the command printed `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(said, "{text:?} is not in {self:?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
