//! Sentences that are said again and again, as they sounded.

use std::collections::VecDeque;

use crate::frame::Chunk;

/// The longest text that is kept.
const TEXT: usize = 80;
/// The most samples that are kept of all texts: 8 MiB.
const SAMPLES: usize = 4 * 1024 * 1024;

/// The least used go first.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// The last used is the last.
    kept: VecDeque<(String, Vec<Chunk>)>,
    samples: usize,
}

impl Cache {
    /// How `text` sounded.
    pub(super) fn get(&mut self, text: &str) -> Option<Vec<Chunk>> {
        let at = self.kept.iter().position(|(kept, _)| kept == text)?;
        let found = self.kept.remove(at)?;
        let chunks = found.1.clone();
        self.kept.push_back(found);
        Some(chunks)
    }

    /// Keeps how `text` sounds, where that is worth it. That nothing was heard
    /// of it may be otherwise the next time.
    pub(super) fn put(&mut self, text: &str, chunks: &[Chunk]) {
        let samples = length(chunks);
        if text.len() > TEXT || samples == 0 || samples > SAMPLES / 4 {
            return;
        }
        self.kept.retain(|(kept, _)| kept != text);
        self.kept.push_back((text.to_owned(), chunks.to_vec()));
        self.samples = self.kept.iter().map(|(_, chunks)| length(chunks)).sum();
        while self.samples > SAMPLES {
            let Some((_, gone)) = self.kept.pop_front() else { return };
            self.samples = self.samples.saturating_sub(length(&gone));
        }
    }
}

fn length(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.samples.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_used_and_no_more_than_it_may() {
        let mut cache = Cache::default();
        let sound = |length| vec![Chunk { rate: 16_000, samples: vec![0; length] }];
        cache.put("Done.", &sound(100));
        for n in 0..200 {
            assert!(cache.get("Done.").is_some(), "after {n}");
            cache.put(&format!("Guest {n} is stopped."), &sound(100_000));
        }
        assert!(cache.samples <= SAMPLES && cache.kept.len() > 30);
        assert!(cache.get("Guest 0 is stopped.").is_none());
        cache.put("Silent.", &sound(0));
        assert!(cache.get("Silent.").is_none());
        cache.put(&"long ".repeat(99), &sound(1));
        cache.put("A long sound.", &sound(SAMPLES));
        assert!(cache.get("A long sound.").is_none());
        assert!(cache.kept.iter().all(|(text, _)| text.len() <= TEXT));
    }
}
