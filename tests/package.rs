//! The Debian package, installed into a Debian of its own: never on this
//! machine, whose systemd, /run, /proc and /sys it does not see.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::fs::Permissions;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use support::first_line;
use support::http::Visitor;
use support::lab::Lab;
use tempfile::TempDir;

/// The link by which the service is started with the machine.
const WANTED: &str = "etc/systemd/system/multi-user.target.wants/jarvis.service";

/// A Debian in a folder, with the package installed.
struct Debian {
    folder: TempDir,
}

/// The service, started as its unit has systemd start it. It ends when dropped.
struct Service {
    child: Child,
    /// What it said when it began to serve.
    served: Value,
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
        // Others than root have to get in.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let debian = Self { folder };
        std::fs::copy(package, debian.path("jarvis.deb")).unwrap();
        debian
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    fn install(&self) {
        self.install_from("/jarvis.deb");
    }

    /// Nobody is there to answer what dpkg may ask.
    fn install_from(&self, package: &str) {
        let installed = self.run(&format!("dpkg -i {package}"));
        assert!(installed.well, "{}", installed.text);
    }

    /// Makes the package that was there before, /older.deb: of an older version, with
    /// another program and another PAM service.
    fn make_older(&self) {
        let unpacked = self.run("dpkg-deb -R /jarvis.deb /older");
        assert!(unpacked.well, "{unpacked:?}");
        let control = self.path("older/DEBIAN/control");
        let text = std::fs::read_to_string(&control).unwrap();
        let older = |line: &str| match line.starts_with("Version: ") {
            true => "Version: 0.0.1-1\n".to_owned(),
            false => format!("{line}\n"),
        };
        std::fs::write(control, text.lines().map(older).collect::<String>()).unwrap();
        std::fs::write(self.path("older/usr/bin/jarvis"), "#!/bin/sh\necho older\n").unwrap();
        std::fs::write(self.path("older/etc/pam.d/jarvis"), "auth required pam_deny.so\n").unwrap();
        let packed = self.run("dpkg-deb -Znone -b /older /older.deb");
        assert!(packed.well, "{packed:?}");
    }

    /// From now on maintainer scripts find a systemd that runs, with jarvis in it: one
    /// that writes down what it is told, and does only what concerns files.
    fn pretend_systemd(&self) {
        std::fs::create_dir_all(self.path("run/systemd/system")).unwrap();
        let real = self.path("usr/bin/systemctl.real");
        std::fs::rename(self.path("usr/bin/systemctl"), real).unwrap();
        let systemctl = format!(
            "#!/bin/sh\necho \"$*\" >>/told\ncase \"$*\" in\n\
             --root=*) exec systemctl.real \"$@\" ;;\n\
             *is-enabled*) [ -L /{WANTED} ] && echo enabled || {{ echo disabled; exit 1; }} ;;\n\
             esac\n"
        );
        for (name, text) in
            [("usr/bin/systemctl", &*systemctl), ("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 0\n")]
        {
            std::fs::write(self.path(name), text).unwrap();
            std::fs::set_permissions(self.path(name), Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// What that systemd was told since this was asked last: words and units.
    fn told(&self) -> Vec<String> {
        let told = std::fs::read_to_string(self.path("told")).unwrap_or_default();
        std::fs::write(self.path("told"), "").unwrap();
        told.lines().map(str::to_owned).collect()
    }

    /// Serves as `unprivileged.conf` has it: as a user of its own, in folders that
    /// systemd makes. The shell stays: who becomes somebody else is not told that its
    /// parent has ended.
    fn serve(&self) -> Service {
        let unit = self.path("usr/lib/systemd/system/jarvis.service");
        let unit = std::fs::read_to_string(unit).unwrap();
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let of = |setting: &str| {
            let line = unit.lines().find_map(|line| line.strip_prefix(setting));
            line.unwrap_or_else(|| panic!("no {setting} in {unit}"))
        };
        let (state, run) = (of("StateDirectoryMode="), of("RuntimeDirectoryMode="));
        let inside = format!(
            "sh -ec \"umask {}; own='-o jarvis -g jarvis'; \
             install -d \\$own -m {state} /var/lib/jarvis; install -d \\$own -m {run} /run/jarvis; \
             setpriv --reuid=jarvis --regid=jarvis --init-groups --no-new-privs \
             --inh-caps=-all --bounding-set=-all {start} --json; exit\"",
            of("UMask="),
        );
        let mut command = self.command(&inside);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let served = serde_json::from_str(&first_line(&mut child)).expect("it serves");
        Service { child, served }
    }

    /// The owner and group of a user's files, by its line in passwd(5).
    fn owner(&self, user: &str) -> [u32; 2] {
        let users = std::fs::read_to_string(self.path("etc/passwd")).unwrap();
        let line = users.lines().find(|line| line.split(':').next() == Some(user)).unwrap();
        let fields: Vec<&str> = line.split(':').collect();
        [fields[2], fields[3]].map(|id| id.parse().unwrap())
    }

    /// Runs a command in there, with a /proc of its own and no other process.
    fn run(&self, command: &str) -> Ran {
        ran(&mut self.command(command))
    }

    fn command(&self, command: &str) -> Command {
        let inside = format!(
            "mount -t proc proc /proc && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root {command}"
        );
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--pid", "--fork", "--kill-child", "chroot"]);
        unshare.arg(self.folder.path()).args(["/bin/sh", "-c", &inside]);
        unshare
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What it has started ends with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    // The last line is of what it answers, also where it told more on the way.
    let text = [output.stderr, output.stdout].concat();
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

#[test]
fn a_newer_package_keeps_settings_and_state_and_restarts_what_runs() {
    let debian = Debian::new();
    debian.make_older();
    debian.pretend_systemd();
    debian.install_from("/older.deb");
    let does = |told: &[String], what: &str| {
        told.iter().any(|line| line.contains(what) && line.contains("jarvis.service"))
    };
    let told = debian.told();
    assert!(does(&told, "start"), "{told:#?}");
    let wanted = debian.path(WANTED);
    assert!(wanted.is_symlink(), "a new one is enabled");
    assert_eq!(debian.run("jarvis").text, "older\n");

    // An administrator has settings and a service that is not to start with the machine.
    std::fs::remove_file(&wanted).unwrap();
    let settings = debian.path("etc/jarvis/jarvis.yaml");
    std::fs::write(&settings, "cluster: {id: mine}\n").unwrap();
    let state = debian.path("var/lib/jarvis");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("audit"), "written down").unwrap();
    debian.install();
    let told = debian.told();
    assert!(does(&told, "restart") && !does(&told, "stop"), "{told:#?}");
    assert!(!wanted.is_symlink() && !does(&told, "preset"), "{told:#?}");
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "cluster: {id: mine}\n");
    assert_eq!(std::fs::read_to_string(state.join("audit")).unwrap(), "written down");
    let version = debian.run("jarvis --version");
    assert!(version.text.contains(env!("CARGO_PKG_VERSION")), "{version:?}");
    // What nobody has changed is the newer one, and nothing lies beside either.
    let shipped = include_str!("../config/pam.d/jarvis");
    assert_eq!(std::fs::read_to_string(debian.path("etc/pam.d/jarvis")).unwrap(), shipped);
    for folder in ["etc/jarvis", "etc/pam.d"] {
        let names = std::fs::read_dir(debian.path(folder)).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        let beside = |name: &std::ffi::OsString| name.to_string_lossy().contains("dpkg");
        assert!(!names.iter().any(beside), "{names:?}");
    }
}

#[test]
fn what_is_installed_serves_as_a_user_of_its_own_whose_files_nobody_else_reads() {
    let (debian, lab) = (Debian::new(), Lab::open());
    debian.install();
    for file in debian.run("dpkg -L jarvis").text.lines() {
        let path = debian.path(file.trim_start_matches('/'));
        let found = path.symlink_metadata().unwrap();
        let mode = if found.is_dir() || file == "/usr/bin/jarvis" { 0o755 } else { 0o644 };
        assert_eq!((found.mode() & 0o7777, found.uid(), found.gid()), (mode, 0, 0), "{file}");
    }
    let [_, address, fingerprint] = &lab.doors[0];
    let secret = debian.path("etc/jarvis/read");
    std::fs::copy(lab.demo.root().join("read"), &secret).unwrap();
    let shipped = debian.path("etc/jarvis/jarvis.yaml");
    let text = std::fs::read_to_string(&shipped).unwrap();
    let (_, skills) = text.split_once("# --- Skills").unwrap();
    let (skills, _) = skills.split_once("# --- The host").unwrap();
    let [uid, gid] = debian.owner("jarvis");
    std::os::unix::fs::chown(&secret, Some(uid), Some(gid)).unwrap();
    let settings = format!(
        "cluster:\n  access: api\n  api:\n    endpoints: [\"{address}\"]\n    fingerprint: [\"{fingerprint}\"]\n    \
         read: {{token: jarvis@pve!read, secret: \"file:/etc/jarvis/read\"}}\n\
         server: {{port: 0, roles: {{users: {{root@pam: admin}}}}}}\nlog: {{level: error}}\n# --- Skills{skills}"
    );
    std::fs::write(shipped, settings).unwrap();
    let service = debian.serve();
    let visitor = Visitor::at(service.served["http"].as_str().unwrap());
    visitor.get("/healthz").is(200);
    let wrong = json!({"username": "root@pam", "password": "guessed"});
    visitor.post("/api/auth/login", &wrong).is(401).says("auth-refused");
    let person = visitor.signs_in("root@pam", "simulated");
    let nodes = person.get("/api/nodes").is(200).body;
    assert_eq!(nodes["nodes"].as_array().unwrap().len(), 4, "{nodes}");
    // Its skills, for who is root there, over its socket.
    let heard = debian.run("jarvis ask 'is the media server running'");
    assert!(heard.well && heard.text.contains("mediaserver is running"), "{heard:?}");
    let mut left = vec![debian.path("var/lib/jarvis"), debian.path("run/jarvis")];
    while let Some(path) = left.pop() {
        let found = path.symlink_metadata().unwrap();
        assert_eq!((found.uid(), found.gid()), (uid, gid), "{}", path.display());
        let mode = found.mode() & 0o7777;
        match path.strip_prefix(debian.path("run/jarvis")) {
            Ok(_) if found.file_type().is_socket() => assert_eq!(mode, 0o660),
            Ok(_) => assert_eq!(mode, 0o755, "{}", path.display()),
            Err(_) => assert_eq!(mode & 0o077, 0, "{} has {mode:o}", path.display()),
        }
        if found.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
}
