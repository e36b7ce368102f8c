//! The `jarvis` binary: command line, settings, wiring. It decides nothing
//! about the cluster; every command goes to the assistant or the skill host,
//! of a running host or of one in this process.

mod args;
mod broken_skills;
mod commands;
mod demo;
mod doctor;
mod door;
mod engines;
mod errors;
#[cfg(test)]
#[path = "../../../tests/support/ollama.rs"]
mod fake_ollama;
mod identity;
mod local;
mod logging;
mod models;
mod ollama;
mod reach;
mod recovery;
mod render;
mod rooms;
mod settings;
mod standing;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::reach::env;
use crate::render::Printer;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(&cli);
    let printer = Printer::of_stdout(cli.global.json, &env);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime did not start");
            return ExitCode::FAILURE;
        }
    };
    let code = match runtime.block_on(commands::run(&cli, &printer)) {
        Ok(code) => code,
        Err(fault) => {
            printer.fault(&fault);
            fault.exit
        }
    };
    // Operations belong to processes of their own; nothing here is waited for.
    runtime.shutdown_background();
    ExitCode::from(code)
}
