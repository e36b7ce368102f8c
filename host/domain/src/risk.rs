//! How much harm a call can do, and who may cause it.

use serde::{Deserialize, Serialize};

/// What a call does to the cluster, from harmless to harmful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Changes nothing.
    Read,
    /// Adds or resumes: start, resume, snapshot, refresh, wake.
    Change,
    /// Interrupts or loses: shut down, stop, roll back, delete. Asked about.
    Destructive,
}

/// What a caller may cause at most. Nobody has a role by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also changes guests, and confirms what interrupts them.
    Operator,
    /// Also nodes, installs and settings.
    Admin,
}

impl Role {
    /// `role`, lowered to `most` where one is named; never raised.
    #[must_use]
    pub fn lowered(role: Option<Self>, most: Option<Self>) -> Option<Self> {
        match most {
            Some(most) => role.map(|role| role.min(most)),
            None => role,
        }
    }
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Destructive => "destructive",
        })
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_only_ever_lowered() {
        use Role::{Admin, Operator, Viewer};
        for (role, most, expected) in [
            (Some(Admin), Some(Viewer), Some(Viewer)),
            (Some(Viewer), Some(Admin), Some(Viewer)),
            (Some(Operator), None, Some(Operator)),
            (None, Some(Admin), None),
        ] {
            assert_eq!(Role::lowered(role, most), expected);
        }
    }
}
