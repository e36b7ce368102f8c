//! Any rate to any other, by `rubato`, a stream at a time.
//!
//! Mono. The delay of the filter is taken away, so that what was heard at a
//! moment stays at it, and the end is what it should be.

use audioadapter_buffers::direct::InterleavedSlice;
use jarvis_domain::{Explain, Row};
use rubato::{
    Async, FixedAsync, Indexing, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

/// Rates that sound is taken at; of the others no device is known, and a
/// filter for them could be of any size.
pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=768_000;
/// Input samples a step.
const STEP: usize = 512;
/// Length of the filter at equal rates, in samples of the slower side.
const FILTER: u32 = 64;

/// Changes the rate of a stream.
pub struct Rate {
    inner: Option<Filter>,
}

struct Filter {
    resampler: Async<f32>,
    waiting: Vec<f32>,
    out: Vec<f32>,
    ratio: f64,
    /// Samples taken and given so far.
    taken: u64,
    given: u64,
    /// Samples of the filter's delay that are still to be dropped.
    late: usize,
}

/// Why a rate cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum RateError {
    /// A rate that nothing has.
    #[error("{0} samples a second are not from 4000 to 768000")]
    Rate(u32),
    /// The filter cannot be made.
    #[error("the filter cannot be made")]
    Filter(#[source] rubato::ResamplerConstructionError),
    /// The filter failed.
    #[error("the filter failed")]
    Failed(#[source] rubato::ResampleError),
    /// Its buffers do not fit.
    #[error("the buffers of the filter do not fit: {0}")]
    Buffers(String),
}

/// The row of [`RateError`].
pub(crate) const RATE_ROW: Row = Row {
    code: "voice-rate",
    meaning: "Sound came at a rate that nothing has, from 4 to 768 kHz.",
    hint: "Look at the rate that the device or engine is set to; 16000 is always right.",
    exit: 1,
    status: 400,
};

impl Explain for RateError {
    fn row(&self) -> &'static Row {
        &RATE_ROW
    }
}

impl Rate {
    /// From `from` to `to` samples a second.
    ///
    /// # Errors
    /// One of them is not in [`RATES`].
    pub fn new(from: u32, to: u32) -> Result<Self, RateError> {
        if let Some(rate) = [from, to].into_iter().find(|rate| !RATES.contains(rate)) {
            return Err(RateError::Rate(rate));
        }
        if from == to {
            return Ok(Self { inner: None });
        }
        let ratio = f64::from(to) / f64::from(from);
        // As long in time on the slower side, or what is above its band would
        // come through as a lower tone.
        let length = FILTER.saturating_mul(from.div_ceil(to.min(from)));
        let parameters = SincInterpolationParameters {
            sinc_len: length as usize,
            f_cutoff: None,
            oversampling_factor: 64,
            interpolation: SincInterpolationType::Linear,
            window: WindowFunction::BlackmanHarris2,
        };
        let resampler = Async::new_sinc(ratio, 1.0, &parameters, STEP, 1, FixedAsync::Input);
        let resampler = resampler.map_err(RateError::Filter)?;
        // Half the filter, and one output sample less than `output_delay` says:
        // its first output stands one step after the first input.
        let late = (f64::from(length) / 2.0 * ratio - 1.0).round().max(0.0) as usize;
        let most = resampler.output_frames_max();
        let out = vec![0.0; most];
        let waiting = Vec::with_capacity(STEP);
        Ok(Self {
            inner: Some(Filter { resampler, waiting, out, ratio, taken: 0, given: 0, late }),
        })
    }

    /// Takes `samples` and adds what comes of them to `out`.
    ///
    /// # Errors
    /// The filter fails, which it has no reason to.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), RateError> {
        let Some(filter) = &mut self.inner else {
            out.extend_from_slice(samples);
            return Ok(());
        };
        filter.taken = filter.taken.saturating_add(samples.len() as u64);
        for some in samples.chunks(STEP) {
            filter.waiting.extend_from_slice(some);
            while filter.waiting.len() >= filter.resampler.input_frames_next() {
                filter.step(None, out)?;
            }
        }
        Ok(())
    }

    /// Adds what the filter still holds, so that the whole is as long as it
    /// was. No sample may be pushed afterwards.
    ///
    /// # Errors
    /// The filter fails, which it has no reason to.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), RateError> {
        let Some(filter) = &mut self.inner else { return Ok(()) };
        let whole = (filter.taken as f64 * filter.ratio).round() as u64;
        while filter.given < whole {
            let before = filter.given;
            let partial = filter.waiting.len();
            filter.step(Some(partial), out)?;
            if filter.given > whole {
                let over = usize::try_from(filter.given - whole).unwrap_or(0);
                out.truncate(out.len().saturating_sub(over));
                filter.given = whole;
            } else if filter.given == before && filter.late == 0 {
                break;
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rate({:?})", self.inner.as_ref().map(|filter| filter.ratio))
    }
}

impl Filter {
    fn step(&mut self, partial: Option<usize>, out: &mut Vec<f32>) -> Result<(), RateError> {
        let unfit = |error: &dyn std::fmt::Display| RateError::Buffers(error.to_string());
        let needed = self.resampler.input_frames_next();
        let most = self.out.len();
        if partial.is_some() {
            self.waiting.resize(needed.max(self.waiting.len()), 0.0);
        }
        let input = InterleavedSlice::new(&self.waiting, 1, self.waiting.len());
        let input = input.map_err(|error| unfit(&error))?;
        let output = InterleavedSlice::new_mut(&mut self.out, 1, most);
        let mut output = output.map_err(|error| unfit(&error))?;
        let indexing = Indexing::new();
        let indexing = match partial {
            Some(length) => indexing.partial_len(length),
            None => indexing,
        };
        let done = self.resampler.process_into_buffer(&input, &mut output, Some(&indexing));
        let (taken, given) = done.map_err(RateError::Failed)?;
        self.waiting.drain(..taken.min(self.waiting.len()));
        if partial.is_some() {
            self.waiting.clear();
        }
        let dropped = self.late.min(given);
        self.late -= dropped;
        out.extend(self.out.iter().take(given).skip(dropped));
        self.given = self.given.saturating_add((given - dropped) as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
