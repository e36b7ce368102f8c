//! The one place that says which programs jarvis starts (house rule 15).
//!
//! A launcher turns a [`Program`] into a command line; there is no way to
//! hand it any other command line. The simulated one starts nothing but
//! jarvis's own `simulate` command. How processes are started and watched is
//! `launch.rs`'s to know.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jarvis_domain::NodeName;

use crate::ClusterError;
use crate::launch::Apart;
use crate::ssh::SshError;

/// Which programs are started: those of this Proxmox node, or the simulator's.
#[derive(Debug, Clone)]
pub struct Launcher {
    mode: Mode,
}

#[derive(Debug, Clone)]
enum Mode {
    Real {
        pvesh: PathBuf,
        /// What keeps operations apart from jarvis.
        apart: Apart,
        /// This machine's node name; none where it has no name that a node
        /// can have.
        node: Option<NodeName>,
    },
    Simulated {
        jarvis: PathBuf,
        socket: PathBuf,
    },
}

/// The login shell of the node that jarvis runs on, as whoever jarvis runs
/// as. Not by `login`, which would begin a session that outlives its terminal.
const SHELL: [&str; 2] = ["/bin/bash", "-l"];

/// What may be started at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// `pvesh` with these arguments.
    Pvesh(Vec<String>),
    /// A program on a node.
    Shell(There),
}

/// A program on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct There {
    pub(crate) node: NodeName,
    /// The program and its arguments.
    pub(crate) argv: Vec<String>,
    /// When a read is given up. What writes is never ended.
    pub(crate) at_most: Option<Duration>,
}

/// Where a program is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine.
    Here(Line),
    /// On another node, whose shell has to be reached.
    There(There),
}

/// A command line, ready to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
}

impl Launcher {
    /// Starts the real `pvesh` at this absolute path, and programs of the
    /// node that jarvis runs on. Other nodes' programs go over SSH.
    #[must_use]
    pub fn real(pvesh: PathBuf) -> Self {
        Self { mode: Mode::Real { pvesh, apart: Apart::of_this_machine(), node: this_machine() } }
    }

    /// Starts only `<jarvis> simulate …` against the simulator at `socket`.
    /// Both paths are absolute; a start with a relative one is refused.
    #[must_use]
    pub fn simulated(jarvis: PathBuf, socket: PathBuf) -> Self {
        Self { mode: Mode::Simulated { jarvis, socket } }
    }

    /// Whether nothing may be sent to addresses outside this machine.
    pub(crate) fn stays_here(&self) -> bool {
        matches!(self.mode, Mode::Simulated { .. })
    }

    /// What keeps operations apart. A simulated one starts nothing but jarvis
    /// itself.
    pub(crate) fn apart(&self) -> &Apart {
        match &self.mode {
            Mode::Real { apart, .. } => apart,
            Mode::Simulated { .. } => &Apart::Group,
        }
    }

    /// The same where jarvis runs on no node of the cluster, whatever this
    /// machine is called: programs of every node go over SSH.
    pub(crate) fn away(self) -> Self {
        match self.mode {
            Mode::Real { pvesh, apart, .. } => {
                Self { mode: Mode::Real { pvesh, apart, node: None } }
            }
            Mode::Simulated { .. } => self,
        }
    }

    /// Where `program` is started, and by which command line.
    pub(crate) fn place(&self, program: &Program) -> Result<Place, ClusterError> {
        match &self.mode {
            Mode::Real { pvesh, node, .. } => real_place(absolute(pvesh)?, node.as_ref(), program),
            Mode::Simulated { jarvis, socket } => {
                let socket = absolute(socket)?.to_string_lossy().into_owned();
                let (program, args) = (absolute(jarvis)?.to_owned(), simulate(socket, program));
                Ok(Place::Here(Line { program, args }))
            }
        }
    }

    /// Where what a person talks with at a terminal is started: `argv` on
    /// `node`, or its login shell.
    pub(crate) fn console(
        &self,
        node: &NodeName,
        argv: Option<Vec<String>>,
    ) -> Result<Place, ClusterError> {
        let there = |argv| There { node: node.clone(), argv, at_most: None };
        match &self.mode {
            Mode::Real { node: own, .. } if own.as_ref() != Some(node) => {
                // No words are a login shell there.
                Ok(Place::There(there(argv.unwrap_or_default())))
            }
            Mode::Real { pvesh, node: own, .. } => {
                let argv = argv.unwrap_or_else(|| SHELL.map(str::to_owned).to_vec());
                let program = Program::Shell(there(argv));
                real_place(absolute(pvesh)?, own.as_ref(), &program)
            }
            Mode::Simulated { jarvis, socket } => {
                let socket = absolute(socket)?.to_string_lossy().into_owned();
                let args = simulate_console(socket, node, argv);
                Ok(Place::Here(Line { program: absolute(jarvis)?.to_owned(), args }))
            }
        }
    }

    /// The node that this machine is; none where it is none, or a simulated
    /// one is played.
    pub(crate) fn own_node(&self) -> Option<&NodeName> {
        match &self.mode {
            Mode::Real { node, .. } => node.as_ref(),
            Mode::Simulated { .. } => None,
        }
    }
}

impl Program {
    /// What a person calls it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Pvesh(_) => "pvesh",
            Self::Shell(there) => there.argv.first().map(String::as_str).unwrap_or_default(),
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

fn real_place(
    pvesh: &Path,
    own: Option<&NodeName>,
    program: &Program,
) -> Result<Place, ClusterError> {
    let line = match program {
        Program::Pvesh(args) => Line { program: pvesh.to_owned(), args: args.clone() },
        Program::Shell(there) if own != Some(&there.node) => {
            return Ok(Place::There(there.clone()));
        }
        Program::Shell(there) => match there.argv.split_first() {
            Some((program, args)) => Line { program: PathBuf::from(program), args: args.to_vec() },
            None => {
                let (node, program) = (there.node.clone(), String::new());
                return Err(ClusterError::NoProgram { node, program });
            }
        },
    };
    Ok(Place::Here(line))
}

/// A node that cannot be reached, for want of settings.
pub(crate) fn unreachable(there: &There) -> ClusterError {
    SshError::NotConfigured { node: there.node.clone() }.into()
}

fn simulate(socket: String, program: &Program) -> Vec<String> {
    let (kind, node, args) = match program {
        Program::Pvesh(args) => ("pvesh", None, args),
        Program::Shell(there) => ("sh", Some(there.node.to_string()), &there.argv),
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

/// Without `--` and words it is a shell to talk with.
fn simulate_console(socket: String, node: &NodeName, argv: Option<Vec<String>>) -> Vec<String> {
    let words = argv.into_iter().flat_map(|argv| std::iter::once("--".to_owned()).chain(argv));
    ["simulate", "sh", "--socket"]
        .map(str::to_owned)
        .into_iter()
        .chain([socket, node.to_string()])
        .chain(words)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn shell(node: &str, argv: &[&str]) -> Program {
        let (node, argv) = (node.parse().unwrap(), words(argv));
        Program::Shell(There { node, argv, at_most: None })
    }

    fn here(launcher: &Launcher, program: &Program) -> Line {
        match launcher.place(program).unwrap() {
            Place::Here(line) => line,
            Place::There(there) => panic!("{there:?}"),
        }
    }

    #[test]
    fn the_simulated_launcher_starts_only_our_own_simulate() {
        let launcher = Launcher::simulated("/opt/jarvis".into(), "/run/sim.sock".into());
        let pvesh = here(&launcher, &Program::Pvesh(words(&["get", "/nodes"])));
        assert_eq!(pvesh.program, Path::new("/opt/jarvis"));
        assert_eq!(
            pvesh.args,
            words(&["simulate", "pvesh", "--socket", "/run/sim.sock", "--", "get", "/nodes"])
        );
        let reboot = here(&launcher.away(), &shell("pve2", &["reboot", "--help"]));
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
        let pvesh = PathBuf::from("/usr/bin/pvesh");
        let launcher =
            Launcher { mode: Mode::Real { pvesh, apart: Apart::Group, node: Some(own) } };
        let sensors = here(&launcher, &shell("pve1", &["sensors", "-j"]));
        assert_eq!((sensors.program, sensors.args), ("sensors".into(), words(&["-j"])));
        let nothing = launcher.place(&shell("pve1", &[]));
        assert!(matches!(nothing, Err(ClusterError::NoProgram { .. })));
        let far = |launcher: &Launcher, node| match launcher.place(&shell(node, &["sensors"])) {
            Ok(Place::There(there)) => there.node.to_string() == node,
            place => panic!("{place:?}"),
        };
        assert!(far(&launcher, "pve2"));
        let launcher = launcher.away();
        assert!(far(&launcher, "pve1") && far(&launcher, "pve2"));
    }

    #[test]
    fn consoles_are_started_where_they_belong() {
        let pve = |name: &str| name.parse::<NodeName>().unwrap();
        let pct = || Some(words(&["/usr/sbin/pct", "enter", "105"]));
        let simulated = Launcher::simulated("/opt/jarvis".into(), "/run/sim.sock".into());
        for (argv, expected) in [
            (None, "simulate sh --socket /run/sim.sock pve2"),
            (pct(), "simulate sh --socket /run/sim.sock pve2 -- /usr/sbin/pct enter 105"),
        ] {
            let Ok(Place::Here(line)) = simulated.console(&pve("pve2"), argv) else { panic!() };
            assert_eq!(line.program, Path::new("/opt/jarvis"));
            assert_eq!(line.args.join(" "), expected);
        }
        assert_eq!(simulated.own_node(), None);
        let pvesh = PathBuf::from("/usr/bin/pvesh");
        let node = Some(pve("pve1"));
        let real = Launcher { mode: Mode::Real { pvesh, apart: Apart::Group, node } };
        for (argv, expected) in [(None, "/bin/bash -l"), (pct(), "/usr/sbin/pct enter 105")] {
            let Ok(Place::Here(line)) = real.console(&pve("pve1"), argv) else { panic!() };
            assert_eq!(format!("{} {}", line.program.display(), line.args.join(" ")), expected);
        }
        for (argv, expected) in [(None, ""), (pct(), "/usr/sbin/pct enter 105")] {
            let Ok(Place::There(there)) = real.console(&pve("pve2"), argv) else { panic!() };
            assert_eq!(there.argv.join(" "), expected);
        }
    }

    #[test]
    fn paths_that_depend_on_the_working_folder_are_refused() {
        let pvesh = Program::Pvesh(Vec::new());
        for launcher in [
            Launcher::real("pvesh".into()),
            Launcher::simulated("jarvis".into(), "/run/sim.sock".into()),
            Launcher::simulated("/opt/jarvis".into(), "sim.sock".into()),
        ] {
            assert!(matches!(launcher.place(&pvesh), Err(ClusterError::RelativePath(_))));
        }
    }
}
