//! Who asks, and through which door.

use serde::{Deserialize, Serialize};

use crate::Role;

/// Who asks: `uid:1000`, `user:alice@pam`, `satellite:kitchen`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Principal(pub String);

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The way in. What a door may do at most is the settings' to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// The control socket, and a command line that works by itself.
    Cli,
    /// HTTP and WebSocket.
    Api,
    /// The Model Context Protocol.
    Mcp,
    /// A microphone or a satellite.
    Voice,
    /// Something that happened on the cluster.
    Event,
}

/// What chose the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was typed as such: `invoke`, an API path.
    Typed,
    /// A sentence template.
    Template,
    /// A language model, or a program that speaks for one.
    Model,
    /// Nobody: something happened, and a skill is told of it.
    Event,
}

/// Who asks, through which door, and what they may cause at most there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// Through which door.
    pub door: Door,
    /// At most this; `None` may do nothing.
    pub role: Option<Role>,
}

impl std::fmt::Display for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cli => "cli",
            Self::Api => "api",
            Self::Mcp => "mcp",
            Self::Voice => "voice",
            Self::Event => "event",
        })
    }
}
