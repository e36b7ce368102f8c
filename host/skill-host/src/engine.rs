//! The WebAssembly engine that all skills share: how memory is set aside, how
//! runaway code is interrupted, and how many calls run at once. It knows no
//! skill and no capability.

mod bounds;
mod cache;
mod on_demand;
mod places;
mod pool;
mod ticker;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jarvis_domain::Digest;
use tokio::sync::{AcquireError, Semaphore};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use self::cache::Cache;
use self::places::Places;
use crate::error::EngineError;

pub use bounds::{CONCURRENT_CALLS, MAX_MEMORY};
pub(crate) use bounds::{MAX_ELEMENTS, MAX_INSTANCES, MAX_PARTS};
pub(crate) use places::{Place, Share};

/// One engine for all skills. Cheap to clone.
#[derive(Clone)]
pub struct SkillEngine {
    engine: Engine,
    places: Places,
    compiler: Arc<Compiler>,
    allocation: Allocation,
}

/// What turns components into code of this machine.
#[derive(Debug)]
struct Compiler {
    cache: Option<Cache>,
    /// Small components take turns, so that a reload leaves the serving path
    /// its cores.
    turn: Semaphore,
    /// How many were compiled, rather than loaded.
    compiled: AtomicU64,
}

/// Where instances get their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allocation {
    /// From a pool that was set aside in advance.
    Pool,
    /// From the operating system, call by call: some 20 µs slower, and code
    /// compares each address with its memory's end by itself.
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
        Self::build(None)
    }

    /// Like [`SkillEngine::new`], and keeps what it compiles in `folder`, which
    /// must be this user's alone. Where it is not, every start compiles, and
    /// the log says so.
    pub fn with_cache(folder: &Path) -> Result<Self, EngineError> {
        Self::build(Some(folder))
    }

    fn build(cache: Option<&Path>) -> Result<Self, EngineError> {
        match build(Allocation::Pool) {
            Ok(engine) => Self::of(engine, Allocation::Pool, cache),
            Err(error) => {
                let why = format!("{error:#}");
                tracing::warn!(why, "no address space for a pool: skills get memory on demand");
                Self::on_demand(cache)
            }
        }
    }

    /// Without a pool.
    fn on_demand(cache: Option<&Path>) -> Result<Self, EngineError> {
        let engine = build(Allocation::OnDemand).map_err(EngineError::setting_up)?;
        Self::of(engine, Allocation::OnDemand, cache)
    }

    fn of(
        engine: Engine,
        allocation: Allocation,
        cache: Option<&Path>,
    ) -> Result<Self, EngineError> {
        ticker::start(engine.weak()).map_err(EngineError::setting_up)?;
        let cache = cache.and_then(|folder| {
            let failed =
                |error: &std::io::Error| tracing::warn!(%error, "compiled skills are not kept");
            Cache::open(folder, &engine).inspect_err(failed).ok()
        });
        let compiler = Compiler { cache, turn: Semaphore::new(1), compiled: AtomicU64::new(0) };
        let places = Places::new();
        Ok(Self { engine, places, compiler: Arc::new(compiler), allocation })
    }

    /// The engine itself, to link with.
    pub(crate) fn raw(&self) -> &Engine {
        &self.engine
    }

    /// Waits until there is `share` of the pool.
    pub(crate) async fn admit(&self, share: Share) -> Result<Place, AcquireError> {
        self.places.take(share).await
    }

    /// How many components were compiled so far, rather than loaded.
    #[must_use]
    pub fn compiled(&self) -> u64 {
        self.compiler.compiled.load(Ordering::Relaxed)
    }

    /// The component with this digest, if it need not be compiled.
    pub(crate) async fn cached(&self, digest: Digest) -> Option<Component> {
        let (engine, compiler) = (self.engine.clone(), Arc::clone(&self.compiler));
        let load = move || compiler.cache.as_ref()?.load(&engine, digest);
        tokio::task::spawn_blocking(load).await.ok().flatten()
    }

    /// The component with this digest, from the cache or compiled, off the
    /// threads that serve: some tens of milliseconds for a small skill.
    pub(crate) async fn component(
        &self,
        wasm: Vec<u8>,
        digest: Digest,
    ) -> Result<Component, EngineError> {
        if let Some(component) = self.cached(digest).await {
            return Ok(component);
        }
        let _turn = self.compiler.turn.acquire().await.map_err(EngineError::setting_up)?;
        self.compile_aside(wasm, digest).await
    }

    /// Compiles without waiting for a turn, for what takes so long that nobody
    /// is to wait for it.
    pub(crate) async fn compile_aside(
        &self,
        wasm: Vec<u8>,
        digest: Digest,
    ) -> Result<Component, EngineError> {
        let (engine, compiler) = (self.engine.clone(), Arc::clone(&self.compiler));
        let work = move || compiler.component(&engine, &wasm, digest);
        match tokio::task::spawn_blocking(work).await {
            Ok(component) => component.map_err(EngineError::not_compiled),
            Err(broken) => Err(EngineError::setting_up(broken)),
        }
    }
}

impl Compiler {
    fn component(
        &self,
        engine: &Engine,
        wasm: &[u8],
        digest: Digest,
    ) -> wasmtime::Result<Component> {
        let Some(cache) = &self.cache else {
            self.compiled.fetch_add(1, Ordering::Relaxed);
            return Component::from_binary(engine, wasm);
        };
        self.compiled.fetch_add(1, Ordering::Relaxed);
        let compiled = engine.precompile_component(wasm)?;
        match cache.store(engine, digest, &compiled) {
            Some(component) => Ok(component),
            None => Component::from_binary(engine, wasm),
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
    match allocation {
        Allocation::Pool => {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool::settings()));
        }
        Allocation::OnDemand => on_demand::settings(&mut config),
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
            let digest = Digest::of(&bytes);
            let error = engine.component(bytes, digest).await.unwrap_err();
            assert!(matches!(error, EngineError::NotAComponent { .. }), "{name}: {error:?}");
        }
    }
}
