//! Samples of every kind that a device has, as numbers from -1 to 1, mono.

use cpal::{Data, FromSample, I24, SampleFormat, SizedSample, U24};

/// The channels that jarvis's voice comes out of: left and right. It has no
/// business in the others of a cinema.
const SIDES: usize = 2;

/// Whether samples of it are read and written here.
pub(super) fn is_known(format: SampleFormat) -> bool {
    !matches!(format, SampleFormat::DsdU8 | SampleFormat::DsdU16 | SampleFormat::DsdU32)
}

/// Adds what `data` holds to `out`, the channels mixed.
pub(super) fn read(data: &Data, channels: usize, out: &mut Vec<f32>) {
    match data.sample_format() {
        SampleFormat::I8 => mix::<i8>(data, channels, out),
        SampleFormat::I16 => mix::<i16>(data, channels, out),
        SampleFormat::I24 => mix::<I24>(data, channels, out),
        SampleFormat::I32 => mix::<i32>(data, channels, out),
        SampleFormat::I64 => mix::<i64>(data, channels, out),
        SampleFormat::U8 => mix::<u8>(data, channels, out),
        SampleFormat::U16 => mix::<u16>(data, channels, out),
        SampleFormat::U24 => mix::<U24>(data, channels, out),
        SampleFormat::U32 => mix::<u32>(data, channels, out),
        SampleFormat::U64 => mix::<u64>(data, channels, out),
        SampleFormat::F32 => mix::<f32>(data, channels, out),
        SampleFormat::F64 => mix::<f64>(data, channels, out),
        _ => {}
    }
}

/// Puts `sample` into `data`, which is silence, as its frame at `at`.
pub(super) fn write(data: &mut Data, channels: usize, at: usize, sample: f32) {
    match data.sample_format() {
        SampleFormat::I8 => put::<i8>(data, channels, at, sample),
        SampleFormat::I16 => put::<i16>(data, channels, at, sample),
        SampleFormat::I24 => put::<I24>(data, channels, at, sample),
        SampleFormat::I32 => put::<i32>(data, channels, at, sample),
        SampleFormat::I64 => put::<i64>(data, channels, at, sample),
        SampleFormat::U8 => put::<u8>(data, channels, at, sample),
        SampleFormat::U16 => put::<u16>(data, channels, at, sample),
        SampleFormat::U24 => put::<U24>(data, channels, at, sample),
        SampleFormat::U32 => put::<u32>(data, channels, at, sample),
        SampleFormat::U64 => put::<u64>(data, channels, at, sample),
        SampleFormat::F32 => put::<f32>(data, channels, at, sample),
        SampleFormat::F64 => put::<f64>(data, channels, at, sample),
        _ => {}
    }
}

fn mix<T: SizedSample>(data: &Data, channels: usize, out: &mut Vec<f32>)
where
    f32: FromSample<T>,
{
    let samples = data.as_slice::<T>().unwrap_or_default();
    let frames = samples.chunks_exact(channels.max(1));
    out.extend(frames.map(|frame| {
        let sum: f32 = frame.iter().map(|sample| within(f32::from_sample_(*sample))).sum();
        sum / frame.len() as f32
    }));
}

fn put<T: SizedSample + FromSample<f32>>(data: &mut Data, channels: usize, at: usize, sample: f32) {
    let samples = data.as_slice_mut::<T>().unwrap_or_default();
    let frame = samples.chunks_exact_mut(channels.max(1)).nth(at).unwrap_or_default();
    for place in frame.iter_mut().take(SIDES) {
        *place = T::from_sample_(within(sample));
    }
}

/// What is no number would stay in a filter.
fn within(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests;
