//! One message: its type, its data and its bytes.

use jarvis_domain::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::frame::Frame;

/// The field of a message that names its stream, where an engine takes several at a time.
pub(crate) const STREAM: &str = "stream";
/// The version of the protocol that is spoken here.
const VERSION: &str = "1.10.2";

/// What the protocol calls an event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Its type: `transcript`.
    pub kind: String,
    /// Its data; empty where it has none.
    pub data: Map<String, Value>,
    /// Its bytes: sound.
    pub payload: Vec<u8>,
}

/// How the bytes of `audio-chunk` are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sound {
    /// Samples a second.
    pub rate: u32,
    /// Bytes a sample.
    pub width: u16,
    /// Samples at a time.
    pub channels: u16,
}

impl Sound {
    /// That of our frames.
    pub const FRAMES: Self = Self { rate: crate::RATE, width: 2, channels: 1 };
}

impl Message {
    /// One without data.
    #[must_use]
    pub fn bare(kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..Self::default() }
    }

    /// One with the fields of `data`, which is an object.
    #[must_use]
    pub fn new(kind: &str, data: impl Serialize) -> Self {
        let data = match serde_json::to_value(data) {
            Ok(Value::Object(data)) => data,
            _ => Map::new(),
        };
        Self { kind: kind.to_owned(), data, payload: Vec::new() }
    }

    /// An error as the protocol tells it.
    #[must_use]
    pub(crate) fn error(fault: &Fault) -> Self {
        Self::new("error", json!({"text": fault.to_string(), "code": fault.code}))
    }

    /// The same, as one of this stream of several over one connection.
    #[must_use]
    pub(crate) fn of_stream(mut self, stream: u64) -> Self {
        self.data.insert(STREAM.to_owned(), json!(stream));
        self
    }

    /// Some samples.
    #[must_use]
    pub fn sound(sound: Sound, samples: &[i16]) -> Self {
        let payload = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Self { payload, ..Self::new("audio-chunk", sound) }
    }

    /// A frame that was heard so many milliseconds after the first.
    #[must_use]
    pub fn frame(frame: &Frame, millis: u64) -> Self {
        let mut message = Self::sound(Sound::FRAMES, frame.samples());
        message.data.insert("timestamp".to_owned(), json!(millis));
        message
    }

    /// Its data as `T`; none where it is not of that form.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(Value::Object(self.data.clone())).ok()
    }

    /// The text of one field; none where it is no text.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field)?.as_str()
    }

    /// The samples of `audio-chunk`, all channels as one; none where they are
    /// not of 16 bits, as all known engines' are.
    #[must_use]
    pub fn samples(&self) -> Option<(u32, Vec<i16>)> {
        let sound: Sound = self.read()?;
        let channels = usize::from(sound.channels);
        if sound.width != 2 || channels == 0 || !crate::RATES.contains(&sound.rate) {
            return None;
        }
        let one = |all: &[u8]| {
            let (samples, _) = all.as_chunks::<2>();
            let sum: i64 = samples.iter().map(|s| i64::from(i16::from_le_bytes(*s))).sum();
            i16::try_from(sum / i64::from(sound.channels)).unwrap_or_default()
        };
        Some((sound.rate, self.payload.chunks_exact(channels * 2).map(one).collect()))
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Data goes behind the header: readers limit how long a header may be.
        let data = match self.data.is_empty() {
            true => Vec::new(),
            false => serde_json::to_vec(&self.data).unwrap_or_default(),
        };
        let mut header = json!({"type": self.kind, "version": VERSION});
        if let Some(header) = header.as_object_mut() {
            for (name, length) in
                [("data_length", data.len()), ("payload_length", self.payload.len())]
            {
                if length > 0 {
                    header.insert(name.to_owned(), json!(length));
                }
            }
        }
        let mut wire = header.to_string().into_bytes();
        wire.push(b'\n');
        wire.extend(data);
        wire.extend_from_slice(&self.payload);
        wire
    }
}
