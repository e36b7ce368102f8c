//! What this room's tests put in place of processes, time and the journal.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::clock::Sleep;
use jarvis_domain::event::EventSink;
use jarvis_domain::kv::StoreError;
use jarvis_domain::operation::{Journal, OperationRecord, OperationState};
use jarvis_domain::{Clock, Event, NodeName, OperationId, Timestamp, Topic};
use tokio::net::TcpSocket;
use tokio::sync::watch;

use crate::launch::{By, Captured, Launch, Output, Overflow, Started, Unseen};
use crate::launcher::{Line, Program};
use crate::{Access, Cluster, ClusterError, ClusterSettings, Launcher, Thermals, Timeouts};

/// What a program does when it is started.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Ends { status: i32, out: String, err: String },
    Hangs,
    IsMissing,
}

/// Programs by the beginning of their words. An act is used once, the last of
/// a name again and again.
#[derive(Debug, Default)]
pub(crate) struct Script {
    acts: Mutex<BTreeMap<String, VecDeque<Act>>>,
    started: Mutex<Vec<String>>,
    /// Processes of an earlier life: pid, start, and the status they end with.
    pub(crate) living: Mutex<Vec<(u32, u64, watch::Receiver<bool>)>>,
    /// What `find` answers with.
    pub(crate) printing: Mutex<Option<(u32, u64)>>,
    /// How the unit ends that another node has.
    pub(crate) unit: Mutex<Option<Result<i32, Unseen>>>,
}

/// Time that passes only when somebody waits; whoever waits for more than ten
/// minutes waits for ever.
#[derive(Debug)]
pub(crate) struct SkippingClock(Arc<Mutex<Timestamp>>);

/// Time that passes only between two looks, and at once, so that nothing is given
/// up however long a real server takes; whoever waits for anything else waits for ever.
#[derive(Debug)]
pub(crate) struct LookingClock {
    now: Mutex<Timestamp>,
    /// Whether so long is waited between two looks.
    is_look: fn(Duration) -> bool,
}

/// A journal in memory, that can be broken.
#[derive(Debug, Default)]
pub(crate) struct MemoryJournal {
    pub(crate) records: Mutex<BTreeMap<OperationId, OperationRecord>>,
    /// How many more records it takes; none: any number.
    pub(crate) takes: Mutex<Option<u32>>,
}

/// Somebody who wants to know everything, and cannot always write it down.
#[derive(Debug, Default)]
pub(crate) struct HeardEvents {
    heard: Mutex<Vec<Event>>,
    fails: Mutex<bool>,
}

/// All that a test of the whole room needs.
pub(crate) struct Bench {
    pub(crate) cluster: Cluster,
    pub(crate) script: Arc<Script>,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) events: Arc<HeardEvents>,
    pub(crate) folder: tempfile::TempDir,
}

/// The pause between two looks at a real server.
const LOOK: Duration = Duration::from_secs(1);

/// A wait that no test outlasts.
pub(crate) const FOREVER: Duration = Duration::from_secs(3600);

/// What the script runs its programs by.
const PROCESS: By = By::Process { pid: 4711, pid_start: 1 };

/// When benches begin.
pub(crate) const NOW: Timestamp = Timestamp(1_795_468_775_000);

impl Bench {
    pub(crate) fn new() -> Self {
        Self::made(Access::Pvesh, Arc::new(SkippingClock::new()), Timeouts::standard())
    }

    /// A bench whose cluster is a server, which takes real time to answer.
    pub(crate) fn over(access: Access) -> Self {
        let settle = 3 * LOOK;
        let timeouts =
            Timeouts { settle, ha_settle: settle, task_poll: LOOK, ..Timeouts::standard() };
        Self::made(access, Arc::new(LookingClock::new(|pause| pause <= LOOK)), timeouts)
    }

    fn made(access: Access, clock: Arc<dyn Clock>, timeouts: Timeouts) -> Self {
        let script = Arc::new(Script::default());
        let journal = Arc::new(MemoryJournal::default());
        let events = Arc::new(HeardEvents::default());
        let folder = tempfile::tempdir().unwrap();
        let settings = ClusterSettings {
            id: "home".parse().unwrap(),
            access,
            launcher: Launcher::real("/nowhere/pvesh".into()),
            ssh: None,
            state_folder: folder.path().to_owned(),
            timeouts,
            thermals: Thermals::standard(),
            journal: Arc::clone(&journal) as Arc<dyn Journal>,
            events: Arc::clone(&events) as Arc<dyn EventSink>,
            clock,
        };
        let cluster = Cluster::assemble(settings, Arc::clone(&script) as Arc<dyn Launch>).unwrap();
        Self { cluster, script, journal, events, folder }
    }
}

impl Act {
    pub(crate) fn prints(out: &str) -> Self {
        Self::Ends { status: 0, out: out.to_owned(), err: String::new() }
    }

    pub(crate) fn fails(status: i32, err: &str) -> Self {
        Self::Ends { status, out: String::new(), err: err.to_owned() }
    }
}

impl Script {
    pub(crate) fn on(&self, words: &str, act: Act) -> &Self {
        self.acts.lock().unwrap().entry(words.to_owned()).or_default().push_back(act);
        self
    }

    /// What it does from now on, whatever was to come.
    pub(crate) fn replace(&self, words: &str, act: Act) {
        self.acts.lock().unwrap().insert(words.to_owned(), VecDeque::from([act]));
    }

    /// The words of everything that was started, in order.
    pub(crate) fn started(&self) -> Vec<String> {
        self.started.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, words: &str) -> usize {
        self.started().iter().filter(|started| started.starts_with(words)).count()
    }

    fn act(&self, program: &Program) -> Act {
        let words = match program {
            Program::Pvesh(args) => args.join(" "),
            Program::Shell(there) => format!("{}: {}", there.node, there.argv.join(" ")),
        };
        self.started.lock().unwrap().push(words.clone());
        let mut acts = self.acts.lock().unwrap();
        // Longer beginnings come later in the map and are more exact.
        let Some(queue) = acts.iter_mut().rfind(|(name, _)| words.starts_with(*name)) else {
            return Act::fails(1, &format!("No 'get' handler defined for '{words}'\n"));
        };
        let queue = queue.1;
        if queue.len() > 1 { queue.pop_front().unwrap() } else { queue[0].clone() }
    }
}

#[async_trait]
impl Launch for Script {
    async fn capture(
        &self,
        program: &Program,
        _limit: usize,
        _overflow: Overflow,
    ) -> Result<Captured, ClusterError> {
        let act = self.act(program);
        // A real program takes its time, in which others get to run.
        tokio::task::yield_now().await;
        match act {
            Act::Ends { status, out, err } => Ok(Captured {
                status,
                stdout: out.into_bytes(),
                stderr: err.into_bytes(),
                truncated: false,
            }),
            Act::Hangs => std::future::pending().await,
            Act::IsMissing => Err(missing(program)),
        }
    }

    async fn detach(&self, program: &Program, output: &Output) -> Result<Started, ClusterError> {
        let act = self.act(program);
        std::fs::write(&output.out, "").unwrap();
        match act {
            Act::Ends { status, out, err } => {
                std::fs::write(&output.out, out).unwrap();
                std::fs::write(&output.err, err).unwrap();
                let exit = Box::pin(std::future::ready(Ok(status)));
                Ok(Started { by: PROCESS, exit })
            }
            Act::Hangs => Ok(Started { by: PROCESS, exit: Box::pin(std::future::pending()) }),
            Act::IsMissing => Err(missing(program)),
        }
    }

    async fn console(
        &self,
        node: &NodeName,
        argv: Option<Vec<String>>,
    ) -> Result<Line, ClusterError> {
        let args = [vec![node.to_string()], argv.unwrap_or_default()].concat();
        Ok(Line { program: "/usr/bin/console".into(), args })
    }

    fn follow(&self, pid: u32, pid_start: u64) -> Option<Started> {
        let living = self.living.lock().unwrap();
        let (.., ended) = living.iter().find(|(p, s, _)| (*p, *s) == (pid, pid_start))?;
        let mut ended = ended.clone();
        let exit = Box::pin(async move {
            let _ = ended.wait_for(|ended| *ended).await;
            Err(Unseen::Stopped)
        });
        Some(Started { by: By::Process { pid, pid_start }, exit })
    }

    fn find(&self, _output: &Output) -> Option<Started> {
        let (pid, pid_start) = (*self.printing.lock().unwrap())?;
        self.follow(pid, pid_start)
    }

    fn unit(&self, _program: &Program, _output: &Output) -> Option<Started> {
        let status = (*self.unit.lock().unwrap()).clone()?;
        Some(Started { by: By::Unit, exit: Box::pin(std::future::ready(status)) })
    }

    async fn forget(&self, program: &Program, _output: &Output) {
        self.started.lock().unwrap().push(format!("forget {}", program.name()));
    }
}

/// A port where nobody listens, and nobody else comes to for as long as it is held.
pub(crate) fn nobody() -> (TcpSocket, SocketAddr) {
    let held = TcpSocket::new_v4().unwrap();
    held.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = held.local_addr().unwrap();
    (held, address)
}

fn missing(program: &Program) -> ClusterError {
    ClusterError::PveshMissing {
        program: match program {
            Program::Pvesh(_) => "/nowhere/pvesh".into(),
            Program::Shell(there) => there.argv[0].clone().into(),
        },
    }
}

impl SkippingClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(NOW)))
    }
}

impl Clock for SkippingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let until = self.now().plus(duration);
        let never = duration > Duration::from_secs(600);
        Box::pin(Skip { now: Arc::clone(&self.0), until, polled: false, never })
    }
}

impl LookingClock {
    pub(crate) fn new(is_look: fn(Duration) -> bool) -> Self {
        Self { now: Mutex::new(NOW), is_look }
    }
}

impl Clock for LookingClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        if !(self.is_look)(duration) {
            return Box::pin(std::future::pending());
        }
        let mut now = self.now.lock().unwrap();
        *now = now.plus(duration);
        Box::pin(tokio::task::yield_now())
    }
}

struct Skip {
    now: Arc<Mutex<Timestamp>>,
    until: Timestamp,
    polled: bool,
    never: bool,
}

impl Future for Skip {
    type Output = ();

    /// Lets all others run once, then moves the time on.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.never {
            return Poll::Pending;
        }
        if !self.polled {
            self.polled = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut now = self.now.lock().unwrap();
        *now = (*now).max(self.until);
        Poll::Ready(())
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn put(&self, record: &OperationRecord) -> Result<(), StoreError> {
        if let Some(takes) = &mut *self.takes.lock().unwrap() {
            if *takes == 0 {
                let source = std::io::Error::other("no space left on device").into();
                return Err(StoreError { doing: "journal".to_owned(), source });
            }
            *takes -= 1;
        }
        self.records.lock().unwrap().insert(record.id, record.clone());
        Ok(())
    }

    async fn get(&self, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        Ok(self.records.lock().unwrap().get(&id).cloned())
    }

    async fn unfinished(&self) -> Result<Vec<OperationRecord>, StoreError> {
        let records = self.records.lock().unwrap();
        let open =
            |record: &&OperationRecord| !matches!(record.state, OperationState::Ended { .. });
        Ok(records.values().filter(open).cloned().collect())
    }

    async fn recent(&self, since: Timestamp) -> Result<Vec<OperationRecord>, StoreError> {
        let records = self.records.lock().unwrap();
        let over = |record: &OperationRecord| matches!(record.state, OperationState::Ended { at, .. } if at < since);
        let ran = records.values().filter(|record| !over(record));
        Ok(ran.cloned().collect())
    }
}

impl HeardEvents {
    /// Whether it cannot write down what it hears from now on.
    pub(crate) fn fail(&self, fails: bool) {
        *self.fails.lock().unwrap() = fails;
    }

    pub(crate) fn all(&self) -> Vec<Event> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.all().into_iter().map(|event| event.subject).collect()
    }
}

#[async_trait]
impl EventSink for HeardEvents {
    fn wants(&self, _: Topic) -> bool {
        true
    }

    async fn publish(&self, event: Event) -> Result<(), StoreError> {
        if *self.fails.lock().unwrap() {
            let source = std::io::Error::other("no space left on device").into();
            return Err(StoreError { doing: "writing".to_owned(), source });
        }
        self.heard.lock().unwrap().push(event);
        Ok(())
    }
}
