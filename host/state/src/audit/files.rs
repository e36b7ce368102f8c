//! The files of the log: `000001.jsonl`, `000002.jsonl` …

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::line;

/// A file is closed and the next begun once it has this many bytes.
pub const ROTATE_AT: u64 = 16 * 1024 * 1024;

/// The file with this number.
pub(super) fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.jsonl"))
}

/// The numbers of the files, lowest first. Anything else in the folder is not
/// the log's.
pub(super) fn numbers(folder: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in folder.read_dir()? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        // Only the spelling that `path` gives, so that no file counts twice.
        if let Some(number) = number.and_then(|text| text.parse().ok())
            && path(folder, number).file_name() == Some(&name)
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number of the first line of the file at `path`; none where that cannot
/// be read.
pub(super) fn begins_with(path: &Path) -> io::Result<Option<u64>> {
    let mut text = Vec::new();
    Lines::open(path)?.next(&mut text)?;
    Ok(line::parse(&text).ok().map(|line| line.seq))
}

/// The lines of a file one after another, each with its newline; the last may
/// have none.
#[derive(Debug)]
pub(super) struct Lines {
    file: BufReader<File>,
}

impl Lines {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufReader::with_capacity(64 * 1024, File::open(path)?) })
    }

    /// Reads the next line into `line`; false at the end of the file.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        Ok(self.file.read_until(b'\n', line)? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_logs_own_files_count() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "000010.jsonl",
            "000002.jsonl",
            "2.jsonl",
            "+00003.jsonl",
            "000004.jsonl.gz",
            "000002-0000000000000012.torn",
            "notes.jsonl",
            "1000000.jsonl",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(numbers(folder.path()).unwrap(), [2, 10, 1_000_000]);
    }
}
