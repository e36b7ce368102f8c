//! What every handler can reach.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jarvis_domain::identity::Identity;
use jarvis_domain::inventory::{Inventory, Snapshot};
use jarvis_domain::operation::{Journal, Operations};
use jarvis_domain::read::ClusterReader;
use jarvis_domain::registry::Registry;
use jarvis_domain::sensors::Sensors;
use jarvis_domain::{Clock, ClusterId, RequestId, Row, Timestamp};
use tokio::sync::watch;

use super::error::HttpError;
use super::idempotency::Repeats;
use super::metrics::Metrics;
use super::models::ModelList;
use super::names::Names;
use super::problem::{Answer, Refusal};
use super::server::Crowd;
use super::settings::ShownSettings;
use crate::Service;
use crate::feed::Hub;
use crate::terminal::Terminals;
use crate::voice::Talks;

/// What the HTTP API is made of.
#[derive(Debug)]
pub struct HttpParts {
    /// Answers what is not read from the cluster's snapshot.
    pub service: Arc<Service>,
    /// Who is who.
    pub identity: Arc<dyn Identity>,
    /// The clusters, the main one first.
    pub sites: Vec<SiteDoors>,
    /// The operations.
    pub journal: Arc<dyn Journal>,
    /// Remembers the answers to requests that may be repeated.
    pub registry: Arc<dyn Registry>,
    /// What happens, for who listens.
    pub feed: Arc<Hub>,
    /// The terminals.
    pub terminals: Arc<Terminals>,
    /// Who speaks over a WebSocket.
    pub talks: Arc<Talks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The settings as they may be shown.
    pub settings: ShownSettings,
    /// What the settings name for language, speech, voice and wake word.
    pub models: Arc<dyn ModelList>,
    /// Every error that a person can meet.
    pub errors: Vec<&'static Row>,
    /// Whether the cluster is simulated.
    pub demo: bool,
}

/// One cluster, as the API reads it.
#[derive(Debug, Clone)]
pub struct SiteDoors {
    /// The cluster.
    pub cluster: ClusterId,
    /// What it is called beside its id.
    pub names: Vec<String>,
    /// Its contents.
    pub inventory: Arc<dyn Inventory>,
    /// Temperatures.
    pub sensors: Arc<dyn Sensors>,
    /// Reads of the Proxmox API.
    pub reader: Arc<dyn ClusterReader>,
    /// Its operations, followed.
    pub operations: Arc<dyn Operations>,
}

/// The state of all handlers.
pub(crate) type Shared = Arc<State>;

/// See [`Shared`].
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) parts: HttpParts,
    pub(crate) metrics: Metrics,
    /// The connections that are open.
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) started: Timestamp,
    /// This start of the host: what another one began and did not end, is cut off.
    pub(crate) boot: RequestId,
    pub(crate) openapi: Bytes,
    /// What the server is called, and whose pages may act.
    pub(crate) names: Names,
    /// Told when the server ends: whatever is open for long ends with it.
    pub(crate) closing: watch::Sender<bool>,
    /// The requests that may be repeated.
    pub(super) repeats: Repeats,
    bodies: Vec<Mutex<Option<Cached>>>,
}

/// A snapshot with its JSON, made once however many ask for it.
#[derive(Debug, Clone)]
struct Cached {
    snapshot: Arc<Snapshot>,
    body: Arc<OnceLock<Bytes>>,
}

/// One cluster of those that are served, picked by a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) doors: &'a SiteDoors,
    body: &'a Mutex<Option<Cached>>,
}

/// How old a snapshot may be that is shown. While the host watches the
/// cluster it is younger anyway.
const FRESH: Duration = Duration::from_secs(10);

impl State {
    pub(crate) fn new(parts: HttpParts, names: Names, openapi: Bytes) -> Shared {
        Arc::new(Self {
            metrics: Metrics::default(),
            crowd: Crowd::new(),
            started: parts.clock.now(),
            boot: RequestId::new(),
            bodies: parts.sites.iter().map(|_| Mutex::default()).collect(),
            openapi,
            names,
            closing: watch::Sender::new(false),
            repeats: Repeats::default(),
            parts,
        })
    }

    /// The cluster of this id or name, the main one without.
    pub(crate) fn site(&self, named: Option<&str>) -> Answer<Site<'_>> {
        let mut sites = self.parts.sites.iter().zip(&self.bodies);
        let found = match named {
            None => sites.next(),
            Some(name) => sites.find(|(site, _)| site.is_called(name)),
        };
        found.map(|(doors, body)| Site { doors, body }).ok_or_else(|| {
            Refusal::from(HttpError::Cluster {
                asked: jarvis_domain::text::shown(named.unwrap_or("of any name"), 80),
                known: self.parts.sites.iter().map(|site| site.cluster.clone()).collect(),
            })
        })
    }

    /// What kind of error a code is.
    pub(crate) fn title(&self, code: &str) -> &'static str {
        let row = self.parts.errors.iter().find(|row| row.code == code);
        row.map_or("The request was refused.", |row| row.meaning)
    }
}

impl SiteDoors {
    /// Whether `name` is its id or one of its names, in whatever case.
    fn is_called(&self, name: &str) -> bool {
        let ids = std::iter::once(self.cluster.as_str());
        ids.chain(self.names.iter().map(String::as_str))
            .any(|one| one.to_lowercase() == name.to_lowercase())
    }
}

impl Site<'_> {
    /// The cluster's contents.
    pub(crate) async fn snapshot(&self) -> Answer<Arc<Snapshot>> {
        Ok(self.doors.inventory.snapshot(FRESH).await?)
    }

    /// The whole snapshot as JSON.
    pub(crate) async fn body(&self) -> Answer<Bytes> {
        let snapshot = self.snapshot().await?;
        let cell = self.cell(&snapshot);
        let body = cell
            .get_or_init(|| serde_json::to_vec(&*snapshot).map(Bytes::from).unwrap_or_default());
        Ok(body.clone())
    }

    /// Where the JSON of `snapshot` is or comes. Nobody holds the lock while it
    /// is made.
    fn cell(&self, snapshot: &Arc<Snapshot>) -> Arc<OnceLock<Bytes>> {
        let mut cached = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some(cached) if Arc::ptr_eq(&cached.snapshot, snapshot) => Arc::clone(&cached.body),
            _ => {
                let body = Arc::default();
                *cached = Some(Cached { snapshot: Arc::clone(snapshot), body: Arc::clone(&body) });
                body
            }
        }
    }
}
