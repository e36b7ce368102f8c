//! Workers: what `fork_worker` of PVE::RESTEnvironment does when it simulates
//! running in the foreground. Output goes line by line to whoever called and
//! to the task's log; a worker whose reader is gone dies on its next output.

use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp, Upid, Vmid};

use crate::cluster::Cluster;
use crate::engine::Simulator;
use crate::fault::NextTask;
use crate::node::Node;
use crate::sink::{Interrupts, Sink};

/// How long a worker waits for a guest's lock file.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A change of the cluster that may not be possible.
pub(crate) type Effect = Box<dyn FnOnce(&mut Cluster, Timestamp) -> Result<(), String> + Send>;

/// One step of a worker.
pub(crate) enum Step {
    /// Prints this, without adding a newline.
    Say(String),
    /// Prints `WARN: …` and counts it.
    Warn(String),
    /// Works for so long.
    Wait(Duration),
    /// Does it, or fails.
    Do(Effect),
    /// Does it should a later step fail or be interrupted. A worker that is
    /// killed does not come to it.
    Undo(Effect),
    /// Fails.
    Fail(String),
    /// Does it later, after the task is over.
    Later(Duration, Effect),
    /// Prints `tick n` once a second, for ever.
    #[cfg(test)]
    Tick,
}

/// What a method hands over to a worker.
pub(crate) struct Job {
    pub(crate) node: NodeName,
    pub(crate) kind: String,
    pub(crate) id: String,
    /// The guest whose lock file it needs.
    pub(crate) guest: Option<Vmid>,
    pub(crate) steps: Vec<Step>,
}

/// How a worker ended, as its parent sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With so many warnings.
    Ok(u32),
    /// With this error.
    Failed(String),
    /// Its reader was gone.
    Orphaned,
}

enum Stop {
    Failed(String),
    Interrupted,
    Orphaned,
}

struct Worker<'a> {
    simulator: &'a Simulator,
    upid: &'a Upid,
    sink: &'a Sink,
    interrupts: Interrupts,
    warnings: u32,
    undo: Vec<Effect>,
}

/// Runs `job` to its end under `upid`, and writes the result down.
pub(crate) async fn work(
    simulator: &Simulator,
    upid: &Upid,
    job: Job,
    sink: &Sink,
    interrupts: Interrupts,
) -> End {
    let guest = job.guest;
    let mut worker = Worker { simulator, upid, sink, interrupts, warnings: 0, undo: Vec::new() };
    let locked = match guest {
        Some(vmid) => worker.lock(vmid).await,
        None => Ok(()),
    };
    let ended = match locked {
        Ok(()) => {
            let ended = worker.all(guest, job.steps).await;
            if matches!(ended, Err(Stop::Failed(_) | Stop::Interrupted)) {
                worker.take_back(guest);
            }
            if let Some(vmid) = guest {
                simulator.with(|cluster, _| set_busy(cluster, vmid, false));
            }
            ended
        }
        Err(stop) => Err(stop),
    };
    worker.close(ended)
}

fn set_busy(cluster: &mut Cluster, vmid: Vmid, busy: bool) {
    if let Some(guest) = cluster.guests.get_mut(&vmid) {
        guest.busy = busy;
    }
}

impl Worker<'_> {
    /// Takes the guest's lock file, or fails after [`LOCK_WAIT`].
    async fn lock(&mut self, vmid: Vmid) -> Result<(), Stop> {
        let mut changes = self.simulator.changes();
        let mut patience = self.simulator.clock().sleep(LOCK_WAIT);
        loop {
            changes.mark_unchanged();
            // Looked at first: each `with` is a change that wakes this loop.
            let busy = |cluster: &Cluster| cluster.guests.get(&vmid).is_some_and(|g| g.busy);
            if !self.simulator.look(|cluster, _| busy(cluster)) {
                let taken = self.simulator.with(|cluster, _| {
                    let taken = !busy(cluster);
                    set_busy(cluster, vmid, true);
                    taken
                });
                if taken {
                    return Ok(());
                }
                continue;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = &mut patience => return Err(Stop::Failed(self.lock_error(vmid))),
                () = interrupted(&mut self.interrupts, self.simulator, self.upid) => {
                    return Err(Stop::Interrupted);
                }
            }
        }
    }

    fn lock_error(&self, vmid: Vmid) -> String {
        let folder = self.simulator.look(|cluster, _| {
            cluster.guests.get(&vmid).map_or("qemu-server", |guest| guest.kind.folder())
        });
        format!("can't lock file '/var/lock/{folder}/lock-{vmid}.conf' - got timeout")
    }

    async fn all(&mut self, guest: Option<Vmid>, steps: Vec<Step>) -> Result<(), Stop> {
        if let Some(vmid) = guest {
            self.held(vmid).await?;
            let next = self.simulator.with(|cluster, _| {
                cluster.guests.get_mut(&vmid).and_then(|guest| guest.next.take())
            });
            match next {
                Some(NextTask::Fails(text)) => return Err(Stop::Failed(text)),
                Some(NextTask::Warns) => self.warn("the simulated fault asked for a warning")?,
                None => {}
            }
        }
        for step in steps {
            self.step(guest, step).await?;
            self.powered()?;
        }
        Ok(())
    }

    /// A worker dies with its node.
    fn powered(&self) -> Result<(), Stop> {
        let node = self.upid.node().as_str();
        let is_up = self.simulator.look(|cluster, _| cluster.node(node).is_some_and(Node::is_up));
        if is_up { Ok(()) } else { Err(Stop::Orphaned) }
    }

    /// Waits while `fault worker VMID hang` holds.
    async fn held(&mut self, vmid: Vmid) -> Result<(), Stop> {
        let mut changes = self.simulator.changes();
        loop {
            changes.mark_unchanged();
            let held = self
                .simulator
                .look(|cluster, _| cluster.guests.get(&vmid).is_some_and(|guest| guest.held));
            if !held {
                return Ok(());
            }
            self.powered()?;
            tokio::select! {
                _ = changes.changed() => {}
                () = interrupted(&mut self.interrupts, self.simulator, self.upid) => {
                    return Err(Stop::Interrupted);
                }
            }
        }
    }

    async fn step(&mut self, guest: Option<Vmid>, step: Step) -> Result<(), Stop> {
        match step {
            Step::Say(text) => self.say(&text),
            Step::Warn(text) => self.warn(&text),
            Step::Wait(usual) => self.wait(self.simulator.timing().work(usual)).await,
            Step::Do(effect) => self.change(guest, effect).map_err(Stop::Failed),
            Step::Undo(effect) => {
                self.undo.push(effect);
                Ok(())
            }
            Step::Fail(text) => Err(Stop::Failed(text)),
            Step::Later(after, effect) => {
                self.simulator.later(after, effect);
                Ok(())
            }
            #[cfg(test)]
            Step::Tick => {
                for n in 1_u32.. {
                    self.say(&format!("tick {n}\n"))?;
                    self.wait(Duration::from_secs(1)).await?;
                }
                Ok(())
            }
        }
    }

    /// The newest first. What cannot be taken back stays.
    fn take_back(&mut self, guest: Option<Vmid>) {
        while let Some(effect) = self.undo.pop() {
            let _ = self.change(guest, effect);
        }
    }

    fn change(&self, guest: Option<Vmid>, effect: Effect) -> Result<(), String> {
        self.simulator.with(|cluster, now| {
            let before = guest.and_then(|vmid| cluster.portrait(vmid));
            let done = effect(cluster, now);
            cluster.compare(before.into_iter().collect(), Some(self.upid), now);
            done
        })
    }

    async fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        tokio::select! {
            biased;
            () = interrupted(&mut self.interrupts, self.simulator, self.upid) => {
                Err(Stop::Interrupted)
            }
            () = self.simulator.clock().sleep(time) => Ok(()),
        }
    }

    fn say(&self, text: &str) -> Result<(), Stop> {
        self.sink.out(text).map_err(|_| Stop::Orphaned)?;
        self.log(text);
        Ok(())
    }

    fn warn(&mut self, text: &str) -> Result<(), Stop> {
        self.warnings += 1;
        self.say(&format!("WARN: {text}\n"))
    }

    fn log(&self, text: &str) {
        self.simulator.with(|cluster, _| {
            if let Some(task) = cluster.task_mut(self.upid) {
                task.log.push_str(text);
            }
        });
    }

    /// Writes the last line, which is the result, and ends the task.
    fn close(self, ended: Result<(), Stop>) -> End {
        let (last, end) = match ended {
            // The last line goes the same way as the others: an orphan
            // cannot write it.
            Err(Stop::Orphaned) => (String::new(), End::Orphaned),
            _ if self.sink.out("").is_err() => (String::new(), End::Orphaned),
            Ok(()) if self.warnings > 0 => {
                (format!("TASK WARNINGS: {}\n", self.warnings), End::Ok(self.warnings))
            }
            Ok(()) => ("TASK OK\n".to_owned(), End::Ok(0)),
            Err(Stop::Failed(text)) => {
                (format!("TASK ERROR: {}\n", text.replace('\n', " ")), End::Failed(text))
            }
            Err(Stop::Interrupted) => (
                "\nTASK ERROR: received interrupt\n".to_owned(),
                End::Failed("received interrupt".to_owned()),
            ),
        };
        self.simulator.with(|cluster, now| {
            if let Some(task) = cluster.task_mut(self.upid) {
                task.log.push_str(&last);
                task.ended = Some(now);
            }
        });
        end
    }
}

/// Completes once the worker is interrupted, by its terminal or by a request
/// to stop the task.
async fn interrupted(interrupts: &mut Interrupts, simulator: &Simulator, upid: &Upid) {
    let mut changes = simulator.changes();
    let stopped = async {
        loop {
            changes.mark_unchanged();
            if simulator.look(|cluster, _| cluster.task(upid).is_some_and(|task| task.stopping)) {
                return;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = interrupts.wait() => {}
        () = stopped => {}
    }
}
