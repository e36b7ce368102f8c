//! Wake words by Porcupine's C library, which is loaded and never linked.
//!
//! One binding for the majors 1 to 4, chosen by what the library says of
//! itself before anything else of it is called; any other is refused, since a
//! call in another form writes where it should not. It runs in a child.

mod engine;
mod error;
mod ffi;

pub(crate) use engine::Porcupine;
pub use engine::{Keyword, PorcupineSettings};
pub(crate) use error::PORCUPINE_ROWS;
pub use error::{PorcupineError, Refusal};

#[cfg(test)]
mod tests;
