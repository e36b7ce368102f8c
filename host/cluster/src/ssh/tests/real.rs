//! Against a real sshd.

use std::io::Write;

use jarvis_domain::{ManualClock, Timestamp};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::super::testing::{Options, PATIENCE, Server, client, writer};
use super::*;
use crate::launch::{Output, Starter};

const MUCH: usize = 1 << 20;

fn asks(argv: &[&str]) -> There {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    There { argv, ..there("pve1") }
}

/// Words that a shell would make something else of.
const WORDS: [&str; 22] = [
    "plain",
    "",
    "a b",
    "it's",
    "'",
    "''",
    "\"",
    "$(printf x)",
    "`printf x`",
    "; printf x",
    "&",
    "|",
    ">x",
    "*",
    "~",
    "\\",
    "a\nb",
    "\ttab",
    "-n",
    "!!",
    "Größe 🌡",
    "#{a,b}\r",
];

#[tokio::test]
async fn every_word_arrives_as_it_is() {
    let server = Server::new(Options::plain()).await;
    let ssh = server.client(server.settings());
    let argv: Vec<&str> = ["printf", r"%s\0"].into_iter().chain(WORDS).collect();
    let captured = ssh.capture(&asks(&argv), MUCH, Overflow::Fail).await.unwrap();
    let text = String::from_utf8(captured.stdout).unwrap();
    let words: Vec<&str> = text.strip_suffix('\0').unwrap().split('\0').collect();
    assert_eq!((words, captured.status), (WORDS.to_vec(), 0));
}

#[tokio::test]
async fn statuses_and_long_output_are_told() {
    let server = Server::new(Options::plain()).await;
    let ssh = server.client(server.settings());
    std::fs::write(server.file("long"), vec![b'x'; 3 * MUCH]).unwrap();
    let long = server.file("long");
    let cat = asks(&["cat", long.to_str().unwrap()]);
    let cut = ssh.capture(&cat, MUCH, Overflow::Cut).await.unwrap();
    assert_eq!((cut.stdout.len(), cut.truncated, cut.status), (MUCH, true, 0));
    let error = ssh.capture(&cat, MUCH, Overflow::Fail).await.unwrap_err();
    assert_eq!(error.row().code, "cluster-answer-too-long");
    let nothing = ssh.capture(&asks(&["cat", "/nowhere"]), MUCH, Overflow::Fail).await.unwrap();
    assert_eq!(nothing.status, 1);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("/nowhere"));
    let missing = ssh.capture(&asks(&["/nowhere/cat"]), MUCH, Overflow::Fail).await.unwrap();
    assert_eq!((missing.status, server.connections()), (127, 1));
}

#[tokio::test]
async fn proxmox_own_files_with_their_rsa_keys_will_do() {
    let options = Options { host_key: "rsa", ..Options::plain() };
    let server = Server::new(options).await;
    let theirs = server.file("pve/pve1/ssh_known_hosts");
    std::fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    std::fs::rename(server.file("known_hosts"), theirs).unwrap();
    let ssh = server.client(SshSettings { known_hosts: None, ..server.settings() });
    let captured = ssh.capture(&asks(&["printf", "x"]), MUCH, Overflow::Fail).await.unwrap();
    assert_eq!(captured.stdout, b"x");
}

#[tokio::test]
async fn a_dead_connection_is_opened_again_without_an_error() {
    let server = Server::new(Options::plain()).await;
    let ssh = server.client(server.settings());
    let printf = asks(&["printf", "x"]);
    for died in 1..4 {
        ssh.capture(&printf, MUCH, Overflow::Fail).await.unwrap();
        assert_eq!(server.connections(), died);
        if died == 1 {
            server.cut();
        } else {
            // The ssh of ours.
            let socket = ssh.control(&"pve1".parse().unwrap());
            let peer = tokio::net::UnixStream::connect(socket).await.unwrap().peer_cred().unwrap();
            let pid = rustix::process::Pid::from_raw(peer.pid().unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
    }
}

#[tokio::test]
async fn what_a_killed_host_left_is_taken_away() {
    let server = Server::new(Options::plain()).await;
    let printf = asks(&["printf", "x"]);
    let left = server.client(server.settings());
    left.capture(&printf, MUCH, Overflow::Fail).await.unwrap();
    // Its connection still listens where that of the next has to.
    let next = server.client(server.settings());
    next.capture(&printf, MUCH, Overflow::Fail).await.unwrap();
    assert_eq!(server.connections(), 2);
}

/// Programs that run until they are told to end.
#[derive(Default)]
struct Running {
    ends: JoinSet<Result<Captured, ClusterError>>,
    writers: JoinSet<std::fs::File>,
}

impl Running {
    fn start(&mut self, ssh: &Arc<Ssh>, pipe: PathBuf) {
        self.writers.spawn(writer(pipe.clone()));
        let ssh = Arc::clone(ssh);
        self.ends.spawn(async move {
            ssh.capture(&asks(&["cat", pipe.to_str().unwrap()]), MUCH, Overflow::Fail).await
        });
    }

    /// The next that begins; dropping what this gives ends it.
    async fn begun(&mut self) -> std::fs::File {
        tokio::select! {
            Some(writer) = self.writers.join_next() => writer.unwrap(),
            Some(ended) = self.ends.join_next() => panic!("it did not run: {ended:?}"),
        }
    }

    /// The next that ends.
    async fn ended(&mut self) {
        self.ends.join_next().await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn nine_programs_at_once_use_eight_channels() {
    let server = Server::new(Options::plain()).await;
    let ssh = server.client(server.settings());
    let mut running = Running::default();
    for number in 0..=node::CHANNELS {
        running.start(&ssh, server.pipe(&format!("pipe{number}")));
    }
    let mut held = Vec::new();
    for _ in 0..node::CHANNELS {
        held.push(running.begun().await);
    }
    let node = ssh.node(&"pve1".parse().unwrap()).await.unwrap();
    assert_eq!((node.free(), running.writers.len()), (0, 1));
    // One ends, and the ninth begins.
    held.pop();
    running.ended().await;
    held.push(running.begun().await);
    assert_eq!(node.free(), 0);
    drop(held);
    for _ in 0..node::CHANNELS {
        running.ended().await;
    }
    assert_eq!((server.connections(), node.free()), (1, node::CHANNELS));
}

#[tokio::test]
async fn a_node_that_takes_no_more_programs_is_told_from_one_that_is_gone() {
    let server =
        Server::new(Options { more: "MaxSessions 1".to_owned(), ..Options::plain() }).await;
    let ssh = server.client(server.settings());
    let mut running = Running::default();
    running.start(&ssh, server.pipe("pipe"));
    let held = running.begun().await;
    let error = ssh.capture(&asks(&["printf", "x"]), MUCH, Overflow::Fail).await.unwrap_err();
    assert_eq!(error.row().code, "cluster-ssh-too-many");
    drop(held);
    running.ended().await;
}

#[tokio::test]
async fn a_silent_node_costs_the_connect_time_once_for_all_who_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SshAddress = listener.local_addr().unwrap().to_string().parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let known_hosts = Some(folder.path().join("known_hosts"));
    let addresses = [("pve1".parse().unwrap(), address)].into();
    // Longer than `ssh` itself takes to be started and to connect.
    let connect = PATIENCE;
    let settings = SshSettings { key: None, known_hosts, connect, addresses, ..settings() };
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_468_775_000)));
    let ssh = client(settings, &folder.path().join("ssh"), Arc::clone(&clock) as Arc<dyn Clock>);
    let asks = |ssh: &Arc<Ssh>| {
        let ssh = Arc::clone(ssh);
        tokio::spawn(async move { ssh.capture(&there("pve1"), MUCH, Overflow::Fail).await })
    };
    let all = [asks(&ssh), asks(&ssh), asks(&ssh)];
    // It takes the connection, and says nothing.
    let _taken = listener.accept().await.unwrap();
    clock.advance(PATIENCE);
    for asked in all {
        assert_eq!(asked.await.unwrap().unwrap_err().row().code, "cluster-ssh-timeout");
    }
}

#[tokio::test]
async fn a_forced_command_gives_temperatures_whatever_is_asked() {
    let report = r#"{"coretemp-isa-0000":{"Package id 0":{"temp1_input":45.0}}}"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    std::fs::write(&file, report).unwrap();
    let more = format!("ForceCommand cat {}", file.display());
    let server = Server::new(Options { more, ..Options::plain() }).await;
    let ssh = server.client(server.settings());
    for argv in [&["sh", "-c", "sensors -j"][..], &["true"]] {
        let captured = ssh.capture(&asks(argv), MUCH, Overflow::Cut).await.unwrap();
        let (source, readings) = crate::sensors::found(&captured.stdout).unwrap();
        assert_eq!((source, readings[0].celsius), ("lm-sensors", 45.0));
    }
}

#[tokio::test]
async fn without_systemd_a_write_has_a_connection_of_its_own_and_outlives_ours() {
    let server = Server::new(Options::plain()).await;
    let ssh = server.client(server.settings());
    let launcher = crate::Launcher::real("/nowhere/pvesh".into()).away();
    let starter = Starter { launcher, ssh: Some(Arc::clone(&ssh)) };
    let pipe = server.pipe("pipe");
    let program = crate::launcher::Program::Shell(asks(&["cat", pipe.to_str().unwrap()]));
    let output = Output { out: server.file("out"), err: server.file("err") };
    let started = crate::launch::Launch::detach(&starter, &program, &output).await.unwrap();
    let mut held = writer(pipe).await;
    assert_eq!(server.connections(), 2);
    // The connection that is kept goes with its client.
    drop((starter, ssh));
    held.write_all("Größe".as_bytes()).unwrap();
    drop(held);
    assert_eq!(started.exit.await, Ok(0));
    assert_eq!(std::fs::read_to_string(&output.out).unwrap(), "Größe");
}
