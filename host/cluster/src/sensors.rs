//! Temperatures of a node, by whichever source it has, and which of its doors
//! answer. The Proxmox API has no temperatures; everyone goes to the node.
//!
//! Which reading stands for "the" temperature is a skill's to choose.

mod hwmon;
mod lm;

use std::sync::Arc;
use std::time::Instant;

use jarvis_domain::sensors::{Reach, Reading, Readings};
use jarvis_domain::{Clock, NodeName, ShellCall};

use crate::access::Access;
use crate::launch::Captured;
use crate::shell::Shell;
use crate::{ClusterError, Timeouts};

/// Reads temperatures by fixed commands, none of which a caller can change.
#[derive(Debug)]
pub(crate) struct Thermometer {
    pub(crate) shell: Arc<Shell>,
    pub(crate) access: Arc<Access>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeouts: Timeouts,
}

/// One way to read temperatures.
struct Source {
    name: &'static str,
    argv: fn() -> Vec<String>,
    parse: fn(&[u8]) -> Vec<Reading>,
}

/// The sources, the best first. The second and third need no package.
const SOURCES: [Source; 3] = [
    Source { name: "lm-sensors", argv: lm::argv, parse: lm::parse },
    Source { name: "hwmon", argv: hwmon::hwmon_argv, parse: hwmon::hwmon },
    Source { name: "thermal-zone", argv: hwmon::zones_argv, parse: hwmon::zones },
];

impl Thermometer {
    /// The temperatures of `node` from the first source that has any.
    pub(crate) async fn temperatures(&self, node: &NodeName) -> Result<Readings, ClusterError> {
        for source in SOURCES {
            let as_of = self.clock.now();
            match self.run(node, (source.argv)()).await {
                Ok(captured) => {
                    // `sensors` fails as a whole when one chip does; what it
                    // printed is good all the same.
                    let readings = (source.parse)(&captured.stdout);
                    if !readings.is_empty() {
                        let source = source.name.to_owned();
                        return Ok(Readings { node: node.clone(), as_of, source, readings });
                    }
                }
                Err(ClusterError::NoProgram { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(ClusterError::NoSensors { node: node.clone() })
    }

    /// Which doors of `node` answer.
    pub(crate) async fn reach(&self, node: &NodeName) -> Reach {
        let api = async {
            let start = Instant::now();
            let read = self.access.read(&format!("/nodes/{node}/status"), &[]).await;
            (read.map(|_| ()), start.elapsed())
        };
        let shell = async {
            let start = Instant::now();
            let run = match self.run(node, vec!["true".to_owned()]).await {
                // A shell that has no such program has answered.
                Err(ClusterError::NoProgram { .. }) => Ok(()),
                run => run.map(|_| ()),
            };
            (run, start.elapsed())
        };
        let ((api, api_took), (shell, shell_took)) = tokio::join!(api, shell);
        let fastest = [(api.is_ok(), api_took), (shell.is_ok(), shell_took)]
            .into_iter()
            .filter_map(|(answers, took)| answers.then_some(took))
            .min();
        Reach {
            api: api.is_ok(),
            shell: shell.is_ok(),
            ping: None,
            round_trip_ms: fastest.map(|took| took.as_secs_f64() * 1000.0),
        }
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
