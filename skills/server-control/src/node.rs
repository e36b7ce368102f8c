//! How one node is.

use jarvis_skill::{ClusterRead, Error, Inventory, Item, Reply, Request, say, words};
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
        let id = &node.id;
        let data = json!({ "node": node.id, "state": node.state });
        return Ok(
            Reply::done(say!(en: "{id} is offline.", de: "{id} ist offline.")).with_data(data)
        );
    }
    let guests = host.find_all("guest", None)?.items;
    let status =
        host.read_json(&format!("/nodes/{}/status", node.id)).map_err(|error| match error {
            Error::Unavailable(why) => {
                let id = &node.id;
                Error::Unavailable(say!(
                    en: "{id} is online, but does not answer: {why}",
                    de: "{id} ist online, antwortet aber nicht: {why}",
                ))
            }
            Error::Timeout => {
                let id = &node.id;
                Error::Unavailable(say!(
                    en: "{id} did not answer in time.",
                    de: "{id} hat nicht rechtzeitig geantwortet.",
                ))
            }
            other => other,
        })?;
    if !status.is_object() {
        let id = &node.id;
        return Err(Error::refused(say!(
            en: "{id} did not say how it is.",
            de: "{id} hat nicht gesagt, wie es steht.",
        )));
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
        let (used, total) = (words::memory(self.used?), words::memory(self.total?));
        let of = say!(en: "{used} of {total}", de: "{used} von {total}");
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
            Some(seconds) => {
                let span = words::duration_behind(seconds);
                say!(en: "{name} has been up for {span}", de: "{name} läuft seit {span}")
            }
            None => say!(en: "{name} is up", de: "{name} läuft"),
        };
        let parts: Vec<String> = [
            self.cpu.map(|cpu| {
                say!(
                    en: "its processor is at {cpu:.0} percent",
                    de: "der Prozessor ist bei {cpu:.0} Prozent",
                )
            }),
            self.memory.percent().map(|percent| {
                say!(
                    en: "its memory at {percent} percent",
                    de: "der Arbeitsspeicher bei {percent} Prozent",
                )
            }),
            self.disk.percent().map(|percent| {
                say!(
                    en: "its disk {percent} percent full",
                    de: "die Platte zu {percent} Prozent voll",
                )
            }),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut told = match words::list(&parts) {
            none if none.is_empty() => format!("{up}."),
            parts => format!("{up}; {parts}."),
        };
        let nearly = [
            (say!(en: "The memory", de: "Der Arbeitsspeicher"), self.memory),
            (say!(en: "The disk", de: "Die Platte"), self.disk),
        ];
        for (what, used) in nearly {
            if used.percent().is_some_and(|percent| percent >= NEARLY) {
                told.push_str(&say!(
                    en: " {what} is nearly used up.",
                    de: " {what} ist fast aufgebraucht.",
                ));
            }
        }
        told
    }

    fn table(&self) -> String {
        let cpu = self.cpu.map(|cpu| match self.cpus {
            Some(cpus) => {
                let threads = words::Noun { en: "thread", de: ("einem Thread", "Threads") }
                    .counted(small(cpus));
                say!(en: "{cpu:.0} % of {threads}", de: "{cpu:.0} % von {threads}")
            }
            None => format!("{cpu:.0} %"),
        });
        let load = (!self.load.is_empty()).then(|| words::cell(&self.load.join(", ")));
        let rows = [
            (say!(en: "Up for", de: "Läuft seit"), self.uptime.map(words::duration_behind)),
            (say!(en: "Processor", de: "Prozessor"), cpu),
            (say!(en: "Load", de: "Last"), load),
            (say!(en: "Memory", de: "Arbeitsspeicher"), self.memory.shown()),
            ("Swap".to_owned(), self.swap.shown()),
            (say!(en: "System disk", de: "Systemplatte"), self.disk.shown()),
            (
                say!(en: "Guests running", de: "Laufende Gäste"),
                self.guests.map(|count| count.to_string()),
            ),
            ("Proxmox VE".to_owned(), self.version.as_deref().map(words::cell)),
            ("Kernel".to_owned(), self.kernel.as_deref().map(words::cell)),
            (say!(en: "Model", de: "Modell"), self.model.as_deref().map(words::cell)),
        ];
        let rows: Vec<[String; 2]> =
            rows.into_iter().filter_map(|(name, value)| Some([name, value?])).collect();
        words::table([&words::cell(&self.node.id), &words::cell(&self.node.state)], &rows)
    }
}

fn small(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
