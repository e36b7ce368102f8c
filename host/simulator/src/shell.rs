//! A node's shell. It answers from a table and starts no program, so that
//! whatever it is told, nothing happens outside of the simulator.

mod apt;
mod files;
mod flood;
mod units;

pub(crate) use apt::FETCHED;
pub(crate) use flood::Flood;
pub(crate) use units::Unit;

use crate::engine::Simulator;
use crate::node::Node;
use crate::sensors;
use crate::sink::Sink;
use files::Tree;

/// What a program printed and its exit code.
struct Done {
    out: String,
    err: String,
    code: i32,
}

/// Runs `argv` on `node`; the exit code.
pub(crate) async fn main(simulator: &Simulator, node: &str, argv: &[String], sink: &Sink) -> i32 {
    let done = match reach(simulator, node) {
        Err((patience, text)) => {
            if patience && !simulator.timing().dead_node.is_zero() {
                simulator.clock().sleep(simulator.timing().dead_node).await;
            }
            Done { out: String::new(), err: text, code: 255 }
        }
        Ok(()) => {
            let hop = simulator.timing().hop;
            if !hop.is_zero() {
                simulator.clock().sleep(hop).await;
            }
            if let Some(wanted) = apt::wanted(argv) {
                return apt::run(simulator, node, wanted, sink).await;
            }
            match units::wanted(argv) {
                Some(wanted) => units::run(simulator, node, wanted),
                None => simulator.look(|cluster, now| match cluster.node(node) {
                    Some(node) => {
                        let tree = Tree::of(node, cluster.version, now);
                        run(node, &tree, argv, cluster, now)
                    }
                    None => failed("", 255),
                }),
            }
        }
    };
    let written = sink.out(done.out).and_then(|()| sink.err(done.err));
    if written.is_ok() { done.code } else { 255 }
}

/// Whether ssh gets through; else whether it takes its time to find out, and
/// what it says.
pub(crate) fn reach(simulator: &Simulator, name: &str) -> Result<(), (bool, String)> {
    simulator.look(|cluster, _| match cluster.node(name) {
        Some(node) if node.is_up() => Ok(()),
        Some(node) => {
            Err((true, format!("ssh: connect to host {} port 22: No route to host\n", node.ip)))
        }
        None => Err((
            false,
            format!("ssh: Could not resolve hostname {name}: Name or service not known\n"),
        )),
    })
}

fn printed(out: impl Into<String>) -> Done {
    Done { out: out.into(), err: String::new(), code: 0 }
}

fn failed(err: impl Into<String>, code: i32) -> Done {
    Done { out: String::new(), err: err.into(), code }
}

fn run(
    node: &Node,
    tree: &Tree,
    argv: &[String],
    cluster: &crate::cluster::Cluster,
    now: jarvis_domain::Timestamp,
) -> Done {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    let Some((program, rest)) = words.split_first() else { return printed("") };
    match (*program, rest) {
        ("sensors", _) if node.without_sensors => not_found(program),
        ("sensors", ["-j", ..]) => {
            let (text, broken) = sensors::json(&sensors::of(node, now));
            let complaint = "ERROR: Can't get value of subfeature temp1_input: Can't read\n";
            Done {
                out: text,
                err: if broken { complaint.to_owned() } else { String::new() },
                code: i32::from(broken),
            }
        }
        ("sensors", []) => {
            let chips = sensors::of(node, now);
            let lines = chips
                .iter()
                .flat_map(|chip| &chip.sensors)
                .filter_map(|sensor| Some(format!("{}: {:+.1}°C\n", sensor.label, sensor.input?)));
            printed(lines.collect::<String>())
        }
        ("cat", files) => each(files, |file| tree.cat(file)),
        ("head" | "tail", ["-n", _, files @ ..]) => each(files, |file| tree.cat(file)),
        ("ls", ["-1" | "--", folders @ ..]) => each(folders, |folder| tree.ls(folder)),
        ("ls", folders) => each(folders, |folder| tree.ls(folder)),
        ("grep", ["-rs", ".", words @ ..])
            if words.first().is_some_and(|w| w.starts_with("--include=")) =>
        {
            printed(tree.grep_named(words))
        }
        ("grep", ["-H" | "-r" | "-rs" | "-s", "." | "", files @ ..]) => printed(tree.grep(files)),
        ("find", words) => match tree.find(words) {
            Ok(text) => printed(text),
            Err(text) => failed(text, 1),
        },
        ("test", ["-e" | "-f" | "-d" | "-r", file]) => {
            Done { out: String::new(), err: String::new(), code: i32::from(!tree.has(file)) }
        }
        // A list of commands, each answered from this table.
        ("sh", ["-c", line]) => match crate::ssh::list(line) {
            Ok(commands) => {
                let mut done = printed("");
                for argv in commands {
                    let Done { out, err, code } = run(node, tree, &argv, cluster, now);
                    done.out.push_str(&out);
                    done.err.push_str(&err);
                    done.code = code;
                }
                done
            }
            Err(error) => failed(format!("sh: 1: {error}\n"), 2),
        },
        ("hostname", _) => printed(format!("{}\n", node.name)),
        ("uname", flags) => printed(uname(node, flags)),
        ("uptime", flags) => printed(uptime(node, flags, now)),
        ("nproc", _) => printed(format!("{}\n", node.hardware.threads)),
        ("whoami", _) => printed("root\n"),
        ("date", _) => printed(format!("{now}\n")),
        ("true" | ":", _) => printed(""),
        ("false", _) => failed("", 1),
        ("echo", words) => printed(format!("{}\n", words.join(" "))),
        ("printf", [format, words @ ..]) => printed(printf(format, words)),
        ("pveversion", _) => {
            let (_, version) = cluster.version.texts();
            printed(format!(
                "pve-manager/{version}/{} (running kernel: {})\n",
                cluster.repoid, node.apt.running
            ))
        }
        ("systemctl", ["is-active", units @ ..]) => {
            printed(units.iter().map(|_| "active\n").collect::<String>())
        }
        ("apt", ["list", "--upgradable" | "-u"]) => apt::upgradable(&node.apt),
        (
            "apt-get",
            ["-s" | "--simulate" | "--dry-run", "dist-upgrade" | "full-upgrade" | "upgrade"]
            | ["dist-upgrade" | "full-upgrade" | "upgrade", "-s" | "--simulate" | "--dry-run"],
        ) => apt::simulated(&node.apt, cluster.version),
        ("apt-get" | "apt", [word, ..]) if !word.starts_with('-') => apt::unknown(word),
        _ => not_found(program),
    }
}

fn not_found(program: &str) -> Done {
    failed(format!("bash: line 1: {program}: command not found\n"), 127)
}

/// Joins what `read` gives for each word; words that begin with `-` are flags.
fn each(words: &[&str], read: impl Fn(&str) -> Result<String, String>) -> Done {
    let mut done = printed("");
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        match read(word) {
            Ok(text) => done.out.push_str(&text),
            Err(text) => {
                done.err.push_str(&text);
                done.code = 1;
            }
        }
    }
    done
}

fn uname(node: &Node, flags: &[&str]) -> String {
    let release = &node.apt.running;
    match flags.first() {
        Some(&"-r") => format!("{release}\n"),
        Some(&"-n") => format!("{}\n", node.name),
        Some(&"-m") => "x86_64\n".to_owned(),
        Some(&"-a") => {
            format!("Linux {} {release} #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n", node.name)
        }
        _ => "Linux\n".to_owned(),
    }
}

fn uptime(node: &Node, flags: &[&str], now: jarvis_domain::Timestamp) -> String {
    let seconds = node.uptime(now);
    match flags.first() {
        Some(&"-s") => format!("{}\n", node.booted),
        Some(&"-p") => format!("up {} days, {} hours\n", seconds / 86_400, seconds / 3600 % 24),
        _ => format!(
            " up {} days, {:2}:{:02},  1 user,  load average: 0.16, 0.10, 0.02\n",
            seconds / 86_400,
            seconds / 3600 % 24,
            seconds / 60 % 60
        ),
    }
}

/// `printf` with `%s`, `%%`, `\n`, `\t` and `\\`; the format is used again
/// while words are left, as the real one does.
fn printf(format: &str, words: &[&str]) -> String {
    let mut text = String::new();
    let mut words = words.iter();
    loop {
        let before = words.len();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            match (c, c == '%' || c == '\\') {
                (_, false) => text.push(c),
                ('%', _) => match chars.next() {
                    Some('s') => text.push_str(words.next().copied().unwrap_or_default()),
                    Some('%') => text.push('%'),
                    Some(other) => text.extend(['%', other]),
                    None => text.push('%'),
                },
                (_, _) => match chars.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(other) => text.push(other),
                    None => text.push('\\'),
                },
            }
        }
        if words.len() == 0 || words.len() == before {
            return text;
        }
    }
}
