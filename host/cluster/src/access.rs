//! The seam between this room and the Proxmox API: what is asked of the
//! cluster, whichever of its doors jarvis was told to use.
//!
//! Reads differ in speed only. A write differs in how it is followed: a
//! process of this machine tells its task's id when it has ended, a request
//! is answered with it at once.

use std::sync::Arc;

use bytes::Bytes;
use jarvis_domain::{ApiPath, BadPath, Call, Clock, Field, Fields, NodeName};
use serde::Deserialize;
use serde_json::Value;

use crate::ClusterError;
use crate::api::{Api, Request};
use crate::circuit::Circuits;
use crate::launcher::{Program, There};
use crate::pvesh::{Pvesh, argv};

/// Who `pvesh` is to Proxmox; it runs as root only, and skips all rights.
const PVESH_USER: &str = "root@pam";

/// The way to the Proxmox API, and which nodes rest because they do not answer.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) door: Door,
    pub(crate) circuits: Circuits,
}

/// One of the two ways.
#[derive(Debug)]
pub(crate) enum Door {
    /// The `pvesh` program of the node that jarvis runs on.
    Pvesh(Box<Pvesh>),
    /// The HTTPS API, from anywhere.
    Api(Arc<Api>),
}

/// An answer to a read as it came, for whoever reads it better than as a tree
/// of values.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) what: String,
    pub(crate) bytes: Bytes,
    /// Over HTTPS it stands as `data` in an object.
    pub(crate) wrapped: bool,
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
    pub(crate) fn new(door: Door, clock: Arc<dyn Clock>) -> Self {
        Self { door, circuits: Circuits::new(clock) }
    }

    /// GET a path that this room has put together itself. Asked of a node that
    /// rests as well: who follows an operation has to know.
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
        self.ask(&path, &fields).await
    }

    /// GET `path` for somebody else; the answer is what Proxmox returns as
    /// `data`. A node that rests is not asked.
    pub(crate) async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, ClusterError> {
        // Held until the answer is there: one that is given up is no longer
        // the probe.
        let _pass = match answering(path) {
            Some(node) => Some(self.circuits.enter(&node, || format!("get {path}"))?),
            None => None,
        };
        self.ask(path, query).await
    }

    /// GET `path`, which the node that is asked answers itself, as it came.
    pub(crate) async fn body(&self, path: &str) -> Result<Body, ClusterError> {
        let wrong = |error: BadPath| ClusterError::Parameter {
            what: path.to_owned(),
            message: error.to_string(),
        };
        let path: ApiPath = path.parse().map_err(wrong)?;
        match &self.door {
            Door::Pvesh(pvesh) => Box::pin(pvesh.body(&path)).await,
            Door::Api(api) => Box::pin(api.body(&path)).await,
        }
    }

    /// An error where the list at `path` has less in it than there must be
    /// because jarvis may not see it. Root may see everything.
    pub(crate) async fn doubt(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<(), ClusterError> {
        match &self.door {
            Door::Pvesh(_) => Ok(()),
            Door::Api(_) => self.read(path, query).await.map(drop),
        }
    }

    async fn ask(&self, path: &ApiPath, query: &Fields) -> Result<Value, ClusterError> {
        // On the heap: they are large, and callers join several of them.
        let answer = match &self.door {
            Door::Pvesh(pvesh) => Box::pin(pvesh.get(path, query)).await,
            Door::Api(api) => Box::pin(api.get(path, query)).await,
        };
        if let Some(node) = answering(path) {
            self.circuits.note(&node, answer.as_ref().err());
        }
        answer
    }

    /// How `call` is carried out. What cannot be is refused here, before
    /// anything is written down. A node that rests is asked all the same: a
    /// write is a person's wish, and says better than a probe what is so.
    pub(crate) fn way(&self, call: &Call) -> Result<Way, ClusterError> {
        Ok(match (call, &self.door) {
            (Call::Shell(call), _) => {
                let (node, argv) = (call.node.clone(), call.argv.clone());
                Way::Process(Program::Shell(There { node, argv, at_most: None }))
            }
            (Call::Api(call), Door::Pvesh(_)) => Way::Process(Program::Pvesh(argv::argv(call)?)),
            (Call::Api(call), Door::Api(api)) => Way::Request(Arc::clone(api), api.write(call)?),
        })
    }

    /// Whose tasks are those that jarvis starts; none where it starts none.
    pub(crate) fn user(&self) -> Option<&str> {
        match &self.door {
            // Whoever starts it, also where it goes on to another node by ssh.
            Door::Pvesh(_) => Some(PVESH_USER),
            Door::Api(api) => api.actor(),
        }
    }

    /// How far the cluster's clock is ahead of this machine's, milliseconds,
    /// as its last answer told.
    pub(crate) fn ahead(&self) -> i64 {
        match &self.door {
            Door::Pvesh(_) => 0,
            Door::Api(api) => api.ahead(),
        }
    }
}

impl Body {
    /// What it says.
    pub(crate) fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ClusterError> {
        #[derive(Deserialize)]
        struct Wrapped<T> {
            data: T,
        }
        let decoded = if self.wrapped {
            serde_json::from_slice(&self.bytes).map(|Wrapped { data }| data)
        } else {
            serde_json::from_slice(&self.bytes)
        };
        decoded.map_err(|error| ClusterError::Garbled {
            what: self.what.clone(),
            why: format!("it is not what it should be: {error}"),
        })
    }
}

/// The node that has to answer `path`, where the one that is asked may pass it
/// on.
pub(crate) fn answering(path: &ApiPath) -> Option<NodeName> {
    if is_proxied(path) { path.node() } else { None }
}

/// Whether another node than the one that is asked may have to answer.
pub(crate) fn is_proxied(path: &ApiPath) -> bool {
    let local = path.segments().last().is_some_and(|last| last == "rrddata");
    path.node().is_some() && path.segments().count() > 2 && !local
}
