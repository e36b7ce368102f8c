//! What is heard, kept in a WAV file where somebody asked for that. Nothing
//! else keeps sound.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_voice::{Chunk, Frame, Gate, RATE, Source, Switch, VoiceError, WavWriter};

/// A source whose sound is kept, but for what is muted.
pub(super) struct Kept {
    source: Box<dyn Source>,
    gate: Gate,
    /// None once it took no more: whoever speaks is heard all the same.
    file: Option<WavWriter<File>>,
}

impl Kept {
    /// Into the new file at `path`, which only its owner may read.
    ///
    /// # Errors
    /// It cannot be made, or is there already.
    pub(super) fn into(
        path: &Path,
        source: Box<dyn Source>,
        switch: &Switch,
    ) -> Result<Self, VoiceError> {
        let name = path.display().to_string();
        let made = File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|error| VoiceError::Write { name: name.clone(), error })?;
        let file = Some(WavWriter::new(&name, file));
        Ok(Self { source, gate: Gate::new(switch), file })
    }

    fn keep(&mut self, frame: &Frame) {
        let chunk = Chunk { rate: RATE, samples: frame.samples().to_vec() };
        let Some(Err(error)) = self.file.as_mut().map(|file| file.write(&chunk)) else { return };
        tracing::error!(%error, "what is heard from now on is not kept");
        self.finish();
    }

    fn finish(&mut self) {
        if let Some(mut file) = self.file.take()
            && let Err(error) = file.finish()
        {
            tracing::warn!(%error, "the end of what was kept is not in its file");
        }
    }
}

#[async_trait]
impl Source for Kept {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let frame = self.source.next().await?;
        if let Some(frame) = &frame
            && self.gate.lets(&mut *self.source).await
        {
            self.keep(frame);
        }
        Ok(frame)
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }

    fn behind(&self) -> Duration {
        self.source.behind()
    }

    async fn is_still_there(&mut self) -> bool {
        self.source.is_still_there().await
    }

    fn is_torn(&self) -> bool {
        self.source.is_torn()
    }

    async fn forget(&mut self) {
        self.source.forget().await;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.finish();
    }
}
