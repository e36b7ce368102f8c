//! A cluster in memory: two nodes, three guests, and knobs for what goes wrong.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::inventory::{
    Guest, GuestKind, GuestState, Inventory, Node, NodeState, Snapshot, Storage,
};
use jarvis_domain::operation::{LogPage, Operations};
use jarvis_domain::read::{CallErrorKind, ClusterReader};
use jarvis_domain::sensors::{Reach, Reading, Readings, Sensors};
use jarvis_domain::{
    ApiCall, ApiPath, Call, CallError, Clock, Fault, Fields, ManualClock, NodeName, OperationEnd,
    OperationId, Row, Verb, Verified,
};
use jarvis_policy::Permit;
use jarvis_policy::port::{Actuator, NodeShell, ShellOutput};
use serde_json::{Value, json};
use tokio::sync::Notify;

const ROW: Row = Row { code: "fake", meaning: "", hint: "", exit: 1, status: 500 };

/// A cluster in memory.
#[derive(Debug)]
pub struct FakeCluster {
    clock: Arc<ManualClock>,
    state: Mutex<State>,
    /// Told when a read begins that never answers.
    pub hanging: Notify,
    /// Told when somebody begins to wait for an operation that goes on.
    pub waited: Notify,
    goes_on: Notify,
}

#[derive(Debug)]
struct State {
    snapshot: Arc<Snapshot>,
    started: Vec<(OperationId, Call)>,
    end: Option<OperationEnd>,
    refuses: Option<CallErrorKind>,
    silent: bool,
    hangs: bool,
    names_hang: bool,
    hidden: bool,
}

impl FakeCluster {
    /// VM 101 `mediaserver` runs, VM 102 `webserver-01` and container 105
    /// `database` are stopped; 102 and 105 are tagged `prod`.
    #[must_use]
    pub fn new(clock: Arc<ManualClock>) -> Self {
        let state = State {
            snapshot: Arc::new(snapshot(&clock)),
            started: Vec::new(),
            end: Some(OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes }),
            refuses: None,
            silent: false,
            hangs: false,
            names_hang: false,
            hidden: false,
        };
        Self {
            clock,
            state: Mutex::new(state),
            hanging: Notify::new(),
            waited: Notify::new(),
            goes_on: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cluster as it is now.
    #[must_use]
    pub fn names(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().snapshot)
    }

    /// The writes that were started, in order.
    #[must_use]
    pub fn started(&self) -> Vec<String> {
        self.state().started.iter().map(|(_, call)| call.to_string()).collect()
    }

    /// How every operation ends from now on; `None`: it goes on.
    pub fn ends(&self, end: Option<OperationEnd>) {
        self.state().end = end;
    }

    /// Why no write can be started from now on.
    pub fn refuses(&self, kind: Option<CallErrorKind>) {
        self.state().refuses = kind;
    }

    /// Whether the inventory cannot be asked.
    pub fn silent(&self, silent: bool) {
        self.state().silent = silent;
    }

    /// Whether reads never answer.
    pub fn hangs(&self, hangs: bool) {
        self.state().hangs = hangs;
        self.goes_on.notify_waiters();
    }

    /// Whether the inventory never answers.
    pub fn names_hang(&self, hang: bool) {
        self.state().names_hang = hang;
        self.goes_on.notify_waiters();
    }

    /// Returns once what `hangs` says does so no more.
    async fn answers(&self, hangs: impl Fn(&State) -> bool) {
        loop {
            let goes_on = self.goes_on.notified();
            if !hangs(&self.state()) {
                return;
            }
            self.hanging.notify_one();
            goes_on.await;
        }
    }

    /// From now on there are no storages, or none that may be seen.
    pub fn has_no_storages(&self, hidden: bool) {
        let mut state = self.state();
        state.hidden = hidden;
        state.snapshot =
            Arc::new(Snapshot { storages: Vec::new(), ..Snapshot::clone(&state.snapshot) });
    }

    /// Changes the guests; the next snapshot has them so.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Guest>)) {
        let mut state = self.state();
        let mut snapshot = Snapshot::clone(&state.snapshot);
        change(&mut snapshot.guests);
        state.snapshot = Arc::new(snapshot);
    }

    fn error(kind: CallErrorKind, sentence: &str) -> CallError {
        CallError { kind, fault: Fault::new(&ROW, sentence) }
    }

    fn known(&self, node: &NodeName) -> Result<(), CallError> {
        match self.state().snapshot.node(node) {
            Some(_) => Ok(()),
            None => Err(Self::error(CallErrorKind::NotFound, "there is no such node")),
        }
    }
}

#[async_trait]
impl ClusterReader for FakeCluster {
    /// A guest's state where the path is one's, else the path itself.
    async fn get(&self, path: &ApiPath, _: &Fields) -> Result<Value, CallError> {
        self.answers(|state| state.hangs).await;
        let guest = path.guest().and_then(|vmid| self.state().snapshot.guest(vmid).cloned());
        Ok(match guest {
            Some(guest) => json!({ "vmid": guest.vmid.get(), "status": guest.state }),
            None => json!({ "path": path.as_str() }),
        })
    }
}

#[async_trait]
impl Inventory for FakeCluster {
    async fn snapshot(&self, _: Duration) -> Result<Arc<Snapshot>, CallError> {
        self.answers(|state| state.names_hang).await;
        let state = self.state();
        if state.silent {
            return Err(Self::error(CallErrorKind::Unavailable, "no node answers"));
        }
        Ok(Arc::clone(&state.snapshot))
    }

    async fn sees_storages(&self) -> Result<(), CallError> {
        if self.state().hidden {
            return Err(Self::error(CallErrorKind::Failed(403), "the right to see storages lacks"));
        }
        Ok(())
    }
}

#[async_trait]
impl Sensors for FakeCluster {
    async fn temperatures(&self, node: &NodeName) -> Result<Readings, CallError> {
        self.known(node)?;
        let reading = Reading {
            chip: "coretemp-isa-0000".to_owned(),
            label: "Package id 0".to_owned(),
            celsius: 54.0,
            critical: Some(100.0),
        };
        Ok(Readings {
            node: node.clone(),
            as_of: self.clock.now(),
            source: "lm-sensors".to_owned(),
            readings: vec![reading],
        })
    }

    async fn reach(&self, node: &NodeName) -> Result<Reach, CallError> {
        self.known(node)?;
        Ok(Reach { api: true, shell: true, ping: None, round_trip_ms: Some(0.3) })
    }
}

#[async_trait]
impl Actuator for FakeCluster {
    async fn start(&self, permit: Permit) -> Result<OperationId, CallError> {
        let mut state = self.state();
        if let Some(kind) = state.refuses {
            return Err(Self::error(kind, "the node is away"));
        }
        let id = OperationId::new();
        state.started.push((id, permit.call().clone()));
        Ok(id)
    }
}

#[async_trait]
impl Operations for FakeCluster {
    async fn wait(
        &self,
        id: OperationId,
        at_most: Duration,
    ) -> Result<Option<OperationEnd>, CallError> {
        let end = self.state().end.clone();
        let Some(end) = end else {
            let late = self.clock.sleep(at_most);
            self.waited.notify_one();
            late.await;
            return Ok(None);
        };
        let mut state = self.state();
        let call =
            state.started.iter().find(|(known, _)| *known == id).map(|(_, call)| call.clone());
        if let (Some(Call::Api(call)), OperationEnd::Succeeded { verified: Verified::Yes, .. }) =
            (call, &end)
        {
            let mut snapshot = Snapshot::clone(&state.snapshot);
            apply(&call, &mut snapshot);
            state.snapshot = Arc::new(snapshot);
        }
        Ok(Some(end))
    }

    async fn log(&self, _: OperationId, _: u32, _: u32) -> Result<LogPage, CallError> {
        Ok(LogPage { lines: vec!["a\nline".to_owned()], next: None })
    }
}

#[async_trait]
impl NodeShell for FakeCluster {
    async fn run(&self, permit: Permit, _: Duration) -> Result<ShellOutput, CallError> {
        let stdout = permit.call().to_string().into_bytes();
        Ok(ShellOutput { status: 0, stdout, stderr: Vec::new(), truncated: false })
    }
}

fn apply(call: &ApiCall, snapshot: &mut Snapshot) {
    let state = match call.path.segments().last() {
        Some("start" | "resume" | "reboot") => GuestState::Running,
        Some("shutdown" | "stop") => GuestState::Stopped,
        Some("suspend") => GuestState::Paused,
        _ => return,
    };
    let vmid = call.path.guest().filter(|_| call.verb == Verb::Create);
    for guest in snapshot.guests.iter_mut().filter(|guest| Some(guest.vmid) == vmid) {
        guest.state = state;
    }
}

fn snapshot(clock: &ManualClock) -> Snapshot {
    let node = |name: &str, id| {
        Some(Node {
            id: Some(id),
            cpu: Some(0.1),
            cpus: Some(4),
            uptime: Some(60),
            ..Node::new(name.parse().ok()?, NodeState::Online)
        })
    };
    let guest = |vmid: u32, name: &str, kind, state, tags: &[&str]| {
        Some(Guest {
            name: name.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            memory_total: Some(1 << 30),
            ..Guest::new(vmid.try_into().ok()?, kind, "home".parse().ok()?, state)
        })
    };
    use GuestKind::{Container, Vm};
    use GuestState::{Running, Stopped};
    let guests = [
        guest(101, "mediaserver", Vm, Running, &["media"]),
        guest(102, "webserver-01", Vm, Stopped, &["prod"]),
        guest(105, "database", Container, Stopped, &["prod"]),
    ];
    let storage = Storage {
        name: "local".to_owned(),
        node: "home".parse().ok(),
        kind: "dir".to_owned(),
        available: true,
        used: Some(1),
        total: Some(2),
    };
    Snapshot {
        cluster: cluster_id(),
        as_of: clock.now(),
        quorate: Some(true),
        nodes: [node("home", 1), node("pve2", 2)].into_iter().flatten().collect(),
        guests: guests.into_iter().flatten().collect(),
        storages: vec![storage],
    }
}

/// The cluster's id.
#[allow(clippy::expect_used, reason = "test support; the literal is a cluster id")]
pub(super) fn cluster_id() -> jarvis_domain::ClusterId {
    "fake".parse().expect("a cluster id")
}
