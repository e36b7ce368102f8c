//! `log`: a line of the skill's in its own log.

use jarvis_domain::skill_log::{SkillLevel, SkillStream};
use wasmtime::Result;

use crate::bindings::log::{Host, Level};
use crate::guest::Guest;
use crate::skill_log::MAX_LINE;

impl Host for Guest {
    fn write(
        &mut self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> Result<()> {
        self.session.count()?;
        let level = match level {
            Level::Trace => SkillLevel::Trace,
            Level::Debug => SkillLevel::Debug,
            Level::Info => SkillLevel::Info,
            Level::Warn => SkillLevel::Warn,
            Level::Error => SkillLevel::Error,
        };
        self.session.log.line(level, SkillStream::Log, &line(message, &fields));
        Ok(())
    }
}

/// Message and fields as one text.
fn line(message: String, fields: &[(String, String)]) -> String {
    let mut line = message;
    for (name, value) in fields {
        if line.len() > MAX_LINE {
            break;
        }
        line.push_str(&format!(" {name}={value}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_message_up_to_the_longest_line() {
        let fields = [("vm".to_owned(), "101".to_owned()), ("a".to_owned(), "b".to_owned())];
        assert_eq!(line("started".to_owned(), &fields), "started vm=101 a=b");
        let long = "x".repeat(MAX_LINE + 1);
        assert_eq!(line(long.clone(), &fields), long);
    }
}
