//! Starting, stopping and pausing guests, after qemu-server's API2/Qemu.pm;
//! containers alike where pve-container was not read.

use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp, Vmid};

use super::{Answer, Context, Kind as Value, Method, Param, Reply, Verb, may};
use crate::cluster::Cluster;
use crate::guest::{self, Guest, Ha, Kind, Power, Quirk};
use crate::pvesh::{Args, Die};
use crate::worker::{Effect, Job, Step};

const NO_QUORUM: &str = "cluster not ready - no quorum?";
const SECONDS: Value = Value::Integer(0, i64::MAX);
const SKIPLOCK: Param = may("skiplock", Value::Boolean);
const TIMEOUT: Param = may("timeout", SECONDS);

const fn action(
    path: &'static str,
    params: &'static [Param],
    run: fn(&mut Context<'_>, &Args) -> Answer,
) -> Method {
    Method { verb: Verb::Create, path, proxied: true, params, run }
}

pub(crate) static METHODS: &[Method] = &[
    action(
        "/nodes/{node}/{kind}/{vmid}/status/start",
        &[
            SKIPLOCK,
            TIMEOUT,
            may("force-cpu", Value::Text(64)),
            may("machine", Value::Text(40)),
            may("migratedfrom", Value::Node),
            may("stateuri", Value::Text(128)),
        ],
        start,
    ),
    action(
        "/nodes/{node}/{kind}/{vmid}/status/stop",
        &[
            SKIPLOCK,
            TIMEOUT,
            may("keepActive", Value::Boolean),
            may("migratedfrom", Value::Node),
            may("overrule-shutdown", Value::Boolean),
        ],
        stop,
    ),
    action(
        "/nodes/{node}/{kind}/{vmid}/status/shutdown",
        &[SKIPLOCK, TIMEOUT, may("forceStop", Value::Boolean), may("keepActive", Value::Boolean)],
        shutdown,
    ),
    action("/nodes/{node}/{kind}/{vmid}/status/reboot", &[TIMEOUT], reboot),
    action("/nodes/{node}/qemu/{vmid}/status/reset", &[SKIPLOCK], reset),
    action(
        "/nodes/{node}/qemu/{vmid}/status/suspend",
        &[SKIPLOCK, may("todisk", Value::Boolean), may("statestorage", Value::Text(64))],
        suspend,
    ),
    action(
        "/nodes/{node}/qemu/{vmid}/status/resume",
        &[SKIPLOCK, may("nocheck", Value::Boolean)],
        resume,
    ),
    action("/nodes/{node}/lxc/{vmid}/status/suspend", &[], checkpoint),
    action("/nodes/{node}/lxc/{vmid}/status/resume", &[], restore),
];

/// The guest an action is for, found again when its worker comes to it.
#[derive(Debug, Clone)]
struct Subject {
    node: NodeName,
    kind: Kind,
    vmid: Vmid,
    skiplock: bool,
}

impl Subject {
    fn of(context: &Context<'_>, args: &Args) -> Result<Self, Die> {
        let (node, kind, vmid) = context.subject(args)?;
        Ok(Self { node, kind, vmid, skiplock: args.flag("skiplock") })
    }

    fn find<'a>(&self, cluster: &'a mut Cluster) -> Result<&'a mut Guest, String> {
        cluster
            .guests
            .get_mut(&self.vmid)
            .filter(|guest| guest.kind == self.kind && guest.node == self.node)
            .ok_or_else(|| guest::missing(&self.node, self.kind, self.vmid))
    }

    /// A step that fails on a guest that is not there or is locked.
    fn unlocked(&self) -> Step {
        let subject = self.clone();
        Step::Do(Box::new(move |cluster, _| {
            let guest = subject.find(cluster)?;
            match guest.locked() {
                Some(locked) if !subject.skiplock => Err(locked),
                _ => Ok(()),
            }
        }))
    }

    fn change(&self, change: fn(&mut Guest, Timestamp)) -> Step {
        let subject = self.clone();
        Step::Do(Box::new(move |cluster, now| {
            change(subject.find(cluster)?, now);
            Ok(())
        }))
    }

    fn job(self, what: &str, steps: Vec<Step>) -> Answer {
        Ok(Reply::Worker(Job {
            kind: format!("{}{what}", self.kind.prefix()),
            id: self.vmid.to_string(),
            guest: Some(self.vmid),
            node: self.node,
            steps,
        }))
    }

    /// What an action on a stopped guest dies with, before there is a task.
    fn must_run(&self, context: &Context<'_>) -> Result<(), Die> {
        match context.cluster.guest(&self.node, self.kind, self.vmid) {
            Some(guest) if guest.power != Power::Stopped => Ok(()),
            Some(_) => Err(Die::new(format!("{} {} not running", self.kind.title(), self.vmid))),
            None => Err(Die::with(2, guest::missing(&self.node, self.kind, self.vmid))),
        }
    }

    /// The job of a guest that HA manages: over as soon as HA has accepted.
    fn by_ha(&self, context: &Context<'_>, start: bool) -> Option<Answer> {
        context.cluster.guest(&self.node, self.kind, self.vmid)?.ha?;
        let word = if start { "start" } else { "stop" };
        let subject = self.clone();
        let request: Effect = Box::new(move |cluster, _| {
            let guest = subject.find(cluster)?;
            guest.ha = Some(match (start, guest.power) {
                (true, Power::Stopped) => Ha::Starting,
                (true, _) => Ha::Started,
                (false, Power::Stopped) => Ha::Stopped,
                (false, _) => Ha::Stopping,
            });
            Ok(())
        });
        let settle: Effect = Box::new(|cluster, now| {
            cluster.settle_ha(now);
            Ok(())
        });
        let says = format!("Requesting HA {word} for {} {}\n", self.kind.title(), self.vmid);
        Some(Ok(Reply::Worker(Job {
            node: self.node.clone(),
            kind: format!("ha{word}"),
            id: self.vmid.to_string(),
            guest: Some(self.vmid),
            steps: vec![
                Step::Say(says),
                Step::Do(request),
                Step::Later(Duration::from_millis(1500), settle),
            ],
        })))
    }
}

fn millis(time: u64) -> Step {
    Step::Wait(Duration::from_millis(time))
}

fn start(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    if !context.cluster.is_quorate() {
        return Err(Die::new(NO_QUORUM));
    }
    if let Some(answer) = subject.by_ha(context, true) {
        return answer;
    }
    let guest = context.cluster.guest(&subject.node, subject.kind, subject.vmid);
    let quirks = guest.map(|guest| guest.quirks.clone()).unwrap_or_default();
    let mut steps = vec![can_start(&subject)];
    steps.extend(quirks.into_iter().map(|quirk| match quirk {
        Quirk::Says(text) => Step::Say(text.to_owned()),
        Quirk::Warns(text) => Step::Warn(text.to_owned()),
        #[cfg(test)]
        Quirk::Fails(text) => Step::Fail(text.to_owned()),
        #[cfg(test)]
        Quirk::Ticks => Step::Tick,
    }));
    steps.push(millis(300));
    // Looked at again: another worker may have been quicker.
    steps.push(can_start(&subject));
    steps.push(subject.change(run));
    subject.job("start", steps)
}

fn can_start(subject: &Subject) -> Step {
    let subject = subject.clone();
    Step::Do(Box::new(move |cluster, _| {
        let guest = subject.find(cluster)?;
        startable(guest, subject.skiplock)
    }))
}

fn startable(guest: &Guest, skiplock: bool) -> Result<(), String> {
    if guest.template {
        let what = if guest.kind == Kind::Qemu { "vm" } else { "CT" };
        return Err(format!("you can't start a {what} if it's a template"));
    }
    match guest.locked() {
        Some(locked) if guest.lock != Some("suspended") && !skiplock => return Err(locked),
        _ => {}
    }
    match guest.power {
        Power::Stopped => Ok(()),
        _ => Err(format!("{} {} already running", guest.kind.title(), guest.vmid)),
    }
}

fn run(guest: &mut Guest, now: Timestamp) {
    guest.power = Power::Running;
    guest.started = now;
    if guest.lock == Some("suspended") {
        guest.lock = None;
    }
}

fn halt(guest: &mut Guest, _: Timestamp) {
    guest.power = Power::Stopped;
}

fn stop(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    if let Some(answer) = subject.by_ha(context, false) {
        return answer;
    }
    let steps = vec![subject.unlocked(), millis(200), subject.change(halt)];
    subject.job("stop", steps)
}

fn shutdown(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    if let Some(answer) = subject.by_ha(context, false) {
        return answer;
    }
    let force = args.flag("forceStop");
    let guest = context.cluster.guest(&subject.node, subject.kind, subject.vmid);
    if guest.is_some_and(|guest| guest.power == Power::Paused) && !force {
        return Err(Die::new("VM is paused - cannot shutdown"));
    }
    let ignores = guest.is_some_and(|guest| guest.deaf && guest.power == Power::Running);
    let mut steps = vec![subject.unlocked()];
    if ignores {
        let patience = args.number("timeout").unwrap_or(60);
        steps.push(Step::Wait(Duration::from_secs(patience)));
        if !force {
            let text = match subject.kind {
                Kind::Qemu => "VM quit/powerdown failed - got timeout".to_owned(),
                Kind::Lxc => format!(
                    "command 'lxc-stop -n {} --nokill --timeout {patience}' failed: exit code 1",
                    subject.vmid
                ),
            };
            steps.push(Step::Fail(text));
        }
    } else {
        steps.push(millis(500));
    }
    steps.push(subject.change(halt));
    subject.job("shutdown", steps)
}

fn reboot(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    subject.must_run(context)?;
    let steps = vec![subject.unlocked(), millis(800), subject.change(run)];
    subject.job("reboot", steps)
}

fn reset(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    subject.must_run(context)?;
    let steps = vec![subject.unlocked(), millis(100), subject.change(run)];
    subject.job("reset", steps)
}

fn suspend(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    subject.must_run(context)?;
    if args.flag("todisk") {
        let steps = vec![
            subject.unlocked(),
            millis(600),
            subject.change(|guest, _| {
                guest.power = Power::Stopped;
                guest.lock = Some("suspended");
            }),
        ];
        return subject.job("suspend", steps);
    }
    let steps = vec![
        subject.unlocked(),
        millis(100),
        subject.change(|guest, _| guest.power = Power::Paused),
    ];
    subject.job("pause", steps)
}

/// A container is not paused but checkpointed to disk and stopped, by CRIU; a
/// node as it is installed has no CRIU, so that the task fails and the
/// container runs on.
fn checkpoint(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    subject.must_run(context)?;
    let steps = vec![subject.unlocked(), millis(100), without_criu(subject.vmid, "-s")];
    subject.job("suspend", steps)
}

/// Restores a checkpoint, which is nowhere made here.
fn restore(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    if context.guest(args)?.power != Power::Stopped {
        return Err(Die::new(format!("CT {} already running", subject.vmid)));
    }
    let steps = vec![millis(100), without_criu(subject.vmid, "-r --foreground")];
    subject.job("resume", steps)
}

fn without_criu(vmid: Vmid, how: &str) -> Step {
    let command = format!("lxc-checkpoint -n {vmid} {how} -D /var/lib/vz/dump");
    Step::Fail(format!("command '{command}' failed: exit code 1"))
}

fn resume(context: &mut Context<'_>, args: &Args) -> Answer {
    let subject = Subject::of(context, args)?;
    let guest = context.cluster.guest(&subject.node, subject.kind, subject.vmid);
    if guest.is_none_or(|guest| guest.lock != Some("suspended")) {
        subject.must_run(context)?;
    }
    let steps = vec![
        millis(100),
        subject.change(|guest, now| {
            if guest.power == Power::Stopped {
                guest.started = now;
            }
            guest.power = Power::Running;
            if guest.lock == Some("suspended") {
                guest.lock = None;
            }
        }),
    ];
    subject.job("resume", steps)
}

/// The steps of a batch: every guest that is listed, or on `node`, or all, is
/// brought to `power`; one that cannot be is a warning.
pub(crate) fn all_to(
    cluster: &Cluster,
    listed: Option<&[Vmid]>,
    node: Option<&NodeName>,
    power: Power,
) -> Vec<Step> {
    let wanted = cluster.guests.values().filter(|guest| {
        listed.is_none_or(|listed| listed.contains(&guest.vmid))
            && node.is_none_or(|node| guest.node == *node)
            && !guest.template
            && (guest.power == Power::Stopped) != (power == Power::Stopped)
    });
    let mut steps = Vec::new();
    for guest in wanted {
        let (title, vmid) = (guest.kind.title(), guest.vmid);
        let word = if power == Power::Running { "Starting" } else { "Stopping" };
        if let Some(locked) = guest.locked() {
            steps.push(Step::Warn(format!("{title} {vmid}: {locked}")));
            continue;
        }
        steps.push(Step::Say(format!("{word} {title} {vmid}\n")));
        steps.push(super::cluster::between());
        steps.push(Step::Do(Box::new(move |cluster, now| {
            if let Some(guest) = cluster.guests.get_mut(&vmid) {
                let change = if power == Power::Running { run } else { halt };
                change(guest, now);
            }
            Ok(())
        })));
    }
    steps
}
