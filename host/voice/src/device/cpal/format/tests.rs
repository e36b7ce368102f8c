use super::*;

/// `samples` as a device hands them over.
fn data<T: SizedSample>(samples: &mut [T]) -> Data {
    let (at, count) = (samples.as_mut_ptr().cast(), samples.len());
    // SAFETY: the samples are of this format, and live as long as the test.
    #[allow(unsafe_code, reason = "the crate has no other way to make one")]
    unsafe {
        Data::from_parts(at, count, T::FORMAT)
    }
}

fn heard<T: SizedSample>(mut samples: Vec<T>, channels: usize) -> Vec<f32> {
    let mut out = Vec::new();
    read(&data(&mut samples), channels, &mut out);
    out
}

/// What is written as `sample` and read again, of each format.
fn there_and_back<T: SizedSample>(sample: f32) -> f32 {
    let mut samples = vec![T::EQUILIBRIUM; 8];
    let mut data = data(&mut samples);
    write(&mut data, 2, 2, sample);
    let mut out = Vec::new();
    read(&data, 2, &mut out);
    assert!(out.len() == 4 && [0, 1, 3].iter().all(|at| out[*at].abs() < 0.01), "{out:?}");
    out[2]
}

#[test]
fn samples_of_every_width_mean_the_same() {
    for sample in [0.0, 0.5, -0.5, 0.25, -1.0] {
        let found = [
            there_and_back::<i8>(sample),
            there_and_back::<i16>(sample),
            there_and_back::<I24>(sample),
            there_and_back::<i32>(sample),
            there_and_back::<i64>(sample),
            there_and_back::<u8>(sample),
            there_and_back::<u16>(sample),
            there_and_back::<U24>(sample),
            there_and_back::<u32>(sample),
            there_and_back::<u64>(sample),
            there_and_back::<f32>(sample),
            there_and_back::<f64>(sample),
        ];
        assert!(found.iter().all(|back| (back - sample).abs() < 0.01), "{sample}: {found:?}");
    }
}

#[test]
fn channels_are_mixed_and_a_cinema_hears_left_and_right() {
    assert_eq!(heard(vec![i16::MIN, 0, 16_384, 16_384], 2), [-0.5, 0.5]);
    assert_eq!(heard(vec![0.5_f32, 0.5, 0.5, 0.5, 1.0], 4), [0.5], "half a frame is none");
    let mut samples = vec![0.0_f32; 6];
    write(&mut data(&mut samples), 6, 0, 0.5);
    assert_eq!(samples, [0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
    write(&mut data(&mut samples), 6, 1, 0.5);
}

#[test]
fn what_is_no_sample_is_none() {
    let odd = vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3.0];
    assert_eq!(heard(odd, 1), [0.0, 1.0, -1.0, 1.0]);
    assert!(heard::<i16>(Vec::new(), 2).is_empty());
    assert_eq!(heard(vec![16_384_i16], 0), [0.5]);
    assert!(!is_known(SampleFormat::DsdU8) && is_known(SampleFormat::I24));
}
