//! Bytes in, messages out. Pure: whoever reads hands over what has come, in
//! whatever pieces.

use serde_json::{Map, Value};

use super::message::Message;

/// The longest header; the reference reader takes no longer one either.
const HEADER: usize = 64 * 1024;
/// The most data: an `info` of all voices that Piper has is a tenth of it.
const DATA: usize = 4 * 1024 * 1024;
/// The most bytes: two minutes of sound at 16 kHz.
const PAYLOAD: usize = 4 * 1024 * 1024;

/// The most that one message may have, bytes, beside its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of data.
    pub data: usize,
    /// Of sound.
    pub payload: usize,
}

/// See the module. It holds at most what one message may have, and no more
/// than has come.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    buffer: Vec<u8>,
    /// How far the buffer was searched for the end of a header.
    searched: usize,
    /// The header whose data and bytes are still to come.
    head: Option<Head>,
}

#[derive(Debug)]
struct Head {
    kind: String,
    inline: Map<String, Value>,
    data: usize,
    payload: usize,
}

/// Bytes that are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The first line is too long.
    #[error("a header is longer than {} KiB", HEADER / 1024)]
    LongHeader,
    /// The first line is no JSON, or not that of a header.
    #[error("a header is none: {0}")]
    Header(String),
    /// A length is too large.
    #[error("a message would have more than {} KiB", .0 / 1024)]
    TooLong(usize),
    /// The data is no JSON object.
    #[error("the data of {kind:?} is none: {why}")]
    Data {
        /// The message's type.
        kind: String,
        /// What is wrong.
        why: String,
    },
    /// The stream ended within a message.
    #[error("the stream ended within a message")]
    CutOff,
}

impl Limits {
    /// For whoever connects to us: a second of sound of any kind, and a text of
    /// some thousand words.
    pub const VISITOR: Self = Self { data: 64 * 1024, payload: 256 * 1024 };
}

impl Default for Limits {
    /// For engines that we connect to.
    fn default() -> Self {
        Self { data: DATA, payload: PAYLOAD }
    }
}

impl Decoder {
    /// One that takes no longer messages.
    #[must_use]
    pub fn limited(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Whether a message has begun that is not whole.
    pub(super) fn is_amid(&self) -> bool {
        self.head.is_some() || !self.buffer.is_empty()
    }

    /// Bytes that wait to be looked at.
    pub(super) fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Takes more bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message that is whole; none where more bytes are needed.
    ///
    /// # Errors
    /// The stream is none of messages; nothing after that can be read.
    pub fn message(&mut self) -> Result<Option<Message>, WireError> {
        if self.head.is_none() {
            let Some(line) = self.line()? else { return Ok(None) };
            self.head = Some(Head::read(&line, self.limits)?);
        }
        let Some(head) = &self.head else { return Ok(None) };
        let whole = head.data + head.payload;
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let rest = self.buffer.split_off(whole);
        let mut body = std::mem::replace(&mut self.buffer, rest);
        let payload = body.split_off(head.data);
        let head = self.head.take().map(|head| head.finish(&body, payload));
        head.transpose()
    }

    /// To be called when no more bytes come.
    ///
    /// # Errors
    /// Something is missing.
    pub fn finish(&self) -> Result<(), WireError> {
        if self.buffer.is_empty() && self.head.is_none() { Ok(()) } else { Err(WireError::CutOff) }
    }

    /// The next header, without its end.
    fn line(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        let fresh = self.buffer.get(self.searched..).unwrap_or_default();
        let Some(end) = fresh.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return if self.searched > HEADER { Err(WireError::LongHeader) } else { Ok(None) };
        };
        let end = self.searched + end;
        if end > HEADER {
            return Err(WireError::LongHeader);
        }
        let rest = self.buffer.split_off(end + 1);
        let line = std::mem::replace(&mut self.buffer, rest);
        self.searched = 0;
        Ok(Some(line))
    }
}

impl Head {
    fn read(line: &[u8], limits: Limits) -> Result<Self, WireError> {
        let none = |why: &dyn std::fmt::Display| WireError::Header(why.to_string());
        let header: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| none(&error))?;
        let Some(kind) = header.get("type").and_then(Value::as_str) else {
            return Err(none(&"it has no type"));
        };
        let length = |name: &str, most: usize| match header.get(name) {
            None | Some(Value::Null) => Ok(0),
            Some(value) => {
                // Some write them as floats.
                let whole = value.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0);
                let whole = whole.ok_or_else(|| none(&format!("{name} is {value}")))?;
                if whole > most as f64 { Err(WireError::TooLong(most)) } else { Ok(whole as usize) }
            }
        };
        let inline = match header.get("data") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(data)) => data.clone(),
            Some(_) => return Err(none(&"its data is no object")),
        };
        Ok(Self {
            data: length("data_length", limits.data)?,
            payload: length("payload_length", limits.payload)?,
            kind: kind.to_owned(),
            inline,
        })
    }

    fn finish(self, data: &[u8], payload: Vec<u8>) -> Result<Message, WireError> {
        let mut all = self.inline;
        if !data.is_empty() {
            let read = serde_json::from_slice::<Option<Map<String, Value>>>(data);
            let more = read.map_err(|error| WireError::Data {
                kind: jarvis_domain::text::line(&self.kind, 40),
                why: error.to_string(),
            })?;
            all.extend(more.unwrap_or_default());
        }
        Ok(Message { kind: self.kind, data: all, payload })
    }
}

#[cfg(test)]
mod tests;
