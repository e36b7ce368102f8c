//! A real sshd on the loopback address: one for each connection, which passes
//! through the test, so that it can be cut. Where it has no forced command it
//! is asked for `printf` and `cat` only, save for what a test puts into its folder,
//! which comes first on its `PATH`.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command as Plain, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jarvis_domain::{Clock, SystemClock};
use tokio::net::{TcpListener, UnixStream};
use tokio::process::Command;
use tokio::sync::watch;

use super::settings::tests::settings;
use super::{Ssh, SshAddress, SshSettings};

/// How long a machine that has much else to do may take to connect, or to start a
/// program.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// The server of the node `pve1`.
pub(super) struct Server {
    folder: tempfile::TempDir,
    address: SshAddress,
    connections: Arc<AtomicUsize>,
    cut: watch::Sender<()>,
}

/// What differs between servers.
pub(super) struct Options<'a> {
    /// `ed25519`, or `rsa` as Proxmox has it.
    pub(super) host_key: &'a str,
    /// More of sshd_config(5).
    pub(super) more: String,
}

impl Options<'_> {
    /// One that runs what it is asked.
    pub(super) fn plain() -> Self {
        Self { host_key: "ed25519", more: String::new() }
    }
}

impl Server {
    pub(super) async fn new(options: Options<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        key(&at("host"), options.host_key);
        key(&at("id"), "ed25519");
        std::fs::copy(at("id.pub"), at("authorized_keys")).unwrap();
        let public = std::fs::read_to_string(at("host.pub")).unwrap();
        let public: Vec<&str> = public.split(' ').take(2).collect();
        std::fs::write(at("known_hosts"), format!("pve1 {}\n", public.join(" "))).unwrap();
        let root = folder.path().display();
        let config = format!(
            "HostKey {root}/host\nAuthorizedKeysFile {root}/authorized_keys\nPidFile none\n\
             StrictModes no\nUsePAM no\nLogLevel ERROR\nSetEnv HOME={root} UNITS={root} PATH={root}:/usr/bin:/bin\n{}\n",
            options.more
        );
        std::fs::write(at("config"), config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let (connections, cut) = (Arc::new(AtomicUsize::new(0)), watch::Sender::new(()));
        tokio::spawn(accept(listener, at("config"), Arc::clone(&connections), cut.clone()));
        Self { folder, address, connections, cut }
    }

    /// A file in its folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new pipe in its folder.
    pub(super) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.file(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        path
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Cuts all connections.
    pub(super) fn cut(&self) {
        self.cut.send_replace(());
    }

    /// What a client needs; the host key is known.
    pub(super) fn settings(&self) -> SshSettings {
        let node = "pve1".parse().unwrap();
        SshSettings {
            user: me(),
            key: Some(self.file("id")),
            known_hosts: Some(self.file("known_hosts")),
            connect: PATIENCE,
            long_connect: PATIENCE,
            addresses: [(node, self.address.clone())].into(),
            ..settings()
        }
    }

    /// A client with these settings.
    pub(super) fn client(&self, settings: SshSettings) -> Arc<Ssh> {
        client(settings, &self.file("ssh"), Arc::new(SystemClock))
    }
}

/// Opens a pipe for writing, which takes until somebody reads from it.
pub(super) async fn writer(pipe: PathBuf) -> std::fs::File {
    let (sender, opened) = tokio::sync::oneshot::channel();
    let name = pipe.display().to_string();
    // A thread of its own: a runtime would wait for it when its test fails.
    std::thread::spawn(move || {
        let _ = sender.send(std::fs::OpenOptions::new().write(true).open(pipe).unwrap());
    });
    match tokio::time::timeout(PATIENCE, opened).await {
        Ok(opened) => opened.unwrap(),
        Err(_) => panic!("nobody reads from {name}"),
    }
}

/// A client that keeps its sockets in `folder`.
pub(super) fn client(settings: SshSettings, folder: &Path, clock: Arc<dyn Clock>) -> Arc<Ssh> {
    let ssh = Ssh::new(settings, folder.to_owned(), clock).unwrap();
    Arc::new(ssh.with_pve(&folder.with_file_name("pve")))
}

async fn accept(
    listener: TcpListener,
    config: PathBuf,
    connections: Arc<AtomicUsize>,
    cut: watch::Sender<()>,
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let output = OwnedFd::from(theirs.try_clone().unwrap());
        let child = sshd(&config).stdin(OwnedFd::from(theirs)).stdout(output).spawn().unwrap();
        let mut ours = UnixStream::from_std(ours).unwrap();
        let mut cut = cut.subscribe();
        tokio::spawn(async move {
            let _child = child;
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut stream, &mut ours) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

/// An installed sshd, or the one that `script/setup` unpacks beside the build,
/// with a list of users that has sshd's own.
fn sshd(config: &Path) -> Command {
    let target = std::env::current_exe().unwrap();
    let target = target.ancestors().nth(3).unwrap().join("debian");
    let unpacked = target.join("usr/sbin/sshd");
    let installed = Path::new("/usr/sbin/sshd");
    let program = if installed.is_file() { installed.to_owned() } else { unpacked.clone() };
    assert!(program.is_file(), "there is no sshd: run script/setup");
    let mut command = Command::new(&program);
    command.args(["-i", "-e", "-f"]).arg(config).env_clear();
    command.stderr(Stdio::null()).kill_on_drop(true);
    if program == unpacked {
        let mut folders = std::fs::read_dir(target.join("usr/lib")).unwrap().flatten();
        let libraries = folders.find(|folder| folder.path().join("libwrap.so.0").exists());
        let libraries = libraries.expect("libwrap0 beside the build: run script/setup").path();
        let users = std::fs::read_to_string("/etc/passwd").unwrap();
        let list = config.with_file_name("passwd");
        let nobody = "sshd:x:65533:65533::/nonexistent:/usr/sbin/nologin";
        std::fs::write(&list, format!("{users}{nobody}\n")).unwrap();
        command.env("LD_PRELOAD", libraries.join("libnss_wrapper.so"));
        command.env("LD_LIBRARY_PATH", libraries);
        command.env("NSS_WRAPPER_PASSWD", list).env("NSS_WRAPPER_GROUP", "/etc/group");
    }
    if rustix::process::geteuid().is_root() {
        // An sshd of root's wants it; Debian's own service makes the same.
        let _ = std::fs::create_dir("/run/sshd");
    }
    command
}

fn key(path: &Path, kind: &str) {
    let made = Plain::new("/usr/bin/ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status();
    assert!(made.unwrap().success());
}

/// Who runs this.
fn me() -> String {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let mine = users.lines().find(|line| line.split(':').nth(2) == Some(&uid)).unwrap();
    mine.split(':').next().unwrap().to_owned()
}
