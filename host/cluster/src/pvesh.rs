//! The `pvesh` client's reads: a free place, a deadline, and the answer.
//!
//! What is written is a matter of `operations`; both share the arguments, the
//! table of error texts and the search for a task's id below here.

pub(crate) mod answer;
pub(crate) mod argv;
pub(crate) mod classify;
pub(crate) mod upid;

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{ApiCall, ApiPath, Clock, Fields, Verb};
use serde_json::Value;

use crate::access::{Body, answering};
use crate::launch::{Captured, Launch, Overflow};
use crate::launcher::Program;
use crate::slots::Slots;
use crate::{ClusterError, Timeouts};

/// The most that is kept of each of the two streams. A list of 500 guests has
/// about 200 KB.
const LIMIT: usize = 64 << 20;

/// Reads of the cluster.
#[derive(Debug)]
pub(crate) struct Pvesh {
    pub(crate) launch: Arc<dyn Launch>,
    pub(crate) slots: Arc<Slots>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeouts: Timeouts,
}

impl Pvesh {
    /// GET `path`.
    pub(crate) async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, ClusterError> {
        let (what, captured) = self.capture(path, query).await?;
        answer::read(&what, &captured)
    }

    /// GET `path`, as it came.
    pub(crate) async fn body(&self, path: &ApiPath) -> Result<Body, ClusterError> {
        let (what, captured) = self.capture(path, &Fields::none()).await?;
        answer::check(&what, &captured)?;
        Ok(Body { what, bytes: captured.stdout.into(), wrapped: false })
    }

    async fn capture(
        &self,
        path: &ApiPath,
        query: &Fields,
    ) -> Result<(String, Captured), ClusterError> {
        let call = ApiCall { verb: Verb::Get, path: path.clone(), fields: query.clone() };
        let what = call.to_string();
        let program = Program::Pvesh(argv::argv(&call)?);
        let at_most = self.timeouts.read(path);

        let (node, queue) = (answering(path), self.timeouts.queue);
        let busy = || ClusterError::Busy { what: what.clone(), after: queue };
        let _slot = within(&*self.clock, queue, self.slots.take(node.as_ref()), busy).await?;
        let late = || ClusterError::TimedOut { what: what.clone(), after: at_most };
        let run = self.launch.capture(&program, LIMIT, Overflow::Fail);
        let captured = within(&*self.clock, at_most, run, late).await??;
        Ok((what, captured))
    }
}

/// Runs `work` for at most `limit`; what is given up is dropped.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    work: impl Future<Output = T>,
    late: impl FnOnce() -> ClusterError,
) -> Result<T, ClusterError> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = clock.sleep(limit) => Err(late()),
    }
}

#[cfg(test)]
mod tests;
