//! The pool that instances take their memory from.

use wasmtime::PoolingAllocationConfig;

use super::CONCURRENT_CALLS;

/// The largest memory of one instance, bytes. It also bounds how long one
/// instruction such as `memory.copy` can hold a thread.
pub const MAX_MEMORY: usize = 64 << 20;

/// The most elements of one table. A program's functions that are called
/// through pointers stand there; CPython has some ten thousand.
pub(crate) const MAX_ELEMENTS: usize = 20_000;

/// How many places keep what they were last used for, so that the next call of
/// the same skill starts faster. Such a place holds the compiled code of its
/// skill in memory, some 0.7 MiB, and of a replaced revision too where its place
/// was still to be given back when the revision was dropped.
const WARM: u32 = 4;

/// The most core instances of one component. One that carries a Python
/// interpreter has some forty, for its libraries are linked when it starts.
const MAX_INSTANCES: u32 = 64;

/// The most memories and tables of one component.
const MAX_PARTS: u32 = 32;

pub(super) fn settings() -> PoolingAllocationConfig {
    let calls = u32::try_from(CONCURRENT_CALLS).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        // An instance is only counted, so each call may have the most there is.
        .total_core_instances(calls * MAX_INSTANCES)
        // What the usual tools build has one memory and few tables.
        .total_memories(calls * 2)
        .total_tables(calls * 4)
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
