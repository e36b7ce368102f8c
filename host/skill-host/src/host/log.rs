//! `log`: a line of the skill's in the host's log.

use jarvis_domain::text;
use wasmtime::Result;

use crate::bindings::log::{Host, Level};
use crate::guest::Guest;
use crate::session::Session;

/// The longest message, bytes.
const MAX_MESSAGE: usize = 4 << 10;
/// The most lines of one call.
const MAX_LINES: u32 = 256;

impl Session {
    /// Writes one line, unless there were too many.
    pub(crate) fn write_log(&mut self, level: Level, message: &str, fields: &[(String, String)]) {
        self.lines = self.lines.saturating_add(1);
        let (skill, run) = (&self.scope.rights.skill, self.scope.run);
        if self.lines > MAX_LINES {
            if self.lines == MAX_LINES + 1 {
                tracing::warn!(%skill, %run, "it logs more than {MAX_LINES} lines; the rest is dropped");
            }
            return;
        }
        let line = line(message, fields);
        match level {
            Level::Trace => tracing::trace!(%skill, %run, "{line}"),
            Level::Debug => tracing::debug!(%skill, %run, "{line}"),
            Level::Info => tracing::info!(%skill, %run, "{line}"),
            Level::Warn => tracing::warn!(%skill, %run, "{line}"),
            Level::Error => tracing::error!(%skill, %run, "{line}"),
        }
    }
}

impl Host for Guest {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> Result<()> {
        self.session.count()?;
        self.session.write_log(level, &message, &fields);
        Ok(())
    }
}

/// Message and fields on one line, control characters escaped.
fn line(message: &str, fields: &[(String, String)]) -> String {
    let mut line = message.to_owned();
    for (name, value) in fields {
        line.push_str(&format!(" {name}={value}"));
        if line.len() > MAX_MESSAGE {
            break;
        }
    }
    line.truncate(line.floor_char_boundary(MAX_MESSAGE));
    text::escaped(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[test]
    fn a_line_cannot_forge_another() {
        let fields = [("vm".to_owned(), "101\nERROR root".to_owned())];
        assert_eq!(line("a\r\nb\u{1b}[2J", &fields), "a\\r\\nb\\u{1b}[2J vm=101\\nERROR root");
        assert_eq!(line(&"x".repeat(MAX_MESSAGE * 2), &[]).len(), MAX_MESSAGE);
    }

    #[test]
    fn lines_beyond_the_limit_are_only_counted() {
        let mut session = Rig::new().session();
        for _ in 0..MAX_LINES + 10 {
            session.write_log(Level::Info, "again", &[]);
        }
        assert_eq!(session.lines, MAX_LINES + 10);
    }
}
