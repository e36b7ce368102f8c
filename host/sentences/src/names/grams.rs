//! Names that are nearly what was heard, without comparing it with all names:
//! only those that share its rarest runs of three characters are compared.

use std::collections::HashMap;

/// The most places of the index that one search looks at.
const MAX_LOOKED_AT: usize = 1500;
/// The most names that are compared in full.
const MAX_COMPARED: usize = 16;
/// How alike two names must be, 0 to 1.
const ALIKE: f64 = 0.6;

/// The index.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    places: HashMap<[u8; 3], Vec<u32>>,
    keys: Vec<(u32, Box<str>)>,
}

impl Grams {
    /// Adds the key of a name.
    pub(super) fn add(&mut self, index: u32, key: &str) {
        let place = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push((index, key.into()));
        for gram in grams(key) {
            let places = self.places.entry(gram).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }

    /// The indices of at most six names that are like `heard`, the most alike
    /// first.
    pub(super) fn nearest(&self, heard: &str) -> Vec<u32> {
        let mut lists: Vec<&Vec<u32>> =
            grams(heard).filter_map(|gram| self.places.get(&gram)).collect();
        lists.sort_unstable_by_key(|list| list.len());
        let mut shared: HashMap<u32, usize> = HashMap::new();
        let mut left = MAX_LOOKED_AT;
        for list in lists {
            for place in list.iter().take(left) {
                *shared.entry(*place).or_default() += 1;
            }
            left = left.saturating_sub(list.len());
        }
        let mut shared: Vec<(u32, usize)> = shared.into_iter().collect();
        shared.sort_unstable_by_key(|(place, count)| (std::cmp::Reverse(*count), *place));
        let mut alike: Vec<(f64, u32)> = shared
            .iter()
            .take(MAX_COMPARED)
            .filter_map(|(place, _)| self.keys.get(*place as usize))
            .map(|(index, key)| (likeness(heard, key), *index))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        alike.into_iter().take(6).map(|(_, index)| index).collect()
    }
}

/// How alike two keys are, 0 to 1; digits at the end of `key` count little.
fn likeness(heard: &str, key: &str) -> f64 {
    let plain = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let whole = strsim::normalized_damerau_levenshtein(heard, key);
    if plain.is_empty() || plain.len() == key.len() {
        return whole;
    }
    whole.max(strsim::normalized_damerau_levenshtein(heard, plain) - 0.01)
}

/// The runs of three bytes of `text`, its ends marked.
fn grams(text: &str) -> impl Iterator<Item = [u8; 3]> {
    let bytes: Vec<u8> =
        std::iter::once(b'^').chain(text.bytes().take(64)).chain(std::iter::once(b'$')).collect();
    let runs: Vec<[u8; 3]> =
        bytes.windows(3).filter_map(|run| <[u8; 3]>::try_from(run).ok()).collect();
    runs.into_iter()
}
