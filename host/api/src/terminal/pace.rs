//! How often something may be asked for.

use std::time::Duration;

use jarvis_domain::Timestamp;

/// At most so many in each second.
#[derive(Debug)]
pub(super) struct Pace {
    most: u32,
    since: Timestamp,
    count: u32,
}

impl Pace {
    /// A pace that begins now.
    pub(super) fn new(most: u32, now: Timestamp) -> Self {
        Self { most, since: now, count: 0 }
    }

    /// Whether one more is not too many.
    pub(super) fn allows(&mut self, now: Timestamp) -> bool {
        if now.since(self.since) >= Duration::from_secs(1) {
            (self.since, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        self.count <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second() {
        let mut pace = Pace::new(2, Timestamp(0));
        let at = [0, 1, 999, 1000, 1001, 1002].map(|at| pace.allows(Timestamp(at)));
        assert_eq!(at, [true, true, false, true, true, false]);
    }
}
