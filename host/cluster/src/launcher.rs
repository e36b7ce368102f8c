//! The one place that says which programs jarvis starts (house rule 15).
//!
//! A launcher turns a [`Program`] into a command line; there is no way to
//! hand it any other command line. The simulated one starts nothing but
//! jarvis's own `simulate` command. How processes are started and watched is
//! `launch.rs`'s to know.

use std::path::{Path, PathBuf};

use jarvis_domain::NodeName;

use crate::ClusterError;

/// Which programs are started: those of this Proxmox node, or the simulator's.
#[derive(Debug, Clone)]
pub struct Launcher {
    mode: Mode,
}

#[derive(Debug, Clone)]
enum Mode {
    Real {
        pvesh: PathBuf,
        /// This machine's node name; none where it has no name that a node
        /// can have.
        node: Option<NodeName>,
    },
    Simulated {
        jarvis: PathBuf,
        socket: PathBuf,
    },
}

/// What may be started at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// `pvesh` with these arguments.
    Pvesh(Vec<String>),
    /// A program on a node.
    Shell {
        /// The node.
        node: NodeName,
        /// The program and its arguments.
        argv: Vec<String>,
    },
}

/// A command line, ready to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
}

impl Launcher {
    /// Starts the real `pvesh` at this absolute path, and programs of the
    /// node that jarvis runs on. Other nodes' programs are refused with
    /// [`ClusterError::RemoteShell`].
    #[must_use]
    pub fn real(pvesh: PathBuf) -> Self {
        Self { mode: Mode::Real { pvesh, node: this_machine() } }
    }

    /// Starts only `<jarvis> simulate …` against the simulator at `socket`.
    /// Both paths are absolute; a start with a relative one is refused.
    #[must_use]
    pub fn simulated(jarvis: PathBuf, socket: PathBuf) -> Self {
        Self { mode: Mode::Simulated { jarvis, socket } }
    }

    /// The command line that carries `program` out.
    pub(crate) fn line(&self, program: &Program) -> Result<Line, ClusterError> {
        match &self.mode {
            Mode::Real { pvesh, node } => real_line(absolute(pvesh)?, node.as_ref(), program),
            Mode::Simulated { jarvis, socket } => {
                let socket = absolute(socket)?.to_string_lossy().into_owned();
                Ok(Line { program: absolute(jarvis)?.to_owned(), args: simulate(socket, program) })
            }
        }
    }
}

impl Program {
    /// What a person calls it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Pvesh(_) => "pvesh",
            Self::Shell { argv, .. } => argv.first().map(String::as_str).unwrap_or_default(),
        }
    }
}

/// This machine's name, if a node can have it: the host name up to its first
/// dot, as `PVE::INotify::nodename` takes it.
pub(crate) fn this_machine() -> Option<NodeName> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().split('.').next().and_then(|label| label.parse().ok())
}

fn absolute(path: &Path) -> Result<&Path, ClusterError> {
    if path.is_absolute() { Ok(path) } else { Err(ClusterError::RelativePath(path.to_owned())) }
}

fn real_line(
    pvesh: &Path,
    own: Option<&NodeName>,
    program: &Program,
) -> Result<Line, ClusterError> {
    match program {
        Program::Pvesh(args) => Ok(Line { program: pvesh.to_owned(), args: args.clone() }),
        Program::Shell { node, .. } if own != Some(node) => {
            Err(ClusterError::RemoteShell { node: node.clone() })
        }
        Program::Shell { node, argv } => match argv.split_first() {
            Some((program, args)) => {
                Ok(Line { program: PathBuf::from(program), args: args.to_vec() })
            }
            None => Err(ClusterError::NoProgram { node: node.clone(), program: String::new() }),
        },
    }
}

fn simulate(socket: String, program: &Program) -> Vec<String> {
    let (kind, node, args) = match program {
        Program::Pvesh(args) => ("pvesh", None, args),
        Program::Shell { node, argv } => ("sh", Some(node.to_string()), argv),
    };
    ["simulate", kind, "--socket"]
        .map(str::to_owned)
        .into_iter()
        .chain([socket])
        .chain(node)
        .chain(["--".to_owned()])
        .chain(args.iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn shell(node: &str, argv: &[&str]) -> Program {
        Program::Shell { node: node.parse().unwrap(), argv: words(argv) }
    }

    #[test]
    fn the_simulated_launcher_starts_only_our_own_simulate() {
        let launcher = Launcher::simulated("/opt/jarvis".into(), "/run/sim.sock".into());
        let pvesh = launcher.line(&Program::Pvesh(words(&["get", "/nodes"]))).unwrap();
        assert_eq!(pvesh.program, Path::new("/opt/jarvis"));
        assert_eq!(
            pvesh.args,
            words(&["simulate", "pvesh", "--socket", "/run/sim.sock", "--", "get", "/nodes"])
        );
        let reboot = launcher.line(&shell("pve2", &["reboot", "--help"])).unwrap();
        assert_eq!(reboot.program, Path::new("/opt/jarvis"));
        assert_eq!(
            reboot.args,
            words(&[
                "simulate",
                "sh",
                "--socket",
                "/run/sim.sock",
                "pve2",
                "--",
                "reboot",
                "--help"
            ])
        );
    }

    #[test]
    fn a_real_node_shell_is_the_own_nodes_only() {
        let own: NodeName = "pve1".parse().unwrap();
        let line = |program: &Program| real_line(Path::new("/usr/bin/pvesh"), Some(&own), program);
        let sensors = line(&shell("pve1", &["sensors", "-j"])).unwrap();
        assert_eq!((sensors.program, sensors.args), ("sensors".into(), words(&["-j"])));
        assert!(matches!(
            line(&shell("pve2", &["sensors", "-j"])),
            Err(ClusterError::RemoteShell { .. })
        ));
        assert!(matches!(line(&shell("pve1", &[])), Err(ClusterError::NoProgram { .. })));
    }

    #[test]
    fn paths_that_depend_on_the_working_folder_are_refused() {
        let pvesh = Program::Pvesh(Vec::new());
        for launcher in [
            Launcher::real("pvesh".into()),
            Launcher::simulated("jarvis".into(), "/run/sim.sock".into()),
            Launcher::simulated("/opt/jarvis".into(), "sim.sock".into()),
        ] {
            assert!(matches!(launcher.line(&pvesh), Err(ClusterError::RelativePath(_))));
        }
    }
}
