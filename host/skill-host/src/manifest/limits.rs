//! How much a skill may use in one call. A skill wants, the administrator
//! sets ceilings, and the engine enforces what comes of both.

use std::time::Duration;

use jarvis_document::Cursor;

/// What one call of a skill may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory, summed over all memories and tables of the instance.
    pub memory: u64,
    /// The whole call by the clock: instantiation, the guest's own work and
    /// all waiting for the host.
    pub time: Duration,
    /// Calls of capabilities, refused ones included.
    pub calls: u32,
}

/// What a manifest or the settings say about limits; the rest is left to
/// someone else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitsWanted {
    /// See [`Limits::memory`].
    pub memory: Option<u64>,
    /// See [`Limits::time`].
    pub time: Option<Duration>,
    /// See [`Limits::calls`].
    pub calls: Option<u32>,
}

impl Limits {
    /// For a skill that wants nothing in particular.
    pub const DEFAULT: Self = Self { memory: 32 << 20, time: Duration::from_secs(30), calls: 1000 };

    /// What a skill gets at most unless the administrator says otherwise. A
    /// graceful shutdown waits 180 s for a container and longer for a busy
    /// machine, hence ten minutes.
    pub const CEILING: Self =
        Self { memory: 64 << 20, time: Duration::from_secs(600), calls: 10_000 };

    /// These limits, none above `ceiling`.
    #[must_use]
    pub fn within(self, ceiling: &Self) -> Self {
        Self {
            memory: self.memory.min(ceiling.memory),
            time: self.time.min(ceiling.time),
            calls: self.calls.min(ceiling.calls),
        }
    }
}

impl LimitsWanted {
    /// Reads `memory`, `time` and `calls`; notes what is wrong.
    #[must_use]
    pub fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let keys = cursor.mapping()?;
        let memory = keys.optional("memory").and_then(|key| {
            // Below one page of WebAssembly nothing runs.
            key.bytes().filter(|bytes| at_least(&key, *bytes >= 64 << 10, "64KiB"))
        });
        let time = keys.optional("time").and_then(|key| {
            key.duration()
                .filter(|time| at_least(&key, *time >= Duration::from_millis(100), "100ms"))
        });
        let calls = keys.optional("calls").and_then(|key| {
            key.integer_in(1, i64::from(u32::MAX)).and_then(|calls| u32::try_from(calls).ok())
        });
        keys.finish();
        Some(Self { memory, time, calls })
    }

    /// What is wanted, and [`Limits::DEFAULT`] where nothing is; none above
    /// `ceiling`.
    #[must_use]
    pub fn within(&self, ceiling: &Limits) -> Limits {
        self.over(&Limits::DEFAULT).within(ceiling)
    }

    /// `base` with what is wanted put over it: the settings' ceilings over
    /// [`Limits::CEILING`].
    #[must_use]
    pub fn over(&self, base: &Limits) -> Limits {
        Limits {
            memory: self.memory.unwrap_or(base.memory),
            time: self.time.unwrap_or(base.time),
            calls: self.calls.unwrap_or(base.calls),
        }
    }
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
        assert_eq!(got, Limits { memory: 64 << 20, time: Duration::from_secs(90), calls: 5 });
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_key() {
        for (text, expected) in [
            ("memory: 1KiB", "line 1: memory: it is at least 64KiB"),
            ("memory: 32", "line 1: memory: a size with its unit"),
            ("time: 1ms", "line 1: time: it is at least 100ms"),
            ("time: 90", "line 1: time: a time with its unit"),
            ("calls: 0", "line 1: calls: 0 is not from 1 to"),
            ("calls: 1.5", "line 1: calls: a whole number belongs here"),
            ("memroy: 1MiB", "line 1: memroy: there is no such key; did you mean memory?"),
            ("- memory", "line 1: a mapping (key: value) belongs here"),
        ] {
            let shown = read(text).unwrap_err().to_string();
            assert!(shown.starts_with(expected), "{text}: {shown}");
        }
    }
}
