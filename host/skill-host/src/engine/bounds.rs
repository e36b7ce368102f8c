//! What the engine can hold at all, whatever a manifest or the settings say.

/// How many calls run at the same time at most; more wait in line. A home lab
/// with twenty skills seldom has two.
pub const CONCURRENT_CALLS: u32 = 64;

/// The largest memory of one instance, bytes. It also bounds how long one
/// instruction such as `memory.copy` can hold a thread.
pub const MAX_MEMORY: usize = 64 << 20;

/// The most elements of one table. A program's functions that are called
/// through pointers stand there; CPython has some ten thousand.
pub(crate) const MAX_ELEMENTS: usize = 20_000;

/// The most core instances of one component. One that carries a Python
/// interpreter has some forty, for its libraries are linked when it starts.
pub(crate) const MAX_INSTANCES: u32 = 64;

/// The most memories and tables of one component.
pub(crate) const MAX_PARTS: u32 = 32;
