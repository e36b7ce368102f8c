//! The same over a socket, where a client can go away.

use jarvis_domain::{ManualClock, Timestamp};
use serde_json::Value;
use tokio::io::BufReader;

use super::*;
use crate::fault::Fault;
use crate::wire::{Signal, Typed};

const NOW: Timestamp = Timestamp(1_795_468_823_000);

struct Bench {
    socket: PathBuf,
    simulator: Simulator,
    _folder: tempfile::TempDir,
}

async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("private/sim.sock");
    let clock = Arc::new(ManualClock::at(NOW));
    let simulator = Simulator::new(Cluster::home(NOW), clock, Timing::INSTANT);
    let listener = listen(&socket).await.unwrap();
    let serving = simulator.clone();
    tokio::spawn(async move { accept(&listener, &serving).await });
    Bench { socket, simulator, _folder: folder }
}

async fn say(socket: &Path, argv: &[&str]) -> UnixStream {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    send(&mut stream, &Request::Pvesh(argv)).await.unwrap();
    stream
}

async fn hear(stream: &mut UnixStream) -> (i32, String, String) {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let mut read = BufReader::new(stream);
    loop {
        match receive(&mut read).await.unwrap().unwrap() {
            Frame::Out(text) => stdout.push_str(&text),
            Frame::Err(text) => stderr.push_str(&text),
            Frame::Hide(_) | Frame::Flood(_) => {}
            Frame::Exit(code) => return (code, stdout, stderr),
        }
    }
}

/// Waits until `seen` is so in the cluster.
async fn until(simulator: &Simulator, seen: impl Fn(&Cluster) -> bool) {
    let mut changes = simulator.changes();
    while !simulator.look(|cluster, _| seen(cluster)) {
        changes.changed().await.unwrap();
    }
}

const START: [&str; 4] = ["create", "/nodes/home/qemu/102/status/start", "--output-format", "json"];

#[tokio::test]
async fn a_program_is_run_through_the_socket() {
    let bench = bench().await;
    let mode = std::fs::metadata(&bench.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = std::fs::metadata(bench.socket.parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    let mut stream = say(&bench.socket, &["get", "/version", "--output-format=json"]).await;
    let (code, stdout, stderr) = hear(&mut stream).await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(serde_json::from_str::<Value>(&stdout).is_ok());
}

#[tokio::test]
async fn an_interrupt_reaches_the_worker() {
    let bench = bench().await;
    crate::fault(&bench.socket, Fault::parse(&["worker", "102", "hang"]).unwrap()).await.unwrap();
    let mut stream = say(&bench.socket, &START).await;
    until(&bench.simulator, |cluster| !cluster.tasks.is_empty()).await;
    send(&mut stream, &Signal::Term).await.unwrap();
    let (code, stdout, stderr) = hear(&mut stream).await;
    assert_eq!((code, stderr.as_str()), (0, "received interrupt\n"));
    assert!(stdout.contains("UPID:home:"), "{stdout}");
}

#[tokio::test]
async fn a_killed_client_leaves_a_task_with_unexpected_status() {
    let bench = bench().await;
    let held = |word| Fault::parse(&["worker", "102", word]).unwrap();
    crate::fault(&bench.socket, held("hang")).await.unwrap();
    let stream = say(&bench.socket, &START).await;
    until(&bench.simulator, |cluster| !cluster.tasks.is_empty()).await;
    drop(stream);
    // The server reads the end of the stream before it takes the next call.
    let mut other = say(&bench.socket, &["get", "/version"]).await;
    hear(&mut other).await;
    crate::fault(&bench.socket, held("go")).await.unwrap();
    let over = |cluster: &Cluster| cluster.tasks.iter().all(|task| task.ended.is_some());
    until(&bench.simulator, over).await;
    let result = bench.simulator.look(|cluster, _| cluster.tasks[0].result());
    assert_eq!(result.as_deref(), Some("unexpected status"));
}

#[tokio::test]
async fn faults_are_told_and_refused_through_the_socket() {
    let bench = bench().await;
    let make = |words: &'static [&'static str]| {
        let socket = bench.socket.clone();
        async move { crate::fault(&socket, Fault::parse(words).unwrap()).await }
    };
    assert_eq!(make(&["quorum", "lost"]).await.unwrap(), "the quorum is lost");
    let refused = make(&["node", "ghost", "down"]).await.unwrap_err();
    assert_eq!(refused.to_string(), "the simulated cluster has no node \"ghost\"");
    assert_eq!(make(&["calls"]).await.unwrap(), "");
}

#[tokio::test]
async fn a_socket_is_taken_only_while_somebody_answers() {
    let bench = bench().await;
    assert!(matches!(listen(&bench.socket).await, Err(SimulatorError::Taken { .. })));
    let stale = bench.socket.with_file_name("stale.sock");
    drop(UnixListener::bind(&stale).unwrap());
    assert!(listen(&stale).await.is_ok());
    let nobody = bench.socket.with_file_name("nobody.sock");
    let error = crate::fault(&nobody, Fault::Calls).await.unwrap_err();
    assert!(matches!(error, SimulatorError::Unreachable { .. }));
}

#[tokio::test]
async fn what_is_no_request_ends_only_its_own_connection() {
    let bench = bench().await;
    let mut stream = UnixStream::connect(&bench.socket).await.unwrap();
    send(&mut stream, &"nonsense").await.unwrap();
    let mut read = BufReader::new(&mut stream);
    assert!(receive::<Frame>(&mut read).await.unwrap().is_none());
    let mut other = say(&bench.socket, &["get", "/version"]).await;
    assert_eq!(hear(&mut other).await.0, 0);
}

/// One who talks with a node's shell.
struct Talker {
    read: BufReader<tokio::net::unix::OwnedReadHalf>,
    write: tokio::net::unix::OwnedWriteHalf,
}

impl Talker {
    async fn new(bench: &Bench, argv: &[&str]) -> Self {
        let (read, mut write) = UnixStream::connect(&bench.socket).await.unwrap().into_split();
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        send(&mut write, &Request::Talk { node: "pve2".to_owned(), argv }).await.unwrap();
        Self { read: BufReader::new(read), write }
    }

    async fn say(&mut self, typed: Typed) {
        send(&mut self.write, &typed).await.unwrap();
    }

    async fn line(&mut self, text: &str) {
        self.say(Typed::Line { text: text.to_owned(), columns: 132, rows: 50 }).await;
    }

    /// What is shown up to this.
    async fn hear(&mut self, end: &str) -> String {
        let mut shown = String::new();
        while !shown.ends_with(end) {
            match receive(&mut self.read).await.unwrap().unwrap() {
                Frame::Out(text) | Frame::Err(text) => shown.push_str(&text),
                Frame::Hide(hidden) => shown.push_str(if hidden { "(hidden)" } else { "(shown)" }),
                Frame::Flood(_) => shown.push_str("(flood)"),
                Frame::Exit(code) => shown.push_str(&format!("(exit {code})")),
            }
        }
        shown
    }
}

const PROMPT: &str = "root@pve2:~# ";

#[tokio::test]
async fn a_nodes_shell_is_talked_with() {
    let bench = bench().await;
    let mut talker = Talker::new(&bench, &[]).await;
    talker.hear(PROMPT).await;
    for (line, shown) in [
        ("hostname", "pve2\n"),
        ("stty size", "50 132\n"),
        ("reboot", "bash: line 1: reboot: command not found\n"),
        ("", ""),
    ] {
        talker.line(line).await;
        assert_eq!(talker.hear(PROMPT).await, format!("{shown}{PROMPT}"), "{line}");
    }
    talker.line("yes").await;
    talker.hear("(flood)").await;
    talker.say(Typed::Interrupt).await;
    talker.say(Typed::Flooded).await;
    assert_eq!(talker.hear(PROMPT).await, format!("\n{PROMPT}"));
    talker.line("cat /bench/100M").await;
    talker.hear("(flood)").await;
    talker.line("hostname").await;
    talker.say(Typed::Flooded).await;
    assert_eq!(talker.hear(PROMPT).await, PROMPT);
    assert_eq!(talker.hear(PROMPT).await, format!("pve2\n{PROMPT}"));
    talker.say(Typed::Interrupt).await;
    talker.hear(PROMPT).await;
    talker.say(Typed::End).await;
    assert_eq!(talker.hear("(exit 0)").await, "logout\n(exit 0)");
}

#[tokio::test]
async fn a_guests_console_and_a_node_that_is_off() {
    let bench = bench().await;
    let mut talker = Talker::new(&bench, &["/usr/sbin/pct", "enter", "107"]).await;
    talker.hear("gitea login: ").await;
    talker.line("root").await;
    assert_eq!(talker.hear("Password: ").await, "(hidden)Password: ");
    talker.line("simulated").await;
    let shown = talker.hear("login: ").await;
    assert!(shown.contains("\nLogin incorrect\n"), "{shown}");
    let qm = ["/usr/sbin/qm", "terminal", "105", "-iface", "serial0", "-escape", "0"];
    let mut talker = Talker::new(&bench, &qm).await;
    assert!(talker.hear("(exit 0)").await.contains("is not configured"));
    bench.simulator.fault(&Fault::parse(&["node", "pve2", "down"]).unwrap()).unwrap();
    let mut talker = Talker::new(&bench, &[]).await;
    assert!(talker.hear("(exit 255)").await.contains("No route to host"));
    let mut talker = Talker::new(&bench, &["reboot"]).await;
    talker.hear("(exit 127)").await;
}
