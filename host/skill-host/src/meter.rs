//! The memory limit of one call, summed over all memories and tables of its
//! instance: wasmtime's own limits count each memory by itself.

use wasmtime::ResourceLimiter;

/// What one element of a table costs the host, bytes.
const ELEMENT: usize = 16;
/// The most instances, memories and tables of one component; what the usual
/// tools build has under ten of each.
const MAX_ITEMS: usize = 32;

/// Counts what one instance takes.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: usize,
    used: usize,
    exhausted: bool,
}

impl Meter {
    /// At most `limit` bytes in all.
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), used: 0, exhausted: false }
    }

    /// Whether it was asked for more than there is.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    fn grow(&mut self, by: usize) -> bool {
        let wanted = self.used.saturating_add(by);
        if wanted > self.limit {
            self.exhausted = true;
            return false;
        }
        self.used = wanted;
        true
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current).saturating_mul(ELEMENT)))
    }

    fn instances(&self) -> usize {
        MAX_ITEMS
    }

    fn memories(&self) -> usize {
        MAX_ITEMS
    }

    fn tables(&self) -> usize {
        MAX_ITEMS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_memories_share_one_limit() {
        let mut meter = Meter::new(1000);
        assert!(meter.memory_growing(0, 600, None).unwrap());
        assert!(meter.memory_growing(0, 400, None).unwrap());
        assert!(!meter.is_exhausted());
        assert!(!meter.memory_growing(400, 401, None).unwrap());
        assert!(meter.is_exhausted());
    }

    #[test]
    fn tables_count_too() {
        let mut meter = Meter::new(1000);
        assert!(meter.memory_growing(0, 900, None).unwrap());
        assert!(meter.table_growing(0, 6, None).unwrap());
        assert!(!meter.table_growing(6, 7, None).unwrap());
        assert!(!meter.table_growing(0, usize::MAX, None).unwrap());
    }
}
