//! How long it takes to understand a sentence: 10,000 guests, the shipped
//! sentences, 1,000 different sentences of which a third fit nothing. Fails
//! when the mean is over the limit.
//!
//! With `--report` it only says so, for machines that do other things beside.
//!
//! `script/bench sentences --seconds 2 --json`

#[path = "../../../tests/bench/options.rs"]
mod options;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jarvis_domain::Timestamp;
use jarvis_domain::inventory::{Guest, GuestKind, GuestState, Node, NodeState, Snapshot};
use jarvis_sentences::{Names, Recognition, SentenceFile, Sentences, Source, spell};

use options::Options;

/// The mean that must be kept, microseconds.
const LIMIT_US: f64 = 100.0;
const GUESTS: u32 = 10_000;
const SENTENCES: u32 = 1_000;

const SKILLS: &[(&str, &str)] = &[
    ("vm-lifecycle", include_str!("../../../skills/vm-lifecycle/sentences/en.yaml")),
    ("temperatures", include_str!("../../../skills/temperatures/sentences/en.yaml")),
];
const ROLES: &[&str] = &[
    "web",
    "mail",
    "database",
    "media",
    "backup",
    "build",
    "proxy",
    "git",
    "wiki",
    "chat",
    "monitoring",
    "dns",
    "vpn",
    "cache",
    "queue",
    "search",
    "ci",
    "home",
    "photo",
    "music",
];
const PLACES: &[&str] =
    &["prod", "staging", "test", "lab", "edge", "office", "attic", "cellar", "berlin", "oslo"];
const KNOWN: &[&str] = &[
    "start {}",
    "please start the vm {}",
    "is {} running",
    "turn {} off and on again",
    "shut down {} gracefully",
    "what is the status of {}",
    "take a snapshot of {} called before update",
    "reboot the container {}",
    "wake {} up",
    "force stop {}",
];
const FIXED: &[&str] = &[
    "list all machines",
    "how hot is node three",
    "which node is the hottest",
    "what's running on node 2",
    "start everything tagged prod",
    "how many containers do I have",
];
const MISSES: &[&str] = &[
    "play some jazz in the kitchen",
    "what will the weather be like tomorrow in {}",
    "start the {} nobody has ever heard of",
    "strat {} at once and be quick about it",
    "tell me a joke about {} and another one about the cellar",
    "stop vm nine hundred thousand and {}",
    "is there anything the matter with all of the many things that I own here",
    "remind me to water the flowers on sunday",
];

fn main() -> ExitCode {
    let options = Options::or_seconds(3.0);
    let began = Instant::now();
    let sentences = Sentences::compile(SKILLS.iter().filter_map(source).collect());
    let compiled = began.elapsed();
    let snapshot = snapshot();
    let began = Instant::now();
    let names = Names::from_snapshot(&snapshot);
    let indexed = began.elapsed();
    let said: Vec<String> = (0..SENTENCES).map(sentence).collect();

    let mut took: Vec<f64> = Vec::new();
    let mut matched = 0_usize;
    let until = Instant::now() + Duration::from_secs_f64(options.seconds);
    while took.is_empty() || Instant::now() < until {
        for words in &said {
            let began = Instant::now();
            let found = sentences.recognize(words, &names);
            took.push(began.elapsed().as_secs_f64() * 1e6);
            matched += usize::from(matches!(found, Recognition::Matched { .. }));
        }
    }
    report(&mut took, matched, options, sentences.len(), compiled, indexed)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
fn report(
    took: &mut [f64],
    matched: usize,
    options: Options,
    templates: usize,
    compiled: Duration,
    indexed: Duration,
) -> ExitCode {
    took.sort_by(f64::total_cmp);
    let count = took.len();
    let mean = took.iter().sum::<f64>() / count as f64;
    let at =
        |share: usize| took.get((count * share / 1000).min(count - 1)).copied().unwrap_or_default();
    let numbers = [
        ("mean_us", mean),
        ("p50_us", at(500)),
        ("p95_us", at(950)),
        ("p99_us", at(990)),
        ("max_us", at(1000)),
        ("of_limit", mean / LIMIT_US),
        ("matched", matched as f64 / count as f64),
        ("compile_ms", compiled.as_secs_f64() * 1e3),
        ("index_names_ms", indexed.as_secs_f64() * 1e3),
    ];
    if options.json {
        let fields: serde_json::Map<String, serde_json::Value> = numbers
            .iter()
            .map(|(name, number)| ((*name).to_owned(), serde_json::json!(number)))
            .chain([("guests".to_owned(), GUESTS.into()), ("sentences".to_owned(), count.into())])
            .chain([("templates".to_owned(), templates.into())])
            .collect();
        println!("{}", serde_json::Value::Object(fields));
    } else {
        println!("{count} sentences, {templates} templates, {GUESTS} guests");
        for (name, number) in numbers {
            println!("  {name:<16}{number:>12.3}");
        }
    }
    let understood = (0.6..0.72).contains(&(matched as f64 / count as f64));
    if understood { options.exit(mean <= LIMIT_US) } else { ExitCode::FAILURE }
}

fn source((skill, text): &(&str, &str)) -> Option<Source> {
    Some(Source { skill: skill.parse().ok()?, file: SentenceFile::read(text).ok()? })
}

fn pick<'a>(of: &[&'a str], turn: u32) -> &'a str {
    of.get(turn as usize % of.len()).copied().unwrap_or_default()
}

fn name(number: u32) -> String {
    let (role, place) = (pick(ROLES, number), pick(PLACES, number / 20));
    format!("{role}-{place}-{:02}", number / 200)
}

/// How a person says a name: as it is written, with spaces, or by number.
fn called(number: u32) -> String {
    match number % 3 {
        0 => name(number),
        1 => format!(
            "{} {} {}",
            pick(ROLES, number),
            pick(PLACES, number / 20),
            spell(u64::from(number / 200))
        ),
        _ => format!("vm {}", spell(u64::from(number + 100))),
    }
}

/// Two of three fit.
fn sentence(turn: u32) -> String {
    let guest = turn.wrapping_mul(7919) % GUESTS;
    match turn % 3 {
        0 => pick(MISSES, turn / 3).replace("{}", pick(ROLES, turn)),
        _ if turn % 10 == 1 => pick(FIXED, turn / 10).to_owned(),
        _ => pick(KNOWN, turn / 3).replace("{}", &called(guest)),
    }
}

fn snapshot() -> Snapshot {
    let nodes = ["home", "pve2", "pve3", "pve4"].into_iter().zip(1..);
    Snapshot {
        cluster: "bench".parse().unwrap_or_else(|_| unreachable!("a valid name")),
        as_of: Timestamp(0),
        quorate: Some(true),
        nodes: nodes.filter_map(|(name, id)| node(name, id)).collect(),
        guests: (0..GUESTS).filter_map(guest).collect(),
        storages: Vec::new(),
    }
}

fn node(name: &str, id: u32) -> Option<Node> {
    Some(Node { id: Some(id), ..Node::new(name.parse().ok()?, NodeState::Online) })
}

fn guest(number: u32) -> Option<Guest> {
    let vmid = (number + 100).try_into().ok()?;
    let kind = if number.is_multiple_of(2) { GuestKind::Vm } else { GuestKind::Container };
    Some(Guest {
        name: name(number),
        tags: vec![pick(PLACES, number / 20).to_owned()],
        ..Guest::new(vmid, kind, "pve2".parse().ok()?, GuestState::Running)
    })
}
