//! What is said, written into a WAV file in place of being played. The file gets
//! its name once an answer is whole in it: nobody finds half of one, and where
//! nothing is said there is none.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jarvis_domain::{Explain, Row};
use jarvis_voice::{Chunk, Sink, VoiceError, WavWriter};
use tempfile::TempPath;

/// Where `--out` cannot write.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplyError {
    /// Its name is that of a file which is read or kept.
    #[error("{0} is the file of what is heard: the answer would take its place")]
    Same(String),
    /// There is something that is no file.
    #[error("{0} is no file, and is not replaced by one")]
    NoFile(String),
}

const SAME: Row = Row {
    code: "voice-out-is-input",
    meaning: "The spoken answer is to be written over the file of what is heard.",
    hint: "Give --out another name.",
    exit: 2,
    status: 400,
};
const NO_FILE: Row = Row {
    code: "voice-out-no-file",
    meaning: "The spoken answer is to be written where there is a folder, a pipe or a device.",
    hint: "Give --out the name of a file; without --out, nothing is written.",
    exit: 2,
    status: 400,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&SAME, &NO_FILE];

/// What becomes of an answer that was broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrokenOff {
    /// It is what was said, and has its name.
    Kept,
    /// Nobody finds it.
    Gone,
}

/// See the module.
pub(super) struct Reply {
    path: PathBuf,
    broken_off: BrokenOff,
    writer: WavWriter<File>,
    /// Beside it, until it has its name.
    temporary: Option<TempPath>,
    /// Something was said.
    any: bool,
}

impl Explain for ReplyError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Same(_) => &SAME,
            Self::NoFile(_) => &NO_FILE,
        }
    }
}

impl Reply {
    /// Into `path`, which is none of `heard`.
    ///
    /// # Errors
    /// It is one of them, or cannot be written.
    pub(super) fn into(
        path: &Path,
        heard: &[Option<&Path>],
        broken_off: BrokenOff,
    ) -> Result<Self, Box<jarvis_domain::Fault>> {
        let name = path.display().to_string();
        // A link to a file stays one.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if heard.iter().flatten().any(|heard| heard.canonicalize().is_ok_and(|it| it == path)) {
            return Err(ReplyError::Same(name).fault());
        }
        if path.exists() && !path.is_file() {
            return Err(ReplyError::NoFile(name).fault());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = tempfile::Builder::new()
            .prefix(".jarvis-")
            // As of any new file: less what the umask takes.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")));
        let made = made.map_err(|error| VoiceError::Write { name: name.clone(), error }.fault())?;
        let (file, temporary) = made.into_parts();
        let writer = WavWriter::new(&name, file);
        Ok(Self { path, broken_off, writer, temporary: Some(temporary), any: false })
    }

    fn finish(&mut self) -> Result<(), VoiceError> {
        if !self.any {
            return Ok(());
        }
        self.writer.finish()?;
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let name = || self.path.display().to_string();
        temporary
            .persist(&self.path)
            .map_err(|failed| VoiceError::Write { name: name(), error: failed.error })
    }
}

#[async_trait]
impl Sink for Reply {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        self.any |= !chunk.samples.is_empty();
        self.writer.write(&chunk)
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        self.finish()
    }

    fn cut(&mut self) {}
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.broken_off == BrokenOff::Kept
            && let Err(error) = self.finish()
        {
            tracing::warn!(%error, "the end of what was said is not in its file");
        }
    }
}

#[cfg(test)]
mod tests {
    use jarvis_voice::WavReader;

    use super::*;

    fn sound(samples: usize) -> Chunk {
        Chunk { rate: 16_000, samples: vec![7; samples] }
    }

    fn length(path: &Path) -> usize {
        let (mut reader, mut samples) = (WavReader::open(path).unwrap(), Vec::new());
        while reader.read(&mut samples).unwrap() {}
        samples.len()
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn a_file_has_its_name_once_an_answer_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reply.wav");
        let mut reply = Reply::into(&path, &[], BrokenOff::Kept).unwrap();
        reply.played().await.unwrap();
        reply.play(sound(100)).await.unwrap();
        assert!(!path.exists());
        reply.played().await.unwrap();
        assert_eq!(length(&path), 100);
        reply.play(sound(50)).await.unwrap();
        drop(reply);
        assert_eq!((length(&path), files(folder.path())), (150, 1), "also what was broken off");
        // Nothing is said: what is there stays, and nothing is left behind.
        drop(Reply::into(&path, &[], BrokenOff::Kept).unwrap());
        assert_eq!((length(&path), files(folder.path())), (150, 1));
        let mut half = Reply::into(&path, &[], BrokenOff::Gone).unwrap();
        half.play(sound(50)).await.unwrap();
        drop(half);
        assert_eq!((length(&path), files(folder.path())), (150, 1), "half of it is none");
    }

    #[test]
    fn what_is_heard_and_what_is_no_file_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        std::fs::write(&path, "kept").unwrap();
        let other = folder.path().join("b.wav");
        std::os::unix::fs::symlink(&path, &other).unwrap();
        for (out, code) in
            [(&*path, SAME.code), (&*other, SAME.code), (folder.path(), NO_FILE.code)]
        {
            let refused = Reply::into(out, &[None, Some(&path)], BrokenOff::Kept).err();
            assert_eq!(refused.unwrap().code, code, "{}", out.display());
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"kept");
    }
}
