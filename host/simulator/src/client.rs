//! The programs that a client of the cluster starts: `pvesh`, a node's shell,
//! and the one that makes faults. Each is a thin end of a socket.

use std::io::Write;
use std::path::Path;

use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::SimulatorError;
use crate::fault::{BadFault, Fault};
use crate::ssh;
use crate::talk;
use crate::wire::{Frame, Request, Signal, receive, send};

/// Runs `pvesh` with `argv`, its own name left out, on this process's standard
/// output and error; the exit code. SIGINT and SIGTERM are handed on; when
/// this process is killed, the worker it waits for dies on its next output.
/// A simulator that cannot be reached is told on standard error, with 255.
pub async fn pvesh(socket: &Path, argv: Vec<String>) -> i32 {
    program(socket, Request::Pvesh(argv)).await
}

/// Runs `argv` on `node`, as `ssh NODE -- ARGV` would; the exit code, 255 when
/// the node or the simulator cannot be reached. At a terminal, no words are a
/// shell to talk with, and `pct enter` and `qm terminal` talk too.
pub async fn shell(socket: &Path, node: &str, argv: Vec<String>) -> i32 {
    if talk::is_wanted(node, &argv) {
        return ended(talk::talk(socket, node, argv).await);
    }
    program(socket, Request::Shell { node: node.to_owned(), argv }).await
}

/// Runs `line` on `node`, as an sshd of the node hands it over in
/// `SSH_ORIGINAL_COMMAND`; the exit code. An empty line is a login shell, and what
/// talks at a terminal does so here, as in [`shell`]; without a terminal, a login
/// shell ends at once.
pub async fn shell_over_ssh(socket: &Path, node: &str, line: String) -> i32 {
    if let Some(argv) = ssh::only(&line).filter(|argv| talk::is_wanted(node, argv)) {
        return ended(talk::talk(socket, node, argv).await);
    }
    program(socket, Request::Ssh { node: node.to_owned(), line }).await
}

/// Makes `fault` so; what a person is told, or for [`Fault::Calls`] one JSON
/// object a line.
pub async fn fault(socket: &Path, fault: Fault) -> Result<String, SimulatorError> {
    let names = (fault.node(), fault.guest());
    let mut told = String::new();
    let code = exchange(socket, &Request::Fault(fault), |frame| {
        if let Frame::Out(text) | Frame::Err(text) = frame {
            told.push_str(text);
        }
        Ok(())
    })
    .await?;
    let told = told.trim_end_matches('\n').to_owned();
    match (code, names) {
        (0, _) => Ok(told),
        (_, (Some(node), _)) => Err(BadFault::Node(node).into()),
        (_, (_, Some(guest))) => Err(BadFault::Guest(guest).into()),
        _ => Err(BadFault::Unknown(told).into()),
    }
}

async fn program(socket: &Path, request: Request) -> i32 {
    let copied = exchange(socket, &request, |frame| match frame {
        Frame::Out(text) => write(&mut std::io::stdout().lock(), text),
        Frame::Err(text) => write(&mut std::io::stderr().lock(), text),
        Frame::Hide(_) | Frame::Flood(_) | Frame::Exit(_) => Ok(()),
    })
    .await;
    ended(copied)
}

/// The exit code; what went wrong is told.
fn ended(ran: Result<i32, SimulatorError>) -> i32 {
    ran.unwrap_or_else(|error| {
        // Nobody is left to tell when standard error is closed too.
        let _ = write(&mut std::io::stderr().lock(), &format!("{error}\n"));
        255
    })
}

fn write(to: &mut impl Write, text: &str) -> std::io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

/// Sends `request` and hands each frame to `each`, up to the exit code.
async fn exchange(
    socket: &Path,
    request: &Request,
    mut each: impl FnMut(&Frame) -> std::io::Result<()>,
) -> Result<i32, SimulatorError> {
    let away = |source| SimulatorError::Unreachable { path: socket.to_owned(), source };
    let stream = UnixStream::connect(socket).await.map_err(away)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(away)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(away)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    send(&mut write, request).await?;
    let frames = async {
        loop {
            match receive::<Frame>(&mut read).await? {
                Some(Frame::Exit(code)) => return Ok(code),
                // Whoever reads this program's output is gone: go too.
                Some(frame) => {
                    each(&frame).map_err(|error| SimulatorError::Broken(error.to_string()))?;
                }
                None => return Err(SimulatorError::Broken("no exit code came".to_owned())),
            }
        }
    };
    tokio::pin!(frames);
    loop {
        let signal = tokio::select! {
            code = &mut frames => return code,
            _ = terminated.recv() => Signal::Term,
            _ = interrupted.recv() => Signal::Int,
        };
        send(&mut write, &signal).await?;
    }
}
