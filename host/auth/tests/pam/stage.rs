//! The real libpam with accounts that are none of this machine's:
//! `libpam-wrapper` and its `pam_matrix`, which `script/setup` unpacks beside
//! the build. Shared by the tests and the bench.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_auth::PamSettings;
use jarvis_domain::Clock;

/// What the program that runs is called with to be the child.
pub(crate) const CHILD: &str = "check-password";
/// The password of every account.
pub(crate) const PASSWORD: &str = "ironman3000";

/// A folder with services and accounts; it goes with this.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    libraries: PathBuf,
}

impl Stage {
    /// None where there is no libpam-wrapper and none can be had.
    ///
    /// # Panics
    /// There is none on a Debian, where `script/setup` unpacks it.
    pub(crate) fn new() -> Option<Self> {
        let Some(libraries) = libraries() else {
            let debian = Path::new("/etc/debian_version").exists();
            assert!(!debian, "libpam-wrapper is not beside the build: run script/setup");
            return None;
        };
        let stage = Self { folder: tempfile::tempdir().unwrap(), libraries };
        let (services, accounts) = (stage.services(), stage.folder.path().join("accounts"));
        std::fs::create_dir(&services).unwrap();
        // "retired" has the right password, and may not use the service.
        let listed = ["tony:jarvis", "retired:other"]
            .map(|one| one.replace(':', &format!(":{PASSWORD}:")))
            .join("\n");
        std::fs::write(&accounts, listed).unwrap();
        let matrix = stage.libraries.join("pam_wrapper/pam_matrix.so");
        let matrix = format!("{} passdb={}", matrix.display(), accounts.display());
        stage.service("jarvis", &matrix);
        stage.service("other", "pam_deny.so");
        stage.service("broken", "/nowhere/pam_missing.so");
        Some(stage)
    }

    fn services(&self) -> PathBuf {
        self.folder.path().join("services")
    }

    /// Makes a service of one module.
    #[allow(dead_code, reason = "not every program that shares this does so")]
    pub(crate) fn service(&self, name: &str, module: &str) {
        let lines = ["auth", "account", "password", "session"]
            .map(|kind| format!("{kind} required {module}\n"));
        std::fs::write(self.services().join(name), lines.concat()).unwrap();
    }

    /// PAM as the child is to find it: the program that runs, in the wrapper.
    pub(crate) fn settings(&self, clock: Arc<dyn Clock>) -> PamSettings {
        let wrapper = self.libraries.join("libpam_wrapper.so");
        let environment = [
            ("LD_PRELOAD", wrapper.display().to_string()),
            ("PAM_WRAPPER", "1".to_owned()),
            ("PAM_WRAPPER_SERVICE_DIR", self.services().display().to_string()),
            ("PAM_WRAPPER_DEBUGLEVEL", "0".to_owned()),
        ];
        PamSettings {
            arguments: vec![CHILD.to_owned()],
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            ..PamSettings::standard(std::env::current_exe().unwrap(), clock)
        }
    }
}

/// Where the libraries are, beside the build or installed.
fn libraries() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let beside = program.ancestors().skip(1).map(|above| above.join("debian")).take(6);
    let roots = beside.chain([PathBuf::from("/")]).map(|root| root.join("usr/lib"));
    let folders = roots.flat_map(|lib| {
        let below = std::fs::read_dir(&lib).into_iter().flatten().flatten();
        below.map(|entry| entry.path()).chain([lib]).collect::<Vec<_>>()
    });
    let mut folders = folders.filter(|folder| folder.join("libpam_wrapper.so").is_file());
    folders.next()
}
