use std::io::Cursor;

use jarvis_domain::Explain;
use proptest::prelude::*;

use super::*;
use crate::{Chunk, MemorySink, RATE, Sink, Source, VoiceError};

/// A header as it should be, and `data` of `length` bytes behind it.
fn wav(tag: u16, channels: u16, rate: u32, bits: u16, length: u32, data: &[u8]) -> Vec<u8> {
    let block = channels.wrapping_mul(bits / 8);
    let mut file = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0".to_vec();
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend(rate.wrapping_mul(u32::from(block)).to_le_bytes());
    file.extend(block.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}

fn whole(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    wav(tag, channels, rate, bits, u32::try_from(data.len()).unwrap(), data)
}

fn samples(file: &[u8]) -> Result<Vec<f32>, WavFault> {
    let (mut reader, mut out) = (WavReader::new(Cursor::new(file))?, Vec::new());
    while reader.read(&mut out)? {}
    Ok(out)
}

/// A file in a folder that goes with the first part.
fn on_disk(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("command.wav");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// `good` with its lengths in a chunk "ds64" of `size` bytes, by which it has `length` bytes
/// of sound.
fn long(length: u64, size: usize, good: &[u8]) -> Vec<u8> {
    let mut lengths = [u64::MAX, length, length].map(u64::to_le_bytes).concat();
    lengths.extend([0; 4]);
    let mut file = b"RF64\xff\xff\xff\xffWAVEds64".to_vec();
    file.extend(u32::try_from(size).unwrap().to_le_bytes());
    file.extend(&lengths[..size]);
    file.extend(&good[12..40]);
    file.extend([0xff; 4]);
    file.extend(&good[44..]);
    file
}

#[test]
fn every_width_gives_the_same_samples() {
    let expected = [0.0, 0.5, -0.5, -1.0];
    let bytes = |make: &dyn Fn(f64) -> Vec<u8>| expected.iter().flat_map(|s| make(*s)).collect();
    let files: [(u16, u16, Vec<u8>); 6] = [
        (1, 8, bytes(&|s| vec![(s * 128.0 + 128.0) as u8])),
        (1, 16, bytes(&|s| ((s * 32_768.0) as i16).to_le_bytes().to_vec())),
        (1, 24, bytes(&|s| ((s * 8_388_608.0) as i32).to_le_bytes()[..3].to_vec())),
        (1, 32, bytes(&|s| ((s * 2_147_483_648.0) as i32).to_le_bytes().to_vec())),
        (3, 32, bytes(&|s| (s as f32).to_le_bytes().to_vec())),
        (3, 64, bytes(&|s| s.to_le_bytes().to_vec())),
    ];
    for (tag, bits, data) in files {
        let found = samples(&whole(tag, 1, RATE, bits, &data)).unwrap();
        assert_eq!(found, expected.map(|s| s as f32), "format {tag}, {bits} bits");
    }
}

#[test]
fn reads_what_another_library_writes() {
    for (bits, format) in [
        (8, hound::SampleFormat::Int),
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        for channels in [1, 2, 6] {
            let spec = hound::WavSpec {
                channels,
                sample_rate: 44_100,
                bits_per_sample: bits,
                sample_format: format,
            };
            let mut file = Cursor::new(Vec::new());
            let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
            for n in 0..i32::from(channels) * 3000 {
                let sample = n % 100 - 50;
                match format {
                    hound::SampleFormat::Int => writer.write_sample(sample).unwrap(),
                    hound::SampleFormat::Float => writer.write_sample(sample as f32).unwrap(),
                }
            }
            writer.finalize().unwrap();
            assert_eq!(samples(&file.into_inner()).unwrap().len(), 3000, "{spec:?}");
        }
    }
}

#[test]
fn all_channels_become_one_however_many() {
    for channels in [1_u16, 2, 3, 8, 1000, 32_767] {
        let mut data = Vec::new();
        for _ in 0..3 {
            for channel in 0..channels {
                // The first says all, and the others nothing.
                let sample = if channel == 0 { 16_384_i16 } else { 0 };
                data.extend(sample.to_le_bytes());
            }
        }
        let found = samples(&whole(1, channels, RATE, 16, &data)).unwrap();
        let expected = 0.5 / f32::from(channels);
        assert!(found.len() == 3 && found.iter().all(|s| (s - expected).abs() < 1e-6));
    }
}

#[test]
fn floats_that_are_no_numbers_or_too_loud_stay_within() {
    let data = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, 0.25].map(f32::to_le_bytes);
    let found = samples(&whole(3, 1, RATE, 32, &data.concat())).unwrap();
    assert_eq!(found, [0.0, 1.0, -1.0, 1.0, 0.25]);
}

#[test]
fn other_parts_and_open_lengths_are_read_over() {
    let plain = whole(1, 1, RATE, 16, &[0, 64, 0, 192]);
    // An odd part before the sound, and something behind it.
    let mut parts = plain[..36].to_vec();
    parts.extend(b"LIST\x03\0\0\0abc\0");
    parts.extend(&plain[36..]);
    parts.extend(b"id3 \x02\0\0\0xx");
    assert_eq!(samples(&parts).unwrap(), [0.5, -0.5]);
    for open in [u32::MAX, 0x7fff_ffff, 0x8000_0000] {
        let file = wav(1, 1, RATE, 16, open, &[0, 64, 0, 192, 9]);
        assert_eq!(samples(&file).unwrap(), [0.5, -0.5]);
        let (_folder, path) = on_disk(&file);
        assert!(WavSource::open(&path).is_ok());
    }
    // WAVEFORMATEXTENSIBLE, 20 bits that count in 24.
    let mut long = b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff\x01\0\x80\x3e\0\0".to_vec();
    long.extend(48_000_u32.to_le_bytes());
    long.extend(b"\x03\0\x14\0\x16\0\x14\0\0\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    long.extend(b"data\x03\0\0\0\0\0\x40\0");
    assert_eq!(samples(&long).unwrap(), [0.5]);
}

#[test]
fn a_length_of_64_bits_is_read_and_an_open_one_is_over_with_the_file() {
    let good = whole(1, 1, RATE, 16, &[0, 64, 0, 192, 0, 64]);
    assert_eq!(samples(&long(4, 28, &good)).unwrap(), [0.5, -0.5]);
    for open in [0, u64::MAX] {
        assert_eq!(samples(&long(open, 28, &good)).unwrap(), [0.5, -0.5, 0.5]);
    }
}

#[tokio::test]
async fn a_recording_that_was_cut_is_heard_as_far_as_it_goes() {
    let good = whole(1, 1, RATE, 16, &[1; 3200]);
    for file in [good[..1645].to_vec(), long(3200, 28, &good)[..1645 + 36].to_vec()] {
        assert_eq!(samples(&file).unwrap().len(), 800, "of a stream");
        let (_folder, path) = on_disk(&file);
        let mut source = WavSource::open(&path).unwrap();
        let fault = source.cut_off().unwrap().fault();
        assert_eq!(fault.code, "voice-wav-cut-off");
        assert!(fault.sentence.ends_with("0.05 of 0.10 s are there"), "{fault}");
        let mut frames = 0;
        while source.next().await.unwrap().is_some() {
            frames += 1;
            assert_eq!(source.is_still_there().await, frames < 4, "{frames}");
        }
        assert_eq!(frames, 4);
    }
    let (_folder, path) = on_disk(&good);
    let mut source = WavSource::open(&path).unwrap();
    assert!(source.cut_off().is_none());
    while source.next().await.unwrap().is_some() {}
    assert!(source.is_still_there().await);
}

#[test]
fn each_bad_file_has_one_error_that_says_what_to_do() {
    let good = whole(1, 1, RATE, 16, &[0; 3200]);
    let without_format = [&good[..12], b"data\x04\0\0\0abcd"].concat();
    let twice = [&good[..36], &good[12..]].concat();
    let many = [&good[..12], &b"LIST\0\0\0\0".repeat(1000), &good[12..]].concat();
    let huge_part = [&good[..12], b"LIST\xff\xff\xff\xff", &good[12..]].concat();
    let mut wrong_block = whole(1, 2, RATE, 16, &[0; 3200]);
    wrong_block[32] = 3;
    let mut too_many_bits = good.clone();
    too_many_bits[34] = 17;
    for (what, file, code) in [
        ("nothing", Vec::new(), "voice-wav-empty"),
        ("a little", b"RIF".to_vec(), "voice-wav-other"),
        ("text", b"Jarvis, start the web server!".to_vec(), "voice-wav-other"),
        ("zeros", vec![0; 1000], "voice-wav-other"),
        ("a picture", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec(), "voice-wav-other"),
        ("big-endian", b"RIFX\0\0\0\x24WAVEfmt ".to_vec(), "voice-wav-other"),
        ("only a start", good[..12].to_vec(), "voice-wav-cut-off"),
        ("half a format", good[..30].to_vec(), "voice-wav-cut-off"),
        ("no sound part", good[..36].to_vec(), "voice-wav-cut-off"),
        ("none of the sound", good[..45].to_vec(), "voice-wav-cut-off"),
        ("half of the lengths of RF64", long(8, 28, &good)[..30].to_vec(), "voice-wav-cut-off"),
        ("too few lengths of RF64", long(8, 20, &good), "voice-wav-broken"),
        ("no sound by the lengths of RF64", long(1, 28, &good), "voice-wav-empty"),
        ("a part of 4 GiB", huge_part, "voice-wav-cut-off"),
        ("no samples", whole(1, 1, RATE, 16, &[]), "voice-wav-empty"),
        ("half a sample", whole(1, 1, RATE, 16, &[1]), "voice-wav-empty"),
        ("an open length of nothing", wav(1, 1, RATE, 16, u32::MAX, &[]), "voice-wav-empty"),
        ("sound first", without_format, "voice-wav-broken"),
        ("two formats", twice, "voice-wav-broken"),
        ("a thousand parts", many, "voice-wav-broken"),
        ("no channel", whole(1, 0, RATE, 16, &[0; 4]), "voice-wav-broken"),
        ("a block that does not fit", wrong_block, "voice-wav-broken"),
        ("more bits than bytes", too_many_bits, "voice-wav-broken"),
        ("40 bits", whole(1, 1, RATE, 40, &[0; 10]), "voice-wav-kind"),
        ("a-law", whole(6, 1, 8000, 8, &[0; 10]), "voice-wav-kind"),
        ("MP3", whole(0x55, 1, 44_100, 16, &[0; 10]), "voice-wav-kind"),
        ("no rate", whole(1, 1, 0, 16, &[0; 4]), "voice-wav-kind"),
        ("a rate of 4 GHz", whole(1, 1, u32::MAX, 16, &[0; 4]), "voice-wav-kind"),
    ] {
        let (_folder, path) = on_disk(&file);
        let error = WavSource::open(&path).expect_err(what);
        let fault = error.fault();
        assert_eq!(fault.code, code, "{what}: {fault}");
        assert!(fault.sentence.contains("command.wav") && !fault.hint.is_empty(), "{what}");
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = WavSource::open(&folder.path().join("none.wav")).unwrap_err().fault();
    assert_eq!(missing.code, "voice-wav-unreadable");
    assert!(missing.to_string().contains("No such file"), "{missing}");
    let a_folder = WavSource::open(folder.path()).unwrap_err();
    assert_eq!(a_folder.row().code, "voice-wav-other");
}

proptest! {
    /// Whatever the bytes, there is an answer and no more memory than for one block.
    #[test]
    fn no_bytes_do_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..200), as_wav in any::<bool>()) {
        if as_wav {
            let good = whole(1, 2, 44_100, 16, &[7; 40]);
            for (at, byte) in good.iter().enumerate().take(bytes.len()) {
                // One byte in eight differs.
                if bytes[at] % 8 != 0 { bytes[at] = *byte; }
            }
        }
        let _ = samples(&bytes);
    }
}

#[tokio::test]
async fn a_file_of_another_rate_becomes_frames() {
    let data: Vec<u8> = (0..44_100_u32).flat_map(|_| 8_192_i16.to_le_bytes()).collect();
    let (_folder, path) = on_disk(&whole(1, 1, 44_100, 16, &data));
    let mut source = WavSource::open(&path).unwrap();
    let mut heard = Vec::new();
    while let Some(frame) = source.next().await.unwrap() {
        heard.extend(*frame.samples());
    }
    assert_eq!(heard.len(), 16_128, "a second in whole frames");
    assert!(heard[1000..15_000].iter().all(|s| s.abs_diff(8_192) < 10));
}

#[tokio::test]
async fn what_is_written_is_read_again() {
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new("reply.wav", &mut file);
    writer.play(Chunk { rate: 22_050, samples: vec![100; 22_050] }).await.unwrap();
    writer.play(Chunk { rate: 44_100, samples: vec![100; 22_050] }).await.unwrap();
    writer.play(Chunk { rate: 44_100, samples: vec![100; 22_050] }).await.unwrap();
    writer.played().await.unwrap();
    writer.play(Chunk { rate: 22_050, samples: vec![100; 50] }).await.unwrap();
    writer.played().await.unwrap();
    let written = file.into_inner();
    let reader = hound::WavReader::new(Cursor::new(&written)).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.len()), (22_050, 44_150));
    assert_eq!(samples(&written).unwrap().len(), 44_150);
}

#[tokio::test]
async fn a_full_disk_is_one_error() {
    let file = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut writer = WavWriter::new("reply.wav", file);
    let chunk = Chunk { rate: 16_000, samples: vec![0; 16] };
    let error: VoiceError = writer.play(chunk.clone()).await.unwrap_err();
    assert_eq!(error.row().code, "voice-wav-unwritable");
    // The same sink in memory takes it.
    let mut sink = MemorySink::default();
    sink.play(chunk).await.unwrap();
    sink.cut();
    assert_eq!((sink.chunks.len(), sink.cuts), (1, 1));
}
