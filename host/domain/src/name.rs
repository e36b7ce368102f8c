//! Names that are checked once, when they come in.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that does not have the form its kind must have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not {kind}: {rule}")]
pub struct BadName {
    given: String,
    kind: &'static str,
    rule: &'static str,
}

impl BadName {
    fn new(given: &str, kind: &'static str, rule: &'static str) -> Self {
        Self { given: crate::text::cut(given, 80), kind, rule }
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.to_owned())) } else { Err(BadName::new(text, $kind, $rule)) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A Proxmox node's name (`pve-node` in `PVE::JSONSchema`): one DNS label.
    NodeName, "a node name",
    "1 to 63 letters, digits and hyphens, no hyphen at either end",
    |text| is_label(text, 63, |c| c.is_ascii_alphanumeric())
);
name!(
    /// A skill's id: its folder's name.
    SkillId, "a skill id",
    "1 to 40 lower-case letters, digits and hyphens, no hyphen at either end",
    |text| is_label(text, 40, |c| c.is_ascii_lowercase() || c.is_ascii_digit())
);
name!(
    /// A cluster, as the settings name it.
    ClusterId, "a cluster id",
    "1 to 40 lower-case letters, digits and hyphens, no hyphen at either end",
    |text| is_label(text, 40, |c| c.is_ascii_lowercase() || c.is_ascii_digit())
);

/// One command of one skill: `vm-lifecycle.start`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandName {
    /// The skill.
    pub skill: SkillId,
    /// The command's own name within the skill; the form of a skill id.
    pub command: String,
}

impl FromStr for CommandName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || {
            BadName::new(text, "a command", "it is written skill.command, like vm-lifecycle.start")
        };
        let (skill, command) = text.split_once('.').ok_or_else(bad)?;
        let skill = skill.parse().map_err(|_| bad())?;
        if command.parse::<SkillId>().is_err() {
            return Err(bad());
        }
        Ok(Self { skill, command: command.to_owned() })
    }
}

impl TryFrom<String> for CommandName {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<CommandName> for String {
    fn from(name: CommandName) -> Self {
        name.to_string()
    }
}

impl std::fmt::Display for CommandName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.skill, self.command)
    }
}

/// A guest's number, 100 to 999999999 (`pve-vmid` in `PVE::JSONSchema`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Vmid(u32);

impl Vmid {
    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Vmid {
    type Error = BadName;

    fn try_from(number: u32) -> Result<Self, BadName> {
        if (100..=999_999_999).contains(&number) {
            Ok(Self(number))
        } else {
            Err(BadName::new(&number.to_string(), "a guest number", "100 to 999999999"))
        }
    }
}

impl From<Vmid> for u32 {
    fn from(vmid: Vmid) -> Self {
        vmid.0
    }
}

impl FromStr for Vmid {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName::new(text, "a guest number", "100 to 999999999");
        if !text.bytes().all(|b| b.is_ascii_digit()) || text.starts_with('0') {
            return Err(bad());
        }
        text.parse::<u32>().map_err(|_| bad())?.try_into()
    }
}

impl std::fmt::Display for Vmid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether `text` is a label of at most `longest` bytes: characters that
/// `inner` takes, and hyphens anywhere but at the ends.
fn is_label(text: &str, longest: usize, inner: fn(char) -> bool) -> bool {
    !text.is_empty()
        && text.len() <= longest
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|c| inner(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_names_are_labels() {
        for good in ["pve1", "home", "a-b", "X"] {
            assert!(good.parse::<NodeName>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a.b", "a b", "a/b", "ä", "..", "a\n", "--output"] {
            assert!(bad.parse::<NodeName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn guest_numbers_are_in_range_and_plain() {
        assert_eq!("101".parse::<Vmid>().map(Vmid::get), Ok(101));
        for bad in ["99", "1000000000", "0101", "+101", "101 ", "", "one"] {
            assert!(bad.parse::<Vmid>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_command_is_skill_dot_command() {
        let name: CommandName = "vm-lifecycle.force-stop".parse().unwrap();
        assert_eq!((name.skill.as_str(), name.command.as_str()), ("vm-lifecycle", "force-stop"));
        for bad in ["start", "a.", ".b", "a.b.c", "A.b"] {
            assert!(bad.parse::<CommandName>().is_err(), "{bad:?}");
        }
    }
}
