//! A body that comes in lines (`application/x-ndjson`), each of them read once
//! it is whole, so that no character that two packets share is lost.

use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::client::Asked;
use crate::error::OllamaError;

/// The longest line, bytes. The longest that Ollama sends holds all tool calls
/// of a turn.
pub(crate) const LONGEST: usize = 1 << 20;

/// The lines of an answer.
#[derive(Debug)]
pub(crate) struct Lines {
    body: Incoming,
    rest: BytesMut,
    is_over: bool,
}

impl Lines {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, rest: BytesMut::new(), is_over: false }
    }

    /// The next line that is not empty, without its end; none at the end.
    pub(crate) async fn next(&mut self, asked: &Asked) -> Result<Option<BytesMut>, OllamaError> {
        loop {
            while let Some(line) = split(&mut self.rest) {
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(line));
                }
            }
            if self.is_over {
                let last = self.rest.split();
                return Ok((!last.trim_ascii().is_empty()).then_some(last));
            }
            if self.rest.len() > LONGEST {
                return Err(asked.garbled(format!("a line has more than {LONGEST} bytes")));
            }
            match self.body.frame().await {
                None => self.is_over = true,
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.rest.extend_from_slice(&data);
                    }
                }
                Some(Err(source)) => return Err(asked.broken(Some(source))),
            }
        }
    }
}

/// Takes the first line off `bytes`, if all of it is there.
fn split(bytes: &mut BytesMut) -> Option<BytesMut> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let mut line = bytes.split_to(end + 1);
    line.truncate(end);
    Some(line)
}
