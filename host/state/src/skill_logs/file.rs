//! One skill's log on disk: `<id>.log`, and `<id>.log.1` once it was full.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jarvis_domain::SkillId;
use jarvis_domain::skill_log::{SkillLine, SkillLogPage};

use crate::folder;

/// A file that would grow beyond this is put aside, bytes.
const FULL: u64 = 4 << 20;

/// The log of one skill.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    older: PathBuf,
    full: u64,
    open: Option<File>,
    /// Where the file begins, counted over all files since this host began.
    start: u64,
}

impl LogFile {
    /// The log of `skill` in `folder`; nothing is opened yet.
    pub(super) fn new(folder: &Path, skill: &SkillId) -> Self {
        Self::with(folder, skill, FULL)
    }

    fn with(folder: &Path, skill: &SkillId, full: u64) -> Self {
        let path = folder.join(format!("{skill}.log"));
        let older = folder.join(format!("{skill}.log.1"));
        // What the older file holds comes before; how much that is matters
        // only for those who follow, and they begin later.
        Self { path, older, full, open: None, start: full }
    }

    /// Adds one line, in a new file where this one is full.
    pub(super) fn append(&mut self, line: &SkillLine) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let length = self.open()?.metadata()?.len();
        if length > 0 && length + text.len() as u64 > self.full {
            std::fs::rename(&self.path, &self.older)?;
            self.open = None;
            self.start += length;
        }
        // One write, so that a reader never sees half of it for long.
        self.open()?.write_all(text.as_bytes())
    }

    /// The newest lines.
    pub(super) fn recent(&mut self, limit: usize) -> io::Result<SkillLogPage> {
        let newest = read(&self.path, 0)?;
        let next = self.start + newest.len() as u64;
        let mut lines = parse(&newest);
        if lines.len() < limit {
            let mut older = parse(&read(&self.older, 0)?);
            older.append(&mut lines);
            lines = older;
        }
        lines.drain(..lines.len().saturating_sub(limit));
        Ok(SkillLogPage { lines, next })
    }

    /// The lines from `next` on, at most `limit`.
    pub(super) fn after(&mut self, next: u64, limit: usize) -> io::Result<SkillLogPage> {
        let mut bytes = Vec::new();
        let mut from = next;
        if from < self.start {
            let older = length(&self.older)?;
            let begins = self.start.saturating_sub(older);
            from = from.max(begins);
            bytes = read(&self.older, from - begins)?;
        }
        bytes.extend(read(&self.path, from.max(self.start) - self.start)?);
        let mut taken = 0;
        let mut lines = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            // A line that is being written is for the next time.
            if lines.len() == limit || !line.ends_with(b"\n") {
                break;
            }
            taken += line.len() as u64;
            lines.extend(parse(line));
        }
        Ok(SkillLogPage { lines, next: from + taken })
    }

    fn open(&mut self) -> io::Result<&mut File> {
        if self.open.is_none() {
            if let Some(folder) = self.path.parent() {
                folder::make(folder)?;
            }
            self.open =
                Some(OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?);
        }
        self.open.as_mut().ok_or_else(|| ErrorKind::NotFound.into())
    }
}

/// What a file holds from `from` on; nothing where there is none.
fn read(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(mut file) => {
            file.seek(SeekFrom::Start(from))?;
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(bytes),
        Err(error) => Err(error),
    }
}

fn length(path: &Path) -> io::Result<u64> {
    match path.metadata() {
        Ok(about) => Ok(about.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The lines in `bytes`. One that a crash cut off is passed over.
fn parse(bytes: &[u8]) -> Vec<SkillLine> {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use jarvis_domain::skill_log::{SkillLevel, SkillStream};
    use jarvis_domain::{RunId, Timestamp};

    use super::*;

    fn line(text: &str) -> SkillLine {
        SkillLine {
            at: Timestamp(1),
            run: RunId::new(),
            level: SkillLevel::Info,
            from: SkillStream::Log,
            text: text.to_owned(),
        }
    }

    fn texts(page: &SkillLogPage) -> Vec<&str> {
        page.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_full_file_is_put_aside_and_two_are_all_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::with(folder.path(), &"loud".parse().unwrap(), 500);
        assert_eq!(texts(&log.recent(10).unwrap()), Vec::<&str>::new());
        for n in 0..40 {
            log.append(&line(&n.to_string())).unwrap();
        }
        let page = log.recent(3).unwrap();
        assert_eq!(texts(&page), ["37", "38", "39"]);
        let all = log.recent(1000).unwrap();
        assert!(all.lines.len() < 40 && all.lines.len() > 4, "{}", all.lines.len());
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .inspect(|entry| assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600))
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["loud.log", "loud.log.1"]);
    }

    #[test]
    fn who_follows_sees_each_line_once_also_over_a_change_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::with(folder.path(), &"loud".parse().unwrap(), 500);
        log.append(&line("before")).unwrap();
        let mut next = log.recent(0).unwrap().next;
        let mut seen = Vec::new();
        for n in 0..40 {
            log.append(&line(&n.to_string())).unwrap();
            if n % 2 == 1 {
                let page = log.after(next, 1000).unwrap();
                seen.extend(texts(&page).into_iter().map(str::to_owned));
                next = page.next;
            }
        }
        let expected: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        assert_eq!(seen, expected);
        assert_eq!(log.after(next, 1000).unwrap().lines, []);
        // Too far behind: what is still there comes.
        assert!(!log.after(0, 1000).unwrap().lines.is_empty());
    }

    #[test]
    fn a_line_that_a_crash_cut_off_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("loud.log"), "{\"at\":1,\"ru\n").unwrap();
        let mut log = LogFile::new(folder.path(), &"loud".parse().unwrap());
        log.append(&line("sound")).unwrap();
        assert_eq!(texts(&log.recent(10).unwrap()), ["sound"]);
    }
}
