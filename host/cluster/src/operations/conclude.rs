//! How an operation ended, from all that is left of it: how it was taken, what
//! was printed, the task, and the guest itself.
//!
//! Only the task's own status tells success; `pvesh` ends with 0 whether or
//! not its task did. Where nobody can tell, the end is unknown and says why.

use std::time::Duration;

use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::{ApiCall, Call, NodeName, OperationEnd, Upid, Verified};

use super::attempt::Attempt;
use super::effect::{Expected, expected, is_ha};
use super::node::NodeChange;
use super::task::{self, Found, Task};
use super::{Supervisor, output};
use crate::ClusterError;
use crate::launch::{Output, Unseen};
use crate::pvesh::{classify, upid};

/// How a call was carried out.
#[derive(Debug)]
pub(super) enum Carried {
    /// By a program that has ended with this status, or nobody saw how.
    Process(Result<i32, Unseen>),
    /// By a request.
    Request(Attempt),
}

/// The ends of what a process printed; none when it was never started.
type Printed = Option<(Vec<u8>, Vec<u8>)>;

/// The first pause between two looks at a task.
const FIRST: Duration = Duration::from_secs(1);

impl Supervisor {
    /// The end of `record`, which was carried out like that.
    pub(super) async fn conclude(
        &self,
        record: &mut OperationRecord,
        carried: Carried,
    ) -> OperationEnd {
        let (printed, attempt) = match carried {
            Carried::Request(attempt) => (None, attempt),
            Carried::Process(exit) => {
                let printed = output::tails(&Output::of(&self.folder, record.id)).await;
                if let Call::Shell(_) = &record.call {
                    return shell(record, exit, &printed);
                }
                let stderr = printed.as_ref().map(|(_, err)| err.as_slice());
                let attempt = Attempt::of_process(&record.state, exit, stderr);
                (printed, attempt)
            }
        };
        let Call::Api(call) = record.call.clone() else { return never_started() };
        if let Some(change) = NodeChange::of(&call) {
            return self.of_node(record, &change, attempt).await;
        }
        let expected = expected(&call);
        let told = record.upid.take().or_else(|| {
            let guest = expected.guest.as_ref().map(|guest| guest.vmid);
            upid::last(printed.as_ref().map_or(&[][..], |(out, _)| out), guest)
        });
        let upid = match told {
            Some(upid) => {
                self.known.claim(record.id, &upid);
                upid
            }
            None => match self.without_task(record, &call, &expected, attempt).await {
                Ok(upid) => upid,
                Err(end) => return end,
            },
        };
        record.upid = Some(upid.clone());
        self.write(record).await;
        self.of_task(&upid, &expected).await
    }

    /// The end that the task `upid` came to.
    async fn of_task(&self, upid: &Upid, expected: &Expected) -> OperationEnd {
        match self.ended(upid).await {
            Ok(Task::Ok { warnings }) => {
                let settle =
                    if is_ha(upid.kind()) { self.timeouts.ha_settle } else { self.timeouts.settle };
                OperationEnd::Succeeded { warnings, verified: self.verify(expected, settle).await }
            }
            Ok(Task::Failed(message)) => OperationEnd::Failed { message },
            Ok(Task::Unexpected | Task::Running) => {
                self.by_effect(expected, "its task ended without saying how").await
            }
            Err(error) => {
                self.by_effect(expected, &format!("its task cannot be read: {error}")).await
            }
        }
    }

    /// Looks at the task until it has ended.
    async fn ended(&self, upid: &Upid) -> Result<Task, ClusterError> {
        let mut pause = FIRST;
        let mut readable = self.clock.now();
        loop {
            match task::status(&self.access, upid).await {
                Ok(Task::Running) => readable = self.clock.now(),
                Ok(ended) => return Ok(ended),
                Err(error) => {
                    if self.clock.now().since(readable) >= self.timeouts.task_unreadable {
                        return Err(error);
                    }
                    tracing::warn!(%upid, %error, "cannot look at a task");
                }
            }
            self.clock.sleep(pause).await;
            pause = self.timeouts.task_poll;
        }
    }

    /// Looks for the task of a call that named none; without one, the end.
    async fn without_task(
        &self,
        record: &OperationRecord,
        call: &ApiCall,
        expected: &Expected,
        attempt: Attempt,
    ) -> Result<Upid, OperationEnd> {
        if let Attempt::Refused(message) = attempt {
            return Err(OperationEnd::Failed { message });
        }
        let searched = match call.path.node() {
            Some(node) if !expected.kinds.is_empty() => {
                let patient = matches!(attempt, Attempt::Lost(_));
                self.search(record, expected, &node, patient).await
            }
            _ => return Err(self.by_attempt(attempt, expected).await),
        };
        let why = match searched {
            Ok(Found::One(upid)) if self.known.claim(record.id, &upid) => return Ok(upid),
            Ok(Found::One(_)) => {
                "it named no task, and the only one that fits is another operation's".to_owned()
            }
            Ok(Found::Nothing) => match &attempt {
                Attempt::Taken => "it named no task, and none can be found".to_owned(),
                Attempt::Lost(why) => format!("{why}, and no task of it can be found"),
                _ => return Err(self.by_attempt(attempt, expected).await),
            },
            Ok(Found::Contested) => {
                "it named no task, and the only one that fits may be another operation's".to_owned()
            }
            Ok(Found::Several(n)) => format!("{n} tasks could be the one it started"),
            Err(error) => format!("it named no task, and the tasks cannot be listed: {error}"),
        };
        if attempt == Attempt::Taken {
            return Err(self.by_effect(expected, &why).await);
        }
        Err(OperationEnd::Unknown { why })
    }

    /// Looks through the node's tasks. The `patient` one waits for a list that
    /// cannot be had yet, and for a task that is not in it yet: what was lost
    /// on the way may take its time.
    async fn search(
        &self,
        record: &OperationRecord,
        expected: &Expected,
        node: &NodeName,
        patient: bool,
    ) -> Result<Found, ClusterError> {
        let begun = self.clock.now();
        let mut pause = FIRST;
        loop {
            let (node, journal) = (node.as_str(), &*self.journal);
            let found = task::find(&self.access, journal, expected, node, record).await;
            let limit = match &found {
                // The other one may know its own task in a moment.
                Ok(Found::Contested) => self.timeouts.settle,
                _ if !patient => return found,
                Ok(Found::Nothing) => self.timeouts.settle,
                Ok(_) => return found,
                Err(_) => self.timeouts.task_unreadable,
            };
            if self.clock.now().since(begun) >= limit {
                return found;
            }
            self.clock.sleep(pause).await;
            pause = self.timeouts.task_poll;
        }
    }

    /// The end of a call that starts no task, or of which none is there.
    async fn by_attempt(&self, attempt: Attempt, expected: &Expected) -> OperationEnd {
        match attempt {
            Attempt::Taken if expected.effect.is_some() => OperationEnd::Succeeded {
                warnings: 0,
                verified: self.verify(expected, self.timeouts.settle).await,
            },
            Attempt::Taken => OperationEnd::Succeeded {
                warnings: 0,
                verified: Verified::No {
                    why: "Proxmox took the request; jarvis did not look at its effect".to_owned(),
                },
            },
            Attempt::Refused(message) | Attempt::Doubtful(message) => {
                OperationEnd::Failed { message }
            }
            Attempt::Lost(why) => OperationEnd::Unknown { why },
            Attempt::Never => never_started(),
        }
    }

    /// Where the task does not tell, the guest may: what is seen to be so has
    /// come about.
    async fn by_effect(&self, expected: &Expected, why: &str) -> OperationEnd {
        if expected.may_have_held() {
            let why = format!(
                "{why}; and how the guest is now tells nothing, for it may have been so before"
            );
            return OperationEnd::Unknown { why };
        }
        if let (Some(effect), Some(guest)) = (&expected.effect, &expected.guest) {
            let why = match self.look(effect, Some(guest)).await {
                Ok(None) => {
                    return OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes };
                }
                Ok(Some(seen)) => format!("{why}; the guest {seen}"),
                Err(error) => format!("{why}; the guest cannot be looked at: {error}"),
            };
            return OperationEnd::Unknown { why };
        }
        OperationEnd::Unknown { why: why.to_owned() }
    }
}

/// The end of a command on a node.
fn shell(record: &OperationRecord, exit: Result<i32, Unseen>, printed: &Printed) -> OperationEnd {
    // The journal of a node keeps both streams in one.
    let said = printed.as_ref().map(|(out, err)| if err.is_empty() { out } else { err });
    let said = said.map(|said| classify::message(&String::from_utf8_lossy(said)));
    match exit {
        // There is no other witness than the command itself.
        Ok(0) => OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes },
        Ok(status) => match classify::signal(status) {
            Some(signal) => OperationEnd::Unknown {
                why: format!("it was killed by signal {signal} on the way"),
            },
            // The status of ssh itself when its connection breaks (ssh(1)).
            None if status == 255 => OperationEnd::Unknown {
                why: format!("the connection to its node broke: {}", said.unwrap_or_default()),
            },
            None => OperationEnd::Failed {
                message: format!("exit status {status}: {}", said.unwrap_or_default()),
            },
        },
        Err(Unseen::Stopped) if record.state == OperationState::Journaled && printed.is_none() => {
            never_started()
        }
        Err(unseen) => OperationEnd::Unknown { why: unseen.to_string() },
    }
}

pub(super) fn never_started() -> OperationEnd {
    OperationEnd::Failed { message: "it was never started: jarvis was stopped first".to_owned() }
}
