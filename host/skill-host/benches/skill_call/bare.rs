//! The rival: what a program that only wants to run this one component would
//! write with wasmtime, with the settings that measure best.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::inventory::Inventory as _;
use jarvis_domain::sensors::Sensors as _;
use jarvis_skill_host::testing::FakeCluster;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use self::generated::exports::jarvis::skill::skill::{GuestIndices, Invocation};
use self::generated::jarvis::skill::{inventory, sensors, types};

#[allow(
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::str_to_string,
    clippy::needless_pass_by_value,
    reason = "generated"
)]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "command-skill",
        imports: { default: async },
        exports: { default: async },
    });
}

/// The component, linked.
pub(crate) struct Bare {
    engine: Engine,
    instance: InstancePre<State>,
    exports: GuestIndices,
    cluster: Arc<FakeCluster>,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    cluster: Arc<FakeCluster>,
}

impl Bare {
    pub(crate) fn new(component: &[u8], cluster: Arc<FakeCluster>) -> Self {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(64)
            .total_stacks(64)
            .total_core_instances(256)
            .total_memories(128)
            .total_tables(256)
            .max_memory_size(64 << 20)
            .linear_memory_keep_resident(0)
            .decommit_batch_size(16);
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).unwrap();
        tick(&engine);
        let component = Component::from_binary(&engine, component).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        types::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).unwrap();
        inventory::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).unwrap();
        sensors::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).unwrap();
        let instance = linker.instantiate_pre(&component).unwrap();
        let exports = GuestIndices::new(&instance).unwrap();
        Self { engine, instance, exports, cluster }
    }

    /// One call in a fresh instance.
    pub(crate) async fn call(&self, command: &str) {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            cluster: Arc::clone(&self.cluster),
        };
        let mut store = Store::new(&self.engine, state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let request = Invocation {
            command: command.to_owned(),
            arguments: "{}".to_owned(),
            locale: "en".to_owned(),
            request_id: "1".to_owned(),
            budget_ms: 60_000,
            dry_run: false,
            extra: Vec::new(),
        };
        let running = async {
            let instance = self.instance.instantiate_async(&mut store).await.unwrap();
            let exports = self.exports.load(&mut store, &instance).unwrap();
            exports.call_invoke(&mut store, &request).await.unwrap().unwrap()
        };
        let reply = tokio::time::timeout(Duration::from_secs(60), running).await.unwrap();
        assert_eq!(reply.outcome, "done");
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl types::Host for State {}

impl inventory::Host for State {
    async fn find(
        &mut self,
        kind: String,
        _: Option<String>,
        _: types::Page,
    ) -> Result<inventory::Items, types::Error> {
        let snapshot = self.cluster.snapshot(Duration::ZERO).await.unwrap();
        let item = |node: &jarvis_domain::inventory::Node| inventory::Item {
            kind: kind.clone(),
            id: node.name.to_string(),
            name: node.name.to_string(),
            parent: None,
            state: "online".to_owned(),
            tags: Vec::new(),
            // What the host says of a node, so that both hand over the same.
            extra: [
                ("number", node.id.map(|number| number.to_string())),
                ("cpu", node.cpu.map(|share| share.to_string())),
                ("cpus", node.cpus.map(|cpus| cpus.to_string())),
                ("uptime", node.uptime.map(|seconds| seconds.to_string())),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some(types::Field { name: name.to_owned(), value: value? }))
            .collect(),
        };
        let items = snapshot.nodes.iter().map(item).collect();
        Ok(inventory::Items { items, as_of: snapshot.as_of.0, next: None })
    }
}

impl sensors::Host for State {
    async fn temperatures(&mut self, node: String) -> Result<sensors::Readings, types::Error> {
        let readings = self.cluster.temperatures(&node.parse().unwrap()).await.unwrap();
        let reading = |reading: jarvis_domain::sensors::Reading| sensors::Reading {
            chip: reading.chip,
            label: reading.label,
            celsius: reading.celsius,
            critical: reading.critical,
        };
        Ok(sensors::Readings {
            node,
            as_of: readings.as_of.0,
            source: readings.source,
            readings: readings.readings.into_iter().map(reading).collect(),
        })
    }

    async fn history(
        &mut self,
        node: String,
        _: u64,
    ) -> Result<Vec<sensors::Sample>, types::Error> {
        Err(types::Error::NotFound(node))
    }

    async fn reachable(&mut self, node: String) -> Result<sensors::Reach, types::Error> {
        Err(types::Error::NotFound(node))
    }
}

/// Ten milliseconds a tick, for as long as the engine lives.
#[allow(clippy::disallowed_methods, reason = "a ticker of its own, as a bare program has one")]
fn tick(engine: &Engine) {
    let engine = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}
