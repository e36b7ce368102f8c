//! The API on a cluster that stands still. Whoever asks is somebody, by the name
//! that they show.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::feed::{FeedSite, Hub};
use jarvis_api::http::{HttpParts, Listen, Names, ShownSettings, SiteDoors, serve};
use jarvis_api::terminal::{TerminalParts, TerminalSite, Terminals};
use jarvis_api::voice::Talks;
use jarvis_api::{Service, ServiceParts};
use jarvis_assistant::{AnnouncementParts, Announcements, Assistant, Rules};
use jarvis_domain::caller::Door;
use jarvis_domain::identity::{
    Account, ApiKey, Attempt, Identity, Life, MadeKey, NewKey, Person, Secret, Shown, SignIn,
    SignedIn,
};
use jarvis_domain::inventory::{
    Guest, GuestKind, GuestState, Inventory, Node, NodeState, Snapshot,
};
use jarvis_domain::kv::STORE_FAILED;
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{
    CallError, Caller, Clock, ConsoleSize, ConsoleTarget, Fault, NodeName, Principal, Role,
    SystemClock, Timestamp,
};
use jarvis_policy::port::{Console, Consoles};
use jarvis_policy::{ConsolePermit, ConsoleRule, Lowering};
use jarvis_skill_host::manifest::Limits;
use jarvis_skill_host::testing::Fakes;
use jarvis_skill_host::{
    Allowances, Catalog, HostParts, Reloader, ReloaderParts, Site, SkillEngine, SkillHost,
};
use jarvis_state::State;
use tokio::sync::watch;

/// How large a cluster is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) nodes: u32,
    pub(crate) guests: u32,
}

pub(crate) const HOME: Size = Size { nodes: 4, guests: 20 };

/// A server of the API, with its state folder.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
}

#[derive(Debug)]
struct Still(Arc<Snapshot>);

/// Somebody, named by what they show.
#[derive(Debug)]
struct Somebody {
    person: Person,
    _life: watch::Sender<bool>,
}

/// The API. `feed` is told of the cluster.
pub(crate) async fn jarvis(size: Size, feed: Arc<Hub>) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let state = Arc::new(State::open(folder.path(), Arc::clone(&clock)).unwrap());
    let fakes = Fakes::new();
    let cluster = fakes.cluster.names().cluster.clone();
    let host = Arc::new(SkillHost::new(HostParts {
        engine: SkillEngine::new().unwrap(),
        catalog: Catalog::default(),
        main: Site {
            cluster: cluster.clone(),
            names: Vec::new(),
            aliases: Default::default(),
            ports: fakes.ports(),
        },
        others: Vec::new(),
        skill_config: Default::default(),
        pin: None,
        lowered: Lowering::default(),
        timers: None,
    }));
    let reloader = Arc::new(Reloader::new(ReloaderParts {
        host: Arc::clone(&host),
        folder: folder.path().to_owned(),
        allowances: Allowances {
            grants: Default::default(),
            ceilings: Default::default(),
            ceiling: Limits::CEILING,
            pinned: Default::default(),
            trusting: false,
        },
        last_good: None,
        decisions: state.decisions(),
        clock: Arc::clone(&clock),
    }));
    let announcements = Announcements::new(AnnouncementParts {
        language: jarvis_domain::Language::English,
        rules: Rules::default(),
        main: cluster.clone(),
        runs: state.runs(),
        shown: feed.clone(),
        clock: Arc::clone(&clock),
        zone: jiff::tz::TimeZone::UTC,
    });
    let service = Service::new(ServiceParts {
        assistant: Assistant::new(Arc::clone(&host), Arc::clone(&clock)),
        skill_host: host,
        reloader,
        events: state.events(),
        skill_logs: state.skill_logs(),
        records: state.clone(),
        microphones: Arc::clone(feed.microphones()),
        announcements,
        engines: Vec::new,
        language: jarvis_domain::Language::English,
        demo: true,
    });
    let still: Arc<dyn Inventory> = Arc::new(Still(Arc::new(snapshot(size))));
    feed.tell_of(vec![FeedSite { cluster: cluster.clone(), inventory: Arc::clone(&still) }]);
    let parts = HttpParts {
        service: Arc::new(service),
        identity: Arc::new(somebody()),
        sites: vec![SiteDoors {
            cluster: cluster.clone(),
            names: Vec::new(),
            inventory: still,
            sensors: fakes.cluster.clone(),
            reader: fakes.cluster.clone(),
            operations: fakes.cluster.clone(),
        }],
        journal: state.journal(),
        registry: state.registry(),
        feed,
        talks: Talks::new(None, Arc::clone(&clock)),
        terminals: Terminals::new(TerminalParts {
            main: TerminalSite { cluster: cluster.clone(), consoles: Arc::new(NoConsole) },
            others: Vec::new(),
            rule: ConsoleRule { least: Role::Admin, local: false },
            idle: Duration::from_secs(60),
            audit: state.audit(),
            clock: Arc::clone(&clock),
        }),
        clock,
        settings: ShownSettings::of(&()),
        models: Arc::new(Vec::new()),
        errors: jarvis_api::rows(),
        demo: true,
    };
    let listen = Listen {
        address: [127, 0, 0, 1].into(),
        port: 0,
        tls: None,
        names: Names::default(),
        plain_elsewhere: false,
    };
    let bound = listen.bind().await.unwrap();
    let address = bound.address();
    tokio::spawn(serve(bound, parts, std::future::pending()));
    Server { address, _folder: folder }
}

fn snapshot(size: Size) -> Snapshot {
    let node = |index: u32| -> NodeName { format!("node{index}").parse().unwrap() };
    let nodes = (0..size.nodes).map(|index| Node {
        id: Some(index),
        cpu: Some(0.25),
        cpus: Some(8),
        memory: Some(17 << 30),
        memory_total: Some(64 << 30),
        uptime: Some(100_000),
        ..Node::new(node(index), NodeState::Online)
    });
    let guests = (0..size.guests).map(|index| Guest {
        name: format!("guest-{index}"),
        tags: vec!["prod".to_owned()],
        cpu: Some(0.03),
        memory: Some(1 << 30),
        memory_total: Some(4 << 30),
        uptime: Some(50_000),
        ..Guest::new(
            (100 + index).try_into().unwrap(),
            GuestKind::Vm,
            node(index % size.nodes),
            GuestState::Running,
        )
    });
    Snapshot {
        cluster: "fake".parse().unwrap(),
        as_of: Timestamp(1_800_000_000_000),
        quorate: Some(true),
        nodes: nodes.collect(),
        guests: guests.collect(),
        storages: Vec::new(),
    }
}

fn somebody() -> Somebody {
    let (ends, life) = Life::new();
    let person = Person {
        caller: Caller {
            principal: Principal("user:bench@pam".to_owned()),
            door: Door::Api,
            role: Some(Role::Viewer),
        },
        shown: Shown::Token("jti".to_owned()),
        expires: None,
        life,
    };
    Somebody { person, _life: ends }
}

#[async_trait]
impl Inventory for Still {
    async fn snapshot(&self, _: Duration) -> Result<Arc<Snapshot>, CallError> {
        Ok(Arc::clone(&self.0))
    }
}

#[async_trait]
impl Identity for Somebody {
    async fn sign_in(&self, _: Attempt) -> Result<SignedIn, Box<Fault>> {
        Err(Box::new(Fault::new(&STORE_FAILED, "nobody signs in here")))
    }

    fn who(&self, name: &str) -> Result<Person, Box<Fault>> {
        let mut person = self.person.clone();
        person.caller.principal = Principal(format!("user:{name}@pam"));
        Ok(person)
    }

    async fn sign_out(&self, _: &Person) -> Result<(), Box<Fault>> {
        Ok(())
    }

    async fn sign_out_everywhere(&self, _: &Account, _: &Caller) -> Result<usize, Box<Fault>> {
        Ok(0)
    }

    fn sign_ins(&self) -> Vec<SignIn> {
        Vec::new()
    }

    fn keys(&self) -> Vec<ApiKey> {
        Vec::new()
    }

    async fn make_key(&self, _: NewKey, _: &Caller) -> Result<MadeKey, Box<Fault>> {
        Err(Box::new(Fault::new(&STORE_FAILED, "no key is made here")))
    }

    async fn revoke_key(&self, _: &str, _: &Caller) -> Result<(), Box<Fault>> {
        Ok(())
    }

    fn ticket(&self, _: &Person) -> Secret {
        Secret::new("")
    }

    fn redeem(&self, _: &str) -> Result<Person, Box<Fault>> {
        Ok(self.person.clone())
    }
}

/// A cluster without a console.
#[derive(Debug)]
struct NoConsole;

#[async_trait]
impl Consoles for NoConsole {
    fn is_own_node(&self, _: &ConsoleTarget) -> bool {
        false
    }

    async fn open(&self, _: ConsolePermit, _: ConsoleSize) -> Result<Console, CallError> {
        let fault = Fault::new(&STORE_FAILED, "there is none");
        Err(CallError { kind: CallErrorKind::Unavailable, fault })
    }
}
