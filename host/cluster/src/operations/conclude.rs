//! How an operation ended, from all that is left of it: the exit status, what
//! was printed, the task, and the guest itself.
//!
//! Only the task's own status tells success; `pvesh` ends with 0 whether or
//! not its task did. Where nobody can tell, the end is unknown and says why.

use std::time::Duration;

use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::{ApiCall, Call, OperationEnd, Upid, Verified};

use super::effect::{Expected, expected, is_ha};
use super::node::NodeChange;
use super::task::{self, Found, Task};
use super::{Supervisor, output};
use crate::ClusterError;
use crate::launch::Output;
use crate::pvesh::{classify, upid};

/// What the process left: its status, where it is known, and the ends of its
/// output; none when it was never started.
pub(super) struct Left {
    pub(super) status: Option<i32>,
    pub(super) printed: Option<(Vec<u8>, Vec<u8>)>,
}

/// The first pause between two looks at a task.
const FIRST: Duration = Duration::from_secs(1);

impl Supervisor {
    /// The end of `record`, whose process has ended with `status`, which is
    /// none when this host did not see it end.
    pub(super) async fn conclude(
        &self,
        record: &mut OperationRecord,
        status: Option<i32>,
    ) -> OperationEnd {
        let printed = output::tails(&Output::of(&self.folder, record.id)).await;
        let left = Left { status, printed };
        let call = match &record.call {
            Call::Shell(_) => return shell(record, &left),
            Call::Api(call) => call.clone(),
        };
        if let Some(change) = NodeChange::of(&call) {
            return self.of_node(record, &change, &left).await;
        }
        let expected = expected(&call);
        let told = record.upid.take().or_else(|| {
            let guest = expected.guest.as_ref().map(|guest| guest.vmid);
            upid::last(left.printed.as_ref().map_or(&[][..], |(out, _)| out), guest)
        });
        let upid = match told {
            Some(upid) => {
                self.known.claim(record.id, &upid);
                upid
            }
            None => match self.without_task(record, &call, &expected, &left).await {
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
            match task::status(&self.pvesh, upid).await {
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
        left: &Left,
    ) -> Result<Upid, OperationEnd> {
        let said = String::from_utf8_lossy(left.printed.as_ref().map_or(&[][..], |(_, err)| err));
        let failed = || OperationEnd::Failed { message: classify::message(&said) };
        if left.status != Some(0) && classify::classify(&said).is_some() {
            // Proxmox refused before it started anything.
            return Err(failed());
        }
        let searched = match call.path.node() {
            Some(node) if !expected.kinds.is_empty() => {
                task::find(&self.pvesh, &*self.journal, expected, node.as_str(), record.at).await
            }
            _ => return Err(by_status(record, left, failed)),
        };
        let why = match searched {
            Ok(Found::One(upid)) if self.known.claim(record.id, &upid) => return Ok(upid),
            Ok(Found::One(_)) => {
                "pvesh named no task, and the only one that fits is another operation's".to_owned()
            }
            Ok(Found::Nothing) if left.printed.is_none() => return Err(never_started()),
            Ok(Found::Nothing) => match left.status {
                Some(status) if status != 0 && classify::signal(status).is_none() => {
                    return Err(failed());
                }
                Some(0) => "pvesh named no task, and none can be found".to_owned(),
                Some(_) => "pvesh was killed, and its task cannot be found".to_owned(),
                None => "jarvis was stopped meanwhile, and no task of it can be found".to_owned(),
            },
            Ok(Found::Several(n)) => format!("{n} tasks could be the one it started"),
            Err(error) => format!("pvesh named no task, and the tasks cannot be listed: {error}"),
        };
        if left.status == Some(0) {
            return Err(self.by_effect(expected, &why).await);
        }
        Err(OperationEnd::Unknown { why })
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
            let why = match self.look(effect, guest).await {
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

/// The end of a call that starts no task: `pvesh` itself is what tells.
fn by_status(
    record: &OperationRecord,
    left: &Left,
    failed: impl FnOnce() -> OperationEnd,
) -> OperationEnd {
    match left.status {
        Some(0) => OperationEnd::Succeeded {
            warnings: 0,
            verified: Verified::No {
                why: "Proxmox took the request; jarvis did not look at its effect".to_owned(),
            },
        },
        Some(status) => match classify::signal(status) {
            Some(signal) => OperationEnd::Unknown {
                why: format!("pvesh was killed by signal {signal} on the way"),
            },
            None => failed(),
        },
        None => unseen(record, left),
    }
}

/// The end of a command on a node.
fn shell(record: &OperationRecord, left: &Left) -> OperationEnd {
    let said =
        left.printed.as_ref().map(|(_, err)| classify::message(&String::from_utf8_lossy(err)));
    match left.status {
        // There is no other witness than the command itself.
        Some(0) => OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes },
        Some(status) => match classify::signal(status) {
            Some(signal) => OperationEnd::Unknown {
                why: format!("it was killed by signal {signal} on the way"),
            },
            None => OperationEnd::Failed {
                message: format!("exit status {status}: {}", said.unwrap_or_default()),
            },
        },
        None => unseen(record, left),
    }
}

/// The end of what an earlier life of the host started, or did not.
fn unseen(record: &OperationRecord, left: &Left) -> OperationEnd {
    match (&record.state, &left.printed) {
        (OperationState::Journaled, None) => never_started(),
        _ => OperationEnd::Unknown {
            why: "jarvis was stopped meanwhile and did not see it end".to_owned(),
        },
    }
}

pub(super) fn never_started() -> OperationEnd {
    OperationEnd::Failed { message: "it was never started: jarvis was stopped first".to_owned() }
}
