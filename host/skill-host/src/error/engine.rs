//! Why the engine could not be set up, or not read a component.

use jarvis_domain::{Explain, Row};

/// A fault of the engine or of the bytes it was given.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine itself does not work on this machine.
    #[error("the WebAssembly engine cannot be used on this machine")]
    Unusable {
        /// The engine's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is a component that the engine's pool cannot hold.
    #[error("the component is larger than what the engine can hold")]
    TooBig {
        /// The engine's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes are no component.
    #[error("the file cannot be compiled as a WebAssembly component")]
    NotAComponent {
        /// The engine's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// wasmtime's words for a module that its pool has no room for.
const BEYOND_POOL: [&str; 3] =
    ["exceeds the limit of", "exceeds the per-instance limit", "exceeds the configured maximum"];

/// The engine cannot be used.
pub(super) const UNUSABLE: Row = Row {
    code: "skill-engine-unusable",
    meaning: "The WebAssembly engine that runs skills does not work on this machine.",
    hint: "Look at the cause. The engine needs an x86-64 or arm64 Linux with memory to spare.",
    exit: 1,
    status: 500,
};
/// Not a component.
pub(super) const NOT_A_COMPONENT: Row = Row {
    code: "skill-not-a-component",
    meaning: "A skill's .wasm file is not a WebAssembly component, or not one that this host can hold.",
    hint: "Build the skill for the target wasm32-wasip2; a core module (wasm32-unknown-unknown, wasm32-wasip1) is not a component.",
    exit: 2,
    status: 422,
};

impl EngineError {
    pub(crate) fn setting_up(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unusable { source: error.into() }
    }

    /// Why it was not compiled.
    pub(crate) fn not_compiled(error: wasmtime::Error) -> Self {
        // The pool's reasons have no type of their own.
        let reason = format!("{error:#}");
        if BEYOND_POOL.iter().any(|words| reason.contains(words)) {
            return Self::TooBig { source: error.into() };
        }
        Self::NotAComponent { source: error.into() }
    }
}

impl Explain for EngineError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unusable { .. } => &UNUSABLE,
            Self::TooBig { .. } => &crate::catalog::TOO_BIG,
            Self::NotAComponent { .. } => &NOT_A_COMPONENT,
        }
    }
}
