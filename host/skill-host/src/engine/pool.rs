//! The pool that instances take their memory from.

use wasmtime::PoolingAllocationConfig;

use super::bounds::{CONCURRENT_CALLS, MAX_ELEMENTS, MAX_INSTANCES, MAX_MEMORY, MAX_PARTS};

/// How many places keep what they were last used for, so that the next call of
/// the same skill starts faster. Such a place holds the compiled code of its
/// skill in memory, some 0.7 MiB, and of a replaced revision too where its place
/// was still to be given back when the revision was dropped.
const WARM: u32 = 4;

/// The memories and the tables of all calls together: what the usual tools
/// build has one memory and few tables.
pub(super) const MEMORIES: u32 = CONCURRENT_CALLS * 2;
pub(super) const TABLES: u32 = CONCURRENT_CALLS * 4;

pub(super) fn settings() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CONCURRENT_CALLS)
        .total_stacks(CONCURRENT_CALLS)
        // An instance is only counted, so each call may have the most there is.
        .total_core_instances(CONCURRENT_CALLS * MAX_INSTANCES)
        .total_memories(MEMORIES)
        .total_tables(TABLES)
        .max_core_instances_per_component(MAX_INSTANCES)
        .max_memories_per_component(MAX_PARTS)
        .max_tables_per_component(MAX_PARTS)
        .max_memories_per_module(MAX_PARTS)
        .max_tables_per_module(MAX_PARTS)
        .max_memory_size(MAX_MEMORY)
        .table_elements(MAX_ELEMENTS)
        // Pages that stay resident are cleared by hand when a call ends, which
        // measures slower than giving them back; giving back sixteen at a time
        // is what pays.
        .linear_memory_keep_resident(0)
        .max_unused_warm_slots(WARM)
        .decommit_batch_size(16);
    pool
}
