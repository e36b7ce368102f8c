//! Installing what waits, one node after the other.
//!
//! There is no API call for it: `apt-get dist-upgrade` is what Proxmox asks
//! for (a plain `upgrade` leaves new kernels out), run on the node itself.

use std::collections::BTreeMap;

use jarvis_skill::{
    Clock, ClusterRead, End, Error, Fate, Item, NodeShell, Operation, Page, Reply, Request, say,
    series, words,
};

use crate::node::{self, Answer, Waiting};
use crate::reboot::{self, Need};
use crate::report;

/// The command, word by word as the grant has it. There is no terminal, so
/// debconf must not ask, and of a changed configuration file the node's own
/// is kept.
pub(crate) const ARGV: [&str; 8] = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-y",
    "-q",
    "-oDpkg::Options::=--force-confdef",
    "-oDpkg::Options::=--force-confold",
    "dist-upgrade",
];

/// Packages whose removal means that the package sources are wrong: a node
/// without them is no Proxmox node any more.
const VITAL: [&str; 4] = ["proxmox-ve", "pve-manager", "qemu-server", "pve-cluster"];

/// How many lines of apt-get's output are shown where it failed or goes on.
const LINES: usize = 8;

/// What was seen of a node after the attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct After {
    /// apt-get was started, so that something may have changed.
    pub(crate) started: bool,
    /// How many of the updates are installed now.
    pub(crate) installed: usize,
    /// Those that should be and are not.
    pub(crate) left: Vec<String>,
    /// None where it was not asked or could not be told.
    pub(crate) need: Option<Need>,
    /// The last that apt-get wrote.
    pub(crate) wrote: Vec<String>,
}

/// The answer to `install` and `install-all`.
pub(crate) fn answer(
    host: &(impl ClusterRead + NodeShell + Clock),
    request: &Request,
    nodes: &[Item],
) -> Result<Reply, Error> {
    let answers = nodes.iter().map(|node| node::ask(host, request, node));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    let mut seen: BTreeMap<String, After> = BTreeMap::new();
    let nodes: BTreeMap<&str, &Item> = nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let fates = series::in_turn(answers, |answer| {
        let Some(node) = nodes.get(answer.node.as_str()) else { return Ok(Fate::NotReached) };
        let (fate, after) = upgrade(host, request, node, answer)?;
        seen.insert(answer.node.clone(), after);
        Ok(fate)
    })?;
    // What would not have been begun in any case is not what was left over.
    let fates = fates.into_iter().map(|(answer, fate)| match (fate, judge(&answer.waiting)) {
        (Fate::NotReached, Err(fate)) => (answer, fate),
        (fate, _) => (answer, fate),
    });
    report::reply(&fates.collect::<Vec<_>>(), &seen)
}

fn upgrade(
    host: &(impl ClusterRead + NodeShell + Clock),
    request: &Request,
    node: &Item,
    answer: &Answer,
) -> Result<(Fate, After), Error> {
    let waiting = match judge(&answer.waiting) {
        Ok(waiting) => waiting,
        Err(fate) => return Ok((fate, After::default())),
    };
    let operation = match host.start_on(&node.id, &ARGV.map(str::to_owned)) {
        Ok(operation) => operation,
        Err(error) => return Ok((Fate::not_started(error)?, After::default())),
    };
    let started = After { started: true, ..After::default() };
    let ended = Fate::from(End::of(&*operation, request, host));
    if request.dry_run {
        // Nothing was installed, so there is nothing to look at.
        return Ok((ended, started));
    }
    let wrote = match &ended {
        Fate::Done { .. } => Vec::new(),
        _ => tail(&*operation),
    };
    if ended == Fate::Running {
        return Ok((ended, After { wrote, ..started }));
    }
    let mut after = match look(host, request, node, waiting)? {
        Ok((installed, left)) => After { installed, left, wrote, ..started },
        Err(why) => {
            let unseen = match ended {
                Fate::Done { .. } => {
                    let id = &node.id;
                    Fate::Unknown(say!(
                        en: "apt-get ended well, but then {id} {why}",
                        de: "apt-get ist gut ausgegangen, aber {id} {why}",
                    ))
                }
                other => other,
            };
            return Ok((unseen, After { wrote, ..started }));
        }
    };
    if after.installed > 0 {
        after.need = reboot::ask(host, &node.id)?.ok();
    }
    let fate = match ended {
        Fate::Done { .. } if after.installed == 0 => Fate::Failed(say!(
            en: "apt-get ended well, but installed nothing",
            de: "apt-get ist gut ausgegangen, hat aber nichts installiert",
        )),
        Fate::Failed(text) => Fate::Failed(plain(&text)),
        other => other,
    };
    Ok((fate, after))
}

/// What to install; else why nothing is to be done, or must be.
fn judge(waiting: &Result<Waiting, String>) -> Result<&Waiting, Fate> {
    let waiting = waiting.as_ref().map_err(|why| Fate::Refused(why.clone()))?;
    let vital: Vec<&String> =
        waiting.removes.iter().filter(|name| VITAL.contains(&name.as_str())).collect();
    if !vital.is_empty() {
        let vital = words::list(&vital);
        return Err(Fate::Refused(say!(
            en: "would lose {vital} by its updates, so its package sources must be put right first",
            de: "würde durch die Updates {vital} verlieren, darum müssen erst die Paketquellen in Ordnung sein",
        )));
    }
    if waiting.packages.is_empty() {
        return Err(Fate::Already(say!(
            en: "is up to date",
            de: "ist auf dem neuesten Stand",
        )));
    }
    if waiting.installable().next().is_none() {
        let why = say!(
            en: "has only updates that apt-get keeps back",
            de: "hat nur Updates, die apt-get zurückhält",
        );
        return Err(Fate::Already(why));
    }
    Ok(waiting)
}

/// How much is installed now of what waited, and what is not; or why nobody can
/// tell.
fn look(
    host: &(impl ClusterRead + NodeShell + Clock),
    request: &Request,
    node: &Item,
    before: &Waiting,
) -> Result<Result<(usize, Vec<String>), String>, Error> {
    let now = match node::ask(host, request, node)?.waiting {
        Ok(now) => now,
        Err(why) => return Ok(Err(why)),
    };
    let left: Vec<String> = before
        .installable()
        .filter(|was| now.packages.iter().any(|is| is.name == was.name && is.new == was.new))
        .map(|package| package.name.clone())
        .collect();
    let installed = before.installable().count().saturating_sub(left.len());
    Ok(Ok((installed, left)))
}

/// The last lines that apt-get wrote so far; none where they cannot be had.
fn tail(operation: &dyn Operation) -> Vec<String> {
    let mut last: Vec<String> = Vec::new();
    let mut page = Page { cursor: None, limit: Some(1000) };
    // A full upgrade from one release to the next writes some 20,000 lines.
    for _ in 0..50 {
        let Ok(read) = operation.log(&page) else { break };
        let ended = read.lines.is_empty();
        last.extend(read.lines);
        last.drain(..last.len().saturating_sub(LINES));
        match read.next {
            Some(next) if !ended => page.cursor = Some(next),
            _ => break,
        }
    }
    last.iter().map(|line| words::line(line, 200)).collect()
}

/// What apt-get says when it fails, in plain words where they are known.
fn plain(text: &str) -> String {
    let busy = || {
        say!(
            en: "another installation is running there already",
            de: "dort läuft schon eine andere Installation",
        )
    };
    let full = || say!(en: "the node has no space left", de: "auf dem Knoten ist kein Platz mehr");
    let unfetched = || {
        say!(
            en: "packages could not be fetched; refresh the package lists, then try again",
            de: "Pakete ließen sich nicht holen; zuerst die Paketlisten aktualisieren, dann noch einmal",
        )
    };
    for (sign, meaning) in [
        (
            "dpkg was interrupted",
            say!(
                en: "an earlier installation was cut off; run dpkg --configure -a on the node first",
                de: "eine frühere Installation wurde abgebrochen; zuerst auf dem Knoten dpkg --configure -a ausführen",
            ),
        ),
        ("frontend lock", busy()),
        ("Could not get lock", busy()),
        ("No space left", full()),
        ("enough free space", full()),
        ("Unable to fetch", unfetched()),
        ("Failed to fetch", unfetched()),
        (
            "returned an error code",
            say!(
                en: "a package could not be set up",
                de: "ein Paket ließ sich nicht einrichten",
            ),
        ),
    ] {
        if text.contains(sign) {
            return meaning;
        }
    }
    text.to_owned()
}
