//! How limits are written, in `limits:` of a manifest and of the settings.

use std::time::Duration;

use jarvis_document::Cursor;

use super::{Limits, LimitsWanted};

impl LimitsWanted {
    /// Reads every limit by its name; notes what is wrong. What is less than
    /// the least with which a skill can run at all is a mistake.
    #[must_use]
    pub fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let keys = cursor.mapping()?;
        let count = |name, least: u32| keys.optional(name).and_then(|key| count(&key, least));
        let size = |name, least, shown| {
            keys.optional(name)
                .and_then(|key| key.bytes().filter(|bytes| at_least(&key, *bytes >= least, shown)))
        };
        let time = |name, least, shown| {
            keys.optional(name).and_then(|key| {
                let least = Duration::from_millis(least);
                key.duration().filter(|time| at_least(&key, *time >= least, shown))
            })
        };
        let wanted = Self {
            // Below one page of WebAssembly nothing runs.
            memory: size("memory", 64 << 10, "64KiB"),
            memories: count("memories", 1),
            tables: count("tables", 1),
            instances: count("instances", 1),
            time: time("time", 100, "100ms"),
            // Two beats of the engine's ticker, which enforces it.
            cpu: time("cpu", 20, "20ms"),
            calls: count("calls", 1),
            bytes: size("bytes", 4 << 10, "4KiB"),
            argument: size("argument", 4 << 10, "4KiB"),
            // The three standard streams, and what stands behind them.
            handles: count("handles", 8),
            random: size("random", 0, "0B"),
            reply: size("reply", 1 << 10, "1KiB"),
            lines: count("lines", 0),
            value: size("value", 1, "1B"),
            keys: count("keys", 1),
            store: size("store", 1, "1B"),
            concurrent: count("concurrent", 1),
        };
        keys.finish();
        Some(wanted)
    }
}

impl Limits {
    /// Every limit by its name, as it would stand in the settings.
    #[must_use]
    pub fn written(&self) -> [(&'static str, String); 17] {
        let time = |time: Duration| format!("{}ms", time.as_millis());
        [
            ("memory", bytes(self.memory)),
            ("memories", self.memories.to_string()),
            ("tables", self.tables.to_string()),
            ("instances", self.instances.to_string()),
            ("time", time(self.time)),
            ("cpu", time(self.cpu)),
            ("calls", self.calls.to_string()),
            ("bytes", bytes(self.bytes)),
            ("argument", bytes(self.argument)),
            ("handles", self.handles.to_string()),
            ("random", bytes(self.random)),
            ("reply", bytes(self.reply)),
            ("lines", self.lines.to_string()),
            ("value", bytes(self.value)),
            ("keys", self.keys.to_string()),
            ("store", bytes(self.store)),
            ("concurrent", self.concurrent.to_string()),
        ]
    }
}

fn count(key: &Cursor<'_>, least: u32) -> Option<u32> {
    key.integer_in(i64::from(least), i64::from(u32::MAX)).and_then(|n| u32::try_from(n).ok())
}

fn bytes(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 10) { format!("{}KiB", bytes >> 10) } else { format!("{bytes}B") }
}

fn at_least(key: &Cursor<'_>, enough: bool, least: &str) -> bool {
    if !enough {
        key.problem(format!("it is at least {least}"));
    }
    enough
}

#[cfg(test)]
mod tests {
    use jarvis_document::{Notes, Problems, parse};

    use super::*;

    fn read(text: &str) -> Result<LimitsWanted, Problems> {
        let tree = parse(text).unwrap();
        let notes = Notes::default();
        let wanted = LimitsWanted::read(&Cursor::root(&tree, &notes));
        notes.finish(wanted)
    }

    #[test]
    fn nothing_wanted_is_the_default_and_the_ceiling_wins() {
        assert_eq!(read("").unwrap().within(&Limits::CEILING), Limits::DEFAULT);
        let wanted = read("{memory: 1GiB, time: 90s, calls: 5}").unwrap();
        let got = wanted.within(&Limits::CEILING);
        let time = Duration::from_secs(90);
        assert_eq!(got, Limits { memory: 64 << 20, time, calls: 5, ..Limits::DEFAULT });
    }

    #[test]
    fn nothing_computes_for_longer_than_its_time() {
        let got = read("{time: 200ms, cpu: 20s}").unwrap().within(&Limits::CEILING);
        assert_eq!(got.cpu, Duration::from_millis(200));
    }

    #[test]
    fn every_limit_can_be_written_and_read_and_is_held_by_its_ceiling() {
        let ceiling = Limits {
            memory: 1 << 20,
            memories: 1,
            tables: 2,
            instances: 3,
            time: Duration::from_secs(9),
            cpu: Duration::from_secs(1),
            calls: 4,
            bytes: 1 << 13,
            argument: 1 << 14,
            handles: 10,
            random: 17,
            reply: 1 << 11,
            lines: 6,
            value: 7,
            keys: 8,
            store: 9,
            concurrent: 2,
        };
        let lines = ceiling.written().map(|(name, value)| format!("{name}: {value}\n"));
        assert_eq!(read(&lines.concat()).unwrap().over(&Limits::DEFAULT), ceiling);
        assert_eq!(Limits::MOST.within(&ceiling), ceiling);
        assert_eq!(Limits::DEFAULT.within(&ceiling), ceiling);
        for limits in [Limits::DEFAULT, Limits::CEILING] {
            assert_eq!(limits.within(&Limits::MOST), limits);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_key() {
        for (text, expected) in [
            ("memory: 1KiB", "line 1: memory: it is at least 64KiB"),
            ("memory: 32", "line 1: memory: a size with its unit"),
            ("time: 1ms", "line 1: time: it is at least 100ms"),
            ("time: 90", "line 1: time: a time with its unit"),
            ("cpu: 10ms", "line 1: cpu: it is at least 20ms"),
            ("calls: 0", "line 1: calls: 0 is not from 1 to"),
            ("calls: 1.5", "line 1: calls: a whole number belongs here"),
            ("bytes: 1KiB", "line 1: bytes: it is at least 4KiB"),
            ("argument: 1", "line 1: argument: a size with its unit"),
            ("handles: 7", "line 1: handles: 7 is not from 8 to"),
            ("random: 4096", "line 1: random: a size with its unit"),
            ("lines: -1", "line 1: lines: -1 is not from 0 to"),
            ("concurrent: 0", "line 1: concurrent: 0 is not from 1 to"),
            ("memroy: 1MiB", "line 1: memroy: there is no such key; did you mean memory?"),
            ("- memory", "line 1: a mapping (key: value) belongs here"),
        ] {
            let shown = read(text).unwrap_err().to_string();
            assert!(shown.starts_with(expected), "{text}: {shown}");
        }
    }
}
