//! How a bench is asked for; what benches share is included by its path.

use std::process::ExitCode;

/// `--seconds N`, `--json` and `--report`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// How long it may measure.
    pub(crate) seconds: f64,
    /// The figures for programs.
    pub(crate) json: bool,
    /// A limit that is not held is told, and fails nothing.
    report: bool,
}

impl Options {
    /// Those of this program's arguments, `seconds` where they do not say; what
    /// cargo adds is not ours.
    pub(crate) fn or_seconds(seconds: f64) -> Self {
        let mut options = Self { seconds, json: false, report: false };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--seconds" => {
                    options.seconds = args.next().and_then(|n| n.parse().ok()).unwrap_or(seconds);
                }
                "--json" => options.json = true,
                "--report" => options.report = true,
                _ => {}
            }
        }
        options
    }

    /// The bench's exit code, with every limit held or not.
    pub(crate) fn exit(self, held: bool) -> ExitCode {
        if held || self.report { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
