//! The nouns of jarvis and the ports that rooms offer each other.
//!
//! Everything that is checked once has a type of its own here, so that no room
//! checks it again. There is no I/O in this crate; a port is a trait that
//! another room implements.

pub mod announce;
pub mod audit;
pub mod call;
pub mod caller;
pub mod clock;
pub mod console;
pub mod decision;
pub mod error;
pub mod event;
pub mod field;
pub mod figures;
pub mod id;
pub mod identity;
pub mod inventory;
pub mod invocation;
pub mod json;
pub mod kv;
pub mod language;
pub mod model;
pub mod name;
pub mod operation;
pub mod path;
pub mod plan;
pub mod read;
pub mod records;
pub mod registry;
pub mod risk;
pub mod run;
pub mod schedule;
pub mod sensors;
pub mod skill_log;
pub mod text;
pub mod timestamp;
pub mod trouble;
pub mod upid;
pub mod verification;

pub use call::{ApiCall, Call, ShellCall, Verb};
pub use caller::{Caller, Door, Origin, Principal};
pub use clock::{Clock, ManualClock, SystemClock};
pub use console::{BadSize, ConsoleSize, ConsoleTarget};
pub use error::{Explain, Fault, German, Row};
pub use event::{Event, Topic};
pub use field::{Field, Fields};
pub use id::{
    ConfirmationId, EventId, ExchangeId, MicrophoneId, OperationId, RequestId, RunId, TerminalId,
    TimerId,
};
pub use invocation::{Invocation, Outcome, Reply};
pub use json::Json;
pub use language::Language;
pub use name::{BadName, ClusterId, CommandName, NodeName, SkillId, Vmid};
pub use operation::{OperationEnd, Verified};
pub use path::{ApiPath, BadPath};
pub use plan::{Digest, Plan, Revision};
pub use read::CallError;
pub use risk::{Risk, Role};
pub use timestamp::Timestamp;
pub use trouble::Trouble;
pub use upid::Upid;
