//! How one node is.

use jarvis_skill::{ClusterRead, Error, Inventory, Item, Reply, Request, words};
use serde_json::{Value, json};

use crate::lenient::{at, number, text};
use crate::nodes::{busy, figure, running_on};

/// Percent from which on something is nearly used up.
const NEARLY: u64 = 90;

/// The answer to `node`.
pub(crate) fn answer(
    host: &(impl Inventory + ClusterRead),
    request: &Request,
) -> Result<Reply, Error> {
    let name: String = request.argument("node")?;
    let node = host.find_one("node", &name)?;
    if node.state == "offline" {
        // It would only be waited for in vain.
        let data = json!({ "node": node.id, "state": node.state });
        return Ok(Reply::done(format!("{} is offline.", node.id)).with_data(data));
    }
    let guests = host.find_all("guest", None)?.items;
    let status =
        host.read_json(&format!("/nodes/{}/status", node.id)).map_err(|error| match error {
            Error::Unavailable(why) => {
                Error::Unavailable(format!("{} is online, but does not answer: {why}", node.id))
            }
            Error::Timeout => Error::Unavailable(format!("{} did not answer in time.", node.id)),
            other => other,
        })?;
    if !status.is_object() {
        return Err(Error::refused(format!("{} did not say how it is.", node.id)));
    }
    Ok(Figures::read(&node, &status, running_on(&node, &guests)).reply())
}

/// What is known of the node; what it left out is none.
struct Figures<'a> {
    node: &'a Item,
    /// Percent. From the cluster: `pvesh` itself always says 0.
    cpu: Option<f64>,
    cpus: Option<u64>,
    model: Option<String>,
    /// Of the last minute, five and fifteen minutes, as Linux counts it.
    load: Vec<String>,
    memory: Used,
    swap: Used,
    disk: Used,
    /// Seconds.
    uptime: Option<u64>,
    version: Option<String>,
    kernel: Option<String>,
    guests: Option<usize>,
}

/// Bytes of something that can be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Used {
    used: Option<u64>,
    total: Option<u64>,
}

impl Used {
    fn read(status: &Value, what: &str) -> Self {
        let part = |key| number(at(status, &[what, key]));
        Self { used: part("used"), total: part("total") }
    }

    fn percent(self) -> Option<u64> {
        Some(words::percent(self.used?, self.total.filter(|total| *total > 0)?))
    }

    /// `34 % (10.9 GiB of 32 GiB)`.
    fn shown(self) -> Option<String> {
        let of = format!("{} of {}", words::memory(self.used?), words::memory(self.total?));
        self.percent().map(|percent| format!("{percent} % ({of})"))
    }

    fn data(self) -> Value {
        json!({ "used_bytes": self.used, "total_bytes": self.total })
    }
}

impl<'a> Figures<'a> {
    fn read(node: &'a Item, status: &Value, guests: Option<usize>) -> Self {
        let line = |path: &[&str]| text(status, path).map(|text| words::line(text, 100));
        let load = at(status, &["loadavg"]).as_array();
        let load = load.into_iter().flatten().filter_map(|value| match value {
            Value::String(text) => Some(words::line(text, 10)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        // "pve-manager/9.2.2/b9984c6d90a4bd80"
        let version = line(&["pveversion"])
            .map(|text| text.split('/').nth(1).map_or(text.clone(), str::to_owned));
        Self {
            node,
            cpu: busy(node),
            cpus: number(at(status, &["cpuinfo", "cpus"])).or_else(|| figure(node, "cpus")),
            model: line(&["cpuinfo", "model"]),
            load: load.collect(),
            memory: Used::read(status, "memory"),
            swap: Used::read(status, "swap"),
            disk: Used::read(status, "rootfs"),
            uptime: number(at(status, &["uptime"])),
            version,
            kernel: line(&["current-kernel", "release"]).or_else(|| line(&["kversion"])),
            guests,
        }
    }

    fn reply(&self) -> Reply {
        Reply::done(self.speech()).with_detail(self.table()).with_data(json!({
            "node": self.node.id,
            "state": self.node.state,
            "cpu_percent": self.cpu,
            "cpus": self.cpus,
            "load": self.load,
            "memory": self.memory.data(),
            "swap": self.swap.data(),
            "disk": self.disk.data(),
            "uptime_seconds": self.uptime,
            "version": self.version,
            "kernel": self.kernel,
            "running_guests": self.guests,
        }))
    }

    fn speech(&self) -> String {
        let name = &self.node.id;
        let up = match self.uptime {
            Some(seconds) => format!("{name} has been up for {}", words::duration(seconds)),
            None => format!("{name} is up"),
        };
        let parts: Vec<String> = [
            self.cpu.map(|cpu| format!("its processor is at {cpu:.0} percent")),
            self.memory.percent().map(|percent| format!("its memory at {percent} percent")),
            self.disk.percent().map(|percent| format!("its disk {percent} percent full")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut told = match words::list(&parts) {
            none if none.is_empty() => format!("{up}."),
            parts => format!("{up}; {parts}."),
        };
        let nearly = [("memory", self.memory), ("disk", self.disk)];
        for (what, used) in nearly {
            if used.percent().is_some_and(|percent| percent >= NEARLY) {
                told.push_str(&format!(" The {what} is nearly used up."));
            }
        }
        told
    }

    fn table(&self) -> String {
        let cpu = self.cpu.map(|cpu| match self.cpus {
            Some(cpus) => format!("{cpu:.0} % of {}", words::plural(small(cpus), "thread")),
            None => format!("{cpu:.0} %"),
        });
        let load = (!self.load.is_empty()).then(|| words::cell(&self.load.join(", ")));
        let rows = [
            ("Up for", self.uptime.map(words::duration)),
            ("Processor", cpu),
            ("Load", load),
            ("Memory", self.memory.shown()),
            ("Swap", self.swap.shown()),
            ("System disk", self.disk.shown()),
            ("Guests running", self.guests.map(|count| count.to_string())),
            ("Proxmox VE", self.version.as_deref().map(words::cell)),
            ("Kernel", self.kernel.as_deref().map(words::cell)),
            ("Model", self.model.as_deref().map(words::cell)),
        ];
        let rows: Vec<[String; 2]> =
            rows.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?])).collect();
        words::table([&words::cell(&self.node.id), &words::cell(&self.node.state)], &rows)
    }
}

fn small(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
