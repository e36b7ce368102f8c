//! Compiled components on disk, so that a start need not compile again.
//!
//! An entry is named after all that its content depends on: the component, the
//! engine with its settings and this processor, and the pool's limits. It is
//! native code that will run in this process, so the folder and every entry
//! must belong to the user that jarvis runs as, and to nobody else. What cannot
//! be loaded is compiled again. Nothing here looks at where a component came
//! from.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jarvis_domain::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::MAX_MEMORY;

/// How many entries are kept; the ones that were longest unused go first. A
/// host of twenty skills that are updated weekly fills it in a quarter.
const KEPT: usize = 256;
/// How many bytes all entries have at most, on the same terms.
const KEPT_BYTES: u64 = 1 << 30;
/// A file that was unfinished for so long is a crash's.
const UNFINISHED: Duration = Duration::from_secs(3600);

/// A private folder of compiled components.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    /// Tells the engine and its settings apart.
    engine: Digest,
    /// Tells this process's unfinished files apart.
    next: AtomicU64,
}

impl Cache {
    /// Opens `folder`, made if need be.
    pub(super) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let found = fs::symlink_metadata(folder)?;
        if !found.is_dir() || !is_private(&found) {
            let text = format!("{} is not a folder of this user alone", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        let mut settings = Bytes::default();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let pool = MAX_MEMORY.to_be_bytes();
        let engine = Digest::of_parts([settings.0.as_slice(), &pool]);
        let cache = Self { folder: folder.to_owned(), engine, next: AtomicU64::new(0) };
        cache.tidy()?;
        Ok(cache)
    }

    /// The compiled form of the component with this digest, if it is here and
    /// can be trusted.
    pub(super) fn load(&self, engine: &Engine, component: Digest) -> Option<Component> {
        let path = self.path(component);
        let found = fs::symlink_metadata(&path).ok()?;
        if !found.is_file() || !is_private(&found) {
            tracing::warn!(path = %path.display(), "a compiled skill is not this user's alone");
            return None;
        }
        match read(engine, &path) {
            Ok(component) => {
                // Its time of change tells how long it was not used.
                let used = File::options().append(true).open(&path);
                let _ = used.and_then(|file| file.set_modified(std::time::SystemTime::now()));
                Some(component)
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %format!("{error:#}"), "a compiled skill cannot be loaded, it is compiled again");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Stores what was compiled, and loads it from there.
    pub(super) fn store(
        &self,
        engine: &Engine,
        component: Digest,
        compiled: &[u8],
    ) -> Option<Component> {
        let path = self.path(component);
        if let Err(error) = self.write(&path, compiled) {
            tracing::warn!(path = %path.display(), %error, "a compiled skill cannot be kept");
            return None;
        }
        if let Err(error) = self.tidy() {
            tracing::warn!(%error, "old compiled skills cannot be removed");
        }
        self.load(engine, component)
    }

    fn path(&self, component: Digest) -> PathBuf {
        let engine = self.engine.to_string();
        let key = Digest::of_parts([component.to_string().as_bytes(), engine.as_bytes()]);
        self.folder.join(format!("{key}.cwasm"))
    }

    /// Whole or not at all, also when the power fails.
    fn write(&self, path: &Path, compiled: &[u8]) -> io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!(".{}-{number}", std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        let written = file
            .write_all(compiled)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&unfinished, path))
            .and_then(|()| File::open(&self.folder)?.sync_all());
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// Removes what a crash left unfinished, and what was long unused.
    fn tidy(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another jarvis of this user may be tidying too.
            let Ok(found) = entry.metadata() else { continue };
            let used = found.modified()?;
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                entries.push((used, found.len(), entry.path()));
            } else if used.elapsed().is_ok_and(|age| age > UNFINISHED) {
                remove(&entry.path())?;
            }
        }
        entries.sort();
        let mut bytes = 0;
        for (index, (_, length, path)) in entries.into_iter().rev().enumerate() {
            bytes += length;
            if index >= KEPT || (index > 0 && bytes > KEPT_BYTES) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Collects what is hashed, so that it can be digested the same way on each
/// start: Rust's own hash makes no such promise.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Nobody but this user can have written it.
fn is_private(found: &fs::Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0
}

#[allow(
    unsafe_code,
    reason = "wasmtime can only map compiled code from disk unsafely: see the reason below"
)]
fn read(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize_file` wants a file that `precompile_component` made
    // and that nobody changes. Both hold as long as nobody else can write in
    // the folder, which was checked when it was opened: whole files come into
    // it by a rename alone, and are never written to again. Whoever is this
    // user or root can change this process by other means as well. wasmtime
    // itself refuses code of another version, other settings or processor.
    unsafe { Component::deserialize_file(engine, path) }
}

#[cfg(test)]
mod tests;
