//! The supervisor of operations: every write is journaled, started, followed
//! to its true end, and found again after a restart.
//!
//! Nothing here is tied to whoever asked: the process prints to files, runs
//! apart from jarvis (`launch/apart.rs`) and is never killed. Nothing is
//! started twice.

mod attempt;
mod conclude;
mod effect;
mod node;
mod output;
mod rivals;
mod task;
mod told;
mod verify;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::event::EventSink;
use jarvis_domain::operation::{Journal, LogPage, OperationRecord, OperationState};
use jarvis_domain::{Call, Clock, ClusterId, OperationEnd, OperationId, RunId, Upid};
use tokio::sync::watch;

use crate::access::{Access, Way, answering};
use crate::api::{Api, Request, Untaken};
use crate::inventory::Contents;
use crate::launch::{By, Launch, Output, Started, Unseen};
use crate::launcher::Program;
use crate::{ClusterError, Timeouts};
use attempt::Attempt;
use conclude::Carried;

/// Starts operations and follows them.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) cluster: ClusterId,
    /// Where operations' output goes.
    pub(crate) folder: PathBuf,
    pub(crate) launch: Arc<dyn Launch>,
    pub(crate) access: Arc<Access>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) events: Arc<dyn EventSink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeouts: Timeouts,
    pub(crate) known: Known,
}

/// What this life of the host knows of its operations.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Those that are followed. What is not in here the journal knows.
    followed: Mutex<BTreeMap<OperationId, Followed>>,
}

/// An operation that is followed.
#[derive(Debug, Clone)]
struct Followed {
    /// Where its end will be told.
    told: watch::Receiver<Option<OperationEnd>>,
    /// Its task, once known, which is then no other operation's.
    task: Option<Upid>,
}

impl Supervisor {
    /// Journals and starts `call`. Once this is under way, it is carried
    /// through whether or not the caller stays.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        call: Call,
        run: RunId,
    ) -> Result<OperationId, ClusterError> {
        // What cannot be started is refused before anything is written down.
        let way = self.access.way(&call)?;
        let name = way.name().to_owned();
        let record = OperationRecord {
            id: OperationId::new(),
            run,
            cluster: self.cluster.clone(),
            call,
            at: self.clock.now(),
            upid: None,
            state: OperationState::Journaled,
        };
        let begun = tokio::spawn(Arc::clone(self).start(record, way)).await;
        // It was cut off: the runtime is being shut down. If it is in the
        // journal, the next start takes it up.
        begun.unwrap_or_else(|error| {
            let source = std::io::Error::other(error);
            Err(ClusterError::CannotStart { program: PathBuf::from(name), source })
        })
    }

    /// Waits for the end of `id`, at most `at_most`.
    pub(crate) async fn wait(
        &self,
        id: OperationId,
        at_most: Duration,
    ) -> Result<Option<OperationEnd>, ClusterError> {
        let told = self.known.followed().get(&id).map(|followed| followed.told.clone());
        let Some(mut told) = told else {
            let record = self.journal.get(id).await?.ok_or(ClusterError::NoOperation(id))?;
            if let OperationState::Ended { end, .. } = record.state {
                return Ok(Some(end));
            }
            // Nobody follows it yet: `recover` has not come to it.
            self.clock.sleep(at_most).await;
            return Ok(None);
        };
        tokio::select! {
            biased;
            end = told.wait_for(Option::is_some) => Ok(match end {
                Ok(end) => end.clone(),
                Err(_) => Some(OperationEnd::Unknown {
                    why: "jarvis lost sight of it; a restart looks for it again".to_owned(),
                }),
            }),
            () = self.clock.sleep(at_most) => Ok(None),
        }
    }

    /// Lines of `id`'s log: the task's own once it is known, what the process
    /// printed until then.
    pub(crate) async fn log(
        &self,
        id: OperationId,
        start: u32,
        limit: u32,
    ) -> Result<LogPage, ClusterError> {
        let record = self.journal.get(id).await?.ok_or(ClusterError::NoOperation(id))?;
        let lines = match &record.upid {
            Some(upid) => task::log(&self.access, upid, start, limit).await?,
            None => output::lines(&Output::of(&self.folder, id), start, limit).await?,
        };
        let ended = matches!(record.state, OperationState::Ended { .. });
        let read = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let next = (!ended || read >= limit).then(|| start.saturating_add(read));
        Ok(LogPage { lines, next })
    }

    /// Takes up every operation that an earlier life of the host left
    /// unfinished, and says which. Their ends come to those who wait.
    pub(crate) async fn recover(self: &Arc<Self>) -> Result<Vec<OperationRecord>, ClusterError> {
        let mut found = Vec::new();
        let unfinished = self.journal.unfinished().await?;
        let kept: Vec<OperationId> = unfinished.iter().map(|record| record.id).collect();
        for record in unfinished {
            let mine = record.cluster == self.cluster;
            if mine && !self.known.followed().contains_key(&record.id) {
                found.push(record.clone());
                self.take_up(record).await;
            }
        }
        output::prune(&self.folder, &kept, self.clock.now()).await;
        Ok(found)
    }

    async fn start(
        self: Arc<Self>,
        record: OperationRecord,
        way: Way,
    ) -> Result<OperationId, ClusterError> {
        match way {
            Way::Process(program) => self.detach(record, &program).await,
            Way::Request(api, request) => self.send(record, &api, &request).await,
        }
    }

    async fn detach(
        self: &Arc<Self>,
        record: OperationRecord,
        program: &Program,
    ) -> Result<OperationId, ClusterError> {
        let id = record.id;
        self.journal.put(&record).await?;
        match self.launch.detach(program, &Output::of(&self.folder, id)).await {
            Ok(started) => self.watch(record, started).await,
            Err(error) => {
                let end = OperationEnd::Failed { message: error.to_string() };
                self.write_end(record, &end).await;
                return Err(error);
            }
        }
        Ok(id)
    }

    /// Sends a request, once, and follows what came of it. What Proxmox
    /// refuses is an end; that it cannot be asked at all is an error, too.
    async fn send(
        self: &Arc<Self>,
        mut record: OperationRecord,
        api: &Api,
        request: &Request,
    ) -> Result<OperationId, ClusterError> {
        let id = record.id;
        record.state = OperationState::Sent;
        self.journal.put(&record).await?;
        let answer = api.send(request).await;
        self.note(&record.call, &answer);
        let attempt = match answer {
            Ok(upid) => {
                record.upid = upid;
                self.write(&record).await;
                Attempt::Taken
            }
            Err(Untaken::Refused(error)) => Attempt::Refused(error.to_string()),
            Err(Untaken::Lost(error)) => Attempt::Lost(error.to_string()),
            Err(Untaken::Unsent(error)) => {
                let end = OperationEnd::Failed { message: error.to_string() };
                self.write_end(record, &end).await;
                return Err(error);
            }
        };
        self.follow(record, std::future::ready(Carried::Request(attempt)));
        Ok(id)
    }

    /// What a write showed of its node: see [`crate::circuit`].
    fn note(&self, call: &Call, answer: &Result<Option<Upid>, Untaken>) {
        let Call::Api(call) = call else { return };
        let Some(node) = answering(&call.path) else { return };
        let error = match answer {
            Ok(_) => None,
            Err(Untaken::Unsent(error) | Untaken::Refused(error) | Untaken::Lost(error)) => {
                Some(error)
            }
        };
        self.access.circuits.note(&node, error);
    }

    async fn take_up(self: &Arc<Self>, record: OperationRecord) {
        let output = Output::of(&self.folder, record.id);
        let started = match (&record.state, self.shell(&record)) {
            (OperationState::Running { pid, pid_start }, _) => self.launch.follow(*pid, *pid_start),
            (OperationState::Sent, None) => {
                let why = "jarvis was stopped before the answer had come".to_owned();
                let attempt = Attempt::Lost(why);
                return self.follow(record, std::future::ready(Carried::Request(attempt)));
            }
            (OperationState::Sent, Some(program)) => self.launch.unit(&program, &output),
            // Of what had only been written down nobody knows who has it.
            (_, program) => self
                .launch
                .find(&output)
                .or_else(|| program.and_then(|program| self.launch.unit(&program, &output))),
        };
        match started {
            Some(started) => self.watch(record, started).await,
            None => {
                let carried = Carried::Process(Err(Unseen::Stopped));
                self.follow(record, std::future::ready(carried));
            }
        }
    }

    /// The program on a node that carries `record` out; none where it is a call
    /// of the API.
    fn shell(&self, record: &OperationRecord) -> Option<Program> {
        match (&record.call, self.access.way(&record.call)) {
            (Call::Shell(_), Ok(Way::Process(program))) => Some(program),
            _ => None,
        }
    }

    /// Writes down who carries `record` out, and follows it.
    async fn watch(self: &Arc<Self>, mut record: OperationRecord, started: Started) {
        let Started { by, exit } = started;
        record.state = match by {
            By::Process { pid, pid_start } => OperationState::Running { pid, pid_start },
            By::Unit => OperationState::Sent,
        };
        self.write(&record).await;
        self.follow(record, async { Carried::Process(exit.await) });
    }

    fn follow(
        self: &Arc<Self>,
        mut record: OperationRecord,
        carried: impl Future<Output = Carried> + Send + 'static,
    ) {
        let (tell, told) = watch::channel(None);
        self.known.followed().insert(record.id, Followed { told, task: record.upid.clone() });
        let this = Arc::clone(self);
        let work = self.contents.work();
        tokio::spawn(async move {
            let carried = carried.await;
            let end = this.conclude(&mut record, carried).await;
            let id = record.id;
            let is_sent = record.state == OperationState::Sent;
            let program = this.shell(&record).filter(|_| is_sent);
            // Whatever was known of the cluster is older than this; before it is
            // told, so that nobody who hears of it looks at what was before.
            this.contents.invalidate();
            this.contents.note_change();
            let written = this.write_end(record, &end).await;
            drop(work);
            tell.send_replace(Some(end));
            if !written {
                return;
            }
            this.known.followed().remove(&id);
            if let Some(program) = program {
                this.launch.forget(&program, &Output::of(&this.folder, id)).await;
            }
        });
    }

    async fn write_end(&self, mut record: OperationRecord, end: &OperationEnd) -> bool {
        // First, so that an end that is in the journal has been told: a host
        // that is killed in between finds the operation again, and its end.
        self.tell_end(&record, end).await;
        record.state = OperationState::Ended { at: self.clock.now(), end: end.clone() };
        self.write(&record).await
    }

    /// Journals what has happened already. A journal that fails now does not
    /// undo it: the next start finds the last state that was written.
    async fn write(&self, record: &OperationRecord) -> bool {
        match self.journal.put(record).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(operation = %record.id, %error, "cannot journal an operation");
                false
            }
        }
    }
}

impl Known {
    fn followed(&self) -> MutexGuard<'_, BTreeMap<OperationId, Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the task `upid` for the operation `id`; false when another one
    /// that is followed has it.
    fn claim(&self, id: OperationId, upid: &Upid) -> bool {
        let mut followed = self.followed();
        let others =
            followed.iter().any(|(other, known)| *other != id && known.task.as_ref() == Some(upid));
        if let Some(own) = followed.get_mut(&id).filter(|_| !others) {
            own.task = Some(upid.clone());
        }
        !others
    }
}

#[cfg(test)]
mod tests;
