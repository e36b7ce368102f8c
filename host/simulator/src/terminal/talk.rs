//! The same terminals for a program of this machine that has one of its own:
//! `jarvis simulate sh` at a terminal. Lines are edited there; what is behind
//! is what `session` has behind a connection.

use std::collections::VecDeque;

use jarvis_domain::Vmid;
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::sync::mpsc;

use super::console::{Act, Console};
use super::{Behind, Start};
use crate::engine::Simulator;
use crate::error::SimulatorError;
use crate::shell::{Flood, reach};
use crate::sink::{Chunk, Sink};
use crate::wire::{Frame, Typed, receive, send};

/// What a terminal on `node` is connected to by `argv`; none for a program
/// that is only run.
pub(crate) fn behind(node: &str, argv: &[String]) -> Option<Behind> {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    let guest = |vmid: &str| vmid.parse::<Vmid>().ok();
    match words.as_slice() {
        [] => Some(Behind::Node(node.parse().ok()?, Start::Root)),
        ["/usr/sbin/pct" | "pct", "enter", vmid] => Some(Behind::Guest(guest(vmid)?, None)),
        ["/usr/sbin/qm" | "qm", "terminal", vmid, rest @ ..] => {
            let named = rest.iter().skip_while(|word| **word != "-iface").nth(1);
            let serial = named.map(|serial| (*serial).to_owned()).unwrap_or_default();
            Some(Behind::Guest(guest(vmid)?, Some(serial)))
        }
        _ => None,
    }
}

/// One who types.
struct Talk<'a, W> {
    simulator: &'a Simulator,
    write: &'a mut W,
    typed: mpsc::Receiver<Typed>,
    /// What was typed while a program ran.
    ahead: VecDeque<Typed>,
    /// Columns and rows.
    size: (u16, u16),
}

/// Serves whoever types to their end, or the shell's.
pub(crate) async fn talk(
    simulator: &Simulator,
    (node, argv): (&str, &[String]),
    mut read: impl AsyncBufRead + Unpin + Send + 'static,
    write: &mut (impl AsyncWrite + Unpin),
) -> Result<(), SimulatorError> {
    let Some(behind) = behind(node, argv) else { return send(write, &Frame::Exit(127)).await };
    if let Err((_, text)) = reach(simulator, node) {
        send(write, &Frame::Err(text)).await?;
        return send(write, &Frame::Exit(255)).await;
    }
    let (keys, typed) = mpsc::channel(64);
    // Lines are read to their end or not at all only in a task of its own,
    // which ends with the connection.
    tokio::spawn(async move {
        while let Ok(Some(next)) = receive::<Typed>(&mut read).await {
            if keys.send(next).await.is_err() {
                return;
            }
        }
    });
    let mut talk = Talk { simulator, write, typed, ahead: VecDeque::new(), size: (80, 24) };
    let (mut console, mut acts) = simulator.look(|cluster, _| Console::of(&behind, cluster));
    let mut hidden = false;
    loop {
        // Before it is asked for: who answers at once is not to be seen either.
        if console.hides() != hidden {
            hidden = console.hides();
            send(talk.write, &Frame::Hide(hidden)).await?;
        }
        let mut interrupted = false;
        for act in acts {
            match act {
                Act::Say(text) => talk.out(text).await?,
                Act::Run(_) if interrupted => {}
                Act::Run(argv) => interrupted = !talk.run(node, &argv).await?,
                Act::Finish => return send(talk.write, &Frame::Exit(0)).await,
            }
        }
        acts = match talk.next().await {
            Some(Typed::Line { text, columns, rows }) => {
                talk.size = (columns, rows);
                if hidden {
                    // Its end was not echoed either.
                    talk.out("\n".to_owned()).await?;
                }
                console.line(&text)
            }
            Some(Typed::Interrupt) => {
                talk.out("\n".to_owned()).await?;
                console.interrupt()
            }
            Some(Typed::End) => console.end(),
            Some(Typed::Flooded) => Vec::new(),
            None => return Ok(()),
        };
    }
}

impl<W: AsyncWrite + Unpin> Talk<'_, W> {
    async fn out(&mut self, text: String) -> Result<(), SimulatorError> {
        send(self.write, &Frame::Out(text)).await
    }

    async fn next(&mut self) -> Option<Typed> {
        match self.ahead.pop_front() {
            Some(typed) => Some(typed),
            None => self.typed.recv().await,
        }
    }

    /// Runs a program to its end, or to Ctrl-C; whether it was the former.
    async fn run(&mut self, node: &str, argv: &[String]) -> Result<bool, SimulatorError> {
        if let Some(flood) = Flood::of(argv) {
            return self.flood(flood).await;
        }
        if let ["stty", "size"] = argv.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            let (columns, rows) = self.size;
            self.out(format!("{rows} {columns}\n")).await?;
            return Ok(true);
        }
        let (sink, mut output) = Sink::new();
        let program = async {
            let sink = sink;
            self.simulator.shell(node, argv, &sink).await
        };
        tokio::pin!(program);
        let mut ended = false;
        loop {
            tokio::select! {
                biased;
                chunk = output.recv() => match chunk {
                    Some(Chunk::Out(text)) => send(self.write, &Frame::Out(text)).await?,
                    Some(Chunk::Err(text)) => send(self.write, &Frame::Err(text)).await?,
                    None => return Ok(true),
                },
                _ = &mut program, if !ended => ended = true,
                typed = self.typed.recv() => match typed {
                    Some(Typed::Interrupt) => {
                        self.ahead.clear();
                        send(self.write, &Frame::Out("\n".to_owned())).await?;
                        return Ok(false);
                    }
                    Some(typed) => self.ahead.push_back(typed),
                    None => return Err(SimulatorError::Broken("it has gone".to_owned())),
                },
            }
        }
    }

    /// The flood is made at the other end, so that only its reader slows it.
    async fn flood(&mut self, flood: Flood) -> Result<bool, SimulatorError> {
        send(self.write, &Frame::Flood(flood)).await?;
        let mut whole = true;
        loop {
            match self.typed.recv().await {
                Some(Typed::Flooded) => {
                    if !whole {
                        self.out("\n".to_owned()).await?;
                    }
                    return Ok(whole);
                }
                Some(Typed::Interrupt) => {
                    self.ahead.clear();
                    whole = false;
                }
                Some(typed) => self.ahead.push_back(typed),
                None => return Err(SimulatorError::Broken("it has gone".to_owned())),
            }
        }
    }
}
