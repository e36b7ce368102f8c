//! Whether files are the right ones, asked each time that an engine is started.
//! To read a large model takes seconds, so that what was right once is looked at
//! again only where it was written to since.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::catalogue::{Entry, Place};
use super::{ModelFolder, ModelsError};

impl ModelFolder {
    /// Compares the files of `entry` with what they have to be: their sizes each
    /// time, their digests once, which is remembered beside them. Blocks, for
    /// seconds the first time.
    ///
    /// # Errors
    /// One is missing, cannot be read, or is another.
    pub fn check(&self, entry: &Entry) -> Result<(), ModelsError> {
        let mut now = String::new();
        for (place, bytes) in entry.sized() {
            let path = self.file(entry, place);
            let found = std::fs::metadata(&path)
                .map_err(|error| ModelsError::Read { path: path.clone(), error })?;
            if !found.is_file() || bytes.is_some_and(|bytes| found.len() != bytes) {
                return Err(ModelsError::Damaged { name: entry.name.clone(), path });
            }
            now.push_str(&line(place, &found));
        }
        let note = self.note(entry);
        if std::fs::read_to_string(&note).is_ok_and(|before| before == now) {
            return Ok(());
        }
        self.verify(entry)?;
        // Where nothing can be written it is read again the next time.
        if let Err(error) = std::fs::write(&note, now) {
            tracing::debug!(path = %note.display(), %error, "that files are right is not remembered");
        }
        Ok(())
    }

    /// Where it is remembered that they were right.
    pub(super) fn note(&self, entry: &Entry) -> PathBuf {
        self.of_kind(entry.kind).join(format!(".{}.checked", entry.name))
    }
}

/// What changes when a file is written to or exchanged (stat(2)).
fn line(place: &Place, found: &Metadata) -> String {
    format!(
        "{} {} {} {}.{:09} {}.{:09} {}\n",
        place.name,
        found.len(),
        found.ino(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
        place.digest.hex(),
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::models::catalogue::{EntryKind, Part};
    use crate::models::digest::Expected;

    /// A folder with one model of these bytes, `expected` of it.
    fn scene(expected: &[u8], there: &[u8]) -> (tempfile::TempDir, ModelFolder, Entry) {
        let folder = tempfile::tempdir().unwrap();
        let models = ModelFolder::at(folder.path().to_owned());
        let hex = Sha256::digest(expected).iter().map(|byte| format!("{byte:02x}")).collect();
        let file = "ggml-test.bin".to_owned();
        let place = Place { name: file.clone(), digest: Expected::Sha256(hex) };
        let bytes = Some(expected.len() as u64);
        let entry = Entry {
            kind: EntryKind::Whisper,
            name: "test".to_owned(),
            about: bytes,
            parts: vec![Part::File { path: file, bytes, place }],
        };
        std::fs::create_dir(folder.path().join("whisper")).unwrap();
        std::fs::write(model(folder.path()), there).unwrap();
        (folder, models, entry)
    }

    fn model(folder: &Path) -> PathBuf {
        folder.join("whisper/ggml-test.bin")
    }

    #[test]
    fn a_wrong_file_is_refused_by_its_size_or_its_digest() {
        for (what, there) in [("cut off", &b"a mod"[..]), ("exchanged", b"no good"), ("empty", b"")]
        {
            let (_folder, models, entry) = scene(b"a model", there);
            assert!(
                matches!(models.check(&entry), Err(ModelsError::Damaged { .. })),
                "{what}: {:?}",
                models.check(&entry)
            );
            assert!(!models.note(&entry).exists(), "{what}");
        }
        let (folder, models, entry) = scene(b"a model", b"a model");
        std::fs::remove_file(model(folder.path())).unwrap();
        assert!(matches!(models.check(&entry), Err(ModelsError::Read { .. })));
    }

    #[test]
    fn what_was_right_is_not_read_again_until_it_is_written_to() {
        let (folder, models, entry) = scene(b"a model", b"a model");
        models.check(&entry).unwrap();
        // What is expected changes with a new program.
        let (_other, _, changed) = scene(b"a nodel", b"");
        assert!(matches!(models.check(&changed), Err(ModelsError::Damaged { .. })));
        // By what is remembered alone: the digest of the file is another.
        let noted = std::fs::read_to_string(models.note(&entry)).unwrap();
        std::fs::write(model(folder.path()), b"a nodel").unwrap();
        let found = std::fs::metadata(model(folder.path())).unwrap();
        let place = entry.places().next().unwrap();
        assert_ne!(noted, line(place, &found), "writing leaves a trace");
        assert!(matches!(models.check(&entry), Err(ModelsError::Damaged { .. })));
        std::fs::write(models.note(&entry), line(place, &found)).unwrap();
        models.check(&entry).unwrap();
        assert!(models.remove(&entry).unwrap() && !models.note(&entry).exists());
    }
}
