//! What a skill can ask of the host, one trait for each capability.
//!
//! The methods have names of their own, so that one `host` can be bound by
//! several traits. Units, limits and the meaning of errors stand in `wit/`.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Entry, Error, Field, Item, Items, Keys, Level, Operation, Output, Page, Reach, Readings,
    Sample, Verb, say,
};

/// What the host knows of the cluster.
pub trait Inventory {
    /// One page of the items of a kind that match `query`.
    fn find(&self, kind: &str, query: Option<&str>, page: &Page) -> Result<Items, Error>;

    /// Every item of a kind that matches `query`, page after page.
    fn find_all(&self, kind: &str, query: Option<&str>) -> Result<Items, Error> {
        let mut all = self.find(kind, query, &Page { cursor: None, limit: None })?;
        // The largest cluster that Proxmox supports fits many times over.
        for _ in 0..1000 {
            let Some(cursor) = all.next.take() else { return Ok(all) };
            let more = self.find(kind, query, &Page { cursor: Some(cursor), limit: None })?;
            all.items.extend(more.items);
            all.next = more.next;
        }
        Err(Error::refused("The list of the cluster's contents does not end."))
    }

    /// The one item of a kind with this id.
    fn find_one(&self, kind: &str, id: &str) -> Result<Item, Error> {
        let found = self.find_all(kind, Some(id))?;
        let item = found.items.into_iter().find(|item| item.id == id);
        item.ok_or_else(|| {
            let noun = match kind {
                "node" => "Den Knoten",
                "storage" => "Den Speicher",
                _ => "Den Gast",
            };
            Error::NotFound(say!(
                en: "There is no {kind} {id}.",
                de: "{noun} {id} gibt es nicht.",
            ))
        })
    }
}

/// Reads of the Proxmox API.
pub trait ClusterRead {
    /// GET `path`; the answer is JSON text.
    fn read(&self, path: &str, query: &[Field]) -> Result<String, Error>;

    /// GET `path`; the answer as a value.
    fn read_json(&self, path: &str) -> Result<Value, Error> {
        serde_json::from_str(&self.read(path, &[])?)
            .map_err(|error| Error::refused(format!("The answer of {path} is garbled: {error}.")))
    }
}

/// Writes of the Proxmox API.
pub trait ClusterWrite {
    /// Starts one write; `None` when it was done at once.
    fn write(
        &self,
        verb: Verb,
        path: &str,
        fields: &[Field],
    ) -> Result<Option<Box<dyn Operation>>, Error>;
}

/// Commands on nodes.
pub trait NodeShell {
    /// Runs a short command that only reads.
    fn run_on(&self, node: &str, argv: &[String], at_most: Duration) -> Result<Output, Error>;
    /// Starts a long command, or one with an effect.
    fn start_on(&self, node: &str, argv: &[String]) -> Result<Box<dyn Operation>, Error>;
}

/// Temperatures and reachability.
pub trait Sensors {
    /// The temperatures of one node.
    fn temperatures(&self, node: &str) -> Result<Readings, Error>;
    /// How hot one node was from `since` on, milliseconds since the Unix epoch;
    /// oldest first, at most the last 24 hours.
    fn history(&self, node: &str, since: u64) -> Result<Vec<Sample>, Error>;
    /// Which of a node's doors answer.
    fn reachable(&self, node: &str) -> Result<Reach, Error>;
}

/// The skill's own small store.
pub trait Kv {
    /// The value of `key`.
    fn stored(&self, key: &str) -> Result<Option<Entry>, Error>;
    /// Writes `key`, for `ttl` or for good, and if `expected` only over that
    /// version (0: only if new); its new version.
    fn store(
        &self,
        key: &str,
        value: &[u8],
        ttl: Option<Duration>,
        expected: Option<u64>,
    ) -> Result<u64, Error>;
    /// Removes `key`.
    fn forget(&self, key: &str) -> Result<(), Error>;
    /// One page of the keys that begin with `prefix`.
    fn keys(&self, prefix: Option<&str>, page: &Page) -> Result<Keys, Error>;
}

/// The host's log.
pub trait Log {
    /// Writes one line with named values.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);
}

/// The skill's own section of the settings.
pub trait Config {
    /// The value of one key; `None` where it is not set.
    fn setting(&self, key: &str) -> Result<Option<Value>, Error>;
}

/// The time. WASI's clocks, which every skill has without asking.
pub trait Clock {
    /// Milliseconds since the Unix epoch, UTC.
    fn now_ms(&self) -> u64;
    /// How long this call has taken so far.
    fn elapsed(&self) -> Duration;
}

/// What is read of an [`Item`] most often.
pub trait ItemExt {
    /// One of the open attributes, `lock`, `template` …
    fn attribute(&self, name: &str) -> Option<&str>;
    /// Whether it has this tag, regardless of case.
    fn has_tag(&self, tag: &str) -> bool;
}

impl ItemExt for Item {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.extra.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own.eq_ignore_ascii_case(tag))
    }
}
