//! One module a command. Each takes what was typed and returns an exit code.

mod announce;
pub(crate) mod ask;
mod audit;
mod chat;
mod config;
mod devices;
mod doctor;
mod engine;
mod hear;
pub(crate) mod intents;
mod invoke;
mod key;
pub(crate) mod listen;
mod microphones;
mod models;
pub(crate) mod reply;
mod runs;
mod satellite;
mod serve;
mod simulate;
mod skill;
pub(crate) mod spoken;
mod timers;

use clap::CommandFactory;
use jarvis_domain::Fault;

use crate::args::{Cli, Command};
use crate::errors;
use crate::render::Printer;

/// How a command ends.
type Ended = Result<u8, Box<Fault>>;

/// Runs the command that was typed.
pub(crate) async fn run(cli: &Cli, printer: &Printer) -> Ended {
    let global = &cli.global;
    match &cli.command {
        Command::Ask(args) => ask::run(global, args, printer).await,
        Command::Chat => chat::run(global, printer).await,
        Command::Serve(args) => serve::run(global, args, printer).await,
        Command::Invoke(args) => invoke::invoke(global, args, printer).await,
        Command::Confirm(args) => invoke::confirm(global, args, printer).await,
        Command::Skill(command) => skill::run(global, command, printer).await,
        Command::Intents(command) => intents::run(global, command, printer).await,
        Command::Runs(args) => runs::run(global, args, printer).await,
        Command::Audit(command) => audit::run(global, command, printer).await,
        Command::Hear(args) => hear::run(global, args, printer).await,
        Command::Devices => devices::run(printer).await,
        Command::Satellite(args) => satellite::run(global, args, printer).await,
        Command::Listen(args) => listen::run(global, args, printer).await,
        Command::Microphones => microphones::list(global, printer).await,
        Command::Mute(args) => microphones::mute(global, args, true, printer).await,
        Command::Unmute(args) => microphones::mute(global, args, false, printer).await,
        Command::Announce(args) => announce::run(global, args, printer).await,
        Command::Timers(command) => timers::run(global, command, printer).await,
        Command::Models(command) => models::run(global, command, printer).await,
        Command::Engine { name } => engine::serve(name).await,
        Command::Key(command) => key::run(global, command, printer).await,
        Command::Config(command) => config::run(global, command, printer),
        Command::Doctor => doctor::run(global, printer).await,
        Command::Errors => Ok(errors::print(printer)),
        Command::Simulate(command) => simulate::run(command, printer).await,
        // A question comes on standard input, and PAM is asked on this thread.
        Command::CheckPassword => Ok(jarvis_auth::check_password()),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut shown(), "jarvis", &mut std::io::stdout());
            Ok(0)
        }
    }
}

/// The command line less what only the host itself starts.
fn shown() -> clap::Command {
    let all = Cli::command();
    let shown = all.get_subcommands().filter(|one| !one.is_hide_set()).cloned();
    clap::Command::new("jarvis").args(all.get_arguments().cloned()).subcommands(shown)
}
