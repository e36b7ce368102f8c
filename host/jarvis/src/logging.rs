//! Where the log goes and how much of it: standard error, for `serve` as the
//! settings say, for other commands errors alone. `JARVIS_LOG` overrides both
//! (`info`, `jarvis_cluster=debug` …).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::{Cli, Command};
use crate::reach::settings_of;

/// Starts the log of this process.
pub(crate) fn start(cli: &Cli) {
    let serving = matches!(cli.command, Command::Serve(_));
    // Settings with mistakes are told about when the command itself reads them.
    let configured = serving && !cli.global.demo;
    let settings = if configured { settings_of(&cli.global).ok() } else { None };
    let log = settings.map(|(settings, _)| settings.log);
    // What a command cannot do is its answer; warnings are for those who serve.
    let default = if serving { "warn" } else { "error" };
    let level = log.as_ref().map_or(default, |log| log.level);
    let filter = EnvFilter::try_from_env("JARVIS_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if log.is_some_and(|log| log.format == "json") {
        builder.json().init();
    } else if configured {
        builder.init();
    } else {
        builder.without_time().init();
    }
}
