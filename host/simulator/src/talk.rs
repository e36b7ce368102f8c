//! `jarvis simulate sh` at a terminal: the terminal's own line editing, and the
//! lines handed on. Starts no program, whatever is typed.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::error::SimulatorError;
use crate::shell::Flood;
use crate::terminal;
use crate::wire::{Frame, Request, Typed, receive, send};

/// Whether `argv` is talked with: at a terminal, and of a program that talks.
pub(crate) fn is_wanted(node: &str, argv: &[String]) -> bool {
    std::io::stdin().is_terminal() && terminal::behind(node, argv).is_some()
}

/// Talks until the far end has ended; its exit code.
pub(crate) async fn talk(
    socket: &Path,
    node: &str,
    argv: Vec<String>,
) -> Result<i32, SimulatorError> {
    let away = |source| SimulatorError::Unreachable { path: socket.to_owned(), source };
    let broken = |error: std::io::Error| SimulatorError::Broken(error.to_string());
    let stream = UnixStream::connect(socket).await.map_err(away)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(away)?;
    let (read, mut write) = stream.into_split();
    send(&mut write, &Request::Talk { node: node.to_owned(), argv }).await?;
    let mut frames = frames(read);
    let mut typed = typed();
    let (flooded, mut floods) = mpsc::channel(1);
    let stop = Arc::new(AtomicBool::new(false));
    loop {
        let say = tokio::select! {
            biased;
            _ = interrupted.recv() => {
                stop.store(true, Ordering::Relaxed);
                Typed::Interrupt
            }
            frame = frames.recv() => match frame {
                Some(Ok(Frame::Out(text))) => {
                    print(&mut std::io::stdout().lock(), &text).map_err(broken)?;
                    continue;
                }
                Some(Ok(Frame::Err(text))) => {
                    print(&mut std::io::stderr().lock(), &text).map_err(broken)?;
                    continue;
                }
                Some(Ok(Frame::Hide(hidden))) => {
                    hide(hidden);
                    continue;
                }
                Some(Ok(Frame::Flood(flood))) => {
                    stop.store(false, Ordering::Relaxed);
                    pour(flood, Arc::clone(&stop), flooded.clone());
                    continue;
                }
                Some(Ok(Frame::Exit(code))) => return Ok(code),
                Some(Err(error)) => return Err(error),
                None => return Err(SimulatorError::Broken("no exit code came".to_owned())),
            },
            Some(()) = floods.recv() => Typed::Flooded,
            Some(typed) = typed.recv() => typed,
        };
        send(&mut write, &say).await?;
    }
}

/// Frames, each read to its end.
fn frames(read: tokio::net::unix::OwnedReadHalf) -> mpsc::Receiver<Result<Frame, SimulatorError>> {
    let (heard, frames) = mpsc::channel(16);
    tokio::spawn(async move {
        let mut read = BufReader::new(read);
        while let Some(frame) = receive::<Frame>(&mut read).await.transpose() {
            if heard.send(frame).await.is_err() {
                return;
            }
        }
    });
    frames
}

/// What is typed. The reads are on a thread of their own: one of the runtime's
/// would keep the process from ending.
fn typed() -> mpsc::Receiver<Typed> {
    let (keys, typed) = mpsc::channel(64);
    std::thread::spawn(move || {
        let mut line = String::new();
        loop {
            line.clear();
            let next = match std::io::stdin().read_line(&mut line) {
                Ok(0) => Typed::End,
                Ok(_) => {
                    let size = tcgetwinsize(std::io::stdin()).ok();
                    let (columns, rows) = size.map_or((80, 24), |size| (size.ws_col, size.ws_row));
                    Typed::Line { text: line.trim_end_matches('\n').to_owned(), columns, rows }
                }
                // Not UTF-8: a line that means nothing.
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    Typed::Line { text: "\u{fffd}".to_owned(), columns: 80, rows: 24 }
                }
                Err(_) => return,
            };
            if keys.blocking_send(next).is_err() {
                return;
            }
        }
    });
    typed
}

/// Whether what is typed is echoed.
fn hide(hidden: bool) {
    let stdin = std::io::stdin();
    let Ok(mut modes) = tcgetattr(&stdin) else { return };
    modes.local_modes.set(LocalModes::ECHO, !hidden);
    // Shown, it does no harm: the account is printed in the manual.
    let _ = tcsetattr(&stdin, OptionalActions::Now, &modes);
}

/// Prints a flood to its end, or until `stop`; says so when it has.
fn pour(mut flood: Flood, stop: Arc<AtomicBool>, done: mpsc::Sender<()>) {
    std::thread::spawn(move || {
        let mut out = std::io::stdout().lock();
        while !stop.load(Ordering::Relaxed)
            && let Some(wave) = flood.wave("\n")
            && print(&mut out, &wave).is_ok()
        {}
        drop(out);
        let _ = done.blocking_send(());
    });
}

fn print(to: &mut impl Write, text: &str) -> std::io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}
