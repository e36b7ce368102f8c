//! Whether memory stays where it is: what a process has after many reloads or
//! calls, less what it had after the first tenth of them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::child;
use crate::memory::resident;
use crate::rows::Row;
use crate::shop::{COMMAND, SKILL, Shop, allowances, another, component, copy, place, skills};
use crate::twenty::mib;

/// What each part is called, how its row is, and how often it is done.
const PARTS: [(&str, &str, u64); 3] = [
    ("cached", "growth over reloads from compiled code", 10_000),
    ("compiling", "growth over reloads with compiling", 200),
    ("calls", "growth over calls", 100_000),
];
/// MiB that the last nine tenths may add.
const GROWTH: f64 = 4.0;

pub(crate) fn measure(time: Option<Duration>) -> Vec<Row> {
    let part = |(part, name, count): (&str, &'static str, u64)| {
        let place = place();
        copy(SKILL, place.path(), SKILL, &component(SKILL));
        let found = child(part, place.path(), time);
        let number = |name: &str| found[name].as_f64().unwrap_or(f64::NAN);
        let (first, last) = (number("first_mib"), number("last_mib"));
        let note = format!(
            "{} of {count} in {:.0} s, from {first:.1} to {last:.1}",
            found["done"],
            number("seconds")
        );
        Row { name, value: Some(last - first), unit: "MiB", limit: Some(GROWTH), note }
    };
    PARTS.into_iter().map(part).collect()
}

/// One part, in a process of its own.
pub(crate) async fn part(name: &str, place: &Path, time: Option<Duration>) -> Value {
    let (_, _, count) = PARTS.into_iter().find(|(part, ..)| *part == name).unwrap();
    let shop = Shop::open(place, allowances(place));
    shop.look().await;
    let original = component(SKILL);
    let began = Instant::now();
    let is_over = |done, share: u32| {
        done >= count / u64::from(share) || time.is_some_and(|time| began.elapsed() > time / share)
    };
    let (mut done, mut first) = (0, None);
    while !is_over(done, 1) {
        done += 1;
        match name {
            "cached" => reload(&shop, place, &another(&original, done % 2)).await,
            "compiling" => reload(&shop, place, &another(&original, done)).await,
            _ => shop.call(&format!("{SKILL}.{COMMAND}")).await,
        }
        if first.is_none() && is_over(done, 10) {
            first = Some(resident());
        }
    }
    json!({
        "done": done, "seconds": began.elapsed().as_secs_f64(),
        "first_mib": first.map(mib), "last_mib": mib(resident()),
    })
}

/// Brings another component into service, and calls it.
async fn reload(shop: &Shop, place: &Path, component: &[u8]) {
    fs::write(skills(place).join(SKILL).join("it.wasm"), component).unwrap();
    assert!(shop.look().await, "the update serves");
    shop.call(&format!("{SKILL}.{COMMAND}")).await;
}
