//! The one thread that writes the log. Entries that wait at the same time
//! share one write and one fsync.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::{Clock, ClusterId, Trouble};
use tokio::sync::mpsc;

use super::{Request, files, line, tail};
use crate::error::Cause;
use crate::head::Head;
use crate::{StateError, folder};

/// One fsync covers at most this many bytes and one line more.
pub(super) const GROUP: usize = 256 * 1024;

/// Owns the last file and the end of the chain.
pub(super) struct Writer {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    file: File,
    number: u32,
    /// Bytes of the file that were acknowledged.
    length: u64,
    head: Head,
    /// The last write failed: what the file holds beyond `length` is unknown.
    damaged: bool,
    /// Whether nothing can be written at the moment.
    trouble: Trouble,
    rotate_at: u64,
    on_commit: Box<dyn Fn(Head) + Send>,
}

impl Writer {
    /// Opens the log in `folder`, or begins it. `kept` is the head that the
    /// database remembers: a log that ends before it has lost lines.
    pub(super) fn open(
        folder: &Path,
        clock: Arc<dyn Clock>,
        kept: Option<Head>,
    ) -> Result<Self, StateError> {
        let failed = |doing| StateError::folder(doing, folder);
        folder::make(folder).map_err(failed("make the folder"))?;
        let end = tail::find(folder).map_err(failed("find the end of the audit log in"))?;
        let (number, file) = match end.number {
            Some(number) => (number, reopen(&files::path(folder, number), end.length)),
            None => (1, folder::create(&files::path(folder, 1))),
        };
        let mut writer = Self {
            folder: folder.to_owned(),
            clock,
            file: file.map_err(failed("open the audit log in"))?,
            number,
            length: end.length,
            head: end.head,
            damaged: false,
            trouble: Trouble::default(),
            rotate_at: files::ROTATE_AT,
            on_commit: Box::new(|_| {}),
        };
        writer.note(end.cluster, kept).map_err(|source| StateError::Folder {
            doing: "write the audit log in",
            path: folder.to_owned(),
            source: io::Error::other(source),
        })?;
        Ok(writer)
    }

    /// Calls `tell` with the new head after every write.
    pub(super) fn on_commit(&mut self, tell: impl Fn(Head) + Send + 'static) {
        self.on_commit = Box::new(tell);
    }

    /// Begins the next file once one has `bytes`.
    #[cfg(test)]
    pub(super) fn rotate_at(&mut self, bytes: u64) {
        self.rotate_at = bytes;
    }

    /// Writes down what was found wrong with the end of the log.
    fn note(&mut self, cluster: Option<ClusterId>, kept: Option<Head>) -> Result<(), Cause> {
        // A host's own note belongs to no cluster; the field wants one.
        let Some(cluster) = cluster.or_else(|| "none".parse().ok()) else { return Ok(()) };
        let say = |writer: &mut Self, what: String| {
            tracing::warn!("{what}");
            let event = AuditEvent::Host { what };
            let cluster = cluster.clone();
            let entry = AuditEntry { run: None, cluster, caller: None, skill: None, event };
            writer.append([entry]).into_iter().try_for_each(|done| done.map(drop))
        };
        if let Some(kept) = kept.filter(|kept| kept.seq > self.head.seq) {
            let (from, to) = (self.head.seq + 1, kept.seq);
            // The numbers are not given again, and the chain goes on from the
            // line that is missing: `verify` names the gap from now on.
            self.head = kept;
            say(self, format!("lines {from} to {to} are missing from the end of the audit log"))?;
        }
        let failed = Cause::file("a side file of the audit log");
        for side in tail::unnoted(&self.folder).map_err(&failed)? {
            say(self, tail::note(&side).map_err(&failed)?)?;
            tail::noted(&side).map_err(&failed)?;
        }
        Ok(())
    }

    /// Appends `entries`: when this returns, each is on disk under its number
    /// or refused with its reason.
    pub(super) fn append(
        &mut self,
        entries: impl IntoIterator<Item = AuditEntry>,
    ) -> Vec<Result<u64, Cause>> {
        let ready = self.make_ready();
        let mut text = Vec::new();
        let mut head = self.head;
        let mut results = Vec::new();
        for entry in entries {
            results.push(match &ready {
                Err(cause) => Err(cause.clone()),
                Ok(()) => line::append(&mut text, head, self.clock.now(), entry).map(|next| {
                    head = next;
                    next.seq
                }),
            });
        }
        if text.is_empty() {
            return results;
        }
        if let Err(error) = self.file.write_all(&text).and_then(|()| self.file.sync_data()) {
            self.damaged = true;
            let cause = Cause::file("the last file of the audit log")(error);
            if self.trouble.begins() {
                tracing::error!(%cause, "the audit log cannot be written");
            }
            return results.into_iter().map(|result| result.and(Err(cause.clone()))).collect();
        }
        if self.trouble.ends() {
            tracing::info!("the audit log is written again");
        }
        self.length += u64::try_from(text.len()).unwrap_or(0);
        self.head = head;
        (self.on_commit)(head);
        results
    }

    /// Makes sure that the next write lands at the end of the chain.
    fn make_ready(&mut self) -> Result<(), Cause> {
        let path = files::path(&self.folder, self.number);
        let here = self.file.metadata().map_err(Cause::file("look at the audit log"))?;
        // Somebody may have deleted or renamed the file under our feet.
        let in_place = path
            .metadata()
            .is_ok_and(|there| (there.dev(), there.ino()) == (here.dev(), here.ino()));
        if self.damaged && in_place {
            // Lines beyond `length` were refused to their callers.
            self.file =
                reopen(&path, self.length).map_err(Cause::file("open the audit log again"))?;
        }
        self.damaged &= !in_place;
        if !in_place || self.length >= self.rotate_at {
            let number = self.number + 1;
            let file = folder::create(&files::path(&self.folder, number))
                .map_err(Cause::file("begin a new file of the audit log"))?;
            (self.file, self.number, self.length, self.damaged) = (file, number, 0, false);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The writing thread: until every sender is gone.
pub(super) fn work(mut writer: Writer, mut queue: mpsc::Receiver<Request>) {
    while let Some(first) = queue.blocking_recv() {
        let mut entries = Vec::new();
        let mut replies = Vec::new();
        let mut size = 0;
        let mut next = Some(first);
        while let Some(Request { entry, reply }) = next {
            size += weight(&entry);
            entries.push(entry);
            replies.push(reply);
            next = if size < GROUP { queue.try_recv().ok() } else { None };
        }
        for (result, reply) in writer.append(entries).into_iter().zip(replies) {
            // The caller may have gone away.
            let _ = reply.send(result);
        }
    }
}

/// The length of `entry`'s line, from above: a group must not outgrow what
/// [`tail`] looks at after a power cut.
fn weight(entry: &AuditEntry) -> usize {
    // Numbers, times and digests are far below 512 bytes.
    serde_json::to_vec(entry).map_or(0, |text| text.len()) + 512
}

/// Opens a file of the log for appending, cutting what is beyond `length`.
fn reopen(path: &Path, length: u64) -> io::Result<File> {
    let file = OpenOptions::new().append(true).open(path)?;
    if file.metadata()?.len() > length {
        file.set_len(length)?;
        file.sync_all()?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
