//! Chance that can be had again: the same seed throws the same numbers.

/// A generator (splitmix64), which is all that the choice of faults needs.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// One of its own for each part that throws, so that none takes another's.
    pub(crate) fn of(seed: u64, part: &str) -> Self {
        let mixed = part.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// Whether something comes about that does so `percent` times in a hundred.
    pub(crate) fn comes(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of `all`.
    pub(crate) fn one<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.next() % u64::try_from(all.len()).unwrap();
        &all[usize::try_from(index).unwrap()]
    }

    /// One of `all`, each as often as its weight says.
    pub(crate) fn weighed<'a, T>(&mut self, all: &'a [(u64, T)]) -> &'a T {
        let whole: u64 = all.iter().map(|(weight, _)| weight).sum();
        let mut left = self.next() % whole;
        for (weight, one) in all {
            if left < *weight {
                return one;
            }
            left -= weight;
        }
        &all[0].1
    }
}
