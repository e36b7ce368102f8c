//! A host for tests: scripted answers, and a record of what was asked.
//!
//! It keeps no rules of the real host: no grants, no ratings, no plan. What is
//! not scripted is not found; a write without a scripted end ends with `ok`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::{Entry, Error, Field, Item, Level, Output, Reach, Reading, Readings, Sample, Verb};

mod answers;
#[cfg(test)]
mod tests;

/// The scripted host.
#[derive(Debug, Default)]
pub struct MockHost {
    items: Vec<Item>,
    page_size: Option<usize>,
    reads: BTreeMap<String, Result<Value, Error>>,
    writes: BTreeMap<String, Scripted>,
    temperatures: BTreeMap<String, Result<Readings, Error>>,
    history: BTreeMap<String, Vec<Sample>>,
    reach: BTreeMap<String, Reach>,
    commands: BTreeMap<String, Result<Output, Error>>,
    settings: BTreeMap<String, Value>,
    store: RefCell<BTreeMap<String, Entry>>,
    calls: RefCell<Vec<String>>,
    log: RefCell<Vec<(Level, String)>>,
    elapsed: Rc<Cell<Duration>>,
}

/// What becomes of a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Scripted {
    /// It becomes an operation that ends so, after this long.
    Ends(Duration, String),
    /// It is done at once and becomes no operation.
    AtOnce,
    /// It is not started.
    Refused(Error),
}

impl Scripted {
    /// An operation that ends so at once.
    pub fn ends(text: impl Into<String>) -> Self {
        Self::Ends(Duration::ZERO, text.into())
    }

    /// An operation that runs longer than any budget.
    #[must_use]
    pub fn never_ends() -> Self {
        Self::Ends(Duration::MAX, "ok".to_owned())
    }
}

impl MockHost {
    /// The time it shows at first: 2026-01-02 03:04:05 UTC.
    pub const BEGAN_MS: u64 = 1_767_323_045_000;

    /// A host of an empty cluster.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one item more.
    #[must_use]
    pub fn item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// With a node in this state.
    #[must_use]
    pub fn node(self, name: &str, state: &str) -> Self {
        self.item(item("node", name, name, None, state))
    }

    /// With a virtual machine.
    #[must_use]
    pub fn vm(self, vmid: u32, name: &str, node: &str, state: &str) -> Self {
        self.item(item("vm", &vmid.to_string(), name, Some(node), state))
    }

    /// With a container.
    #[must_use]
    pub fn container(self, vmid: u32, name: &str, node: &str, state: &str) -> Self {
        self.item(item("container", &vmid.to_string(), name, Some(node), state))
    }

    /// The item added last has this tag, too.
    #[must_use]
    pub fn tagged(mut self, tag: &str) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.tags.push(tag.to_owned());
        }
        self
    }

    /// The item added last has this attribute, too.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Some(item) = self.items.last_mut() {
            item.extra.push(Field::new(name, value));
        }
        self
    }

    /// `find` answers in pages of this size.
    #[must_use]
    pub fn paged(mut self, size: usize) -> Self {
        self.page_size = Some(size);
        self
    }

    /// A read of `path` answers `value`.
    #[must_use]
    pub fn reads(mut self, path: &str, value: Value) -> Self {
        self.reads.insert(path.to_owned(), Ok(value));
        self
    }

    /// A read of `path` fails.
    #[must_use]
    pub fn fails(mut self, path: &str, error: Error) -> Self {
        self.reads.insert(path.to_owned(), Err(error));
        self
    }

    /// What becomes of a write to `path`, or of a command started on a node
    /// (`pve1: apt-get update`).
    #[must_use]
    pub fn writes(mut self, path: &str, end: Scripted) -> Self {
        self.writes.insert(path.to_owned(), end);
        self
    }

    /// The temperatures of `node`: chip, label, degrees.
    #[must_use]
    pub fn sensors(mut self, node: &str, readings: &[(&str, &str, f64)]) -> Self {
        let readings = readings.iter().map(|(chip, label, celsius)| Reading {
            chip: (*chip).to_owned(),
            label: (*label).to_owned(),
            celsius: *celsius,
            critical: Some(100.0),
        });
        let readings = Readings {
            node: node.to_owned(),
            as_of: Self::BEGAN_MS,
            source: "lm-sensors".to_owned(),
            readings: readings.collect(),
        };
        self.temperatures.insert(node.to_owned(), Ok(readings));
        self
    }

    /// The temperatures of `node` cannot be read.
    #[must_use]
    pub fn no_sensors(mut self, node: &str, error: Error) -> Self {
        self.temperatures.insert(node.to_owned(), Err(error));
        self
    }

    /// How hot `node` was so many minutes before the mock's time began; oldest
    /// first.
    #[must_use]
    pub fn was(mut self, node: &str, samples: &[(u64, f64)]) -> Self {
        let sample = |(ago, celsius): &(u64, f64)| Sample {
            at: Self::BEGAN_MS - ago * 60_000,
            celsius: *celsius,
        };
        self.history.insert(node.to_owned(), samples.iter().map(sample).collect());
        self
    }

    /// Which doors of `node` answer.
    #[must_use]
    pub fn reaches(mut self, node: &str, reach: Reach) -> Self {
        self.reach.insert(node.to_owned(), reach);
        self
    }

    /// What a command answers that is run on a node (`pve1: uname -r`).
    #[must_use]
    pub fn runs(mut self, command: &str, answer: Result<Output, Error>) -> Self {
        self.commands.insert(command.to_owned(), answer);
        self
    }

    /// The skill's settings have this key.
    #[must_use]
    pub fn configured(mut self, key: &str, value: Value) -> Self {
        self.settings.insert(key.to_owned(), value);
        self
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get().saturating_add(time));
    }

    /// Every call so far, in order: `find guest 101`, `get /nodes/pve1/status`,
    /// `create /nodes/pve1/qemu/101/status/start timeout=30`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    /// The calls that would have changed something.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        const WRITES: [&str; 4] = ["create ", "set ", "delete ", "start "];
        let writes = |call: &String| WRITES.iter().any(|verb| call.starts_with(verb));
        self.calls.borrow().iter().filter(|call| writes(call)).cloned().collect()
    }

    /// The lines logged so far.
    #[must_use]
    pub fn logged(&self) -> Vec<(Level, String)> {
        self.log.borrow().clone()
    }

    fn record(&self, call: String) {
        self.calls.borrow_mut().push(call);
    }
}

fn item(kind: &str, id: &str, name: &str, parent: Option<&str>, state: &str) -> Item {
    Item {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        parent: parent.map(str::to_owned),
        state: state.to_owned(),
        tags: Vec::new(),
        extra: Vec::new(),
    }
}

/// `create`, `set`, `delete`.
fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Set => "set",
        Verb::Delete => "delete",
    }
}
