//! Consoles: what a terminal can be opened on, and how large it is.

use serde::{Deserialize, Serialize};

use crate::{NodeName, Vmid};

/// What a terminal is opened on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsoleTarget {
    /// A node's shell.
    Node(NodeName),
    /// A container, or the serial port of a VM.
    Guest(Vmid),
}

/// A terminal's size: as many columns and rows as a screen can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleSize {
    columns: u16,
    rows: u16,
}

/// A size that no terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{columns} columns and {rows} rows are no terminal: each has 1 to {}", ConsoleSize::MOST)]
pub struct BadSize {
    columns: u32,
    rows: u32,
}

impl ConsoleSize {
    /// The most columns or rows. Programs hold their screen in memory.
    pub const MOST: u16 = 1000;
    /// What a terminal has that did not say.
    pub const USUAL: Self = Self { columns: 80, rows: 24 };

    /// A size, where it is one.
    pub fn new(columns: u32, rows: u32) -> Result<Self, BadSize> {
        let side = |n: u32| u16::try_from(n).ok().filter(|n| (1..=Self::MOST).contains(n));
        match (side(columns), side(rows)) {
            (Some(columns), Some(rows)) => Ok(Self { columns, rows }),
            _ => Err(BadSize { columns, rows }),
        }
    }

    /// How many characters a line has.
    #[must_use]
    pub fn columns(self) -> u16 {
        self.columns
    }

    /// How many lines there are.
    #[must_use]
    pub fn rows(self) -> u16 {
        self.rows
    }
}

impl std::fmt::Display for ConsoleTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node(node) => write!(f, "node {node}"),
            Self::Guest(vmid) => write!(f, "guest {vmid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_one_that_a_screen_can_have() {
        for (columns, rows, good) in [
            (80, 24, true),
            (1, 1, true),
            (1000, 1000, true),
            (0, 24, false),
            (80, 0, false),
            (1001, 24, false),
            (80, 65_536 + 24, false),
            (u32::MAX, u32::MAX, false),
        ] {
            let size = ConsoleSize::new(columns, rows);
            assert_eq!(size.is_ok(), good, "{columns} {rows}");
            if let Ok(size) = size {
                assert_eq!((u32::from(size.columns()), u32::from(size.rows())), (columns, rows));
            }
        }
    }
}
