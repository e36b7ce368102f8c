//! Memory that is asked for call by call, where no pool can be set aside.

use wasmtime::Config;

use super::bounds::MAX_MEMORY;

/// The addresses behind a memory that must stay free, bytes. Code compares each
/// address itself where a memory has less than 4 GiB of them, and a small rest
/// only spares comparisons of fields that lie close together.
const GUARD: u64 = 64 << 10;

/// Takes no more addresses than the largest memory of one instance needs:
/// wasmtime would reserve 4 GiB for each, of which a machine that has no room
/// for a pool has none to spare either. What is compiled differs with it, so
/// that the cache keeps both kinds apart.
pub(super) fn settings(config: &mut Config) {
    config
        .memory_reservation(MAX_MEMORY as u64)
        .memory_reservation_for_growth(0)
        .memory_guard_size(GUARD);
}
