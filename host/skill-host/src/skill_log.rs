//! The log of one call: what its skill writes and prints, bounded in lines and
//! length, on its way to the skill's own file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jarvis_domain::skill_log::{SkillLevel, SkillLine, SkillLogs, SkillStream};
use jarvis_domain::{Clock, RunId, SkillId, text};

/// The longest line, bytes; the rest of it is dropped (`wit/log.wit`).
pub(crate) const MAX_LINE: usize = 4 << 10;

/// Where one call writes its lines. Clones share the count.
#[derive(Debug, Clone)]
pub(crate) struct CallLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    skill: SkillId,
    run: RunId,
    logs: Arc<dyn SkillLogs>,
    clock: Arc<dyn Clock>,
    most: u32,
    lines: AtomicU32,
}

impl CallLog {
    /// At most `most` lines.
    pub(crate) fn new(
        skill: SkillId,
        run: RunId,
        logs: Arc<dyn SkillLogs>,
        clock: Arc<dyn Clock>,
        most: u32,
    ) -> Self {
        Self(Arc::new(Inner { skill, run, logs, clock, most, lines: AtomicU32::new(0) }))
    }

    /// Writes one line, unless there were too many.
    pub(crate) fn line(&self, level: SkillLevel, from: SkillStream, line: &str) {
        let before = self.0.lines.fetch_add(1, Ordering::Relaxed);
        if before < self.0.most {
            self.0.write(level, from, line);
        }
    }
}

impl Inner {
    fn write(&self, level: SkillLevel, from: SkillStream, line: &str) {
        let cut = line.get(..line.floor_char_boundary(MAX_LINE)).unwrap_or_default();
        let text = text::escaped(cut);
        tracing::debug!(skill = %self.skill, run = %self.run, ?level, "{text}");
        let line = SkillLine { at: self.clock.now(), run: self.run, level, from, text };
        self.logs.write(&self.skill, line);
    }
}

impl Drop for Inner {
    /// Says how many lines are missing, once there will be no more.
    fn drop(&mut self) {
        let dropped = self.lines.load(Ordering::Relaxed).saturating_sub(self.most);
        if dropped > 0 {
            let most = self.most;
            let said = format!("{dropped} more lines were dropped: a call may write {most}");
            self.write(SkillLevel::Warn, SkillStream::Host, &said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[test]
    fn too_many_lines_are_dropped_and_counted_over_all_streams() {
        let rig = Rig::new();
        let log = rig.session().log;
        for n in 0..200 {
            log.line(SkillLevel::Info, SkillStream::Log, &n.to_string());
            log.clone().line(SkillLevel::Warn, SkillStream::Stderr, "x");
        }
        drop(log);
        let lines = rig.fakes.store.logged();
        assert_eq!(lines.len(), 257);
        let last = lines.last().unwrap();
        assert_eq!(last.text, "144 more lines were dropped: a call may write 256");
        assert_eq!(last.from, SkillStream::Host);
    }

    #[test]
    fn a_line_cannot_forge_another_and_is_cut() {
        let rig = Rig::new();
        let log = rig.session().log;
        log.line(SkillLevel::Error, SkillStream::Stdout, "a\r\nb\u{1b}[2J\u{202e}");
        log.line(SkillLevel::Error, SkillStream::Stdout, &"ä".repeat(MAX_LINE));
        let lines = rig.fakes.store.logged();
        assert_eq!(lines[0].text, "a\\r\\nb\\u{1b}[2J\\u{202e}");
        assert_eq!(lines[1].text.len(), MAX_LINE);
    }
}
