//! The WebAssembly engine that all skills share: how memory is set aside, how
//! runaway code is interrupted, and how many calls run at once. It knows no
//! skill and no capability.

mod pool;
mod ticker;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use crate::error::EngineError;

pub use pool::MAX_MEMORY;
pub(crate) use ticker::TICK;

/// How many calls run at the same time at most; more wait in line. A home lab
/// with twenty skills seldom has two.
pub const CONCURRENT_CALLS: usize = 64;

/// One engine for all skills. Cheap to clone.
#[derive(Clone)]
pub struct SkillEngine {
    engine: Engine,
    slots: Arc<Semaphore>,
    allocation: Allocation,
}

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool that was set aside in advance.
    Pool,
    /// From the operating system, call by call: some 20 µs slower.
    OnDemand,
}

impl SkillEngine {
    /// Sets up the engine and starts its ticker.
    ///
    /// Memory comes from a pool that reserves some 500 GiB of addresses,
    /// though next to no memory. Where so many cannot be had (strict
    /// overcommit, `ulimit -v`) it is asked for call by call, and the log
    /// says so.
    pub fn new() -> Result<Self, EngineError> {
        let (engine, allocation) = match build(Allocation::Pool) {
            Ok(engine) => (engine, Allocation::Pool),
            Err(error) => {
                let why = format!("{error:#}");
                tracing::warn!(why, "no address space for a pool: skills get memory on demand");
                let engine = build(Allocation::OnDemand).map_err(EngineError::setting_up)?;
                (engine, Allocation::OnDemand)
            }
        };
        ticker::start(engine.weak()).map_err(EngineError::setting_up)?;
        Ok(Self { engine, slots: Arc::new(Semaphore::new(CONCURRENT_CALLS)), allocation })
    }

    /// Where instances get their memory from.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    /// The engine itself, to link with.
    pub(crate) fn raw(&self) -> &Engine {
        &self.engine
    }

    /// Waits for a free place among the calls. `None` while the host ends.
    pub(crate) async fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// Compiles a component off the threads that serve: some tens of
    /// milliseconds for a small skill.
    pub(crate) async fn compile(&self, wasm: Vec<u8>) -> Result<Component, EngineError> {
        let engine = self.engine.clone();
        let compile = move || Component::from_binary(&engine, &wasm);
        match tokio::task::spawn_blocking(compile).await {
            Ok(compiled) => compiled.map_err(EngineError::not_a_component),
            Err(broken) => Err(EngineError::setting_up(broken)),
        }
    }
}

impl std::fmt::Debug for SkillEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SkillEngine").field("allocation", &self.allocation).finish_non_exhaustive()
    }
}

fn build(allocation: Allocation) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_component_model(true);
    if allocation == Allocation::Pool {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool::settings()));
    }
    Engine::new(&config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_component_is_refused_with_the_reason() {
        let engine = SkillEngine::new().unwrap();
        for (name, bytes) in [
            ("nothing", Vec::new()),
            ("text", b"#!/bin/sh\n".to_vec()),
            ("a core module", b"\0asm\x01\0\0\0".to_vec()),
            ("half a component", b"\0asm\x0d\0\x01\0\x07".to_vec()),
        ] {
            let error = engine.compile(bytes).await.unwrap_err();
            assert!(matches!(error, EngineError::NotAComponent { .. }), "{name}: {error:?}");
        }
    }

    #[tokio::test]
    async fn more_calls_than_there_are_places_wait() {
        let engine = SkillEngine::new().unwrap();
        let mut held = Vec::new();
        for _ in 0..CONCURRENT_CALLS {
            held.push(engine.admit().await);
        }
        assert_eq!(engine.slots.available_permits(), 0);
        held.pop();
        assert!(engine.admit().await.is_some());
    }
}
