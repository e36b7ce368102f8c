//! Sound in, words out, and back. It knows no command and no cluster: who
//! answers is behind [`Assistant`].
//!
//! Everything is a row of small stages over [`Frame`]s of 16 ms:
//!
//! ```text
//! Source ─► Waking ─► Ear ──────► Hearing ─► Assistant ─► Speaker ─► Sink
//! device,   wake      begin and   words,     the port     sentences  device,
//! WAV,      word      end of      by an      to whoever   by an      WAV,
//! memory              speech      engine     answers      engine     memory
//! ```
//!
//! [`Conversation`] is their row; [`Event`]s with their times go to an
//! [`Observer`], and never hold sound. Who watches and steers it holds its
//! [`Switch`]. All waiting is on `domain::Clock`, and
//! what is counted in sound is counted in frames, so that a file is heard as
//! fast as it can be read.
//!
//! An engine speaks Wyoming ([`wyoming`]), be it in a child of our own program
//! ([`Supervisor`], and [`run_named`] within the child) or elsewhere
//! ([`wyoming::Remote`]). To break off an exchange is to drop it: the child is
//! killed and another one started. What a child has to know, keys too, it is
//! told over its standard input.
//!
//! What is never done here: no sound is kept; nothing from outside is taken
//! without a limit or waited for without an end; no engine's text reaches
//! anybody uncleaned.

// For what tests of this room and of others share.
#[cfg(test)]
extern crate self as jarvis_voice;

mod chime;
mod conversation;
mod device;
mod elf;
mod engine;
mod error;
mod espeak;
mod event;
mod far;
mod frame;
#[cfg(test)]
#[path = "../tests/models/ggml.rs"]
mod ggml;
mod memory;
mod models;
mod opus;
mod paced;
mod phone;
mod piper;
mod porcupine;
mod port;
#[cfg(all(test, feature = "whisper"))]
#[path = "../tests/models/random.rs"]
mod random;
mod resample;
mod speaker;
mod speech;
#[cfg(test)]
#[path = "../tests/sound/spoken.rs"]
mod spoken;
mod switch;
#[cfg(test)]
mod testing;
mod text;
#[cfg(test)]
#[path = "../tests/models/tones.rs"]
mod tones;
mod wav;
mod whisper;
pub mod wyoming;

pub use chime::{Chime, Chimes};
pub use conversation::{Ahead, Answer, Assistant, Conversation, Parts, Then};
pub use device::{
    DeviceChoice, DeviceError, DeviceFormat, DeviceInfo, DeviceKind, Loudspeaker, Microphone,
    devices,
};
pub use engine::{EngineSettings, SharedEngine, Supervisor, engines, run, run_named};
pub use error::{VoiceError, rows};
pub use espeak::{BadVoice, EspeakSettings};
pub use event::{Event, Events, Log, Moment, Observer};
pub use far::FarSource;
pub use frame::{Chunk, FRAME, Frame, Framer, RATE, SAMPLES};
pub use memory::{MemorySink, MemorySource};
pub use models::{
    Catalogue, Entry, EntryKind, Held, Listed, ModelFolder, ModelsError, ONNX_RUNTIME, PORCUPINE,
    Progress, Sources,
};
pub use opus::{BadPacket, LONGEST_PACKET, Opus};
pub use paced::Paced;
pub use phone::{Coding, Line, Outgoing, Phone, PhoneSink};
pub use piper::{PiperError, PiperSettings};
pub use porcupine::{Keyword, PorcupineError, PorcupineSettings, Refusal};
pub use port::{Sink, Source};
pub use resample::{RATES, Rate, RateError};
pub use speaker::Speaker;
pub use speech::{Ear, EndSettings, Heard, Patience, Why};
pub use switch::{Gate, Phase, SayingEnd, Switch};
pub use text::{speakable, speakable_in};
pub use wav::{WavFault, WavReader, WavSource, WavWriter};
#[cfg(feature = "whisper")]
pub use whisper::WhisperSettings;
pub use whisper::{Device, Model, ModelError};
