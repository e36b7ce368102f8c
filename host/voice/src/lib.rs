//! Sound in, words out, and back.

mod engine;
mod error;
mod espeak;
mod event;
mod frame;
mod memory;
mod models;
mod porcupine;
mod port;
mod resample;
mod speaker;
mod speech;
#[cfg(test)]
mod testing;
mod text;
mod wav;
pub mod wyoming;

pub use engine::{EngineSettings, Supervisor, Told, run};
pub use error::{ROWS, VoiceError};
pub use espeak::{BadVoice, Espeak, EspeakSettings};
pub use event::{Event, Events, Log, Moment, Observer};
pub use frame::{Chunk, FRAME, Frame, Framer, RATE, SAMPLES};
pub use memory::{MemorySink, MemorySource};
pub use models::{
    Catalogue, Entry, EntryKind, Held, Listed, MODEL_ROWS, ModelFolder, ModelsError, Progress,
    Sources,
};
pub use porcupine::{Keyword, Porcupine, PorcupineError, PorcupineSettings, Refusal};
pub use port::{Sink, Source};
pub use resample::{RATES, Rate, RateError};
pub use speaker::Speaker;
pub use speech::{Ear, EndSettings, Heard, Patience, Why};
pub use text::{Splitter, speakable};
pub use wav::{WavFault, WavReader, WavSource, WavWriter};
