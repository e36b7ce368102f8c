//! What the HTTP API answers with, beside what domain's own types say.

mod auth;
mod cluster;
mod host;
mod operation;
mod proxmox;

pub use auth::{Ended, Keys, MadeKey, Me, MeKind, Sessions, SignedIn, Ticket};
pub use cluster::{
    ClusterEntry, ClusterStatus, Clusters, Guests, Nodes, OneGuest, OneNode, Temperature,
};
pub use host::{
    AuditLines, Engine, EngineStanding, Errors, Exchanges, Health, HealthCheck, MicrophoneList,
    Model, ModelKind, ModelState, Models, OneSkill, Runs, Skills, TimerList, Verified,
};
pub use operation::{Acted, Operation, OperationList, OperationLog, OperationNow, OperationPhase};
pub use proxmox::{
    CpuInfo, NodeStatus, NodeStorage, NodeStorages, NodeUpdates, Room, StatusOf, Update,
};
