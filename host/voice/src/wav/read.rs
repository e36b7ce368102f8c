//! A WAV file as a stream of mono samples, a block at a time, so that no file
//! fills the memory.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::header::{Header, WavFault, fill};
use crate::frame::lasting;

/// Samples of every channel that are read at a time.
const BLOCK: usize = 512;

/// Reads one file. See the module.
pub struct WavReader<R> {
    input: R,
    header: Header,
    /// Bytes of whole samples still to come, where they are known.
    left: Option<u64>,
    buffer: Vec<u8>,
    /// Samples that were read.
    heard: u64,
    /// Why they end before the header says so, as far as that is known.
    cut_off: Option<String>,
}

impl<R> std::fmt::Debug for WavReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WavReader({:?}, {:?} bytes left)", self.header, self.left)
    }
}

impl WavReader<BufReader<File>> {
    /// Opens a file. Whether all is there that its header promises is looked at at
    /// once: see [`WavReader::cut_off`].
    ///
    /// # Errors
    /// It is no file, or what [`WavReader::new`] says.
    pub fn open(path: &Path) -> Result<Self, WavFault> {
        let found = std::fs::metadata(path).map_err(WavFault::Read)?;
        if !found.is_file() {
            // A pipe could be waited on for ever.
            return Err(WavFault::Other("it is not a regular file"));
        }
        let file = File::open(path).map_err(WavFault::Read)?;
        let mut reader = Self::new(BufReader::new(file))?;
        let there = found.len().saturating_sub(reader.header.before);
        let block = reader.header.block() as u64;
        match reader.left {
            Some(left) if there < left && there < block => {
                return Err(WavFault::CutOff(reader.ends(there)));
            }
            Some(left) if there < left => {
                reader.cut_off = Some(reader.ends(there));
                reader.left = Some(there - there % block);
            }
            None if there < block => return Err(WavFault::Empty),
            _ => {}
        }
        Ok(reader)
    }
}

impl<R: Read> WavReader<R> {
    /// Reads the header of `input`.
    ///
    /// # Errors
    /// It is no WAV file, or none that can be read.
    pub fn new(mut input: R) -> Result<Self, WavFault> {
        let header = Header::read(&mut input)?;
        let block = header.block() as u64;
        // What some programs leave behind the last whole sample is not sound.
        let left = header.length.map(|length| length - length % block);
        if left == Some(0) {
            return Err(WavFault::Empty);
        }
        let buffer = vec![0; header.block().saturating_mul(BLOCK)];
        Ok(Self { input, header, left, buffer, heard: 0, cut_off: None })
    }

    /// Why the samples end before the header says so, where they do: of a file that was
    /// opened at once, of anything else at its end.
    #[must_use]
    pub fn cut_off(&self) -> Option<&str> {
        self.cut_off.as_deref()
    }

    /// Samples a second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.header.rate
    }

    /// Adds the next samples to `out`, all channels as one; false at the end.
    ///
    /// # Errors
    /// It cannot be read on, or there are none at all.
    pub fn read(&mut self, out: &mut Vec<f32>) -> Result<bool, WavFault> {
        let most = self.buffer.len() as u64;
        let wanted = self.left.map_or(most, |left| left.min(most));
        if wanted == 0 {
            return Ok(false);
        }
        let length = usize::try_from(wanted).unwrap_or(usize::MAX);
        let part = self.buffer.get_mut(..length).unwrap_or_default();
        let got = fill(&mut self.input, part)?;
        if let Some(left) = self.left {
            if got < length && self.cut_off.is_none() {
                self.cut_off = Some(self.ends(got as u64));
            }
            self.left = Some(if got < length { 0 } else { left - wanted });
        }
        let (block, bytes) = (self.header.block(), self.header.width.bytes());
        let before = out.len();
        for all in self.buffer.get(..got).unwrap_or_default().chunks_exact(block) {
            let sum: f32 = all.chunks_exact(bytes).map(|one| self.header.width.sample(one)).sum();
            out.push(sum / f32::from(self.header.channels));
        }
        let heard = out.len() - before;
        self.heard = self.heard.saturating_add(heard as u64);
        if self.heard == 0 {
            return Err(WavFault::Empty);
        }
        Ok(heard > 0)
    }

    /// What is there of a file that has `more` bytes of sound, and then ends.
    fn ends(&self, more: u64) -> String {
        let time = |bytes: u64| {
            let samples = usize::try_from(bytes / self.header.block() as u64).unwrap_or(usize::MAX);
            lasting(samples, self.header.rate).as_secs_f64()
        };
        let before = self.heard.saturating_mul(self.header.block() as u64);
        let there = time(before.saturating_add(more));
        let promised = time(self.header.length.unwrap_or(0));
        format!("{there:.2} of {promised:.2} s are there")
    }
}
