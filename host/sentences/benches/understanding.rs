//! Home Assistant's English sentences, understood by this engine and by hassil from
//! PyPI in the same run: whether both mean the same, and how long each takes.
//!
//! Two thousand sentences that hassil sampled from its own templates and understood,
//! and five hundred that it did not (`tests/understanding/rival.py`). Fails where
//! fewer than 99.9 % are the same, the mean is not 200 times faster, the slowest
//! hundredth not 100 times, or 10,000 more names make it more than half slower.
//!
//! `script/bench understanding --seconds 3 --json`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]

#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "../../../tests/bench/row.rs"]
mod row;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use jarvis_sentences::{Fixtures, Intents, SentenceFile};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use options::Options;
use row::Row;

/// Sentences that hassil understands, and those that it does not.
const SENTENCES: usize = 2000;
const MISSES: usize = 500;
/// Names that are added to those of the home.
const NAMES: usize = 10_000;
/// What the engine shows of what it takes for another thing.
const SHOWN: usize = 10;

/// A sentence, and what hassil made of it.
#[derive(Debug, Deserialize)]
struct Heard {
    text: String,
    intent: Option<String>,
    slots: Map<String, Value>,
    us: f64,
}

fn main() -> ExitCode {
    let options = Options::or_seconds(3.0);
    let folder = std::env::temp_dir().join(format!("jarvis-understanding-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for what hassil writes");
    let heard = hassil(&folder);
    let sentences = std::fs::read_to_string(folder.join("sentences.yaml")).expect("its sentences");
    std::fs::remove_dir_all(&folder).expect("a folder that is ours");
    let home = include_str!("../../../tests/understanding/home.yaml");
    let few = intents(&sentences, home);
    let many = intents(&sentences, &format!("{home}{}", more_names()));

    let context = Map::from_iter([("area".to_owned(), json!("Kitchen"))]);
    let differing: Vec<&Heard> = heard.iter().filter(|one| !is_same(one, &few, &context)).collect();
    for one in differing.iter().take(SHOWN).filter(|_| !options.json) {
        let ours = few.recognize(&one.text, &context);
        let ours = ours
            .map(|found| (found.intent, Value::Object(found.slots).to_string(), found.template));
        println!("{:?}: {ours:?}, not {:?} {}", one.text, one.intent, json!(one.slots));
    }
    let part = Duration::from_secs_f64(options.seconds / 2.0);
    let (mean, p99) = measured(&few, &heard, &context, part);
    let (mean_of_many, _) = measured(&many, &heard, &context, part);
    let mut theirs: Vec<f64> = heard.iter().map(|one| one.us).collect();
    let (their_mean, their_p99) = figures(&mut theirs);
    let rows = [
        Row {
            least: Some(99.9),
            ..Row::new("same intent and slots", share(&differing, &heard), "%")
        },
        Row { least: Some(200.0), ..Row::new("faster on average", their_mean / mean, "times") },
        Row { least: Some(100.0), ..Row::new("faster at p99", their_p99 / p99, "times") },
        Row {
            most: Some(1.5),
            ..Row::new("slower with 10,000 names", mean_of_many / mean, "times")
        },
        Row::new("mean", mean, "µs"),
        Row::new("p99", p99, "µs"),
        Row::new("mean of hassil", their_mean, "µs"),
        Row::new("p99 of hassil", their_p99, "µs"),
    ];
    let heading = format!("{} sentences, {} templates", heard.len(), few.len());
    let about = [("sentences", json!(heard.len())), ("templates", json!(few.len()))];
    row::print(&rows, options, &heading, about)
}

/// Has hassil sample and understand, and write what it took into `folder`.
fn hassil(folder: &Path) -> Vec<Heard> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let ran = Command::new(target.join("tools/hassil/bin/python"))
        .arg(root.join("tests/understanding/rival.py"))
        .arg(folder)
        .args([SENTENCES.to_string(), MISSES.to_string()])
        .status()
        .expect("hassil, which script/bench understanding installs");
    assert!(ran.success(), "hassil ended with {ran}");
    let lines = std::fs::read_to_string(folder.join("heard.jsonl")).expect("what hassil heard");
    let heard: Vec<Heard> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a line of hassil")).collect();
    assert_eq!(heard.len(), SENTENCES + MISSES);
    heard
}

fn intents(sentences: &str, home: &str) -> Intents {
    let lists = Fixtures::read(home).expect("a home").lists();
    let parts = [("sentences.yaml".to_owned(), sentences.to_owned())];
    Intents::compile(&SentenceFile::read_folder(&parts, lists).expect("Home Assistant's sentences"))
}

/// Entities whose names are made of words that other names have too.
fn more_names() -> String {
    let first =
        ["North", "South", "Old", "New", "Kitchen", "Garden", "Attic", "Desk", "Blue", "Tall"];
    let second =
        ["Wall", "Corner", "Shelf", "Window", "Table", "Floor", "Play", "Reading", "Bar", "Door"];
    let things =
        ["Lamp", "Light", "Fan", "Blind", "Socket", "Heater", "Speaker", "Lock", "Valve", "Sensor"];
    let domains = [
        "light",
        "light",
        "fan",
        "cover",
        "switch",
        "climate",
        "media_player",
        "lock",
        "valve",
        "sensor",
    ];
    let one = |number: usize| {
        let (a, b, c) = (first[number % 10], second[number / 10 % 10], number / 100 % 10);
        let (thing, domain, series) = (things[c], domains[c], number / 1000 + 1);
        format!("  - {{ name: {a} {b} {thing} {series}, id: {domain}.more_{number} }}\n")
    };
    (0..NAMES).map(one).collect()
}

fn is_same(heard: &Heard, intents: &Intents, context: &Map<String, Value>) -> bool {
    let ours = intents.recognize(&heard.text, context);
    let equal = |a: &Value, b: &Value| a == b || (a.is_number() && a.as_f64() == b.as_f64());
    match (&heard.intent, ours) {
        (None, None) => true,
        (Some(intent), Some(ours)) => {
            *intent == ours.intent
                && ours.slots.len() == heard.slots.len()
                && ours.slots.iter().all(|(name, value)| {
                    heard.slots.get(name).is_some_and(|other| equal(value, other))
                })
        }
        _ => false,
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
fn share(differing: &[&Heard], heard: &[Heard]) -> f64 {
    100.0 - 100.0 * differing.len() as f64 / heard.len() as f64
}

/// Mean and slowest hundredth, microseconds, over all sentences again and again, each
/// time the shorter of two, as of hassil: what the machine does beside counts for neither.
fn measured(
    intents: &Intents,
    heard: &[Heard],
    context: &Map<String, Value>,
    during: Duration,
) -> (f64, f64) {
    let mut took = Vec::new();
    let until = Instant::now() + during;
    while took.is_empty() || Instant::now() < until {
        for one in heard {
            let once = || {
                let began = Instant::now();
                let found = std::hint::black_box(intents.recognize(&one.text, context));
                let took = began.elapsed().as_secs_f64() * 1e6;
                drop(found);
                took
            };
            took.push(once().min(once()));
        }
    }
    figures(&mut took)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
fn figures(took: &mut [f64]) -> (f64, f64) {
    took.sort_by(f64::total_cmp);
    let mean = took.iter().sum::<f64>() / took.len() as f64;
    (mean, took[took.len() * 99 / 100])
}
