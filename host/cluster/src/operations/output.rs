//! What an operation's process printed, in its two files.

use std::io::SeekFrom;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use jarvis_domain::{OperationId, Timestamp, text};
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, BufReader};

use crate::ClusterError;
use crate::launch::Output;

/// How much of a file's end is searched for the task's id, which comes last.
const TAIL: u64 = 1 << 20;

/// How much of the two files a log is taken from.
const LOG: u64 = 64 << 20;

/// The most characters of one line of a log.
const LINE: usize = 4_000;

/// How long the files of operations that have ended are kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The ends of both files; none when the first was never made, so that
/// nothing was ever started.
pub(super) async fn tails(output: &Output) -> Option<(Vec<u8>, Vec<u8>)> {
    let out = tail(&output.out).await?;
    Some((out, tail(&output.err).await.unwrap_or_default()))
}

/// Lines of what was printed, standard error after standard output.
pub(super) async fn lines(
    output: &Output,
    start: u32,
    limit: u32,
) -> Result<Vec<String>, ClusterError> {
    let mut lines = Vec::new();
    let mut skip = start;
    for path in [&output.out, &output.err] {
        let failed = |source| ClusterError::Folder { path: path.clone(), source };
        let file = match File::open(path).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        let mut reader = BufReader::new(file.take(LOG));
        let mut line = Vec::new();
        while lines.len() < limit as usize {
            line.clear();
            if reader.read_until(b'\n', &mut line).await.map_err(failed)? == 0 {
                break;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            lines.push(text::cut(text.trim_end_matches(['\n', '\r']), LINE));
        }
    }
    Ok(lines)
}

/// Removes the files of operations that ended long before `now`. What cannot
/// be removed stays; the next start tries again.
pub(super) async fn prune(folder: &Path, unfinished: &[OperationId], now: Timestamp) {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let path = entry.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()?.parse::<OperationId>().ok());
        let Some(id) = id else { continue };
        let Ok(changed) = entry.metadata().await.and_then(|data| data.modified()) else { continue };
        let age = Duration::from_millis(now.0)
            .saturating_sub(changed.duration_since(UNIX_EPOCH).unwrap_or_default());
        if age > KEPT
            && !unfinished.contains(&id)
            && let Err(error) = tokio::fs::remove_file(&path).await
        {
            tracing::debug!(path = %path.display(), %error, "cannot remove old output");
        }
    }
}

async fn tail(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).await.ok()?;
    let length = file.metadata().await.ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).await.ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).await.ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_paged_over_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::of(folder.path(), OperationId::new());
        assert!(tails(&output).await.is_none());
        assert!(lines(&output, 0, 10).await.unwrap().is_empty());
        std::fs::write(&output.out, "one\r\ntwo\nthree").unwrap();
        std::fs::write(&output.err, "four\n").unwrap();
        assert_eq!(lines(&output, 0, 2).await.unwrap(), ["one", "two"]);
        assert_eq!(lines(&output, 2, 10).await.unwrap(), ["three", "four"]);
        assert!(lines(&output, 4, 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_end_of_enormous_output_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::of(folder.path(), OperationId::new());
        let mut text = vec![b'x'; 3 << 20];
        text.extend(b"\nlast");
        std::fs::write(&output.out, &text).unwrap();
        let (out, err) = tails(&output).await.unwrap();
        assert_eq!((out.len() as u64, out.ends_with(b"\nlast"), err.len()), (TAIL, true, 0));
    }

    #[tokio::test]
    async fn old_files_go_unless_their_operation_is_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let (ended, unfinished) = (OperationId::new(), OperationId::new());
        for id in [ended, unfinished] {
            std::fs::write(Output::of(folder.path(), id).out, "").unwrap();
        }
        std::fs::write(folder.path().join("other.out"), "").unwrap();
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        let now = UNIX_EPOCH.elapsed().unwrap();
        let at = |after: Duration| Timestamp(u64::try_from((now + after).as_millis()).unwrap());
        prune(folder.path(), &[unfinished], at(KEPT - Duration::from_secs(3600))).await;
        assert_eq!(names(), 3);
        prune(folder.path(), &[unfinished], at(KEPT + Duration::from_secs(3600))).await;
        assert_eq!(names(), 2);
        assert!(Output::of(folder.path(), unfinished).out.exists());
    }
}
