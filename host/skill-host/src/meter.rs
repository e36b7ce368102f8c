//! The memory limit of one call, summed over all memories and tables of its
//! instance: wasmtime's own limits count each memory by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

use crate::manifest::Limits;

/// What one element of a table costs the host, bytes.
pub(crate) const ELEMENT: usize = 16;

/// The memory that one instance has, for whoever cuts its call short and gets
/// nothing back. Clones are the same count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken(Arc<AtomicUsize>);

/// Counts what one instance takes.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: usize,
    taken: Taken,
    exhausted: bool,
    instances: usize,
    memories: usize,
    tables: usize,
}

impl Taken {
    /// What it has, bytes. Memory never shrinks, so this is its peak.
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Meter {
    /// At most what `limits` say of memory and parts; counted in `taken`.
    pub(crate) fn new(limits: &Limits, taken: Taken) -> Self {
        Self {
            limit: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            taken,
            exhausted: false,
            instances: limits.instances as usize,
            memories: limits.memories as usize,
            tables: limits.tables as usize,
        }
    }

    /// Whether it was asked for more than there is.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    fn grow(&mut self, by: usize) -> bool {
        let wanted = self.taken.bytes().saturating_add(by);
        if wanted > self.limit {
            self.exhausted = true;
            return false;
        }
        self.taken.0.store(wanted, Ordering::Relaxed);
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
        Meter::new(&Limits { memory: 1000, ..Limits::DEFAULT }, Taken::default())
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
