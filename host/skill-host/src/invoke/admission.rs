//! The first steps of every invocation: is there such a command, may the
//! caller ask for it at all, and do the arguments fit it.

use std::sync::Arc;

use jarvis_document::nearest;
use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::Answer;
use jarvis_domain::{Caller, Invocation, Risk, Role};
use jarvis_policy::decide::effective_role;
use jarvis_sentences::Names;
use serde_json::{Map, Value};

use super::Inner;
use crate::arguments::{self, ArgumentError};
use crate::catalog::{Catalog, Held, Skill};
use crate::error::InvokeError;
use crate::manifest::CommandSpec;
use crate::parameter::ParameterKind;

/// A command that the caller may ask for.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) skill: Arc<Skill>,
    pub(super) spec: Arc<CommandSpec>,
    /// The revision's calls count from here on.
    held: Held,
}

/// A command that may run.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) skill: Arc<Skill>,
    pub(super) spec: Arc<CommandSpec>,
    pub(super) held: Held,
    /// Checked, defaults filled in.
    pub(super) arguments: Map<String, Value>,
    /// Empty when the cluster was silent and the command takes no names.
    pub(super) snapshot: Arc<Snapshot>,
}

/// Why a command does not run.
#[derive(Debug)]
pub(super) enum Halt {
    /// Something has to be chosen or said first.
    Open(Answer),
    /// It cannot.
    Failed(InvokeError),
}

impl From<InvokeError> for Halt {
    fn from(error: InvokeError) -> Self {
        Self::Failed(error)
    }
}

impl Inner {
    /// Finds the command and checks the caller's role.
    pub(super) fn find(
        &self,
        catalog: &Catalog,
        invocation: &Invocation,
        caller: &Caller,
    ) -> Result<Found, InvokeError> {
        let Some((skill, spec)) = catalog.command(&invocation.command) else {
            return Err(unknown(catalog, invocation));
        };
        let needed = least_role(spec.risk);
        let has = effective_role(caller);
        if has.is_none_or(|has| has < needed) {
            let (command, door) = (invocation.command.clone(), caller.door);
            return Err(InvokeError::Role { command, needed, has, door });
        }
        let held = skill.life.hold();
        Ok(Found { skill: Arc::clone(skill), spec: Arc::clone(spec), held })
    }

    /// Checks the arguments against the command and the cluster's names.
    pub(super) async fn admit(
        &self,
        found: Found,
        invocation: &Invocation,
    ) -> Result<Admitted, Halt> {
        let Found { skill, spec, held } = found;
        let takes_names = spec.parameters.iter().any(|parameter| {
            matches!(
                parameter.kind,
                ParameterKind::Guest | ParameterKind::Node | ParameterKind::Tag
            )
        });
        let (snapshot, names) = match self.knowledge.now(invocation.language()).await {
            Ok((snapshot, names)) => (snapshot, names),
            Err(error) if takes_names => return Err(InvokeError::Cluster(error).into()),
            Err(error) => {
                tracing::info!(%error, "the inventory is silent; the command needs no names");
                (Arc::new(self.nothing_known()), Arc::new(Names::default()))
            }
        };
        let language = invocation.language();
        match arguments::check(&spec, &invocation.arguments, &names, &snapshot, language) {
            Ok(arguments) => Ok(Admitted { skill, spec, held, arguments, snapshot }),
            Err(ArgumentError::Choice(choice)) => Err(Halt::Open(Answer::Choice(choice))),
            Err(ArgumentError::Missing(missing)) => Err(Halt::Open(Answer::Missing(missing))),
            Err(error) => Err(InvokeError::Argument(error).into()),
        }
    }

    /// A snapshot without anything in it.
    pub(super) fn nothing_known(&self) -> Snapshot {
        Snapshot {
            cluster: self.cluster.clone(),
            as_of: self.ports.clock.now(),
            quorate: None,
            nodes: Vec::new(),
            guests: Vec::new(),
            storages: Vec::new(),
        }
    }
}

/// The least role that may ask for a command of this risk. A single call may
/// need more; policy says so when it is made.
fn least_role(risk: Risk) -> Role {
    match risk {
        Risk::Read => Role::Viewer,
        Risk::Change | Risk::Destructive => Role::Operator,
    }
}

fn unknown(catalog: &Catalog, invocation: &Invocation) -> InvokeError {
    let given = invocation.command.clone();
    let broken = catalog.broken().iter().find(|broken| broken.id.as_ref() == Some(&given.skill));
    if let Some(broken) = broken {
        return InvokeError::NotServing { skill: given.skill, reason: broken.reason.to_string() };
    }
    let names: Vec<String> = catalog.commands().map(|(name, _)| name.to_string()).collect();
    let nearest = nearest(&given.to_string(), names.iter().map(String::as_str)).map(str::to_owned);
    InvokeError::UnknownCommand { given, nearest }
}
