//! Temperatures of a node, by whichever source it has. The Proxmox API has
//! none; everyone goes to the node.
//!
//! Which reading stands for "the" temperature is a skill's to choose.

mod history;
mod hwmon;
mod level;
mod lm;
mod rounds;
mod sources;
mod telling;

use std::sync::Arc;

use jarvis_domain::sensors::Readings;
use jarvis_domain::{Clock, NodeName, ShellCall};

use crate::launch::Captured;
use crate::shell::Shell;
use crate::{ClusterError, Timeouts};
pub(crate) use sources::found;
use sources::question;

pub(crate) use rounds::{Known, Rounds};

/// Reads temperatures by one fixed command, which no caller can change.
#[derive(Debug)]
pub(crate) struct Thermometer {
    pub(crate) shell: Arc<Shell>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeouts: Timeouts,
}

impl Thermometer {
    /// The temperatures of `node` from the first source that has any. One
    /// command asks all sources, since each costs a way to the node. A key that
    /// is restricted to another command answers with what that one prints.
    pub(crate) async fn temperatures(&self, node: &NodeName) -> Result<Readings, ClusterError> {
        let as_of = self.clock.now();
        let none = || ClusterError::NoSensors { node: node.clone() };
        let captured = match self.run(node, question()).await {
            Ok(captured) => captured,
            Err(ClusterError::NoProgram { .. }) => return Err(none()),
            Err(error) => return Err(error),
        };
        // `sensors` fails as a whole when one chip does; what it printed is
        // good all the same.
        let (source, readings) = found(&captured.stdout).ok_or_else(none)?;
        Ok(Readings { node: node.clone(), as_of, source: source.to_owned(), readings })
    }

    async fn run(&self, node: &NodeName, argv: Vec<String>) -> Result<Captured, ClusterError> {
        let call = ShellCall { node: node.clone(), argv };
        self.shell.run(&call, self.timeouts.sensors).await
    }
}

/// Whether a chip can mean it. Unconnected inputs read as -128, broken ones
/// and unset limits as -273.15, 255 or 65261.85 degrees.
fn is_sane(celsius: f64) -> bool {
    celsius > -100.0 && celsius < 150.0
}

#[cfg(test)]
mod tests;
