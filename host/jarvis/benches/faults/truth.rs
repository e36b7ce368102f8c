//! What really happened, as the simulator itself tells it: how each guest was
//! at each moment, what each task did, and what was sent.

use std::collections::BTreeMap;

use jarvis_domain::{Timestamp, Upid};
use serde_json::Value;

use crate::world::World;

/// How a guest was from a moment on.
#[derive(Debug, Clone)]
pub(crate) struct Portrait {
    pub(crate) at: Timestamp,
    /// The task that made it so.
    pub(crate) by: Option<Upid>,
    /// `running`, `stopped` or `paused`.
    pub(crate) power: String,
    pub(crate) snapshots: Vec<String>,
}

/// A task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) upid: Upid,
    /// None while it runs.
    pub(crate) result: Option<String>,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Of each guest, oldest first; the first is how it was at the start.
    guests: BTreeMap<u32, Vec<Portrait>>,
    pub(crate) tasks: Vec<Task>,
    /// How often `pvesh` was started to write to each path.
    pub(crate) sent: BTreeMap<String, usize>,
}

/// The guests as they are now, by which a truth begins.
pub(crate) async fn beginning(world: &World) -> BTreeMap<u32, Portrait> {
    let lines = told(world, "truth").await;
    let now = lines.iter().filter(|line| line["what"] == "now");
    now.map(|line| (guest(line), portrait(line))).collect()
}

/// Whether no task runs, also none of somebody else.
pub(crate) async fn is_quiet(world: &World) -> bool {
    let lines = told(world, "truth").await;
    lines.iter().all(|line| line["what"] != "task" || !line["ended"].is_null())
}

impl Truth {
    /// What happened since `beginning`.
    pub(crate) async fn of(world: &World, beginning: &BTreeMap<u32, Portrait>) -> Self {
        let mut truth = Self::default();
        for (guest, portrait) in beginning {
            truth.guests.insert(*guest, vec![portrait.clone()]);
        }
        for line in told(world, "truth").await {
            match line["what"].as_str().unwrap() {
                "changed" => truth.guests.entry(guest(&line)).or_default().push(portrait(&line)),
                "task" => truth.tasks.push(Task {
                    upid: line["upid"].as_str().unwrap().parse().unwrap(),
                    result: line["result"].as_str().map(str::to_owned),
                }),
                _ => {}
            }
        }
        for call in told(world, "calls").await {
            if let Some(path) = written(&call) {
                *truth.sent.entry(path).or_default() += 1;
            }
        }
        truth
    }

    /// Whether `guest` was so at some moment between the two.
    pub(crate) fn held(
        &self,
        guest: u32,
        from: Timestamp,
        to: Timestamp,
        is_so: impl Fn(&Portrait) -> bool,
    ) -> bool {
        self.during(guest, from, to).any(is_so)
    }

    /// How `guest` was at `from`, and each change of it up to `to`.
    pub(crate) fn during(
        &self,
        guest: u32,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = &Portrait> {
        let all = self.guests.get(&guest).map(Vec::as_slice).unwrap_or_default();
        let first = all.iter().rposition(|one| one.at <= from).unwrap_or(0);
        all[first..].iter().take_while(move |one| one.at <= to)
    }

    /// What the task `upid` changed.
    pub(crate) fn made_by(&self, upid: &Upid) -> Option<&Portrait> {
        self.guests.values().flatten().find(|one| one.by.as_ref() == Some(upid))
    }

    pub(crate) fn task(&self, upid: &Upid) -> Option<&Task> {
        self.tasks.iter().find(|task| task.upid == *upid)
    }
}

async fn told(world: &World, what: &str) -> Vec<Value> {
    let told = world.fault(&[what]).await;
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn guest(line: &Value) -> u32 {
    line["guest"].as_u64().unwrap().try_into().unwrap()
}

fn portrait(line: &Value) -> Portrait {
    let names = line["snapshots"].as_array().unwrap().iter();
    Portrait {
        at: Timestamp(line["at"].as_u64().unwrap()),
        by: line["by"].as_str().map(|upid| upid.parse().unwrap()),
        power: line["power"].as_str().unwrap().to_owned(),
        snapshots: names.map(|name| name.as_str().unwrap().to_owned()).collect(),
    }
}

/// The path that a start of `pvesh` writes to.
fn written(call: &Value) -> Option<String> {
    let argv = call["argv"].as_array().filter(|_| call["program"] == "pvesh")?;
    argv.iter().any(|word| word == "create").then_some(())?;
    let path = argv.iter().filter_map(Value::as_str).find(|word| word.starts_with("/nodes/"));
    path.map(str::to_owned)
}
