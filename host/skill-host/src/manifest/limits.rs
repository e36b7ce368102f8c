//! How much a skill may use in one call. A skill wants, the administrator
//! sets ceilings, and the engine enforces what comes of both. How they are
//! written is in `read`.

mod read;

use std::time::Duration;

use crate::engine::{CONCURRENT_CALLS, MAX_INSTANCES, MAX_MEMORY, MAX_PARTS};

/// What one call of a skill may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory, summed over all memories and tables of the instance.
    pub memory: u64,
    /// Memories of the component.
    pub memories: u32,
    /// Tables of the component.
    pub tables: u32,
    /// Instances of core modules in the component.
    pub instances: u32,
    /// The whole call by the clock: the wait for a place, instantiation, the
    /// guest's own work and all waiting for the host.
    pub time: Duration,
    /// The processor's time: the guest's own work and what the host does for
    /// it at once. Waiting is free.
    pub cpu: Duration,
    /// Calls of capabilities, refused ones included.
    pub calls: u32,
    /// Bytes that all calls of capabilities move in and out together.
    pub bytes: u64,
    /// Bytes that the guest hands over at one time: the arguments of one call
    /// of the host, or its reply.
    pub argument: u64,
    /// Handles that it holds at the same time.
    pub handles: u32,
    /// Random bytes.
    pub random: u64,
    /// Bytes of its reply.
    pub reply: u64,
    /// Lines in its log, printed ones included; the rest is dropped.
    pub lines: u32,
    /// Bytes of one value in its store.
    pub value: u64,
    /// Keys in its store.
    pub keys: u32,
    /// Bytes of all keys and values in its store.
    pub store: u64,
    /// Calls of the skill that run at the same time; more wait in line.
    pub concurrent: u32,
}

/// What a manifest or the settings say about limits; the rest is left to
/// someone else. Each field as in [`Limits`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the one of the same name in Limits")]
pub struct LimitsWanted {
    pub memory: Option<u64>,
    pub memories: Option<u32>,
    pub tables: Option<u32>,
    pub instances: Option<u32>,
    pub time: Option<Duration>,
    pub cpu: Option<Duration>,
    pub calls: Option<u32>,
    pub bytes: Option<u64>,
    pub argument: Option<u64>,
    pub handles: Option<u32>,
    pub random: Option<u64>,
    pub reply: Option<u64>,
    pub lines: Option<u32>,
    pub value: Option<u64>,
    pub keys: Option<u32>,
    pub store: Option<u64>,
    pub concurrent: Option<u32>,
}

impl Limits {
    /// For a skill that wants nothing in particular. What the usual tools
    /// build has under ten instances and tables, and one memory; with a Python
    /// interpreter in it 38 instances.
    pub const DEFAULT: Self = Self {
        memory: 32 << 20,
        memories: 4,
        tables: 16,
        instances: 48,
        time: Duration::from_secs(30),
        cpu: Duration::from_secs(5),
        calls: 1000,
        bytes: 64 << 20,
        argument: 1 << 20,
        handles: 1024,
        random: 4 << 10,
        reply: 384 << 10,
        lines: 256,
        value: 64 << 10,
        keys: 1000,
        store: 4 << 20,
        concurrent: 4,
    };

    /// What a skill gets at most unless the administrator says otherwise. A
    /// graceful shutdown waits 180 s for a container and longer for a busy
    /// machine, hence ten minutes. Memories and tables times calls at the same
    /// time are half of the engine's pool: one skill alone leaves others some.
    pub const CEILING: Self = Self {
        memory: 64 << 20,
        memories: 8,
        tables: 16,
        instances: 64,
        time: Duration::from_secs(600),
        cpu: Duration::from_secs(30),
        calls: 10_000,
        bytes: 256 << 20,
        argument: 4 << 20,
        handles: 4096,
        random: 1 << 20,
        reply: 384 << 10,
        lines: 10_000,
        value: 64 << 10,
        keys: 1000,
        store: 4 << 20,
        concurrent: 8,
    };

    /// What the engine can hold and the contract allows, whatever anybody
    /// says. Memory and the number of parts are those of the pool; reply,
    /// value, keys and store those of `wit/skill.wit` and `wit/kv.wit`.
    pub const MOST: Self = Self {
        memory: MAX_MEMORY as u64,
        memories: MAX_PARTS,
        tables: MAX_PARTS,
        instances: MAX_INSTANCES,
        time: Duration::from_secs(24 * 3600),
        cpu: Duration::from_secs(24 * 3600),
        calls: u32::MAX,
        bytes: u64::MAX,
        argument: MAX_MEMORY as u64,
        handles: 100_000,
        random: 64 << 20,
        reply: 384 << 10,
        lines: u32::MAX,
        value: 64 << 10,
        keys: 1000,
        store: 4 << 20,
        concurrent: CONCURRENT_CALLS,
    };

    /// These limits, none above `ceiling`. Nothing computes for longer than
    /// its whole time.
    #[must_use]
    pub fn within(self, ceiling: &Self) -> Self {
        let time = self.time.min(ceiling.time);
        Self {
            memory: self.memory.min(ceiling.memory),
            memories: self.memories.min(ceiling.memories),
            tables: self.tables.min(ceiling.tables),
            instances: self.instances.min(ceiling.instances),
            time,
            cpu: self.cpu.min(ceiling.cpu).min(time),
            calls: self.calls.min(ceiling.calls),
            bytes: self.bytes.min(ceiling.bytes),
            argument: self.argument.min(ceiling.argument),
            handles: self.handles.min(ceiling.handles),
            random: self.random.min(ceiling.random),
            reply: self.reply.min(ceiling.reply),
            lines: self.lines.min(ceiling.lines),
            value: self.value.min(ceiling.value),
            keys: self.keys.min(ceiling.keys),
            store: self.store.min(ceiling.store),
            concurrent: self.concurrent.min(ceiling.concurrent),
        }
    }
}

impl LimitsWanted {
    /// What is wanted, and [`Limits::DEFAULT`] where nothing is; none above
    /// `ceiling`.
    #[must_use]
    pub fn within(&self, ceiling: &Limits) -> Limits {
        self.over(&Limits::DEFAULT).within(ceiling)
    }

    /// `base` with what is wanted put over it: the settings' ceilings over
    /// [`Limits::CEILING`].
    #[must_use]
    pub fn over(&self, base: &Limits) -> Limits {
        Limits {
            memory: self.memory.unwrap_or(base.memory),
            memories: self.memories.unwrap_or(base.memories),
            tables: self.tables.unwrap_or(base.tables),
            instances: self.instances.unwrap_or(base.instances),
            time: self.time.unwrap_or(base.time),
            cpu: self.cpu.unwrap_or(base.cpu),
            calls: self.calls.unwrap_or(base.calls),
            bytes: self.bytes.unwrap_or(base.bytes),
            argument: self.argument.unwrap_or(base.argument),
            handles: self.handles.unwrap_or(base.handles),
            random: self.random.unwrap_or(base.random),
            reply: self.reply.unwrap_or(base.reply),
            lines: self.lines.unwrap_or(base.lines),
            value: self.value.unwrap_or(base.value),
            keys: self.keys.unwrap_or(base.keys),
            store: self.store.unwrap_or(base.store),
            concurrent: self.concurrent.unwrap_or(base.concurrent),
        }
    }
}
