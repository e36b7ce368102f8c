//! The memory limit of one call, summed over all memories and tables of its
//! instance: wasmtime's own limits count each memory by itself.

use wasmtime::ResourceLimiter;

use crate::manifest::Limits;

/// What one element of a table costs the host, bytes.
pub(crate) const ELEMENT: usize = 16;

/// Counts what one instance takes.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: usize,
    used: usize,
    exhausted: bool,
    instances: usize,
    memories: usize,
    tables: usize,
}

impl Meter {
    /// At most what `limits` say of memory and parts.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limit: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            used: 0,
            exhausted: false,
            instances: limits.instances as usize,
            memories: limits.memories as usize,
            tables: limits.tables as usize,
        }
    }

    /// What it has, bytes. Memory never shrinks, so this is its peak.
    pub(crate) fn used(&self) -> usize {
        self.used
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
        self.instances
    }

    fn memories(&self) -> usize {
        self.memories
    }

    fn tables(&self) -> usize {
        self.tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> Meter {
        Meter::new(&Limits { memory: 1000, ..Limits::DEFAULT })
    }

    #[test]
    fn two_memories_share_one_limit() {
        let mut meter = meter();
        assert!(meter.memory_growing(0, 600, None).unwrap());
        assert!(meter.memory_growing(0, 400, None).unwrap());
        assert!(!meter.is_exhausted());
        assert!(!meter.memory_growing(400, 401, None).unwrap());
        assert!(meter.is_exhausted());
    }

    #[test]
    fn tables_count_too() {
        let mut meter = meter();
        assert!(meter.memory_growing(0, 900, None).unwrap());
        assert!(meter.table_growing(0, 6, None).unwrap());
        assert!(!meter.table_growing(6, 7, None).unwrap());
        assert!(!meter.table_growing(0, usize::MAX, None).unwrap());
    }
}
