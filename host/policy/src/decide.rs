//! The one place where a call is let through or refused.

use jarvis_domain::{
    ApiCall, Call, Caller, ClusterId, CommandName, Door, NodeName, Risk, Role, RunId, SkillId,
};

use crate::denial::Denial;
use crate::pattern::check_argv;
use crate::plan::PlanRest;
use crate::rating::{Rated, rate};
use crate::{Capability, GrantSet, Permit, forbidden};

/// Everything a decision rests on besides the call. The effective right is
/// the least of it.
#[derive(Debug, Clone, Copy)]
pub struct Right<'a> {
    /// The skill.
    pub skill: &'a SkillId,
    /// What its manifest requests.
    pub requested: &'a GrantSet,
    /// What the administrator allows it.
    pub allowed: &'a GrantSet,
    /// Who asks.
    pub caller: &'a Caller,
    /// The risk that the command declares.
    pub declared: Risk,
    /// The command.
    pub command: &'a CommandName,
}

/// Whether a call is made or only recorded.
#[derive(Debug)]
pub enum Phase<'a> {
    /// For a plan: reads are made, everything else is recorded.
    Dry {
        /// The cluster that the invocation is bound to.
        cluster: &'a ClusterId,
        /// The run.
        run: RunId,
    },
    /// For real.
    Real {
        /// The cluster that the invocation is bound to.
        cluster: &'a ClusterId,
        /// The run.
        run: RunId,
        /// What is left of the confirmed plan. A command that declares
        /// `destructive` writes nothing without one.
        plan: Option<&'a mut PlanRest>,
    },
}

/// What to do with a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Read it, from the inventory or by [`jarvis_domain::read::ClusterReader`].
    Read(ApiCall),
    /// A program that only reads. [`crate::port::NodeShell::run`] takes the
    /// permit; no other decision is for it.
    Run(Permit, Rated),
    /// Only write it into the plan; [`Rated::task`] says whether the skill
    /// gets an operation.
    Recorded(Call, Rated),
    /// Start it: [`crate::port::Actuator::start`] takes the permit.
    Permitted(Permit, Rated),
}

/// Decides on `call`. In this order, so that the answer is the one that
/// helps most: is it a call at all, may anybody be granted it, is this skill
/// granted it, did the command say so, may the caller, did a person say yes.
pub fn decide(right: &Right<'_>, call: Call, phase: Phase<'_>) -> Result<Decision, Denial> {
    check_form(&call)?;
    check_grants(right, &call)?;
    let rated = rate(&call);
    if rated.risk > right.declared {
        return Err(Denial::AboveDeclared {
            command: right.command.clone(),
            call: Box::new(call),
            risk: rated.risk,
            declared: right.declared,
        });
    }
    check_role(right.caller, rated.role, rated.risk, Some(&call))?;
    let (cluster, run) = match &phase {
        Phase::Dry { cluster, run } | Phase::Real { cluster, run, .. } => {
            ((*cluster).clone(), *run)
        }
    };
    if rated.risk == Risk::Read {
        return Ok(match call {
            Call::Api(call) => Decision::Read(call),
            Call::Shell(_) => Decision::Run(Permit::new(call, cluster, run, rated.risk), rated),
        });
    }
    match phase {
        Phase::Dry { .. } => return Ok(Decision::Recorded(call, rated)),
        Phase::Real { plan: Some(plan), .. } => {
            if !plan.take(&cluster, right.command, &call) {
                let command = right.command.clone();
                return Err(Denial::OutsidePlan { command, call: Box::new(call) });
            }
        }
        Phase::Real { plan: None, .. } => {
            if right.declared == Risk::Destructive {
                let command = right.command.clone();
                return Err(Denial::NoPlan { command, call: Box::new(call) });
            }
        }
    }
    Ok(Decision::Permitted(Permit::new(call, cluster, run, rated.risk), rated))
}

/// Decides on the use of an interface that is no call of its own:
/// `inventory`, `sensors` (of `node`) and `kv`.
pub fn admit(
    right: &Right<'_>,
    capability: Capability,
    node: Option<&NodeName>,
) -> Result<(), Denial> {
    let requested = right.requested.opens(capability, node);
    if !requested || !right.allowed.opens(capability, node) {
        let skill = right.skill.clone();
        return Err(Denial::NotOpen { skill, capability, node: node.cloned(), requested });
    }
    check_role(right.caller, Role::Viewer, Risk::Read, None)
}

/// What `caller` may cause at most. Events only look (house rule 4).
#[must_use]
pub fn effective_role(caller: &Caller) -> Option<Role> {
    match caller.door {
        Door::Event => caller.role.map(|role| role.min(Role::Viewer)),
        Door::Cli | Door::Api | Door::Mcp | Door::Voice => caller.role,
    }
}

fn check_form(call: &Call) -> Result<(), Denial> {
    let never = |why| Denial::Never { call: Box::new(call.clone()), why };
    match call {
        Call::Shell(shell) => check_argv(&shell.argv)
            .map_err(|source| Denial::Malformed { call: Box::new(call.clone()), source }),
        Call::Api(api) => {
            if let Some(why) = forbidden::path(&api.path) {
                return Err(never(format!("{} is never granted: {why}", api.path)));
            }
            match forbidden::field(api) {
                Some((field, why)) => Err(never(format!(
                    "the field {} is not passed on like this: {why}",
                    field.name
                ))),
                None => Ok(()),
            }
        }
    }
}

fn check_grants(right: &Right<'_>, call: &Call) -> Result<(), Denial> {
    let requested = right.requested.allows(call);
    if requested && right.allowed.allows(call) {
        return Ok(());
    }
    Err(Denial::NotGranted { skill: right.skill.clone(), call: Box::new(call.clone()), requested })
}

fn check_role(caller: &Caller, needs: Role, risk: Risk, call: Option<&Call>) -> Result<(), Denial> {
    let Some(has) = effective_role(caller) else {
        return Err(Denial::NoRole { principal: caller.principal.clone(), door: caller.door });
    };
    // A role's own ceiling holds even if a row of the table forgot it.
    let needs = if risk > Risk::Read { needs.max(Role::Operator) } else { needs };
    if has >= needs {
        return Ok(());
    }
    Err(Denial::RoleTooLow {
        principal: caller.principal.clone(),
        door: caller.door,
        has,
        needs,
        call: call.cloned().map(Box::new),
    })
}

#[cfg(test)]
mod tests;
