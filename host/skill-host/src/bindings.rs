//! The contract as Rust: what `wasmtime` generates from `wit/`. The meaning of
//! each function is in `host`, one file a capability; nothing is decided here.

#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::str_to_string,
    clippy::redundant_clone,
    clippy::needless_pass_by_value,
    reason = "generated; wit/ documents every item"
)]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "event-skill",
        imports: {
            "jarvis:skill/log.write": trappable,
            default: async | trappable,
        },
        exports: { default: async },
        with: { "jarvis:skill/operations.operation": crate::host::operations::Handle },
        trappable_error_type: { "jarvis:skill/types.error" => crate::host::Refusal },
    });
}

pub(crate) use generated::exports::jarvis::skill::{events, skill as exported};
pub(crate) use generated::jarvis::skill::{
    cluster_read, cluster_write, config, inventory, kv, log, node_shell, operations, sensors, types,
};
