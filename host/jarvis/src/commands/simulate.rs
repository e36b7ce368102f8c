//! `jarvis simulate`: the front doors of the simulator.

use std::path::PathBuf;

use jarvis_domain::{Explain, Fault};

use super::Ended;
use crate::args::{SimulateCommand, SimulatorSocket};
use crate::demo::{DemoFolder, Simulator, Size};
use crate::errors::UsageError;
use crate::reach::env;
use crate::render::Printer;
use crate::wiring;
use crate::wiring::Stay;

pub(super) async fn run(command: &SimulateCommand, printer: &Printer) -> Ended {
    let simulator = |error: jarvis_simulator::SimulatorError| error.fault();
    match command {
        SimulateCommand::Serve {
            socket,
            nodes,
            guests,
            latency,
            https,
            authority,
            sshd,
            ssh_folder,
            with_stdin,
        } => {
            let default = jarvis_simulator::ServeOptions::at(place(socket)?);
            let ssh = match sshd {
                Some(address) => Some(jarvis_simulator::SshOptions {
                    address: *address,
                    folder: ssh_folder
                        .clone()
                        .unwrap_or_else(|| default.socket.with_file_name("ssh")),
                    jarvis: wiring::own_binary()?,
                }),
                None => None,
            };
            let options = jarvis_simulator::ServeOptions {
                nodes: *nodes,
                guests: guests.unwrap_or(default.guests),
                timing: jarvis_simulator::Timing {
                    latency: latency.unwrap_or(default.timing.latency),
                    ..default.timing
                },
                https: *https,
                authority: authority.clone(),
                ssh,
                exit_with_stdin: *with_stdin,
                ..default
            };
            jarvis_simulator::serve(options).await.map_err(simulator)?;
            Ok(0)
        }
        SimulateCommand::Pvesh { socket, argv } => {
            let front = Front::open(socket).await?;
            let code = jarvis_simulator::pvesh(&front.socket, argv.clone()).await;
            front.close().await;
            Ok(exit(code))
        }
        SimulateCommand::Sh { socket, over_ssh: true, node, argv: _ } => {
            let line = env("SSH_ORIGINAL_COMMAND").unwrap_or_default();
            Ok(exit(jarvis_simulator::shell_over_ssh(&place(socket)?, node, line).await))
        }
        SimulateCommand::Sh { socket, over_ssh: false, node, argv } => {
            let front = Front::open(socket).await?;
            let code = jarvis_simulator::shell(&front.socket, node, argv.clone()).await;
            front.close().await;
            Ok(exit(code))
        }
        SimulateCommand::Fault { socket, words } => {
            let fault = jarvis_simulator::Fault::parse(words)
                .map_err(|error| UsageError::Argument(error.to_string()))?;
            let said = jarvis_simulator::fault(&place(socket)?, fault).await.map_err(simulator)?;
            printer.line(said.trim_end());
            Ok(0)
        }
    }
}

/// A cluster to play one program of: the one that was named, the running
/// demo's, or one that lives for this command alone.
struct Front {
    socket: PathBuf,
    own: Option<(Simulator, tempfile::TempDir)>,
}

impl Front {
    async fn open(named: &SimulatorSocket) -> Result<Self, Box<Fault>> {
        let socket = place(named)?;
        let chosen = named.path.is_some() || env(jarvis_simulator::SOCKET_VARIABLE).is_some();
        if chosen || Simulator::running(socket.clone()).await.is_some() {
            return Ok(Self { socket, own: None });
        }
        let folder = wiring::temporary_folder()?;
        let socket = folder.path().join("simulator.sock");
        let jarvis = wiring::own_binary()?;
        let started =
            Simulator::start(&jarvis, socket.clone(), Size::default(), Stay::OneCommand).await;
        let simulator = started.map_err(|error| error.fault())?;
        Ok(Self { socket, own: Some((simulator, folder)) })
    }

    async fn close(self) {
        if let Some((simulator, _folder)) = self.own {
            simulator.stop().await;
        }
    }
}

/// An exit code as the shell sees it: its lowest eight bits.
fn exit(code: i32) -> u8 {
    code.to_le_bytes().first().copied().unwrap_or(u8::MAX)
}

/// The socket that was named, else that of `JARVIS_SIMULATOR`, else the running demo's.
fn place(socket: &SimulatorSocket) -> Result<PathBuf, Box<Fault>> {
    let named = socket.path.clone();
    let named = named.or_else(|| env(jarvis_simulator::SOCKET_VARIABLE).map(PathBuf::from));
    match named {
        Some(path) if path.as_os_str().is_empty() => {
            Err(UsageError::Argument("the simulator's socket has an empty path".to_owned()).into())
        }
        Some(path) => Ok(path),
        None => {
            let demo = DemoFolder::of_user(&env).map_err(|error| error.fault())?;
            Ok(demo.simulator_socket())
        }
    }
}
