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

use jarvis_domain::{ApiCall, ApiPath, BadPath, Clock, Field, Fields, Verb};
use serde_json::Value;

use crate::launch::{Launch, Overflow};
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
    /// GET a path that this room has put together itself.
    pub(crate) async fn read(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Value, ClusterError> {
        let wrong = |message: String| ClusterError::Parameter { what: path.to_owned(), message };
        let fields = query
            .iter()
            .map(|(name, value)| Field { name: (*name).to_owned(), value: value.clone() });
        let fields = Fields::new(fields).map_err(|error| wrong(error.to_string()))?;
        let path: ApiPath = path.parse().map_err(|error: BadPath| wrong(error.to_string()))?;
        self.get(&path, &fields).await
    }

    /// GET `path`.
    pub(crate) async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, ClusterError> {
        let call = ApiCall { verb: Verb::Get, path: path.clone(), fields: query.clone() };
        let what = call.to_string();
        let program = Program::Pvesh(argv::argv(&call)?);
        let at_most =
            if is_proxied(path) { self.timeouts.proxied_read } else { self.timeouts.local_read };
        let node = if is_proxied(path) { path.node() } else { None };

        let queue = self.timeouts.queue;
        let busy = || ClusterError::Busy { what: what.clone(), after: queue };
        let _slot = within(&*self.clock, queue, self.slots.take(node.as_ref()), busy).await?;
        let late = || ClusterError::TimedOut { what: what.clone(), after: at_most };
        let run = self.launch.capture(&program, LIMIT, Overflow::Fail);
        let captured = within(&*self.clock, at_most, run, late).await??;
        answer::read(&what, &captured)
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

/// Whether `pvesh` may pass the read on to another node. The node that jarvis
/// runs on answers its own paths itself; they get the longer time as well.
fn is_proxied(path: &ApiPath) -> bool {
    let local = path.segments().last().is_some_and(|last| last == "rrddata");
    path.node().is_some() && path.segments().count() > 2 && !local
}

#[cfg(test)]
mod tests;
