//! Patterns of grants: which paths and which argument lists they cover.
//!
//! What is matched is canonical before it is matched; a pattern never decodes,
//! trims or folds anything. Wild cards stand for whole segments or whole
//! arguments, never for parts of one.

mod argv;
mod interpreter;
mod path;

pub use argv::{ArgvPattern, BadArgv, BadArgvPattern, check_argv};
pub use path::{BadPathPattern, PathPattern};
