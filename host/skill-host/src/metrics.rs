//! What each skill took and what came of its calls, since the host started.
//! A skill's figures outlive its revisions.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::SkillId;
use jarvis_domain::figures::SkillFigures;

/// The newest calls whose times are kept: percentiles are theirs.
const KEPT_TIMES: usize = 1024;

/// What one call adds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
    /// Bytes.
    pub(crate) memory: usize,
    pub(crate) host_calls: usize,
    pub(crate) denials: usize,
    /// The code of the error that it ended in.
    pub(crate) error: Option<&'static str>,
}

/// The figures of all skills.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<BTreeMap<SkillId, Tally>>);

#[derive(Debug, Default)]
struct Tally {
    figures: SkillFigures,
    /// Microseconds, the oldest first.
    times: VecDeque<u64>,
}

impl Metrics {
    /// Adds one call of `skill`.
    pub(crate) fn add(&self, skill: &SkillId, measured: &Measured) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(skill) {
            all.insert(skill.clone(), Tally::default());
        }
        if let Some(tally) = all.get_mut(skill) {
            tally.add(measured);
        }
    }

    /// The figures of `skill`; none if it was not called.
    pub(crate) fn of(&self, skill: &SkillId) -> Option<SkillFigures> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(skill).map(Tally::figures)
    }
}

impl Tally {
    fn add(&mut self, measured: &Measured) {
        let figures = &mut self.figures;
        figures.calls += 1;
        figures.cpu_us = figures.cpu_us.saturating_add(micros(measured.cpu));
        figures.peak_memory = figures.peak_memory.max(measured.memory as u64);
        figures.host_calls += measured.host_calls as u64;
        figures.denials += measured.denials as u64;
        if let Some(code) = measured.error {
            *figures.errors.entry(code.to_owned()).or_default() += 1;
        }
        if self.times.len() == KEPT_TIMES {
            self.times.pop_front();
        }
        self.times.push_back(micros(measured.took));
    }

    fn figures(&self) -> SkillFigures {
        let mut times: Vec<u64> = self.times.iter().copied().collect();
        times.sort_unstable();
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(rank).copied().unwrap_or_default()
        };
        SkillFigures { p50_us: at(50), p99_us: at(99), ..self.figures.clone() }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(took_us: u64, error: Option<&'static str>) -> Measured {
        let took = Duration::from_micros(took_us);
        Measured { took, cpu: took / 2, memory: 1000, host_calls: 3, denials: 1, error }
    }

    #[test]
    fn calls_add_up_by_skill() {
        let metrics = Metrics::default();
        let (one, other): (SkillId, SkillId) = ("one".parse().unwrap(), "other".parse().unwrap());
        for took in 1..=100 {
            let error = (took % 10 == 0).then_some("skill-timeout");
            metrics.add(&one, &call(took * 10, error));
        }
        metrics.add(&other, &call(7, None));
        let figures = metrics.of(&one).unwrap();
        assert_eq!((figures.calls, figures.host_calls, figures.denials), (100, 300, 100));
        assert_eq!((figures.p50_us, figures.p99_us), (500, 990));
        assert_eq!(figures.errors, BTreeMap::from([("skill-timeout".to_owned(), 10)]));
        assert_eq!((figures.peak_memory, figures.cpu_us), (1000, 25_250));
        assert_eq!(metrics.of(&other).unwrap().p99_us, 7);
        assert_eq!(metrics.of(&"third".parse().unwrap()), None);
    }

    #[test]
    fn only_the_newest_times_count() {
        let mut tally = Tally::default();
        for _ in 0..KEPT_TIMES {
            tally.add(&call(1_000_000, None));
        }
        for _ in 0..KEPT_TIMES {
            tally.add(&call(10, None));
        }
        assert_eq!((tally.figures().p99_us, tally.times.len()), (10, KEPT_TIMES));
    }
}
