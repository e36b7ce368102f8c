//! The simulator as a process: a Unix socket that only its owner may use.

use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::{Clock, SystemClock};
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::cluster::{Cluster, Timing, Version};
use crate::engine::Simulator;
use crate::error::SimulatorError;
use crate::https::{Authority, Doors};
use crate::lab;
use crate::sink::{Chunk, Interrupts, Sink};
use crate::ssh::{self, Opening, SshDoors};
use crate::terminal;
use crate::wire::{Frame, Request, receive, send};

/// How to serve a simulated cluster.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where to listen. A missing folder is made with mode 0700; the socket
    /// gets 0600.
    pub socket: PathBuf,
    /// 1 to 64; the first four are `home`, `pve2`, `pve3`, `pve4`.
    pub nodes: usize,
    /// 1 to 10,000; the first 22 are the home lab's.
    pub guests: usize,
    /// Which Proxmox VE it runs.
    pub version: Version,
    /// How long things take.
    pub timing: Timing,
    /// Where the first node's HTTPS API listens, on the loopback address; the
    /// others take free ports beside it. None has no HTTPS.
    pub https: Option<SocketAddr>,
    /// Where the certificate of the cluster's authority is written, as PEM.
    pub authority: Option<PathBuf>,
    /// Where the nodes' shells are reached over SSH; none has no sshd.
    pub ssh: Option<SshOptions>,
    /// Ends when standard input reaches its end, so that a parent that is
    /// killed takes it along.
    pub exit_with_stdin: bool,
}

/// The nodes' sshd.
#[derive(Debug, Clone)]
pub struct SshOptions {
    /// Where the first node's listens, on the loopback address; the others
    /// take free ports beside it.
    pub address: SocketAddr,
    /// What becomes the folder of keys and settings, and is emptied first: the
    /// private key `id` that every node accepts, and `known_hosts`.
    pub folder: PathBuf,
    /// The running program, whose `simulate sh` is all that an sshd starts.
    pub jarvis: PathBuf,
}

impl ServeOptions {
    /// The home lab on `socket`: no latency, workers that take some tenths of
    /// a second.
    #[must_use]
    pub fn at(socket: PathBuf) -> Self {
        Self {
            socket,
            nodes: lab::NODES,
            guests: lab::GUESTS,
            version: Version::default(),
            timing: Timing { work: 100, ..Timing::INSTANT },
            https: None,
            authority: None,
            ssh: None,
            exit_with_stdin: false,
        }
    }
}

/// Serves a simulated cluster until SIGTERM, SIGINT, or the end of standard
/// input where that was asked for. Once it listens, prints a line
/// `https NODE ADDRESS FINGERPRINT` for each HTTPS door and
/// `ssh NODE ADDRESS ALGORITHM KEY` for each sshd, then `ready`.
pub async fn serve(options: ServeOptions) -> Result<(), SimulatorError> {
    let clock = Arc::new(SystemClock);
    let cluster = Cluster::sized(options.nodes, options.guests, options.version, clock.now())?;
    let simulator = Simulator::new(cluster, clock, options.timing);
    let failed = |source| SimulatorError::Listen { path: options.socket.clone(), source };
    let listener = listen(&options.socket).await?;
    let mut terminated = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(failed)?;
    let orphaned = orphaned(options.exit_with_stdin);
    let doors = open_doors(&simulator, &options).await?;
    let shells = open_shells(&simulator, &options).await?;
    let mut told = doors.as_ref().map(|doors| doors.lines(&simulator)).unwrap_or_default();
    told.push_str(&shells.as_ref().map(SshDoors::lines).unwrap_or_default());
    say(&format!("{told}ready\n")).map_err(failed)?;
    tokio::select! {
        () = accept(&listener, &simulator) => {}
        () = serve_doors(doors, &simulator) => {}
        () = serve_shells(shells, &simulator) => {}
        () = orphaned => {}
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    // A socket that is left behind is replaced by the next one to listen.
    let _ = std::fs::remove_file(&options.socket);
    Ok(())
}

/// Answers connections until the future is dropped.
pub(crate) async fn accept(listener: &UnixListener, simulator: &Simulator) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if is_mine(&stream) => {
                let simulator = simulator.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(&simulator, stream).await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                });
            }
            Ok(_) => tracing::warn!("another user's connection was refused"),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Makes the socket; one that nobody answers on any more is replaced.
pub(crate) async fn listen(path: &Path) -> Result<UnixListener, SimulatorError> {
    let failed = |source| SimulatorError::Listen { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    if path.exists() {
        if UnixStream::connect(path).await.is_ok() {
            return Err(SimulatorError::Taken { path: path.to_owned() });
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, private).map_err(failed)?;
    Ok(listener)
}

/// Whether the other end runs under this process's uid, or root's.
fn is_mine(stream: &UnixStream) -> bool {
    let mine = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == mine || peer.uid() == 0)
}

/// Opens the HTTPS doors that were asked for.
async fn open_doors(
    simulator: &Simulator,
    options: &ServeOptions,
) -> Result<Option<Doors>, SimulatorError> {
    let Some(address) = options.https else { return Ok(None) };
    let doors = Doors::open(simulator, address).await?;
    if let Some(path) = &options.authority {
        let failed = |source| SimulatorError::Listen { path: path.clone(), source };
        let pem = simulator.look(|cluster, _| cluster.authority.as_ref().map(Authority::pem));
        std::fs::write(path, pem.unwrap_or_default()).map_err(failed)?;
    }
    Ok(Some(doors))
}

async fn serve_doors(doors: Option<Doors>, simulator: &Simulator) {
    match doors {
        Some(doors) => doors.serve(simulator).await,
        None => std::future::pending().await,
    }
}

/// Opens the nodes' shells, where that was asked for.
async fn open_shells(
    simulator: &Simulator,
    options: &ServeOptions,
) -> Result<Option<SshDoors>, SimulatorError> {
    let Some(SshOptions { address, folder, jarvis }) = &options.ssh else { return Ok(None) };
    let failed = |source| SimulatorError::Listen { path: options.socket.clone(), source };
    let socket = std::path::absolute(&options.socket).map_err(failed)?;
    let folder = std::path::absolute(folder).map_err(failed)?;
    let (folder, socket) = (folder.as_path(), socket.as_path());
    let opening = Opening { address: *address, folder, jarvis, socket };
    SshDoors::open(simulator, opening).await.map(Some)
}

async fn serve_shells(shells: Option<SshDoors>, simulator: &Simulator) {
    match shells {
        Some(shells) => shells.serve(simulator).await,
        None => std::future::pending().await,
    }
}

fn say(text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Completes when standard input ends. The read is on a thread of its own: one
/// of the runtime's would keep the process from ending.
async fn orphaned(wanted: bool) {
    if !wanted {
        return std::future::pending().await;
    }
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let mut scratch = [0; 256];
        while matches!(std::io::stdin().lock().read(&mut scratch), Ok(n) if n > 0) {}
        let _ = ended.send(());
    });
    let _ = end.await;
}

async fn answer(simulator: &Simulator, stream: UnixStream) -> Result<(), SimulatorError> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let Some(request) = receive::<Request>(&mut read).await? else { return Ok(()) };
    if let Request::Talk { node, argv } = &request {
        return terminal::talk(simulator, (node, argv), read, &mut write).await;
    }
    let (sink, mut output) = Sink::new();
    let signals = watch::Sender::new(None);
    let program = run(simulator, request, sink, Interrupts::from(&signals));
    tokio::pin!(program);
    let mut ended = None;
    // Lines are read to their end or not at all only in a future of its own.
    let client = async {
        while let Ok(Some(signal)) = receive(&mut read).await {
            let _ = signals.send(Some(signal));
        }
    };
    tokio::pin!(client);
    loop {
        tokio::select! {
            biased;
            Some(chunk) = output.recv() => send(&mut write, &Frame::from(chunk)).await?,
            code = &mut program, if ended.is_none() => ended = Some(code),
            // Gone: what this function holds goes too, and a worker notices.
            () = &mut client => return Ok(()),
            else => break,
        }
        if let Some(code) = ended
            && output.is_empty()
        {
            return send(&mut write, &Frame::Exit(code)).await;
        }
    }
    Ok(())
}

async fn run(simulator: &Simulator, request: Request, sink: Sink, interrupts: Interrupts) -> i32 {
    match request {
        Request::Pvesh(argv) => simulator.pvesh(&argv, &sink, interrupts).await,
        // It talks for itself.
        Request::Talk { .. } => 127,
        Request::Shell { node, argv } => simulator.shell(&node, &argv, &sink).await,
        Request::Ssh { node, line } => ssh::run(simulator, &node, &line, &sink).await,
        Request::Fault(fault) => {
            let (written, code) = match simulator.fault(&fault) {
                Ok(told) => (sink.out(format!("{told}\n")), 0),
                Err(error) => (sink.err(format!("{error}\n")), 2),
            };
            if written.is_ok() { code } else { 1 }
        }
    }
}

impl From<Chunk> for Frame {
    fn from(chunk: Chunk) -> Self {
        match chunk {
            Chunk::Out(text) => Self::Out(text),
            Chunk::Err(text) => Self::Err(text),
        }
    }
}

#[cfg(test)]
mod tests;
