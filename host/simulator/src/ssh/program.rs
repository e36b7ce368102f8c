//! The sshd of this machine: an installed one, or the one that `script/setup`
//! unpacks beside the build.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::error::SimulatorError;

/// Where a package installs it.
const INSTALLED: &str = "/usr/sbin/sshd";

/// The user that sshd becomes before anybody has signed in.
const SEPARATED: &str = "sshd";

/// The folder that an sshd of root's wants to be confined to; Debian's
/// `ssh.service` makes the same. It stays empty.
const CONFINED: &str = "/run/sshd";

/// An sshd that can be started.
#[derive(Debug, Clone)]
pub(super) struct Sshd {
    program: PathBuf,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Sshd {
    /// Finds it. `folder` takes the list of users where the system's lacks
    /// sshd's own; `jarvis` is the running program, beside which a build has
    /// its sshd.
    pub(super) fn find(jarvis: &Path, folder: &Path) -> Result<Self, SimulatorError> {
        let unpacked = jarvis.ancestors().skip(1).map(|above| above.join("debian")).take(4);
        let unpacked = unpacked.into_iter().find(|root| root.join("usr/sbin/sshd").is_file());
        let (program, root) = match unpacked {
            Some(root) if !Path::new(INSTALLED).is_file() => {
                (root.join("usr/sbin/sshd"), Some(root))
            }
            _ if Path::new(INSTALLED).is_file() => (PathBuf::from(INSTALLED), None),
            _ => return Err(SimulatorError::NoSshd),
        };
        let mut environment = Vec::new();
        if let Some(libraries) = root.as_deref().and_then(libraries) {
            let wrapper = libraries.join("libnss_wrapper.so");
            environment.push(("LD_LIBRARY_PATH", libraries));
            if wrapper.is_file() && !has_user() {
                environment.push(("LD_PRELOAD", wrapper));
                environment.extend(users(folder)?);
            }
        }
        if rustix::process::geteuid().is_root() {
            confine()?;
        }
        Ok(Self { program, environment })
    }

    /// Starts one for a connection, with these settings. It ends with what it
    /// reads from, and at the latest with the handle.
    pub(super) fn start(
        &self,
        settings: &Path,
        input: impl Into<Stdio>,
        output: impl Into<Stdio>,
    ) -> std::io::Result<Child> {
        Command::new(&self.program)
            .args(["-i", "-e", "-f"])
            .arg(settings)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdin(input)
            .stdout(output)
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

/// The folder of an unpacked package that has its libraries.
fn libraries(root: &Path) -> Option<PathBuf> {
    let folders = std::fs::read_dir(root.join("usr/lib")).ok()?;
    let mut folders = folders.flatten().map(|entry| entry.path());
    folders.find(|folder| folder.join("libwrap.so.0").exists())
}

fn has_user() -> bool {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    users.lines().any(|line| line.split(':').next() == Some(SEPARATED))
}

/// The system's users and sshd's own, in a file that only this sshd reads
/// (nss_wrapper(1)).
fn users(folder: &Path) -> Result<[(&'static str, PathBuf); 2], SimulatorError> {
    let write = |name: &str, system: &str, line: String| {
        let path = folder.join(name);
        let text = std::fs::read_to_string(system).unwrap_or_default();
        std::fs::write(&path, format!("{text}{line}\n"))
            .map(|()| path.clone())
            .map_err(|source| SimulatorError::Listen { path, source })
    };
    let user = format!("{SEPARATED}:x:65533:65533::/nonexistent:/usr/sbin/nologin");
    Ok([
        ("NSS_WRAPPER_PASSWD", write("passwd", "/etc/passwd", user)?),
        ("NSS_WRAPPER_GROUP", write("group", "/etc/group", format!("{SEPARATED}:x:65533:"))?),
    ])
}

fn confine() -> Result<(), SimulatorError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().mode(0o755).create(CONFINED);
    match made {
        Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(SimulatorError::Listen { path: CONFINED.into(), source })
        }
        _ => Ok(()),
    }
}
