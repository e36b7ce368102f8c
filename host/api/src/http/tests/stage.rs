//! A whole server on the loopback address.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_assistant::{AnnouncementParts, Announcements, Assistant, Rules};
use jarvis_domain::announce::Nowhere;
use jarvis_domain::figures::{EngineFigures, EngineState};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::kv::StoreError;
use jarvis_domain::operation::{Journal, OperationEnd, OperationRecord, OperationState};
use jarvis_domain::read::ClusterReader;
use jarvis_domain::{
    ApiPath, Call, CallError, Caller, Clock, ConsoleSize, ConsoleTarget, Door, Fault, Fields,
    ManualClock, MicrophoneId, OperationId, Principal, Role, RunId, Timestamp, Verified,
};
use jarvis_policy::port::{Actuator, Console, Consoles, FarConsole};
use jarvis_policy::{ConsolePermit, ConsoleRule, Lowering, Permit};
use jarvis_skill_host::manifest::Limits;
use jarvis_skill_host::testing::{Fakes, built_skills};
use jarvis_skill_host::{
    Allowances, Catalog, HostParts, Ports, Reloader, ReloaderParts, Site, SkillEngine, SkillHost,
    TimerParts, Timers,
};
use jarvis_state::State;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use utoipa::ToSchema;

use super::identity::FakeIdentity;
use super::turnstile::{SlowDecisions, SlowRegistry, Turnstile};
use super::{Answer, Call as HttpCall};
use crate::feed::{FeedSite, Hub};
use crate::http::wire::{Model, ModelKind, ModelState};
use crate::http::{Bound, HttpParts, Listen, Names, Proxies, ShownSettings, SiteDoors, Tls, serve};
use crate::terminal::{TerminalParts, TerminalSite, Terminals};
use crate::voice::Talks;
use crate::{Attention, Microphone, Request, Response, Service, ServiceParts};

/// A WebSocket to it.
pub(super) type Socket = WebSocketStream<TcpStream>;

/// A server, and what stands behind it.
pub(super) struct Stage {
    pub(super) address: SocketAddr,
    pub(super) identity: Arc<FakeIdentity>,
    pub(super) fakes: Fakes,
    pub(super) journal: Arc<dyn Journal>,
    /// While true, the API cannot read the journal.
    pub(super) unread: Arc<AtomicBool>,
    /// Before a decision is kept.
    pub(super) deciding: Arc<Turnstile>,
    /// Before the claim of an idempotency key is answered.
    pub(super) claiming: Arc<Turnstile>,
    /// While true, the registry takes nothing but claims.
    pub(super) full: Arc<AtomicBool>,
    pub(super) folder: tempfile::TempDir,
    /// As the control socket has it.
    pub(super) service: Arc<Service>,
    /// What is said aloud; a test runs it.
    pub(super) announcements: Arc<Announcements>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

/// Writes down what is started, as the cluster's room does.
#[derive(Debug)]
struct Journaling {
    fakes: Fakes,
    journal: Arc<dyn Journal>,
}

/// A journal that cannot be read for a while.
#[derive(Debug)]
struct Unread(Arc<dyn Journal>, Arc<AtomicBool>);

/// A node's words about itself, as Proxmox has them.
#[derive(Debug)]
struct Words(Fakes);

/// Settings of one section.
#[derive(Debug, Serialize, ToSchema)]
struct Few {
    server: FewServer,
}

/// That section.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingsServer)]
struct FewServer {
    port: u16,
}

/// An engine of which all is known.
fn engine() -> EngineFigures {
    EngineFigures {
        name: "whisper".to_owned(),
        state: EngineState::Running,
        since: Some(Timestamp(7)),
        restarts: 2,
        memory: Some(1 << 28),
        why: Some("it ended".to_owned()),
    }
}

impl Stage {
    /// On a state folder of its own.
    pub(super) async fn new() -> Self {
        Self::on(tempfile::tempdir().unwrap(), Arc::new(FakeIdentity::new()), None).await
    }

    pub(super) async fn with_tls(tls: Tls) -> Self {
        let identity = Arc::new(FakeIdentity::new());
        Self::on(tempfile::tempdir().unwrap(), identity, Some(tls)).await
    }

    /// Another server on what this one leaves.
    pub(super) async fn restarted(mut self) -> Self {
        self.end().await;
        let Self { folder, identity, journal, service, announcements, .. } = self;
        // They hold the state folder's lock.
        drop((journal, service, announcements));
        Self::on(folder, identity, None).await
    }

    /// Tells the server to end, as it is told when jarvis is stopped.
    pub(super) fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Ends the server, and waits for that.
    pub(super) async fn end(&mut self) {
        if self.stop.is_some() {
            self.stop();
        }
        self.server.take().unwrap().await.unwrap();
    }

    /// Opens a WebSocket as a person of this role.
    pub(super) async fn socket(&self, role: Role, path: &str) -> Socket {
        let url = format!("ws://{}{path}", self.address);
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {}", self.identity.person(role)).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let stream = TcpStream::connect(self.address).await.unwrap();
        tokio_tungstenite::client_async(request, stream).await.unwrap().0
    }

    /// How many connections the server says there are, beside the one that asks.
    pub(super) async fn connections(&self) -> usize {
        let metrics = self.send(HttpCall::get("/metrics")).await.text();
        let mut lines = metrics.lines();
        let count = lines.find_map(|line| line.strip_prefix("jarvis_http_connections "));
        count.unwrap().parse::<usize>().unwrap() - 1
    }

    async fn on(folder: tempfile::TempDir, identity: Arc<FakeIdentity>, tls: Option<Tls>) -> Self {
        let fakes = Fakes::new();
        let clock: Arc<dyn Clock> = fakes.clock.clone();
        let state = Arc::new(State::open(folder.path(), Arc::clone(&clock)).unwrap());
        let journal = state.journal();
        let ports = Ports {
            actuator: Arc::new(Journaling { fakes: fakes.clone(), journal: journal.clone() }),
            audit: state.audit(),
            runs: state.runs(),
            kv: state.kv(),
            logs: state.skill_logs(),
            ..fakes.ports()
        };
        let cluster = fakes.cluster.names().cluster.clone();
        let timers = TimerParts {
            audit: state.audit(),
            runs: state.runs(),
            ..fakes.timers(state.schedule(), Arc::new(Nowhere))
        };
        let timers = Timers::open(timers).await.unwrap();
        let host = Arc::new(SkillHost::new(HostParts {
            engine: SkillEngine::with_cache(&cache()).unwrap(),
            catalog: Catalog::default(),
            main: Site {
                cluster: cluster.clone(),
                names: vec!["the lab".to_owned()],
                aliases: Default::default(),
                ports,
            },
            others: Vec::new(),
            skill_config: Default::default(),
            pin: None,
            lowered: Lowering::default(),
            timers: Some(Arc::clone(&timers)),
        }));
        let unread = Arc::<AtomicBool>::default();
        let (deciding, claiming) = (Arc::<Turnstile>::default(), Arc::<Turnstile>::default());
        let full = Arc::<AtomicBool>::default();
        let reloader = Arc::new(Reloader::new(ReloaderParts {
            host: Arc::clone(&host),
            folder: built_skills(),
            allowances: Allowances {
                grants: Default::default(),
                ceilings: Default::default(),
                ceiling: Limits::CEILING,
                pinned: Default::default(),
                trusting: true,
            },
            last_good: None,
            decisions: Arc::new(SlowDecisions(state.decisions(), Arc::clone(&deciding))),
            clock: Arc::clone(&clock),
        }));
        reloader.look_to_the_end().await.unwrap();
        let feed = Hub::new(Arc::clone(&clock));
        let announcements = Announcements::new(AnnouncementParts {
            language: jarvis_domain::Language::English,
            rules: Rules::default(),
            main: cluster.clone(),
            runs: state.runs(),
            shown: feed.clone(),
            clock: Arc::clone(&clock),
            zone: jiff::tz::TimeZone::UTC,
        });
        announcements.speak_through(vec![feed.microphones().clone()]);
        let service = Arc::new(Service::new(ServiceParts {
            assistant: Assistant::new(Arc::clone(&host), Arc::clone(&clock))
                .with_announcements(Arc::clone(&announcements)),
            skill_host: host,
            reloader,
            events: state.events(),
            skill_logs: state.skill_logs(),
            records: state.clone(),
            microphones: Arc::clone(feed.microphones()),
            announcements: Arc::clone(&announcements),
            engines: || vec![engine()],
            language: jarvis_domain::Language::English,
            demo: true,
        }));
        feed.tell_of_timers(timers);
        feed.tell_of(vec![FeedSite { cluster: cluster.clone(), inventory: fakes.cluster.clone() }]);
        let parts = HttpParts {
            service: Arc::clone(&service),
            identity: identity.clone(),
            sites: vec![SiteDoors {
                cluster: cluster.clone(),
                names: vec!["the lab".to_owned()],
                inventory: fakes.cluster.clone(),
                sensors: fakes.cluster.clone(),
                reader: Arc::new(Words(fakes.clone())),
                operations: fakes.cluster.clone(),
            }],
            journal: Arc::new(Unread(journal.clone(), Arc::clone(&unread))),
            registry: Arc::new(SlowRegistry {
                registry: state.registry(),
                claiming: Arc::clone(&claiming),
                full: Arc::clone(&full),
            }),
            feed,
            talks: Talks::new(None, Arc::clone(&clock)),
            terminals: Terminals::new(TerminalParts {
                main: TerminalSite { cluster: cluster.clone(), consoles: Arc::new(Quiet) },
                others: Vec::new(),
                rule: ConsoleRule { least: Role::Admin, local: false },
                idle: Duration::from_secs(60),
                audit: state.audit(),
                clock: Arc::clone(&clock),
            }),
            clock,
            settings: ShownSettings::of(&Few { server: FewServer { port: 3001 } }),
            models: Arc::new(vec![Model {
                kind: ModelKind::WakeWord,
                name: None,
                backend: None,
                state: ModelState::Missing,
                note: None,
            }]),
            errors: crate::rows(),
            demo: true,
        };
        let listen = Listen {
            address: [127, 0, 0, 1].into(),
            port: 0,
            tls,
            names: Names { proxies: Proxies::at(vec![[127, 0, 0, 1].into()]), ..Names::default() },
            plain_elsewhere: false,
        };
        let bound: Bound = listen.bind().await.unwrap();
        let address = bound.address();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(bound, parts, async { drop(stopped.await) }));
        Self {
            address,
            identity,
            fakes,
            journal,
            unread,
            deciding,
            claiming,
            full,
            folder,
            service,
            announcements,
            stop: Some(stop),
            server: Some(server),
        }
    }

    /// What whoever speaks asks of the host.
    pub(super) async fn voice(&self, request: Request) -> Result<Response, Box<Fault>> {
        let caller = Caller {
            principal: Principal("uid:7".to_owned()),
            door: Door::Voice,
            role: Some(Role::Viewer),
        };
        let conversation = &mut self.service.conversation();
        self.service.handle(request, &caller, conversation, Arc::new(Unwatched)).await
    }

    /// Asks as somebody of `role` at the command line.
    pub(super) async fn typed(&self, role: Role, request: Request) -> Result<Response, Box<Fault>> {
        let (principal, role) = (Principal("uid:7".to_owned()), Some(role));
        let caller = Caller { principal, door: Door::Cli, role };
        let conversation = &mut self.service.conversation();
        self.service.handle(request, &caller, conversation, Arc::new(Unwatched)).await
    }

    /// Somebody sits at a microphone.
    pub(super) async fn microphone(&self) -> MicrophoneId {
        let (id, name) = (MicrophoneId::new(), "desk".to_owned());
        let attention = Attention::Asleep;
        let told = Microphone { id, name, attention, muted: false, level: 12 };
        self.voice(Request::Report(told)).await.unwrap();
        id
    }

    pub(super) async fn send(&self, call: HttpCall) -> Answer {
        call.send(self.address).await
    }

    /// Sends it as a person of this role.
    pub(super) async fn send_as(&self, role: Role, call: HttpCall) -> Answer {
        self.send(call.by(&self.identity.person(role))).await
    }

    pub(super) fn clock(&self) -> &ManualClock {
        &self.fakes.clock
    }

    /// An operation that has ended.
    pub(super) async fn operation(&self) -> OperationId {
        let at = self.clock().now();
        let end = OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes };
        let record = OperationRecord {
            state: OperationState::Ended { at, end },
            ..record(at, "/nodes/home/qemu/101/status/start")
        };
        self.journal.put(&record).await.unwrap();
        record.id
    }
}

/// Where compiled skills are kept between tests.
fn cache() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.with_file_name("jarvis-api-tests-compiled")
}

fn record(at: Timestamp, path: &str) -> OperationRecord {
    OperationRecord {
        id: OperationId::new(),
        run: RunId::new(),
        cluster: "fake".parse().unwrap(),
        call: Call::Api(jarvis_domain::ApiCall {
            verb: jarvis_domain::Verb::Create,
            path: path.parse().unwrap(),
            fields: Fields::none(),
        }),
        at,
        upid: None,
        state: OperationState::Sent,
    }
}

#[async_trait]
impl Actuator for Journaling {
    async fn start(&self, permit: Permit) -> Result<OperationId, CallError> {
        let call = permit.call().clone();
        let id = self.fakes.cluster.start(permit).await?;
        let at = self.fakes.clock.now();
        let record = OperationRecord { id, call, ..record(at, "/nodes") };
        self.journal.put(&record).await.unwrap();
        Ok(id)
    }
}

#[async_trait]
impl Journal for Unread {
    async fn put(&self, record: &OperationRecord) -> Result<(), StoreError> {
        self.0.put(record).await
    }

    async fn get(&self, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        if self.1.load(Ordering::SeqCst) {
            let source = Box::new(std::io::Error::other("the disk is slow"));
            return Err(StoreError { doing: "reading".to_owned(), source });
        }
        self.0.get(id).await
    }

    async fn unfinished(&self) -> Result<Vec<OperationRecord>, StoreError> {
        self.0.unfinished().await
    }

    async fn recent(&self, since: Timestamp) -> Result<Vec<OperationRecord>, StoreError> {
        self.0.recent(since).await
    }
}

#[async_trait]
impl ClusterReader for Words {
    async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, CallError> {
        let last = path.segments().last().map(ToOwned::to_owned).unwrap_or_default();
        match (path.segments().count(), AsRef::<str>::as_ref(&last)) {
            (3, "status") => Ok(json!({
                "cpu": 0.25, "loadavg": ["0.10", "0.20", "0.30"], "uptime": 4000,
                "memory": { "used": 1, "total": 2, "free": 1 },
                "rootfs": { "used": 1, "total": 2, "avail": 1 },
                "cpuinfo": { "model": "Intel", "cpus": 4, "sockets": 1 },
                "kversion": "Linux 6.8", "pveversion": "pve-manager/8.2",
            })),
            (3, "storage") => Ok(json!([
                { "storage": "local", "type": "dir", "content": "iso", "active": 1,
                  "enabled": 1, "shared": 0, "used": 1, "total": 2, "avail": 1 },
            ])),
            (4, "update") => Ok(json!([
                { "Package": "curl", "Version": "8", "OldVersion": "7", "Title": "a client",
                  "Origin": "Debian", "Section": "web", "Priority": "optional" },
            ])),
            _ => self.0.cluster.get(path, query).await,
        }
    }
}

/// A cluster whose consoles show nothing.
#[derive(Debug)]
struct Quiet;

#[async_trait]
impl Consoles for Quiet {
    fn is_own_node(&self, _: &ConsoleTarget) -> bool {
        false
    }

    async fn open(&self, _: ConsolePermit, _: ConsoleSize) -> Result<Console, CallError> {
        Ok(Console::Far(Box::new(Self)))
    }
}

#[async_trait]
impl FarConsole for Quiet {
    async fn read(&self) -> Result<Option<Vec<u8>>, CallError> {
        std::future::pending().await
    }

    async fn write(&self, _: &[u8]) -> Result<(), CallError> {
        Ok(())
    }

    async fn resize(&self, _: ConsoleSize) -> Result<(), CallError> {
        Ok(())
    }
}
