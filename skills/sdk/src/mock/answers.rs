//! The mock host behind the traits.

use std::cell::Cell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::{MockHost, Scripted, verb_name};
use crate::{
    Clock, ClusterRead, ClusterWrite, Config, Entry, Error, Failure, Field, Inventory, Item, Items,
    Keys, Kv, Level, Lines, Log, NodeShell, Operation, Output, Page, Reach, Readings, Sample,
    Sensors, Verb,
};

/// An operation that ends at a moment of the mock's clock.
struct MockOperation {
    id: String,
    clock: Rc<Cell<Duration>>,
    ends_at: Duration,
    end: String,
}

impl Operation for MockOperation {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn wait(&self, timeout_ms: u32) -> Result<Option<String>, Error> {
        let until = self.clock.get() + Duration::from_millis(timeout_ms.into());
        self.clock.set(until.min(self.clock.get().max(self.ends_at)));
        Ok((self.clock.get() >= self.ends_at).then(|| self.end.clone()))
    }

    fn log(&self, _: &Page) -> Result<Lines, Error> {
        Ok(Lines { lines: Vec::new(), next: None })
    }
}

impl MockHost {
    fn begin(&self, key: &str) -> Result<Option<Box<dyn Operation>>, Error> {
        let script = self.writes.get(key).cloned().unwrap_or_else(|| Scripted::ends("ok"));
        match script {
            Scripted::AtOnce => Ok(None),
            Scripted::Refused(error) => Err(error),
            Scripted::Ends(after, end) => Ok(Some(Box::new(MockOperation {
                id: format!("op-{}", self.calls.borrow().len()),
                clock: Rc::clone(&self.elapsed),
                ends_at: self.elapsed.get().saturating_add(after),
                end,
            }))),
        }
    }
}

fn unscripted(what: &str) -> Error {
    Error::NotFound(format!("The mock host has no answer for {what}."))
}

fn matches(item: &Item, kind: &str, query: &str) -> bool {
    let of_kind = match kind {
        "guest" => item.kind == "vm" || item.kind == "container",
        _ => item.kind == kind,
    };
    let query = query.to_lowercase();
    of_kind
        && (item.id.to_lowercase() == query
            || item.name.to_lowercase().contains(&query)
            || item.tags.iter().any(|tag| tag.to_lowercase() == query))
}

impl Inventory for MockHost {
    fn find(&self, kind: &str, query: Option<&str>, page: &Page) -> Result<Items, Error> {
        let query = query.unwrap_or_default();
        self.record(format!("find {kind} {query}").trim_end().to_owned());
        if !["node", "vm", "container", "guest", "storage"].contains(&kind) {
            return Err(Error::Invalid(format!("There is no kind {kind}.")));
        }
        let start: usize = match &page.cursor {
            None => 0,
            Some(cursor) => {
                cursor.parse().map_err(|_| Error::Invalid("cursor is not ours".to_owned()))?
            }
        };
        let found: Vec<&Item> =
            self.items.iter().filter(|item| matches(item, kind, query)).collect();
        let size = self.page_size.unwrap_or(500);
        let end = start.saturating_add(size);
        let next = (end < found.len()).then(|| end.to_string());
        let items = found.into_iter().skip(start).take(size).cloned().collect();
        Ok(Items { items, as_of: Self::BEGAN_MS, next })
    }
}

impl ClusterRead for MockHost {
    fn read(&self, path: &str, _: &[Field]) -> Result<String, Error> {
        self.record(format!("get {path}"));
        self.reads
            .get(path)
            .cloned()
            .unwrap_or_else(|| Err(unscripted(path)))
            .map(|value| value.to_string())
    }
}

impl ClusterWrite for MockHost {
    fn write(
        &self,
        verb: Verb,
        path: &str,
        fields: &[Field],
    ) -> Result<Option<Box<dyn Operation>>, Error> {
        let mut call = format!("{} {path}", verb_name(verb));
        for field in fields {
            // Writing to a String cannot fail.
            let _ = write!(call, " {}={}", field.name, field.value);
        }
        self.record(call);
        self.begin(path)
    }
}

impl NodeShell for MockHost {
    fn run_on(&self, node: &str, argv: &[String], _: Duration) -> Result<Output, Error> {
        let command = format!("{node}: {}", argv.join(" "));
        self.record(format!("run {command}"));
        self.commands.get(&command).cloned().unwrap_or_else(|| Err(unscripted(&command)))
    }

    fn start_on(&self, node: &str, argv: &[String]) -> Result<Box<dyn Operation>, Error> {
        let command = format!("{node}: {}", argv.join(" "));
        self.record(format!("start {command}"));
        self.begin(&command)?.ok_or_else(|| unscripted(&command))
    }
}

impl Sensors for MockHost {
    fn temperatures(&self, node: &str) -> Result<Readings, Error> {
        self.record(format!("temperatures {node}"));
        self.temperatures.get(node).cloned().unwrap_or_else(|| Err(unscripted(node)))
    }

    fn history(&self, node: &str, since: u64) -> Result<Vec<Sample>, Error> {
        self.record(format!("history {node}"));
        let kept = self.history.get(node).into_iter().flatten();
        Ok(kept.filter(|sample| sample.at >= since).copied().collect())
    }

    fn reachable(&self, node: &str) -> Result<Reach, Error> {
        self.record(format!("reachable {node}"));
        self.reach.get(node).cloned().ok_or_else(|| unscripted(node))
    }
}

impl Kv for MockHost {
    fn stored(&self, key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.store.borrow().get(key).cloned())
    }

    fn store(
        &self,
        key: &str,
        value: &[u8],
        _: Option<Duration>,
        expected: Option<u64>,
    ) -> Result<u64, Error> {
        let mut store = self.store.borrow_mut();
        let version = store.get(key).map_or(0, |entry| entry.version);
        if expected.is_some_and(|expected| expected != version) {
            let message = format!("{key} has version {version}.");
            return Err(Error::Failed(Failure { status: 409, message }));
        }
        let entry = Entry { value: value.to_owned(), version: version + 1 };
        store.insert(key.to_owned(), entry);
        Ok(version + 1)
    }

    fn forget(&self, key: &str) -> Result<(), Error> {
        self.store.borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self, prefix: Option<&str>, _: &Page) -> Result<Keys, Error> {
        let prefix = prefix.unwrap_or_default();
        let store = self.store.borrow();
        let keys = store.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        Ok(Keys { keys, next: None })
    }
}

impl Log for MockHost {
    fn log(&self, level: Level, message: &str, _: &[(&str, &str)]) {
        self.log.borrow_mut().push((level, message.to_owned()));
    }
}

impl Config for MockHost {
    fn setting(&self, key: &str) -> Result<Option<Value>, Error> {
        Ok(self.settings.get(key).cloned())
    }
}

impl Clock for MockHost {
    fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.elapsed.get().as_millis()).unwrap_or(u64::MAX);
        Self::BEGAN_MS.saturating_add(elapsed)
    }

    fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }
}
