//! The counts, and the whole story of each thing that may not be.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::deeds::Asked;
use crate::life::Lived;
use crate::oracle::count;

/// At most so many stories: the first ones mostly tell the cause of the rest.
const STORIES: usize = 12;

pub(crate) fn print(all: &[Lived], seed: u64) {
    for lived in all {
        let (queries, actions): (Vec<&Asked>, Vec<&Asked>) =
            lived.asked.iter().partition(|one| one.is_query());
        let calm = lived.asked.iter().filter(|one| one.calm).count();
        println!(
            "by {}: {} actions and {} queries ({calm} of them in a calm), {} faults in {} storms, {} kills of the host",
            lived.way.name(),
            actions.len(),
            queries.len(),
            lived.faults,
            lived.storms,
            lived.kills,
        );
        println!("  actions    {}", table(&words(&actions)));
        println!("  queries    {}", table(&words(&queries)));
        println!("  operations {}", table(&counted(lived.ends.iter().copied())));
        println!("  forged to try the oracle: {}, each of them seen", lived.forged);
        for (reason, count) in counted(lived.reasons.iter().map(String::as_str)) {
            println!("    {count} unknown: {reason}");
        }
        println!(
            "  the slowest query took {:.1} s, the slowest action {:.1} s; after a storm all had ended within {:.1} s",
            slowest(&queries).as_secs_f64(),
            slowest(&actions).as_secs_f64(),
            lived.settled.as_secs_f64(),
        );
        for (sin, number) in count(&lived.findings) {
            println!(
                "  {:<28} {number:>6}  < 1{}",
                sin.name(),
                if number > 0 { "  !" } else { "" }
            );
        }
    }
    println!("seed {seed}");
}

pub(crate) fn print_json(all: &[Lived], seed: u64) {
    let ways: Vec<Value> = all.iter().map(of_way).collect();
    println!("{}", json!({ "bench": "faults", "seed": seed, "ways": ways }));
}

/// To standard error, so that JSON stays JSON.
pub(crate) fn print_stories(all: &[Lived]) {
    for lived in all {
        for finding in lived.findings.iter().take(STORIES) {
            eprintln!("--- by {}: {}", lived.way.name(), finding.sin.name());
            for line in &finding.story {
                eprintln!("    {line}");
            }
        }
    }
}

fn of_way(lived: &Lived) -> Value {
    let (queries, actions): (Vec<&Asked>, Vec<&Asked>) =
        lived.asked.iter().partition(|one| one.is_query());
    let sins: BTreeMap<&str, usize> =
        count(&lived.findings).into_iter().map(|(sin, n)| (sin.name(), n)).collect();
    json!({
        "way": lived.way.name(),
        "actions": words(&actions),
        "queries": words(&queries),
        "operations": counted(lived.ends.iter().copied()),
        "unknown": counted(lived.reasons.iter().map(String::as_str)),
        "forged": lived.forged,
        "faults": lived.faults,
        "storms": lived.storms,
        "kills": lived.kills,
        "slowest_query_s": slowest(&queries).as_secs_f64(),
        "slowest_action_s": slowest(&actions).as_secs_f64(),
        "settled_s": lived.settled.as_secs_f64(),
        "wrong": sins,
    })
}

fn words(asked: &[&Asked]) -> BTreeMap<String, usize> {
    let words: Vec<String> = asked.iter().map(|one| one.heard.word()).collect();
    counted(words.iter().map(String::as_str))
}

fn counted<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

fn table(counts: &BTreeMap<String, usize>) -> String {
    counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

fn slowest(asked: &[&Asked]) -> Duration {
    asked.iter().map(|one| one.took()).max().unwrap_or_default()
}
