//! `apt-get` and `apt` on a node: what would be installed, and an upgrade that
//! works through it package by package under dpkg's lock.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Done, failed, printed};
use crate::apt::{Apt, AptTrouble, Package};
use crate::cluster::Version;
use crate::engine::Simulator;
use crate::node::Node;
use crate::sink::{Gone, Sink};

/// How long one package usually takes.
const PACKAGE: Duration = Duration::from_secs(1);
/// The pid of the process that the fault `locked` stands for.
const HOLDER: u32 = 4711;

const READING: &str =
    "Reading package lists...\nBuilding dependency tree...\nReading state information...\n";

/// What is asked of `apt-get`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Refresh,
    /// `sure`: it was told not to ask.
    Upgrade {
        sure: bool,
    },
}

/// Why an upgrade ends before its end.
enum Stop {
    /// Nobody reads any more.
    Gone,
    /// The node has lost its power.
    Down,
    /// `apt-get` says this on standard error and ends with 100.
    Failed(String),
}

/// Dpkg's lock, let go of however the process ends.
struct Lock<'a> {
    simulator: &'a Simulator,
    node: &'a str,
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.simulator.with(|cluster, _| {
            if let Some(node) = cluster.node_mut(self.node) {
                node.apt.lock = None;
            }
        });
    }
}

impl From<Gone> for Stop {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

/// Reads the argv of a command that changes packages; none for any other.
pub(super) fn wanted(argv: &[String]) -> Option<Wanted> {
    let words = argv.iter().map(String::as_str);
    let is_setting = |word: &&str| word.contains('=') && !word.starts_with('-');
    let mut words = words.skip_while(|word| *word == "env" || is_setting(word));
    if !matches!(words.next()?, "apt-get" | "apt") {
        return None;
    }
    let (flags, commands): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('-'));
    let has = |wanted: &[&str]| flags.iter().any(|flag| wanted.contains(flag));
    if has(&["-s", "--simulate", "--dry-run"]) {
        return None;
    }
    match commands.as_slice() {
        ["update"] => Some(Wanted::Refresh),
        ["dist-upgrade" | "full-upgrade" | "upgrade"] => {
            Some(Wanted::Upgrade { sure: has(&["-y", "--yes", "--assume-yes"]) })
        }
        _ => None,
    }
}

/// Does it on the node of this name, which is up; the exit code.
pub(super) async fn run(simulator: &Simulator, node: &str, wanted: Wanted, sink: &Sink) -> i32 {
    let done = match wanted {
        Wanted::Refresh => refresh(simulator, node, sink),
        Wanted::Upgrade { sure: false } => {
            match sink.out("Do you want to continue? [Y/n] Abort.\n") {
                Ok(()) => return 1,
                Err(Gone) => Err(Stop::Gone),
            }
        }
        Wanted::Upgrade { sure: true } => upgrade(simulator, node, sink).await,
    };
    let (text, code) = match done {
        Ok(()) => return 0,
        Err(Stop::Gone) => return 255,
        Err(Stop::Down) => (format!("client_loop: send disconnect: Broken pipe ({node})\n"), 255),
        Err(Stop::Failed(text)) => (text, 100),
    };
    if sink.err(text).is_ok() { code } else { 255 }
}

fn refresh(simulator: &Simulator, node: &str, sink: &Sink) -> Result<(), Stop> {
    let _lock = take(simulator, node)?;
    simulator.with(|cluster, _| {
        if let Some(node) = cluster.node_mut(node) {
            node.apt.refresh();
        }
    });
    sink.out(format!("{FETCHED}{READING}"))?;
    Ok(())
}

/// What fetching the lists prints.
pub(crate) const FETCHED: &str = "\
Hit:1 http://deb.debian.org/debian stable InRelease
Get:2 http://security.debian.org stable-security InRelease [43.4 kB]
Hit:3 http://download.proxmox.com/debian/pve stable InRelease
Fetched 43.4 kB in 1s (52.1 kB/s)
";

async fn upgrade(simulator: &Simulator, node: &str, sink: &Sink) -> Result<(), Stop> {
    let lock = take(simulator, node)?;
    let pending =
        simulator.look(|cluster, _| apt(cluster.node(node)).map(|apt| apt.pending.clone()));
    let pending = pending.unwrap_or_default();
    sink.out(format!("{READING}Calculating upgrade...\n{}", summary(&pending)))?;
    let last = pending.len().saturating_sub(1);
    for (index, package) in pending.iter().enumerate() {
        let Package { name, old, new, .. } = package;
        sink.out(format!("Preparing to unpack .../{index}-{name}_{new}_amd64.deb ...\n"))?;
        let over = old.as_ref().map(|old| format!(" over ({old})")).unwrap_or_default();
        sink.out(format!("Unpacking {name} ({new}){over} ...\n"))?;
        work(simulator, node).await?;
        sink.out(format!("Setting up {name} ({new}) ...\n"))?;
        let trouble =
            simulator.look(|cluster, _| apt(cluster.node(node)).and_then(|apt| apt.trouble));
        if index == last && trouble == Some(AptTrouble::Broken) {
            return Err(Stop::Failed(broken(name)));
        }
        simulator.with(|cluster, _| {
            if let Some(node) = cluster.node_mut(node) {
                node.apt.install(package);
            }
        });
    }
    drop(lock);
    Ok(())
}

fn apt(node: Option<&Node>) -> Option<&Apt> {
    node.map(|node| &node.apt)
}

/// Takes dpkg's lock, or fails as apt-get does, which does not wait for it.
fn take<'a>(simulator: &'a Simulator, node: &'a str) -> Result<Lock<'a>, Stop> {
    simulator.with(|cluster, _| {
        cluster.next_pid = cluster.next_pid.wrapping_add(9) & 0x003f_ffff;
        let pid = cluster.next_pid;
        let Some(node) = cluster.node_mut(node) else { return Err(Stop::Down) };
        let held = (node.apt.trouble == Some(AptTrouble::Locked)).then_some(HOLDER);
        match held.or(node.apt.lock) {
            Some(holder) => Err(Stop::Failed(locked(holder))),
            None => {
                node.apt.lock = Some(pid);
                Ok(())
            }
        }
    })?;
    Ok(Lock { simulator, node })
}

/// Works on one package, for as long as the fault `hang` holds.
async fn work(simulator: &Simulator, node: &str) -> Result<(), Stop> {
    let time = simulator.timing().work(PACKAGE);
    if !time.is_zero() {
        simulator.clock().sleep(time).await;
    }
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let (up, hangs) = simulator.look(|cluster, _| {
            cluster.node(node).map_or((false, false), |node| {
                (node.is_up(), node.apt.trouble == Some(AptTrouble::Hang))
            })
        });
        if !up {
            return Err(Stop::Down);
        }
        if !hangs || changes.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// What is told before the first package.
fn summary(pending: &[Package]) -> String {
    let list = |title: &str, of: &dyn Fn(&&Package) -> bool| {
        let names: Vec<&str> = pending.iter().filter(of).map(|p| p.name.as_str()).collect();
        if names.is_empty() { String::new() } else { format!("{title}\n  {}\n", names.join(" ")) }
    };
    let is_new = |package: &&Package| package.old.is_none();
    let new = pending.iter().filter(is_new).count();
    format!(
        "{}{}{} upgraded, {new} newly installed, 0 to remove and 0 not upgraded.\n",
        list("The following NEW packages will be installed:", &is_new),
        list("The following packages will be upgraded:", &|package| !is_new(package)),
        pending.len() - new,
    )
}

/// `apt-get -s dist-upgrade`.
pub(super) fn simulated(apt: &Apt, version: Version) -> Done {
    let mut text = format!(
        "NOTE: This is only a simulation!\n{READING}Calculating upgrade...\n{}",
        summary(&apt.pending)
    );
    for step in ["Inst", "Conf"] {
        for Package { name, old, new, from, .. } in &apt.pending {
            let old = match old {
                Some(old) if step == "Inst" => format!(" [{old}]"),
                _ => String::new(),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{step} {name}{old} ({new} {} [amd64])", from.label(version));
        }
    }
    printed(text)
}

/// `apt list --upgradable`.
pub(super) fn upgradable(apt: &Apt) -> Done {
    let lines = apt.pending.iter().filter_map(|Package { name, old, new, from, .. }| {
        let old = old.as_ref()?;
        Some(format!("{name}/{} {new} amd64 [upgradable from: {old}]\n", from.suite()))
    });
    let warning =
        "\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n";
    Done {
        err: warning.to_owned(),
        ..printed(format!("Listing...\n{}", lines.collect::<String>()))
    }
}

/// What apt-get says to options and commands that this simulator lacks.
pub(super) fn unknown(word: &str) -> Done {
    failed(format!("E: Invalid operation {word}\n"), 100)
}

fn locked(pid: u32) -> String {
    let holder = if pid == HOLDER { "unattended-upgr" } else { "apt-get" };
    format!(
        "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process {pid} ({holder})\nN: Be aware that removing the lock file is not a solution and may break your system.\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n"
    )
}

fn broken(name: &str) -> String {
    format!(
        "dpkg: error processing package {name} (--configure):\n installed {name} package post-installation script subprocess returned error exit status 1\nErrors were encountered while processing:\n {name}\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n"
    )
}

#[cfg(test)]
mod tests;
