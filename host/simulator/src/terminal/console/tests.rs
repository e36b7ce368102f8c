use jarvis_domain::Timestamp;

use super::*;
use crate::cluster::Cluster;

const NOW: Timestamp = Timestamp(1_795_468_823_000);

fn node(start: Start) -> (Console, Vec<Act>) {
    Console::of(&Behind::Node("home".parse().unwrap(), start), &Cluster::home(NOW))
}

fn guest(vmid: u32, serial: Option<&str>) -> (Console, Vec<Act>) {
    let vmid = vmid.try_into().unwrap();
    Console::of(&Behind::Guest(vmid, serial.map(str::to_owned)), &Cluster::home(NOW))
}

fn say(text: &str) -> Act {
    Act::Say(text.to_owned())
}

fn run(words: &[&str]) -> Act {
    Act::Run(words.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn a_shell_runs_lines_and_ends_with_exit() {
    const PROMPT: &str = "root@home:~# ";
    let (mut shell, begun) = node(Start::Root);
    let [Act::Say(text)] = begun.as_slice() else { panic!("{begun:?}") };
    assert!(text.starts_with("Linux home ") && text.ends_with(PROMPT), "{text}");
    let mut check = |line: &str, expected: &[Act]| assert_eq!(shell.line(line), expected, "{line}");
    check("", &[say(PROMPT)]);
    check("uname -r; nproc", &[run(&["uname", "-r"]), run(&["nproc"]), say(PROMPT)]);
    check("echo 'a b'", &[run(&["echo", "a b"]), say(PROMPT)]);
    let refused = say("-bash: syntax error near unexpected token `|'\nroot@home:~# ");
    check("a | b", &[refused]);
    check("nproc; exit; date", &[run(&["nproc"]), say("logout\n"), Act::Finish]);
    check("date", &[Act::Finish]);
    let (mut shell, _) = node(Start::Root);
    assert_eq!(shell.interrupt(), [say(PROMPT)]);
    assert_eq!(shell.end(), [say("logout\n"), Act::Finish]);
}

#[test]
fn a_node_lets_root_in_and_nobody_else() {
    let (mut login, begun) = node(Start::Login);
    assert_eq!(begun, [say("home login: ")]);
    assert_eq!(login.line(" "), [say("home login: ")]);
    let tries = [("alice", PASSWORD), ("root", "wrong"), ("root", "")];
    for (name, password) in tries {
        assert_eq!(login.line(name), [say("Password: ")]);
        assert!(login.hides());
        assert_eq!(login.line(password), [say("\nLogin incorrect\nhome login: ")]);
        assert!(!login.hides());
    }
    login.line("root");
    assert_eq!(login.interrupt(), [say("home login: ")]);
    login.line("root");
    let acts = login.line(PASSWORD);
    let [Act::Say(text)] = acts.as_slice() else { panic!("{acts:?}") };
    assert!(text.ends_with("root@home:~# "), "{text}");
    let (mut login, _) = node(Start::Login);
    let mut last = Vec::new();
    for _ in 0..TRIES {
        login.line("root");
        last = login.line("no");
    }
    assert_eq!(last.last(), Some(&Act::Finish));
    assert_eq!(node(Start::Login).0.end(), [Act::Finish]);
}

#[test]
fn an_upgrade_asks_first_and_leaves_a_shell() {
    let upgrade = run(&["apt-get", "-y", "dist-upgrade"]);
    let shell = say("\nstarting shell\nroot@home:~# ");
    for (line, act) in [("", &upgrade), ("y", &upgrade), ("Yes", &upgrade), ("n", &say("Abort.\n"))]
    {
        let (mut console, _) = node(Start::Upgrade);
        assert_eq!(console.line(line), [act.clone(), shell.clone()], "{line}");
        assert_eq!(console.line("exit").last(), Some(&Act::Finish));
    }
    assert_eq!(node(Start::Ceph).1, [run(&["/usr/bin/pveceph", "install"]), Act::Finish]);
}

#[test]
fn a_guests_console_asks_for_ever_or_says_why_there_is_none() {
    let failed = |vmid, serial, why: &str| {
        assert_eq!(guest(vmid, serial).1, [say(&format!("{why}\n")), Act::Finish], "{vmid}");
    };
    failed(101, Some(""), "unable to find a serial interface");
    failed(101, Some("serial0"), "serial interface 'serial0' is not configured");
    failed(103, Some("serial1"), "serial interface 'serial1' is not configured");
    failed(102, Some(""), "VM 102 not running");
    let (mut vm, begun) = guest(103, Some("serial0"));
    let [Act::Say(text)] = begun.as_slice() else { panic!("{begun:?}") };
    assert!(text.starts_with("starting serial terminal on interface serial0\n"), "{text}");
    assert!(text.ends_with("Debian GNU/Linux 13 database ttyS0\n\ndatabase login: "), "{text}");
    assert_eq!(vm.end().len(), 1);
    let (mut container, begun) = guest(104, None);
    assert_eq!(begun, [say("\nDebian GNU/Linux 13 pihole tty1\n\npihole login: ")]);
    for _ in 0..2 * TRIES {
        container.line("root");
        assert_eq!(container.line(PASSWORD), [say("\nLogin incorrect\npihole login: ")]);
    }
}
