//! What a skill asks of the cluster, in canonical form.

use serde::{Deserialize, Serialize};

use crate::{ApiPath, Fields, NodeName};

/// A verb of the Proxmox API, by `pvesh`'s names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Create,
    /// PUT.
    Set,
    /// DELETE.
    Delete,
}

/// One call of the Proxmox API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ApiCall {
    /// The verb.
    pub verb: Verb,
    /// The path.
    pub path: ApiPath,
    /// The parameters.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
}

/// One program on a node. Argv only: there is no shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShellCall {
    /// The node, by its inventory name.
    pub node: NodeName,
    /// The program and its arguments; never empty.
    pub argv: Vec<String>,
}

/// Either kind of call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Call {
    /// The Proxmox API.
    Api(ApiCall),
    /// A program on a node.
    Shell(ShellCall),
}

impl std::fmt::Display for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::Create => "create",
            Self::Set => "set",
            Self::Delete => "delete",
        })
    }
}

impl std::fmt::Display for ApiCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.path)?;
        for field in &self.fields {
            write!(f, " {}={:?}", field.name, field.value)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for ShellCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.node)?;
        for word in &self.argv {
            write!(f, " {word:?}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Api(call) => call.fmt(f),
            Self::Shell(call) => call.fmt(f),
        }
    }
}
