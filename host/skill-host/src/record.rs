//! What one run did: every call it made of the host, every write and how it
//! ended. Shared with the call, so that it survives a skill that is dropped.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jarvis_domain::run::RecordedCall;
use jarvis_domain::{Call, CallError, Fault, OperationEnd, OperationId, Risk, Timestamp, text};

/// The most calls that a run record keeps; the rest is only counted.
const KEPT_CALLS: usize = 500;
/// The longest text of one call in a run record, characters.
const KEPT_TEXT: usize = 300;

/// How many of the cluster's faults are kept, the newest.
const KEPT_FAULTS: usize = 64;

/// The record of one run so far.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    calls: Vec<RecordedCall>,
    left_out: usize,
    writes: Vec<Write>,
    denials: usize,
    faults: VecDeque<Fault>,
    stored: bool,
    closed: bool,
    as_of: Option<Timestamp>,
}

/// A write that left, or was about to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Write {
    /// The call.
    pub(crate) call: Call,
    /// What it does, for a person: `shuts down VM 101 mediaserver`.
    pub(crate) what: String,
    /// What came of it.
    pub(crate) effect: Effect,
    /// The line of the audit log that let it through.
    pub(crate) line: Option<u64>,
}

/// What came of a write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// It was handed over, and no answer came yet.
    Leaving,
    /// It was not let through; nothing happened.
    Refused(String),
    /// It could not be started.
    NotStarted(CallError),
    /// It was started, and still ran when it was last looked at.
    Running(OperationId),
    /// It ended.
    Ended(OperationId, OperationEnd),
}

/// A call that is being made; it is recorded when its result is known.
#[derive(Debug)]
pub(crate) struct Timed {
    at: Timestamp,
    began: Instant,
    call: String,
}

/// What a call was, once it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rated {
    pub(crate) risk: Option<Risk>,
    pub(crate) dry: bool,
    pub(crate) operation: Option<OperationId>,
}

impl Timed {
    pub(crate) fn begin(at: Timestamp, call: impl Into<String>) -> Self {
        let mut call: String = call.into();
        if call.len() > KEPT_TEXT || call.contains(text::is_hidden) {
            call = text::line(&call, KEPT_TEXT);
        }
        Self { at, began: Instant::now(), call }
    }
}

impl Record {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        // A panic while it is held leaves a record that can still be read.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Records a finished call.
    pub(crate) fn call(&self, timed: Timed, rated: Rated, result: &str) {
        let took_us = u64::try_from(timed.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let result = text::cut(result, KEPT_TEXT);
        let Rated { risk, dry, operation } = rated;
        let Timed { at, call, .. } = timed;
        self.with(|inner| {
            if inner.calls.len() < KEPT_CALLS {
                inner.calls.push(RecordedCall { at, call, risk, dry, operation, result, took_us });
            } else {
                inner.left_out += 1;
            }
        });
    }

    /// Records a write; its place, to say later what came of it.
    pub(crate) fn write(&self, call: Call, what: String, effect: Effect) -> usize {
        self.with(|inner| {
            inner.writes.push(Write { call, what, effect, line: None });
            inner.writes.len() - 1
        })
    }

    /// What came of the write at `place`.
    pub(crate) fn effect(&self, place: usize, effect: Effect) {
        self.with(|inner| {
            if let Some(write) = inner.writes.get_mut(place) {
                write.effect = effect;
            }
        });
    }

    /// The write at `place` became an operation, let through by this line of
    /// the audit log. `true` when the run is over already, so that whoever
    /// started it has to follow it.
    pub(crate) fn started(&self, place: usize, id: OperationId, line: u64) -> bool {
        self.with(|inner| {
            if let Some(write) = inner.writes.get_mut(place) {
                write.effect = Effect::Running(id);
                write.line = Some(line);
            }
            inner.closed
        })
    }

    /// The run is over; the operations that still go on.
    pub(crate) fn close(&self) -> Vec<OperationId> {
        self.with(|inner| {
            inner.closed = true;
            let running = inner.writes.iter().filter_map(|write| match write.effect {
                Effect::Running(id) => Some(id),
                _ => None,
            });
            running.collect()
        })
    }

    /// How an operation ended. The first time, the line of the audit log that
    /// let it through.
    pub(crate) fn ended(&self, id: OperationId, end: &OperationEnd) -> Option<u64> {
        self.with(|inner| {
            let running = |write: &&mut Write| write.effect == Effect::Running(id);
            let write = inner.writes.iter_mut().find(running)?;
            write.effect = Effect::Ended(id, end.clone());
            write.line
        })
    }

    /// Policy denied a call.
    pub(crate) fn denied(&self) {
        self.with(|inner| inner.denials += 1);
    }

    /// How many calls were made, and how many of them policy denied.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.with(|inner| (inner.calls.len() + inner.left_out, inner.denials))
    }

    /// The skill was told of this fault of the cluster.
    pub(crate) fn fault(&self, fault: Fault) {
        self.with(|inner| {
            if inner.faults.len() == KEPT_FAULTS {
                inner.faults.pop_front();
            }
            inner.faults.push_back(fault);
        });
    }

    /// The newest fault of the cluster that `text` of the skill's passes on; of
    /// those that the contract has no words for, the newest of all.
    pub(crate) fn fault_behind(&self, text: Option<&str>) -> Option<Fault> {
        self.with(|inner| {
            let passed_on = |fault: &&Fault| {
                text.is_none_or(|text| text.contains(fault.sentence.trim_end_matches('.')))
            };
            inner.faults.iter().rev().find(passed_on).cloned()
        })
    }

    /// The skill wrote to its own store.
    pub(crate) fn stored(&self) {
        self.with(|inner| inner.stored = true);
    }

    /// Whether the skill wrote to its own store.
    pub(crate) fn has_stored(&self) -> bool {
        self.with(|inner| inner.stored)
    }

    /// The skill saw data of this moment; the oldest counts.
    pub(crate) fn saw(&self, as_of: Timestamp) {
        self.with(|inner| {
            inner.as_of = Some(inner.as_of.map_or(as_of, |oldest| oldest.min(as_of)));
        });
    }

    /// The oldest data that the skill saw.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        self.with(|inner| inner.as_of)
    }

    /// The writes so far.
    pub(crate) fn writes(&self) -> Vec<Write> {
        self.with(|inner| inner.writes.clone())
    }

    /// The calls so far, for the run record.
    pub(crate) fn calls(&self) -> Vec<RecordedCall> {
        self.with(|inner| {
            let mut calls = inner.calls.clone();
            if let (Some(last), left_out @ 1..) = (calls.last_mut(), inner.left_out) {
                last.result.push_str(&format!(" (and {left_out} more calls, not kept)"));
            }
            calls
        })
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Verified;

    use super::*;

    #[test]
    fn only_the_first_calls_are_kept_and_the_rest_is_counted() {
        let record = Record::default();
        for n in 0..KEPT_CALLS + 3 {
            record.call(Timed::begin(Timestamp(1), format!("call {n}\n")), Rated::default(), "ok");
        }
        let calls = record.calls();
        assert_eq!(calls.len(), KEPT_CALLS);
        assert_eq!(calls[0].call, "call 0");
        assert_eq!(calls[KEPT_CALLS - 1].result, "ok (and 3 more calls, not kept)");
    }

    #[test]
    fn an_end_is_news_once() {
        let record = Record::default();
        let id = OperationId::new();
        let call = Call::Shell(jarvis_domain::ShellCall {
            node: "pve1".parse().unwrap(),
            argv: vec!["apt-get".to_owned()],
        });
        let place = record.write(call, String::new(), Effect::Leaving);
        assert!(!record.started(place, id, 7));
        let end = OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes };
        assert_eq!(record.ended(id, &end), Some(7));
        assert_eq!(record.ended(id, &end), None);
        assert_eq!(record.writes()[0].effect, Effect::Ended(id, end));
    }

    #[test]
    fn what_starts_after_the_run_is_over_is_its_starters_to_follow() {
        let record = Record::default();
        let call = Call::Shell(jarvis_domain::ShellCall {
            node: "pve1".parse().unwrap(),
            argv: vec!["apt-get".to_owned()],
        });
        let (first, second) = (OperationId::new(), OperationId::new());
        let place = record.write(call.clone(), String::new(), Effect::Leaving);
        assert!(!record.started(place, first, 1));
        let late = record.write(call, String::new(), Effect::Leaving);
        assert_eq!(record.close(), [first]);
        assert!(record.started(late, second, 2));
    }

    #[test]
    fn the_fault_behind_a_skills_words_is_the_one_that_it_passes_on() {
        const ROW: jarvis_domain::Row = jarvis_domain::Row {
            code: "cluster-away",
            meaning: "",
            hint: "",
            exit: 1,
            status: 503,
        };
        let record = Record::default();
        assert_eq!(record.fault_behind(None), None);
        for n in 0..KEPT_FAULTS + 2 {
            record.fault(Fault::new(&ROW, format!("pve{n} is away")));
        }
        let behind = |text| record.fault_behind(text).map(|fault| fault.sentence);
        assert_eq!(behind(None).unwrap(), "pve65 is away");
        assert_eq!(behind(Some("Not done: pve7 is away.")).unwrap(), "pve7 is away");
        for unknown in ["pve0 is away", "It is late.", ""] {
            assert_eq!(behind(Some(unknown)), None, "{unknown}");
        }
    }

    #[test]
    fn the_oldest_data_counts() {
        let record = Record::default();
        for moment in [5, 3, 9] {
            record.saw(Timestamp(moment));
        }
        assert_eq!(record.as_of(), Some(Timestamp(3)));
    }
}
