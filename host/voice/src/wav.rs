//! WAV files, as sources and sinks.
//!
//! Read by our own code, since no small library reads 64-bit floats or the
//! open lengths that programs write into a pipe. The format: "Multimedia
//! Programming Interface and Data Specifications 1.0" (1991), and
//! WAVEFORMATEXTENSIBLE.

mod header;
mod read;
mod sample;
mod source;
mod write;

pub use header::WavFault;
pub(crate) use header::{CUT_OFF, WAV_ROWS};
pub use read::WavReader;
pub(crate) use sample::{to_f32, to_i16};
pub use source::WavSource;
pub use write::WavWriter;

#[cfg(test)]
mod tests;
