//! How hot is too hot: two thresholds, each left only some degrees below where
//! it was crossed, so that a node at the edge is told of once.

use serde::Serialize;

use crate::settings::Thermals;

/// How hot a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    #[default]
    Normal,
    /// At the first threshold or above.
    Warm,
    /// At the second.
    Critical,
}

impl Level {
    /// The level at `celsius`, coming from this one.
    pub(super) fn at(self, celsius: f64, limits: &Thermals) -> Self {
        let level = |margin: f64| {
            if celsius >= limits.critical - margin {
                Self::Critical
            } else if celsius >= limits.warm - margin {
                Self::Warm
            } else {
                Self::Normal
            }
        };
        // Up at once; down no further than the margin lets it.
        level(0.0).max(self.min(level(limits.hysteresis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_left_only_some_degrees_below_where_it_began() {
        let limits =
            Thermals { warm: 80.0, critical: 95.0, hysteresis: 5.0, ..Thermals::standard() };
        let mut level = Level::Normal;
        for (celsius, expected) in [
            (79.9, Level::Normal),
            (80.0, Level::Warm),
            (79.0, Level::Warm),
            (75.0, Level::Warm),
            (74.9, Level::Normal),
            (78.0, Level::Normal),
            (96.0, Level::Critical),
            (90.0, Level::Critical),
            (89.9, Level::Warm),
            (95.0, Level::Critical),
            (40.0, Level::Normal),
        ] {
            level = level.at(celsius, &limits);
            assert_eq!(level, expected, "{celsius}");
        }
    }
}
