//! A day of a node's temperatures, in memory: the highest of each minute.

use std::collections::VecDeque;
use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::sensors::Sample;

/// One sample stands for so long.
const STEP: Duration = Duration::from_secs(60);
/// What is older goes.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The most samples; 23 KB for each node.
const MOST: usize = 1440;

/// The samples, oldest first.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<Sample>);

impl History {
    /// Adds a reading. Within a minute the highest one stays, with its time.
    pub(super) fn add(&mut self, sample: Sample) {
        let minute = |at: Timestamp| u128::from(at.0) / STEP.as_millis();
        match self.0.back_mut() {
            Some(last) if minute(last.at) == minute(sample.at) => {
                if sample.celsius > last.celsius {
                    *last = sample;
                }
            }
            // A clock that was set back: what it says now counts.
            Some(last) if sample.at < last.at => {
                self.0.clear();
                self.0.push_back(sample);
            }
            _ => self.0.push_back(sample),
        }
        while self.0.len() > MOST
            || self.0.front().is_some_and(|first| sample.at.since(first.at) > DAY)
        {
            self.0.pop_front();
        }
    }

    /// What was seen at `since` and later.
    pub(super) fn since(&self, since: Timestamp) -> Vec<Sample> {
        self.0.iter().filter(|sample| sample.at >= since).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: u64, celsius: f64) -> Sample {
        Sample { at: Timestamp(seconds * 1000), celsius }
    }

    fn all(history: &History) -> Vec<Sample> {
        history.since(Timestamp(0))
    }

    #[test]
    fn each_minute_keeps_its_highest() {
        let mut history = History::default();
        for (seconds, celsius) in [(60, 50.0), (90, 70.0), (119, 60.0), (120, 40.0), (200, 45.0)] {
            history.add(sample(seconds, celsius));
        }
        assert_eq!(all(&history), [sample(90, 70.0), sample(120, 40.0), sample(200, 45.0)]);
        assert_eq!(history.since(Timestamp(121_000)), [sample(200, 45.0)]);
    }

    #[test]
    fn a_day_is_kept_and_no_more() {
        let mut history = History::default();
        for step in 0..10_000 {
            history.add(sample(step * 30, 50.0));
        }
        let kept = all(&history);
        assert_eq!(kept.len(), MOST);
        assert!(kept[MOST - 1].at.since(kept[0].at) <= DAY);
        history.add(sample(10_000 * 30 + 200_000, 50.0));
        assert_eq!(all(&history).len(), 1, "what is older than a day goes");
    }

    #[test]
    fn a_clock_that_is_set_back_begins_anew() {
        let mut history = History::default();
        history.add(sample(5_000, 50.0));
        history.add(sample(600, 60.0));
        assert_eq!(all(&history), [sample(600, 60.0)]);
    }
}
