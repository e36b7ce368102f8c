//! Short commands on nodes: those that a permit allows, and the fixed ones
//! that this room needs itself for temperatures and reachability.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, ShellCall};

use crate::ClusterError;
use crate::launch::{Captured, Launch, Overflow};
use crate::launcher::{Program, There};
use crate::pvesh::within;
use crate::slots::Slots;

/// The most that is kept of each of a command's two streams.
const LIMIT: usize = 1 << 20;

/// Runs commands that only read.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) launch: Arc<dyn Launch>,
    pub(crate) slots: Arc<Slots>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long a free place is waited for.
    pub(crate) queue: Duration,
}

impl Shell {
    /// Runs `call`, killed after `at_most`. The wait for a free place is apart: a
    /// node that others keep busy is not a slow one. A status that is not 0 is an answer, not an error, unless it says that
    /// the node or the program is not there.
    pub(crate) async fn run(
        &self,
        call: &ShellCall,
        at_most: Duration,
    ) -> Result<Captured, ClusterError> {
        let what = call.to_string();
        let (node, argv) = (call.node.clone(), call.argv.clone());
        let program = Program::Shell(There { node, argv, at_most: Some(at_most) });
        let busy = || ClusterError::Busy { what: what.clone(), after: self.queue };
        let place = self.slots.take(Some(&call.node));
        let _slot = within(&*self.clock, self.queue, place, busy).await?;
        let run = self.launch.capture(&program, LIMIT, Overflow::Cut);
        let late = || ClusterError::TimedOut { what: what.clone(), after: at_most };
        match within(&*self.clock, at_most, run, late).await? {
            Ok(captured) => answered(call, captured),
            Err(ClusterError::PveshMissing { program }) if is_argv(call, &program) => {
                Err(no_program(call))
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether the missing program is the command itself, not what carries it out.
fn is_argv(call: &ShellCall, program: &std::path::Path) -> bool {
    call.argv.first().is_some_and(|first| std::path::Path::new(first) == program)
}

/// Statuses by which ssh and the far shell say that nothing ran: 255 and a
/// word of ssh's (ssh(1)), 127 (POSIX, 2.8.2).
fn answered(call: &ShellCall, captured: Captured) -> Result<Captured, ClusterError> {
    let stderr = String::from_utf8_lossy(&captured.stderr);
    match captured.status {
        127 => Err(no_program(call)),
        255 if stderr.contains("ssh: ") => Err(ClusterError::NodeUnreachable {
            what: call.to_string(),
            message: crate::pvesh::classify::message(&stderr),
        }),
        _ => Ok(captured),
    }
}

fn no_program(call: &ShellCall) -> ClusterError {
    let program = call.argv.first().cloned().unwrap_or_default();
    ClusterError::NoProgram { node: call.node.clone(), program }
}
