//! Why the engine ended a call, told apart: a limit, the clock, the host, or
//! a crash.

use rustix::io::Errno;
use wasmtime::component::ResourceTableError;
use wasmtime::{OutOfMemory, PoolConcurrencyLimitError, WasmBacktrace};

use super::reply;
use crate::error::{Excess, InvokeError};
use crate::host::Stop;
use crate::session::Scope;

/// wasmtime's words for limits whose errors have no type that others can
/// name. `invoke/tests/limits.rs` holds each of them against its code, so a
/// version that words them otherwise does not go unseen.
const HANDED_OVER: &str = "fuel allocated for hostcalls has been exhausted";
const HANDLES: &str = "store handle limit exceeded";
const PARTS: &str = "resource limit exceeded";

/// The error that a person is told, for the engine's.
pub(super) fn of(error: &wasmtime::Error, scope: &Scope) -> InvokeError {
    let (skill, limits) = (scope.rights.skill.clone(), &scope.limits);
    match error.downcast_ref::<Stop>() {
        Some(Stop::Late) => return InvokeError::TimedOut { skill, after: limits.time },
        Some(Stop::TooMuch(excess)) => return InvokeError::TooMuch { skill, excess: *excess },
        Some(Stop::BrokenOff) => {
            return InvokeError::BrokenOff { command: scope.command.clone() };
        }
        Some(Stop::Host(reason)) => {
            return InvokeError::Host { command: scope.command.clone(), reason: reason.clone() };
        }
        None => {}
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return InvokeError::Full { skill };
    }
    if is_out_of_memory(error) {
        return InvokeError::OutOfMemory { skill, reason: reply::reason(&format!("{error:#}")) };
    }
    let excess = |excess| InvokeError::TooMuch { skill: skill.clone(), excess };
    if error.is::<ResourceTableError>() && says(error, "no free keys") || says(error, HANDLES) {
        return excess(Excess::Handles(limits.handles));
    }
    if says(error, PARTS) {
        return excess(Excess::Parts);
    }
    if says(error, HANDED_OVER) {
        // Outside of any code of its own, it is the reply that is handed over.
        if error.is::<WasmBacktrace>() {
            return excess(Excess::Argument(limits.argument));
        }
        let what = format!("it has more than {} KiB", limits.argument >> 10);
        return InvokeError::ReplyTooLarge { skill, what };
    }
    // `exit` is how some languages end; nobody gets a reply by it.
    let reason = match error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        Some(exit) => format!("it ended itself with status {}", exit.0),
        None => reply::reason(&format!("{error:#}")),
    };
    InvokeError::Trapped { skill, reason }
}

/// Whether it is the machine that has no memory, or no addresses, for the call.
fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    let refused = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<Errno>() == Some(&Errno::NOMEM)
    };
    error.is::<OutOfMemory>() || error.chain().any(refused)
}

/// Whether the error, or a cause of it, has these words. A
/// skill's own words are never among them: what a panic says goes to its log.
fn says(error: &wasmtime::Error, words: &str) -> bool {
    error.chain().any(|cause| cause.to_string().contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_memory_is_told_apart_from_a_crash() {
        // No machine has that many addresses, save as a promise.
        let mut config = wasmtime::Config::new();
        config.memory_reservation(1 << 56);
        let engine = wasmtime::Engine::new(&config).unwrap();
        let mut store = wasmtime::Store::new(&engine, ());
        let kind = wasmtime::MemoryType::new(1, None);
        let refused = wasmtime::Memory::new(&mut store, kind).unwrap_err();
        assert!(is_out_of_memory(&refused), "{refused:?}");
        let limited = wasmtime::Error::msg("out of memory, says the skill");
        assert!(!is_out_of_memory(&limited));
    }
}
