//! Programs run to their end, for the tests of this room.

use tokio::sync::mpsc::UnboundedReceiver;

use super::Simulator;
use crate::sink::{Chunk, Interrupts, Sink};

/// What a program printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Simulator {
    /// Runs `pvesh` to its end: `run(&["get", "/version"])`.
    pub(crate) async fn run(&self, argv: &[&str]) -> Ran {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let (sink, output) = Sink::new();
        let code = self.pvesh(&argv, &sink, Interrupts::never()).await;
        drop(sink);
        Ran::collect(code, output)
    }

    /// Runs a program on a node to its end.
    pub(crate) async fn run_on(&self, node: &str, argv: &[&str]) -> Ran {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let (sink, output) = Sink::new();
        let code = self.shell(node, &argv, &sink).await;
        drop(sink);
        Ran::collect(code, output)
    }
}

impl Ran {
    fn collect(code: i32, mut output: UnboundedReceiver<Chunk>) -> Self {
        let mut ran = Self { code, stdout: String::new(), stderr: String::new() };
        while let Ok(chunk) = output.try_recv() {
            match chunk {
                Chunk::Out(text) => ran.stdout.push_str(&text),
                Chunk::Err(text) => ran.stderr.push_str(&text),
            }
        }
        ran
    }
}
