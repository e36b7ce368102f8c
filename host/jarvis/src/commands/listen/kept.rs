//! What is heard, kept in a WAV file where somebody asked for that. Nothing
//! else keeps sound.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use async_trait::async_trait;
use jarvis_voice::{Chunk, Frame, RATE, Source, Switch, VoiceError, WavWriter};

/// A source whose sound is kept, but for what is muted.
pub(super) struct Kept {
    source: Box<dyn Source>,
    switch: Switch,
    file: WavWriter<File>,
}

impl Kept {
    /// Into the new file at `path`, which only its owner may read.
    ///
    /// # Errors
    /// It cannot be made, or is there already.
    pub(super) fn into(
        path: &Path,
        source: Box<dyn Source>,
        switch: Switch,
    ) -> Result<Self, VoiceError> {
        let name = path.display().to_string();
        let made = File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|error| VoiceError::Write { name: name.clone(), error })?;
        Ok(Self { source, switch, file: WavWriter::new(&name, file) })
    }
}

#[async_trait]
impl Source for Kept {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let frame = self.source.next().await?;
        if let Some(frame) = frame.filter(|_| !self.switch.is_muted()) {
            let chunk = Chunk { rate: RATE, samples: frame.samples().to_vec() };
            self.file.write(&chunk)?;
        }
        Ok(frame)
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Err(error) = self.file.finish() {
            tracing::warn!(%error, "the end of what was kept is not in its file");
        }
    }
}
