//! Reads the log without the lock, beside a running host: for `jarvis audit
//! show`. Whether the lines are as they were written is [`super::verify`]'s.

use std::io;
use std::path::Path;

use jarvis_domain::audit::AuditLine;
use jarvis_domain::{RunId, SkillId, Timestamp};

use super::{files, line};
use crate::StateError;

/// Which lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only of this run.
    pub run: Option<RunId>,
    /// Only of this skill.
    pub skill: Option<SkillId>,
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    /// Only with a number below this.
    pub before: Option<u64>,
    /// At most this many, the newest.
    pub limit: usize,
    /// At most this many bytes of lines; the first one comes however long.
    pub bytes: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The lines, oldest first.
    pub lines: Vec<AuditLine>,
    /// Lines on the way that could not be read. Over 0, `verify` says more.
    pub unreadable: usize,
}

impl Filter {
    /// The newest `limit` lines of all.
    #[must_use]
    pub fn newest(limit: usize) -> Self {
        Self {
            run: None,
            skill: None,
            since: None,
            until: None,
            before: None,
            limit,
            bytes: usize::MAX,
        }
    }

    fn takes(&self, line: &AuditLine) -> bool {
        self.run.is_none_or(|run| line.entry.run == Some(run))
            && self.before.is_none_or(|before| line.seq < before)
            && self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at < until)
            && self.skill.as_ref().is_none_or(|skill| {
                line.entry.skill.as_ref().is_some_and(|(named, _)| named == skill)
            })
    }
}

/// The lines of the state folder `state` that `filter` names; none where there
/// is no log.
///
/// # Errors
/// The folder or a file of it cannot be read.
pub fn read(state: &Path, filter: &Filter) -> Result<Page, StateError> {
    let folder = super::folder(state);
    select(&folder, filter).map_err(StateError::folder("read the audit log in", &folder))
}

pub(super) fn select(folder: &Path, filter: &Filter) -> io::Result<Page> {
    let mut page = Page::default();
    let numbers = match files::numbers(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(page),
        numbers => numbers?,
    };
    // A line of the run holds its id as text; most lines need no parsing then.
    let id = filter.run.map(|run| run.to_string());
    let mut size: usize = 0;
    'files: for number in numbers.into_iter().rev() {
        let path = files::path(folder, number);
        if let Some(before) = filter.before
            && files::begins_with(&path)?.is_some_and(|seq| seq >= before)
        {
            // The whole file is newer.
            continue;
        }
        let bytes = std::fs::read(path)?;
        for text in bytes.split_inclusive(|byte| *byte == b'\n').rev() {
            if page.lines.len() >= filter.limit {
                break 'files;
            }
            // Being written at this moment, or torn.
            if !text.ends_with(b"\n") || !mentions(text, id.as_deref()) {
                continue;
            }
            match line::parse(text) {
                Ok(line) if filter.takes(&line) => {
                    size = size.saturating_add(text.len());
                    if size > filter.bytes && !page.lines.is_empty() {
                        break 'files;
                    }
                    page.lines.push(line);
                }
                Ok(_) => {}
                Err(_) => page.unreadable += 1,
            }
        }
    }
    page.lines.reverse();
    Ok(page)
}

fn mentions(text: &[u8], id: Option<&str>) -> bool {
    // Text that is not UTF-8 is not skipped: it counts as unreadable.
    id.is_none_or(|id| std::str::from_utf8(text).map_or(true, |text| text.contains(id)))
}
