//! What one instance of a skill holds in the host. It lives as long as one
//! call and is never handed to another.

mod output;
mod wasi;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::meter::Meter;
use crate::session::Session;

pub(crate) use wasi::link;

/// The most handles that one call holds at a time, of streams and operations.
const MAX_RESOURCES: usize = 1024;

/// The state behind one instance.
pub(crate) struct Guest {
    pub(crate) session: Session,
    pub(crate) meter: Meter,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
}

impl Guest {
    pub(crate) fn new(session: Session, memory: u64) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let wasi = wasi::context(&session.scope);
        Self { session, meter: Meter::new(memory), table, wasi }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest").field("session", &self.session).finish_non_exhaustive()
    }
}
