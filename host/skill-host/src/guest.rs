//! What one instance of a skill holds in the host. It lives as long as one
//! call and is never handed to another.

mod output;
mod wasi;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::manifest::Limits;
use crate::meter::{Meter, Taken};
use crate::session::Session;

pub(crate) use wasi::link;

/// The state behind one instance.
pub(crate) struct Guest {
    pub(crate) session: Session,
    pub(crate) meter: Meter,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
}

impl Guest {
    /// One whose memory is counted in `taken`.
    pub(crate) fn new(session: Session, limits: &Limits, taken: Taken) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles as usize);
        let wasi = wasi::context(&session);
        Self { session, meter: Meter::new(limits, taken), table, wasi }
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
