//! Writing WAV files: mono, 16 bits.

use std::io::{Seek, SeekFrom, Write};

use async_trait::async_trait;

use super::sample::{to_f32, to_i16};
use crate::error::VoiceError;
use crate::frame::Chunk;
use crate::port::Sink;
use crate::resample::Rate;

/// Bytes of the header.
const HEADER: u32 = 44;
/// The longest file: a length has 32 bits, and above it some read it as open.
const LONGEST: u32 = 0x7ffe_0000;

/// Writes what is said into a file in place of playing it. Sound of another
/// rate is changed to the first one's.
#[derive(Debug)]
pub struct WavWriter<W> {
    name: String,
    output: W,
    rate: Option<u32>,
    changing: Option<(u32, Rate)>,
    written: u32,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Writes to `output`, which errors call `name`.
    pub fn new(name: &str, output: W) -> Self {
        Self { name: name.to_owned(), output, rate: None, changing: None, written: 0 }
    }

    /// Adds `chunk`.
    ///
    /// # Errors
    /// It cannot be written, or the file would be longer than 2 GiB.
    pub fn write(&mut self, chunk: &Chunk) -> Result<(), VoiceError> {
        let Some(rate) = self.rate else {
            self.rate = Some(chunk.rate);
            // The length is corrected when it is known.
            self.header(chunk.rate)?;
            return self.samples(&chunk.samples);
        };
        if self.changing.as_ref().is_some_and(|(from, _)| *from != chunk.rate) {
            self.change_over()?;
        }
        if chunk.rate == rate {
            return self.samples(&chunk.samples);
        }
        let mut changing = match self.changing.take() {
            Some(changing) => changing,
            None => (chunk.rate, Rate::new(chunk.rate, rate)?),
        };
        let samples: Vec<f32> = chunk.samples.iter().map(|s| to_f32(*s)).collect();
        let mut changed = Vec::new();
        changing.1.push(&samples, &mut changed)?;
        self.changing = Some(changing);
        self.samples(&changed.into_iter().map(to_i16).collect::<Vec<i16>>())
    }

    /// Writes the length into the header. More may be added afterwards.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&mut self) -> Result<(), VoiceError> {
        self.change_over()?;
        let rate = self.rate.unwrap_or(crate::frame::RATE);
        self.output.seek(SeekFrom::Start(0)).map_err(|error| self.fault(error))?;
        self.header(rate)?;
        self.output.seek(SeekFrom::End(0)).map_err(|error| self.fault(error))?;
        self.output.flush().map_err(|error| self.fault(error))
    }

    /// Writes what a change of the rate still holds back.
    fn change_over(&mut self) -> Result<(), VoiceError> {
        let Some((_, mut rate)) = self.changing.take() else { return Ok(()) };
        let mut changed = Vec::new();
        rate.finish(&mut changed)?;
        self.samples(&changed.into_iter().map(to_i16).collect::<Vec<i16>>())
    }

    fn header(&mut self, rate: u32) -> Result<(), VoiceError> {
        let mut header = Vec::with_capacity(HEADER as usize);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&(self.written + HEADER - 8).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        header.extend_from_slice(&rate.to_le_bytes());
        header.extend_from_slice(&rate.saturating_mul(2).to_le_bytes());
        header.extend_from_slice(b"\x02\0\x10\0data");
        header.extend_from_slice(&self.written.to_le_bytes());
        self.output.write_all(&header).map_err(|error| self.fault(error))
    }

    fn samples(&mut self, samples: &[i16]) -> Result<(), VoiceError> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let written = self.written.saturating_add(length);
        if written > LONGEST {
            return Err(self.fault(std::io::Error::other("it would be longer than 2 GiB")));
        }
        self.written = written;
        self.output.write_all(&bytes).map_err(|error| self.fault(error))
    }

    fn fault(&self, error: std::io::Error) -> VoiceError {
        VoiceError::Write { name: self.name.clone(), error }
    }
}

#[async_trait]
impl<W: Write + Seek + Send> Sink for WavWriter<W> {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        self.write(&chunk)
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        self.finish()
    }

    fn cut(&mut self) {}
}
