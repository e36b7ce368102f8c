//! Keys and settings of the nodes' sshd, in one folder that only its owner
//! may enter. All are made anew at each start.
//!
//! A client finds in it what it needs: `id`, the private key that every node
//! accepts, and `known_hosts`, each node under its name.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use jarvis_domain::NodeName;
use tokio::process::Command;

use crate::error::SimulatorError;

/// How many host keys each node has; a fault goes on to the next.
const HOST_KEYS: u32 = 2;

/// Says whose folder it is.
const MARK: &str = ".jarvis-simulator";

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    folder: PathBuf,
}

impl Keys {
    /// An empty folder in the place of `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self, SimulatorError> {
        let failed = |source| SimulatorError::Listen { path: folder.to_owned(), source };
        // Nothing is emptied that another simulator did not make.
        if folder.exists() {
            let foreign = !folder.join(MARK).is_file()
                && std::fs::read_dir(folder).map_err(failed)?.next().is_some();
            if foreign {
                return Err(failed(std::io::ErrorKind::DirectoryNotEmpty.into()));
            }
            std::fs::remove_dir_all(folder).map_err(failed)?;
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        // A umask may have taken from it, or given nothing to us.
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, private).map_err(failed)?;
        std::fs::write(folder.join(MARK), "").map_err(failed)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The key that clients have.
    pub(super) async fn client(&self) -> Result<(), SimulatorError> {
        make(&self.folder.join("id")).await?;
        let public = self.read("id.pub")?;
        self.write("authorized_keys", &public)
    }

    /// The host keys and settings of `node`, whose shell is `command`. What is
    /// printed of its first key: the algorithm and the key.
    pub(super) async fn node(
        &self,
        node: &NodeName,
        command: &str,
    ) -> Result<String, SimulatorError> {
        for number in 0..HOST_KEYS {
            make(&self.folder.join(format!("{node}.{number}"))).await?;
            for authorized in ["authorized_keys", "nobody"] {
                let settings = self.settings(node, number, authorized, command);
                self.write(&format!("{node}.{number}.{authorized}"), &settings)?;
            }
        }
        let public = self.read(&format!("{node}.0.pub"))?;
        let key: Vec<&str> = public.split_whitespace().take(2).collect();
        Ok(key.join(" "))
    }

    /// The file of known hosts, of nodes and their keys.
    pub(super) fn known(&self, keys: &[(NodeName, String)]) -> Result<(), SimulatorError> {
        let lines: String = keys.iter().map(|(node, key)| format!("{node} {key}\n")).collect();
        self.write("known_hosts", &lines)
    }

    /// The settings of `node` when its host key was changed so many times, and
    /// when it accepts nobody.
    pub(super) fn of(&self, node: &NodeName, changed: u32, refuses: bool) -> PathBuf {
        let authorized = if refuses { "nobody" } else { "authorized_keys" };
        self.folder.join(format!("{node}.{}.{authorized}", changed % HOST_KEYS))
    }

    /// The folder itself, for other files that only its owner may read.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn settings(&self, node: &NodeName, number: u32, authorized: &str, command: &str) -> String {
        let folder = self.folder.display();
        format!(
            "HostKey {folder}/{node}.{number}\nAuthorizedKeysFile {folder}/{authorized}\n\
             PidFile none\nStrictModes no\nUsePAM no\nUseDNS no\nLogLevel ERROR\n\
             AuthenticationMethods publickey\nPermitRootLogin prohibit-password\n\
             DisableForwarding yes\nPermitUserRC no\nPrintMotd no\nPrintLastLog no\n\
             MaxSessions 10\nSetEnv HOME={folder}\nForceCommand {command}\n"
        )
    }

    fn read(&self, name: &str) -> Result<String, SimulatorError> {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).map_err(|source| SimulatorError::Listen { path, source })
    }

    fn write(&self, name: &str, text: &str) -> Result<(), SimulatorError> {
        let path = self.folder.join(name);
        std::fs::write(&path, text).map_err(|source| SimulatorError::Listen { path, source })
    }
}

/// A key pair at `path`, without a passphrase.
async fn make(path: &Path) -> Result<(), SimulatorError> {
    let made = Command::new("/usr/bin/ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "simulated", "-f"])
        .arg(path)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .await;
    match made {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let source = std::io::Error::other(format!("ssh-keygen ended with {status}"));
            Err(SimulatorError::Listen { path: path.to_owned(), source })
        }
        Err(_) => Err(SimulatorError::NoSshd),
    }
}
