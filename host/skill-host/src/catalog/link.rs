//! Links one component: the little of WASI, log and config, and those
//! interfaces that are both requested and allowed. What is not linked cannot
//! be called, so a whole capability that is absent needs no check at each call.

use std::sync::Arc;

use jarvis_domain::SkillId;
use jarvis_policy::{Capability, GrantSet};
use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, Linker};

use super::error::LoadError;
use super::{exports, imports};
use crate::bindings::events::GuestIndices as EventIndices;
use crate::bindings::exported::GuestIndices;
use crate::bindings::{
    cluster_read, cluster_write, config, inventory, kv, log, node_shell, operations, sensors, types,
};
use crate::call::Linked;
use crate::engine::{MAX_ELEMENTS, Share, SkillEngine};
use crate::guest::{self, Guest};
use crate::manifest::Limits;
use crate::meter::ELEMENT;
use crate::session::Rights;

/// The size of a page of WebAssembly memory, bytes.
const PAGE: u64 = 64 << 10;

/// Checks a component against its rights and links it.
pub(super) fn link(
    engine: &SkillEngine,
    component: &Component,
    rights: &Rights,
    limits: &Limits,
) -> Result<Linked, LoadError> {
    let ty = component.component_type();
    let import_names = ty.imports(engine.raw()).map(|(name, _)| name);
    imports::check(import_names, &rights.skill, &rights.requested, &rights.allowed)?;
    let takes_events = imports::check_exports(ty.exports(engine.raw()).map(|(name, _)| name))?;
    if !exports::fits(component, engine.raw()) {
        return Err(LoadError::Unfit("its invoke has another type".into()));
    }
    check_size(component, limits)?;
    let linker = linker(engine, rights).map_err(unfit)?;
    let instance = linker.instantiate_pre(component).map_err(unfit)?;
    let exports = Arc::new(GuestIndices::new(&instance).map_err(unfit)?);
    let events = takes_events.then(|| EventIndices::new(&instance)).transpose().map_err(unfit)?;
    let places = Arc::new(Semaphore::new(limits.concurrent as usize));
    let share = Share::of(component);
    Ok(Linked { instance, exports, events: events.map(Arc::new), places, share })
}

/// `missing` as an administrator pastes it into the settings.
pub(super) fn paste(skill: &SkillId, missing: &GrantSet) -> String {
    format!("skills:\n  allowed:\n    {skill}:\n      grants:\n{}", missing.to_yaml(8))
}

fn linker(engine: &SkillEngine, rights: &Rights) -> wasmtime::Result<Linker<Guest>> {
    type Own = HasSelf<Guest>;
    let mut linker = Linker::new(engine.raw());
    let l = &mut linker;
    guest::link(l)?;
    types::add_to_linker::<_, Own>(l, |guest| guest)?;
    log::add_to_linker::<_, Own>(l, |guest| guest)?;
    config::add_to_linker::<_, Own>(l, |guest| guest)?;
    operations::add_to_linker::<_, Own>(l, |guest| guest)?;
    for (_, capability) in Capability::ALL {
        if !rights.opens(capability, None) {
            continue;
        }
        match capability {
            Capability::Inventory => inventory::add_to_linker::<_, Own>(l, |guest| guest)?,
            Capability::Sensors => sensors::add_to_linker::<_, Own>(l, |guest| guest)?,
            Capability::ClusterRead => cluster_read::add_to_linker::<_, Own>(l, |guest| guest)?,
            Capability::ClusterWrite => cluster_write::add_to_linker::<_, Own>(l, |guest| guest)?,
            Capability::NodeShell => node_shell::add_to_linker::<_, Own>(l, |guest| guest)?,
            Capability::Kv => kv::add_to_linker::<_, Own>(l, |guest| guest)?,
        }
    }
    Ok(linker)
}

/// Refuses at load what could not be instantiated within its limits, nor by
/// the engine's pool.
fn check_size(component: &Component, limits: &Limits) -> Result<(), LoadError> {
    // None for a component that imports modules, which no tool makes; the
    // meter holds it at each call all the same.
    let Some(required) = component.resources_required() else { return Ok(()) };
    let pages = required.max_initial_memory_size.unwrap_or(0);
    let needs = pages.saturating_mul(PAGE);
    if needs > limits.memory {
        return Err(LoadError::Memory { needs: needs >> 10, limit: limits.memory >> 10 });
    }
    let elements = required.max_initial_table_size.unwrap_or(0);
    let most = MAX_ELEMENTS as u64;
    for (what, has, may) in [
        ("memories", u64::from(required.num_memories), u64::from(limits.memories)),
        ("tables", u64::from(required.num_tables), u64::from(limits.tables)),
        ("elements in a table", elements, most.min(limits.memory / ELEMENT as u64)),
    ] {
        if has > may {
            return Err(LoadError::Parts { what, has, may });
        }
    }
    Ok(())
}

fn unfit(error: wasmtime::Error) -> LoadError {
    LoadError::Unfit(error.into())
}
