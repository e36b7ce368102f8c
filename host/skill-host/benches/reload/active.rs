//! From the last write of an update until it serves, with the folder watched.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_domain::SkillId;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use crate::rows::{Row, middle};
use crate::shop::{SKILL, Shop, allowances, another, component, copy, place, shipped, skills};

/// How many updates of each kind.
const UPDATES: usize = 20;
/// Below this many nothing can be said.
const LEAST: usize = 3;
/// Milliseconds from save to active.
const COMPILED: f64 = 500.0;
/// The same less the time that compiling takes.
const REST: f64 = 100.0;

/// How long updates took, ms.
#[derive(Default)]
struct Times {
    compiled: Vec<f64>,
    /// Compiling the same bytes alone.
    compiling: Vec<f64>,
    rest: Vec<f64>,
    cached: Vec<f64>,
}

pub(crate) async fn measure(time: Option<Duration>) -> Vec<Row> {
    let place = place();
    for skill in shipped() {
        copy(&skill, place.path(), &skill, &component(&skill));
    }
    let mut shop = Shop::open(place.path(), allowances(place.path()));
    shop.look().await;
    let watching = tokio::spawn(Arc::clone(&shop.reloader).watch());
    let times = update(&mut shop, place.path(), time).await;
    watching.abort();
    let count = times.cached.len();
    let row = |name, limit, times: &[f64]| {
        let (median, most) = middle(times);
        let note = format!("median of {count}, the slowest {most:.0}");
        Row { name, value: Some(median), unit: "ms", limit, note }
    };
    vec![
        row("save to active, compiling", Some(COMPILED), &times.compiled),
        row("  compiling the same alone", None, &times.compiling),
        row("  the difference", Some(REST), &times.rest),
        row("save to active, compiled before", Some(REST), &times.cached),
    ]
}

async fn update(shop: &mut Shop, place: &Path, time: Option<Duration>) -> Times {
    let (engine, original) = (plain_engine(), component(SKILL));
    let mut times = Times::default();
    let began = Instant::now();
    for number in 1..=UPDATES {
        if number > LEAST && time.is_some_and(|time| began.elapsed() > time) {
            break;
        }
        let changed = another(&original, number as u64);
        // Before each save, so that the reloader has come to rest from the last.
        let compiling = compile(&engine, &changed);
        let compiled = save(shop, place, &format!("1.0.{number}"), Some(&changed)).await;
        let again = compile(&engine, &changed);
        let cached = save(shop, place, &format!("1.1.{number}"), None).await;
        let compiling = f64::midpoint(compiling, again);
        times.compiled.push(compiled);
        times.compiling.push(compiling);
        times.rest.push(compiled - compiling);
        times.cached.push(cached);
    }
    times
}

/// Writes an update, and waits until it serves, ms.
async fn save(shop: &mut Shop, place: &Path, version: &str, component: Option<&[u8]>) -> f64 {
    let (folder, id): (_, SkillId) = (skills(place).join(SKILL), SKILL.parse().unwrap());
    if let Some(component) = component {
        fs::write(folder.join("it.wasm"), component).unwrap();
    }
    let manifest = fs::read_to_string(folder.join("skill.yaml")).unwrap();
    let (before, rest) = manifest.split_once("version: ").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    fs::write(folder.join("skill.yaml"), format!("{before}version: {version}\n{rest}")).unwrap();
    let saved = Instant::now();
    while shop.version(&id).as_deref() != Some(version) {
        shop.looked.changed().await.unwrap();
    }
    let took = saved.elapsed().as_secs_f64() * 1e3;
    let catalog = shop.host.catalog();
    assert!(catalog.broken().is_empty(), "{:?}", catalog.broken());
    took
}

/// An engine with the settings that decide what compiling costs.
fn plain_engine() -> Engine {
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_component_model(true);
    Engine::new(&config).unwrap()
}

fn compile(engine: &Engine, component: &[u8]) -> f64 {
    let began = Instant::now();
    Component::from_binary(engine, component).unwrap();
    began.elapsed().as_secs_f64() * 1e3
}
