//! The HTTP door of a host that serves: where it listens, and what it is made
//! of.

use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;
use std::time::Duration;

use jarvis_api::http::{self, Bound, HttpError, HttpParts, Listen, ShownSettings, SiteDoors};
use jarvis_api::terminal::{TerminalParts, TerminalSite, Terminals};
use jarvis_api::voice::Talks;
use jarvis_auth::{DemoPasswords, Gate};
use jarvis_cluster::Cluster;
use jarvis_domain::{Explain, Fault};
use jarvis_policy::ConsoleRule;

use crate::errors;
use crate::identity;
use crate::models::NamedModels;
use crate::reach::env;
use crate::settings::{self, Demo, Settings, Shown};
use crate::wiring::Host;

/// A door that has its address, and lets nobody in yet.
pub(crate) struct HttpDoor {
    bound: Bound,
    parts: HttpParts,
    terminals: Arc<Terminals>,
    /// Who may come in.
    pub(crate) gate: Arc<Gate>,
}

/// The certificate that jarvis makes itself, below the state folder.
const TLS: &str = "tls";
/// Where a demo listens, if nobody else does.
const DEMO_PORT: u16 = 3001;

impl HttpDoor {
    /// The door that the settings describe.
    pub(crate) async fn configured(
        host: &Host,
        settings: &Settings,
        talks: Arc<Talks>,
    ) -> Result<Self, Box<Fault>> {
        let server = &settings.server;
        let tls = server.web.tls.as_ref().map(|tls| match tls {
            settings::Tls::SelfMade => {
                http::Tls::SelfMade { folder: settings.state.folder.join(TLS) }
            }
            settings::Tls::Given { certificate, key } => {
                http::Tls::Given { certificate: certificate.clone(), key: key.clone() }
            }
        });
        if let Some(http::Tls::SelfMade { folder }) = &tls {
            let made = std::fs::DirBuilder::new().mode(0o700).recursive(true).create(folder);
            made.map_err(|error| {
                let (path, why) = (folder.clone(), error.to_string());
                HttpError::Certificate { path, why }.fault()
            })?;
        }
        let listen = Listen {
            address: server.listen,
            port: server.port,
            tls,
            names: server.web.names(),
            plain_elsewhere: server.web.plain_elsewhere,
        };
        let bound = listen.bind().await.map_err(|error| error.fault())?;
        let main = main(host)?;
        let gate = identity::configured(settings, &env, &host.state, main, &host.clock).await?;
        let terminals = terminals(host, main, settings.terminal.rule(), settings.terminal.idle);
        host.service.with_identity(Arc::clone(&gate) as _);
        let parts = parts(host, settings, &gate, (&terminals, talks), false);
        Ok(Self { bound, parts, terminals, gate })
    }

    /// The door of a demo, and the one account that it knows.
    pub(crate) async fn demo(
        host: &Host,
        talks: Arc<Talks>,
    ) -> Result<(Self, Arc<DemoPasswords>), Box<Fault>> {
        let bound = demo_port().await?;
        let main = main(host)?;
        let folder = host.state.folder();
        let (gate, passwords) = identity::demo(folder, &host.state, main.id(), &host.clock).await?;
        host.service.with_identity(Arc::clone(&gate) as _);
        let settings = Settings::default();
        // The shell of a demo's own node is simulated like all others.
        let rule = ConsoleRule { local: true, ..settings.terminal.rule() };
        let terminals = terminals(host, main, rule, settings.terminal.idle);
        let parts = parts(host, &settings, &gate, (&terminals, talks), true);
        Ok((Self { bound, parts, terminals, gate }, passwords))
    }

    /// Where a browser finds it.
    pub(crate) fn url(&self) -> String {
        self.bound.url()
    }

    /// The SHA-256 of its certificate, if it has one.
    pub(crate) fn fingerprint(&self) -> Option<&str> {
        self.bound.fingerprint()
    }

    /// Lets people in until `stop` completes.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { bound, parts, terminals, gate } = self;
        tokio::select! {
            () = http::serve(bound, parts, stop) => {}
            () = gate.watch() => {}
        }
        terminals.shutdown().await;
    }
}

/// The usual port, or any where somebody has that one; or the one that `PORT`
/// names.
async fn demo_port() -> Result<Bound, Box<Fault>> {
    let listen = |port| Listen {
        address: IpAddr::from([127, 0, 0, 1]),
        port,
        tls: None,
        names: http::Names::default(),
        plain_elsewhere: false,
    };
    let bound = match settings::port(&env).map_err(|error| error.fault())? {
        Some(port) => listen(port).bind().await,
        None => match listen(DEMO_PORT).bind().await {
            Err(HttpError::Listen { .. }) => listen(0).bind().await,
            bound => bound,
        },
    };
    bound.map_err(|error| error.fault())
}

fn main(host: &Host) -> Result<&Arc<Cluster>, Box<Fault>> {
    // There always is one: the settings have a default.
    host.clusters.first().ok_or_else(|| errors::UsageError::Answer.into())
}

fn terminals(
    host: &Host,
    main: &Arc<Cluster>,
    rule: ConsoleRule,
    idle: Duration,
) -> Arc<Terminals> {
    let site = |cluster: &Arc<Cluster>| TerminalSite {
        cluster: cluster.id().clone(),
        consoles: Arc::clone(cluster) as _,
    };
    Terminals::new(TerminalParts {
        main: site(main),
        others: host.clusters.iter().skip(1).map(site).collect(),
        rule,
        idle,
        audit: host.state.audit(),
        clock: Arc::clone(&host.clock),
    })
}

fn parts(
    host: &Host,
    settings: &Settings,
    gate: &Arc<Gate>,
    (terminals, talks): (&Arc<Terminals>, Arc<Talks>),
    demo: bool,
) -> HttpParts {
    let models = NamedModels::new(settings, demo, Arc::clone(&host.clock));
    let names = |cluster: &Arc<Cluster>| {
        let named = std::iter::once(&settings.cluster).chain(&settings.clusters);
        let mut named = named.filter(|named| named.id == *cluster.id());
        named.next().map(|named| named.names.clone()).unwrap_or_default()
    };
    let site = |cluster: &Arc<Cluster>| SiteDoors {
        cluster: cluster.id().clone(),
        names: names(cluster),
        inventory: Arc::clone(cluster) as _,
        sensors: Arc::clone(cluster) as _,
        reader: Arc::clone(cluster) as _,
        operations: Arc::clone(cluster) as _,
    };
    let shown = if demo { Shown::Demo(Demo { demo }) } else { Shown::Whole(settings) };
    HttpParts {
        service: Arc::clone(&host.service),
        identity: Arc::clone(gate) as _,
        sites: host.clusters.iter().map(site).collect(),
        journal: host.state.journal(),
        registry: host.state.registry(),
        feed: Arc::clone(&host.feed),
        terminals: Arc::clone(terminals),
        talks,
        clock: Arc::clone(&host.clock),
        settings: ShownSettings::of(&shown),
        models: Arc::new(models),
        errors: errors::rows(),
        demo,
    }
}
