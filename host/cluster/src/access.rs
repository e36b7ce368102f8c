//! The seam between this room and the Proxmox API: what is asked of the
//! cluster, whichever of its doors jarvis was told to use.
//!
//! Reads differ in speed only. A write differs in how it is followed: a
//! process of this machine tells its task's id when it has ended, a request
//! is answered with it at once.

use std::sync::Arc;

use jarvis_domain::{ApiPath, BadPath, Call, Field, Fields};
use serde_json::Value;

use crate::ClusterError;
use crate::api::{Api, Request};
use crate::launcher::Program;
use crate::pvesh::{Pvesh, argv};

/// One of the two ways to the Proxmox API.
#[derive(Debug)]
pub(crate) enum Access {
    /// The `pvesh` program of the node that jarvis runs on.
    Pvesh(Box<Pvesh>),
    /// The HTTPS API, from anywhere.
    Api(Arc<Api>),
}

/// How a write is carried out.
#[derive(Debug)]
pub(crate) enum Way {
    /// By a process that runs by itself.
    Process(Program),
    /// By a request.
    Request(Arc<Api>, Request),
}

impl Way {
    /// What carries it out, for a person.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Process(program) => program.name(),
            Self::Request(..) => "the Proxmox API",
        }
    }
}

impl Access {
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

    /// GET `path`; the answer is what Proxmox returns as `data`.
    pub(crate) async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, ClusterError> {
        match self {
            Self::Pvesh(pvesh) => pvesh.get(path, query).await,
            Self::Api(api) => api.get(path, query).await,
        }
    }

    /// How `call` is carried out. What cannot be is refused here, before
    /// anything is written down.
    pub(crate) fn way(&self, call: &Call) -> Result<Way, ClusterError> {
        Ok(match (call, self) {
            (Call::Shell(call), _) => {
                Way::Process(Program::Shell { node: call.node.clone(), argv: call.argv.clone() })
            }
            (Call::Api(call), Self::Pvesh(_)) => Way::Process(Program::Pvesh(argv::argv(call)?)),
            (Call::Api(call), Self::Api(api)) => Way::Request(Arc::clone(api), api.write(call)?),
        })
    }

    /// Whose tasks are those that jarvis starts; none where that is not known.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::Pvesh(_) => None,
            Self::Api(api) => api.actor(),
        }
    }

    /// How far the cluster's clock is ahead of this machine's, milliseconds,
    /// as its last answer told.
    pub(crate) fn ahead(&self) -> i64 {
        match self {
            Self::Pvesh(_) => 0,
            Self::Api(api) => api.ahead(),
        }
    }
}

/// Whether another node than the one that is asked may have to answer.
pub(crate) fn is_proxied(path: &ApiPath) -> bool {
    let local = path.segments().last().is_some_and(|last| last == "rrddata");
    path.node().is_some() && path.segments().count() > 2 && !local
}
