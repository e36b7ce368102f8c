//! The real host behind the traits: calls of the component's imports. Each
//! impl touches one interface, so that an unused one leaves no import.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::bindings::jarvis::skill as wire;
use crate::{
    Clock, ClusterRead, ClusterWrite, Config, Entry, Error, Event, Field, Inventory, Items, Keys,
    Kv, Level, Lines, Log, NodeShell, Operation, Output, Page, Reach, Readings, Reply, Request,
    Sample, Sensors, Verb, words,
};

pub use crate::bindings::exports::jarvis::skill::skill::{Guest, Invocation, Reply as Answer};

pub use crate::event_bindings::exports::jarvis::skill::events::{
    Event as WireEvent, Guest as EventGuest,
};

/// The host of this call.
#[derive(Debug)]
pub struct Host {
    began: Instant,
}

/// Runs `invoke` on what the host sent, and puts its answer into wire form.
pub fn run(
    invocation: Invocation,
    invoke: impl FnOnce(&Host, &Request) -> Result<Reply, Error>,
) -> Result<Answer, Error> {
    let host = Host { began: Instant::now() };
    let arguments = serde_json::from_str(&invocation.arguments).map_err(|error| {
        Error::Invalid(format!("The arguments are not a JSON object: {error}."))
    })?;
    let request = Request {
        command: invocation.command,
        arguments,
        locale: invocation.locale,
        id: invocation.request_id,
        budget: Duration::from_millis(invocation.budget_ms.into()),
        dry_run: invocation.dry_run,
    };
    let reply = invoke(&host, &request)?;
    Ok(Answer {
        outcome: reply.outcome.as_str().to_owned(),
        speech: words::line(&reply.speech, 1000),
        detail: reply.detail,
        data: reply.data.map(|data| data.to_string()),
        extra: reply.note.map(|note| Field::new("note", note)).into_iter().collect(),
    })
}

/// Runs `on_event` on what the host sent.
pub fn take(
    event: WireEvent,
    on_event: impl FnOnce(&Host, &Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let host = Host { began: Instant::now() };
    let data = serde_json::from_str(&event.data)
        .map_err(|error| Error::Invalid(format!("The data is not a JSON object: {error}.")))?;
    let WireEvent { id, topic, at, subject, .. } = event;
    on_event(&host, &Event { id, topic, at_ms: at, subject, data })
}

/// A handle of the host as an [`Operation`].
struct Handle(wire::operations::Operation);

impl Operation for Handle {
    fn id(&self) -> String {
        self.0.id()
    }

    fn wait(&self, timeout_ms: u32) -> Result<Option<String>, Error> {
        self.0.wait(timeout_ms)
    }

    fn log(&self, page: &Page) -> Result<Lines, Error> {
        self.0.log(page)
    }
}

impl Inventory for Host {
    fn find(&self, kind: &str, query: Option<&str>, page: &Page) -> Result<Items, Error> {
        wire::inventory::find(kind, query, page)
    }
}

impl ClusterRead for Host {
    fn read(&self, path: &str, query: &[Field]) -> Result<String, Error> {
        wire::cluster_read::get(path, query)
    }
}

impl ClusterWrite for Host {
    fn write(
        &self,
        verb: Verb,
        path: &str,
        fields: &[Field],
    ) -> Result<Option<Box<dyn Operation>>, Error> {
        let operation = wire::cluster_write::call(verb, path, fields)?;
        Ok(operation.map(|operation| Box::new(Handle(operation)) as Box<dyn Operation>))
    }
}

impl NodeShell for Host {
    fn run_on(&self, node: &str, argv: &[String], at_most: Duration) -> Result<Output, Error> {
        wire::node_shell::run(node, argv, u32::try_from(at_most.as_millis()).unwrap_or(u32::MAX))
    }

    fn start_on(&self, node: &str, argv: &[String]) -> Result<Box<dyn Operation>, Error> {
        Ok(Box::new(Handle(wire::node_shell::start(node, argv)?)))
    }
}

impl Sensors for Host {
    fn temperatures(&self, node: &str) -> Result<Readings, Error> {
        wire::sensors::temperatures(node)
    }

    fn history(&self, node: &str, since: u64) -> Result<Vec<Sample>, Error> {
        wire::sensors::history(node, since)
    }

    fn reachable(&self, node: &str) -> Result<Reach, Error> {
        wire::sensors::reachable(node)
    }
}

impl Kv for Host {
    fn stored(&self, key: &str) -> Result<Option<Entry>, Error> {
        wire::kv::get(key)
    }

    fn store(
        &self,
        key: &str,
        value: &[u8],
        ttl: Option<Duration>,
        expected: Option<u64>,
    ) -> Result<u64, Error> {
        let ttl = ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        wire::kv::set(key, value, ttl, expected)
    }

    fn forget(&self, key: &str) -> Result<(), Error> {
        wire::kv::delete(key)
    }

    fn keys(&self, prefix: Option<&str>, page: &Page) -> Result<Keys, Error> {
        wire::kv::scan(prefix, page)
    }
}

impl Log for Host {
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        wire::log::write(level, message, &fields);
    }
}

impl Config for Host {
    fn setting(&self, key: &str) -> Result<Option<Value>, Error> {
        let Some(text) = wire::config::get(key)? else { return Ok(None) };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| Error::refused(format!("The setting {key} is garbled: {error}.")))
    }
}

impl Clock for Host {
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}
