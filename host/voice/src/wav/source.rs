//! A WAV file in place of a microphone.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use async_trait::async_trait;

use super::WavFault;
use super::read::WavReader;
use super::sample::to_i16;
use crate::error::VoiceError;
use crate::frame::{Frame, Framer, RATE};
use crate::port::Source;
use crate::resample::Rate;

/// Plays a file as fast as it is taken.
#[derive(Debug)]
pub struct WavSource {
    name: String,
    reader: WavReader<BufReader<File>>,
    rate: Rate,
    framer: Framer,
    ready: VecDeque<Frame>,
    over: bool,
}

impl WavSource {
    /// Opens `path`.
    ///
    /// # Errors
    /// One clear one for each way in which a file can be none that is read.
    pub fn open(path: &Path) -> Result<Self, VoiceError> {
        let name = path.display().to_string();
        let unusable = |fault| VoiceError::Wav { name: name.clone(), fault };
        let reader = WavReader::open(path).map_err(unusable)?;
        let rate = Rate::new(reader.rate(), RATE)?;
        let (framer, ready) = (Framer::default(), VecDeque::new());
        Ok(Self { name, reader, rate, framer, ready, over: false })
    }

    /// That its end is missing, where it is. It is heard as far as it goes.
    #[must_use]
    pub fn cut_off(&self) -> Option<VoiceError> {
        let why = self.reader.cut_off()?.to_owned();
        Some(VoiceError::CutOff { name: self.name.clone(), why })
    }

    /// Reads one block.
    fn more(&mut self) -> Result<(), VoiceError> {
        let unusable = |fault: WavFault| VoiceError::Wav { name: self.name.clone(), fault };
        let (mut read, mut changed) = (Vec::new(), Vec::new());
        if self.reader.read(&mut read).map_err(unusable)? {
            self.rate.push(&read, &mut changed)?;
        } else {
            self.rate.finish(&mut changed)?;
            self.over = true;
        }
        let samples: Vec<i16> = changed.into_iter().map(to_i16).collect();
        self.ready.extend(self.framer.push(&samples));
        if self.over {
            self.ready.extend(self.framer.finish());
        }
        Ok(())
    }
}

#[async_trait]
impl Source for WavSource {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        while self.ready.is_empty() && !self.over {
            self.more()?;
        }
        Ok(self.ready.pop_front())
    }

    fn is_live(&self) -> bool {
        false
    }

    async fn is_still_there(&mut self) -> bool {
        // What was being said where it was cut is half of something.
        !(self.over && self.ready.is_empty() && self.reader.cut_off().is_some())
    }

    async fn forget(&mut self) {}
}
