//! The Debian package, installed into a Debian of its own: never on this
//! machine, whose systemd, /run, /proc and /sys it does not see.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// A Debian in a folder, with the package installed.
struct Debian {
    folder: TempDir,
}

/// What a command printed, both ways, and whether it ended well.
#[derive(Debug)]
struct Ran {
    well: bool,
    text: String,
}

impl Debian {
    fn new() -> Self {
        // Once: two that make it at the same time are in each other's way.
        static ROOT: OnceLock<()> = OnceLock::new();
        let package = package();
        ROOT.get_or_init(|| {
            let root = script("debian-root", &[]);
            assert!(root.well, "{}", root.text);
        });
        let folder = tempfile::Builder::new().prefix("jarvis-debian-").tempdir().unwrap();
        let tar = package.with_file_name("bookworm.tar");
        let unpacked =
            Command::new("tar").arg("-C").arg(folder.path()).arg("-xf").arg(tar).status();
        assert!(unpacked.unwrap().success());
        let debian = Self { folder };
        std::fs::copy(package, debian.path("jarvis.deb")).unwrap();
        debian
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    fn install(&self) {
        let installed = self.run("dpkg -i /jarvis.deb");
        assert!(installed.well, "{}", installed.text);
    }

    /// Runs a command in there, with a /proc of its own and no other process.
    fn run(&self, command: &str) -> Ran {
        let inside = format!(
            "mount -t proc proc /proc && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root {command}"
        );
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--pid", "--fork", "--kill-child", "chroot"]);
        unshare.arg(self.folder.path()).args(["/bin/sh", "-c", &inside]);
        ran(&mut unshare)
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    Ran { well: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
}

fn script(name: &str, args: &[&str]) -> Ran {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../script").join(name);
    ran(Command::new(script).args(args).env("CARGO_TARGET_DIR", target()))
}

/// Where everything that is built goes: two folders above the program.
fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_jarvis")).ancestors().nth(2).unwrap().to_owned()
}

/// The package of what this test was built with.
fn package() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let made = script("package", &["--dev"]);
        assert!(made.well, "{}", made.text);
        PathBuf::from(made.text.lines().last().unwrap().trim())
    })
}

#[test]
fn what_is_installed_works_and_touches_nothing_else() {
    let debian = Debian::new();
    debian.install();
    let version = debian.run("jarvis --version");
    assert!(version.well && version.text.contains(env!("CARGO_PKG_VERSION")), "{version:?}");
    let checked = debian.run("jarvis config check");
    assert!(checked.well, "{checked:?}");
    // The program, its skills and the simulator, in there.
    let answer = debian.run("jarvis ask --demo 'how hot is node three?'");
    assert!(answer.well && answer.text.contains("degrees"), "{answer:?}");
    let state = debian.run("ls /var/lib/jarvis");
    assert!(!state.well, "the service was started: {state:?}");
}

#[test]
fn both_ways_to_run_it_are_units_that_systemd_understands() {
    let debian = Debian::new();
    debian.install();
    let unit = "systemd-analyze verify /usr/lib/systemd/system/jarvis.service";
    let verified = debian.run(unit);
    assert!(verified.well && verified.text.is_empty(), "{verified:?}");
    let folder = debian.path("etc/systemd/system/jarvis.service.d");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(
        "/usr/share/jarvis/unprivileged.conf",
        folder.join("unprivileged.conf"),
    )
    .unwrap();
    let verified = debian.run(unit);
    assert!(verified.well && verified.text.is_empty(), "{verified:?}");
    for user in ["jarvis", "jarvis-engine"] {
        let user = debian.run(&format!("id {user}"));
        assert!(user.well, "{user:?}");
    }
    // At most 2.5 of 10: systemd's own measure of what is left open.
    let exposed =
        debian.run("systemd-analyze security --offline=true --threshold=25 jarvis.service");
    assert!(exposed.well, "{exposed:?}");
}

#[test]
fn settings_are_kept_when_a_newer_package_comes_and_go_with_a_purge() {
    let debian = Debian::new();
    debian.install();
    let settings = debian.path("etc/jarvis/jarvis.yaml");
    std::fs::write(&settings, "cluster: {id: mine}\n").unwrap();
    debian.install();
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "cluster: {id: mine}\n");
    std::fs::create_dir_all(debian.path("var/lib/jarvis")).unwrap();
    let removed = debian.run("dpkg -r jarvis");
    assert!(removed.well && settings.exists(), "{removed:?}");
    let purged = debian.run("dpkg -P jarvis");
    assert!(purged.well && !settings.exists(), "{purged:?}");
    assert!(!debian.path("var/lib/jarvis").exists());
}
