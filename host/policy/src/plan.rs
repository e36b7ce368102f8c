//! What is left of a plan that a person said yes to, while it is carried out.

use jarvis_domain::{Call, ClusterId, CommandName, Plan};

/// The planned writes that have not been made yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRest {
    cluster: ClusterId,
    command: CommandName,
    writes: Vec<Call>,
}

impl PlanRest {
    /// All writes of `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            cluster: plan.cluster.clone(),
            command: plan.command.clone(),
            writes: plan.writes.clone(),
        }
    }

    /// The writes that have not been made, in the plan's order.
    #[must_use]
    pub fn left(&self) -> &[Call] {
        &self.writes
    }

    /// Whether the plan was made for this command on this cluster and still
    /// holds `call`, field by field. If so the call is used up.
    pub(crate) fn take(&mut self, cluster: &ClusterId, command: &CommandName, call: &Call) -> bool {
        if &self.cluster != cluster || &self.command != command {
            return false;
        }
        let found = self.writes.iter().position(|planned| planned == call);
        if let Some(index) = found {
            self.writes.remove(index);
        }
        found.is_some()
    }
}
