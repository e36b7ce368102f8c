//! A host with twenty skills: how long it takes to start from compiled code,
//! and what it has in memory then.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::child;
use crate::memory::resident;
use crate::rows::{Row, middle};
use crate::shop::{Shop, allowances, another, component, copy, place, shipped};

const SKILLS: usize = 20;
/// How many starts.
const STARTS: usize = 7;
/// Milliseconds of a start.
const START: f64 = 100.0;
/// MiB in memory.
const MEMORY: f64 = 60.0;
/// A command of each shipped skill that needs no arguments.
const CALLS: [(&str, &str); 4] = [
    ("server-control", "nodes"),
    ("temperatures", "hottest"),
    ("updates", "reboot-needed"),
    ("vm-lifecycle", "list"),
];

pub(crate) fn measure() -> Vec<Row> {
    let place = place();
    let shipped = shipped();
    for (number, skill) in shipped.iter().cycle().take(SKILLS).enumerate() {
        let component = another(&component(skill), number as u64);
        copy(skill, place.path(), &format!("{skill}-{number}"), &component);
    }
    let first = child("start", place.path(), None);
    assert_eq!(first["compiled"], SKILLS, "the first start compiles");
    let starts: Vec<Value> = (0..STARTS).map(|_| child("start", place.path(), None)).collect();
    assert!(starts.iter().all(|start| start["compiled"] == 0), "the others do not");
    let all = |name: &str| -> Vec<f64> {
        starts.iter().filter_map(|start| start[name].as_f64()).collect()
    };
    let (took, slowest) = middle(&all("took_ms"));
    let (memory, most) = middle(&all("memory_mib"));
    let (loaded, _) = middle(&all("loaded_mib"));
    let compiling = first["took_ms"].as_f64().unwrap_or(f64::NAN);
    vec![
        Row {
            name: "start with 20 compiled skills",
            value: Some(took),
            unit: "ms",
            limit: Some(START),
            note: format!(
                "median of {STARTS}, the slowest {slowest:.0}; {compiling:.0} where all are compiled"
            ),
        },
        Row {
            name: "memory with 20 skills, each called once",
            value: Some(memory),
            unit: "MiB",
            limit: Some(MEMORY),
            note: format!("median of {STARTS}, the most {most:.1}; {loaded:.1} before the calls"),
        },
    ]
}

/// One start, in a process of its own.
pub(crate) async fn start(place: &Path) -> Value {
    let allowances = allowances(place);
    let began = Instant::now();
    let shop = Shop::open(place, allowances);
    shop.look().await;
    let took = began.elapsed().as_secs_f64() * 1e3;
    let serving: Vec<String> =
        shop.host.catalog().skills().map(|skill| skill.id().to_string()).collect();
    assert_eq!(serving.len(), SKILLS);
    let loaded = mib(resident());
    for id in serving {
        let (_, command) = CALLS.iter().find(|(skill, _)| id.starts_with(skill)).unwrap();
        shop.call(&format!("{id}.{command}")).await;
    }
    json!({
        "took_ms": took, "compiled": shop.engine.compiled(),
        "loaded_mib": loaded, "memory_mib": mib(resident()),
    })
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
