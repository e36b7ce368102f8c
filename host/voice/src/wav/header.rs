//! The header: what the samples are and how many follow.

use std::io::{self, Read};

use jarvis_domain::{Explain, Row};

use super::sample::Width;
use crate::resample::RATES;

/// Chunks before the sound; files have a few.
const CHUNKS: usize = 256;
/// Bytes of the chunk "fmt " that are looked at; it has 16, 18 or 40.
const FORMAT: usize = 40;
/// A length from here on is what programs write that do not know it yet.
const OPEN: u32 = 0x7fff_0000;
/// Bytes of the chunk "ds64" of a file that may be longer than 4 GiB, at least: EBU Tech 3306.
const LENGTHS: usize = 28;

/// What is wrong with a WAV file.
#[derive(Debug, thiserror::Error)]
pub enum WavFault {
    /// It cannot be read at all.
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    /// Not a WAV file.
    #[error("it is no WAV file: {0}")]
    Other(&'static str),
    /// A header that contradicts itself.
    #[error("its header is broken: {0}")]
    Broken(String),
    /// Samples of a kind that is not read.
    #[error("it holds {0}")]
    Kind(String),
    /// It ends too early.
    #[error("it is cut off: {0}")]
    CutOff(String),
    /// No samples.
    #[error("it holds no sound")]
    Empty,
}

const UNREADABLE: Row = Row {
    code: "voice-wav-unreadable",
    meaning: "A sound file is not there or cannot be read.",
    hint: "Check the path and who may read it.",
    exit: 2,
    status: 400,
};
const OTHER: Row = Row {
    code: "voice-wav-other",
    meaning: "What should be a WAV file is something else.",
    hint: "Convert it: ffmpeg -i FILE -ar 16000 -ac 1 command.wav",
    exit: 2,
    status: 400,
};
const BROKEN: Row = Row {
    code: "voice-wav-broken",
    meaning: "The header of a WAV file contradicts itself.",
    hint: "Record or convert it again: ffmpeg -i FILE -ar 16000 -ac 1 command.wav",
    exit: 2,
    status: 400,
};
const KIND: Row = Row {
    code: "voice-wav-kind",
    meaning: "A WAV file holds samples of a kind that is not read: compressed, of an odd width, or of a rate that nothing has.",
    hint: "Convert it: ffmpeg -i FILE -ar 16000 -ac 1 -c:a pcm_s16le command.wav",
    exit: 2,
    status: 415,
};
pub(crate) const CUT_OFF: Row = Row {
    code: "voice-wav-cut-off",
    meaning: "A WAV file ends before its header says so. It is heard as far as it goes; half a command is not acted on.",
    hint: "Copy or record it again.",
    exit: 2,
    status: 400,
};
const EMPTY: Row = Row {
    code: "voice-wav-empty",
    meaning: "A WAV file holds no sound.",
    hint: "Record it again, and check that the microphone is not muted.",
    exit: 2,
    status: 400,
};

/// The rows of [`WavFault`].
pub(crate) const WAV_ROWS: &[&Row] = &[&UNREADABLE, &OTHER, &BROKEN, &KIND, &CUT_OFF, &EMPTY];

impl Explain for WavFault {
    fn row(&self) -> &'static Row {
        match self {
            Self::Read(_) => &UNREADABLE,
            Self::Other(_) => &OTHER,
            Self::Broken(_) => &BROKEN,
            Self::Kind(_) => &KIND,
            Self::CutOff(_) => &CUT_OFF,
            Self::Empty => &EMPTY,
        }
    }
}

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) width: Width,
    /// Bytes of sound; none where whoever wrote it did not know.
    pub(super) length: Option<u64>,
    /// Bytes before the sound.
    pub(super) before: u64,
}

impl Header {
    /// Reads up to the first sample.
    pub(super) fn read(input: &mut impl Read) -> Result<Self, WavFault> {
        let mut start = [0; 12];
        let got = fill(input, &mut start)?;
        let [r, i, f, f2, _, _, _, _, kind @ ..] = start;
        match [r, i, f, f2] {
            _ if got == 0 => return Err(WavFault::Empty),
            _ if got < start.len() => return Err(WavFault::Other("it is too short for one")),
            [b'R', b'I', b'F', b'F'] | [b'R', b'F', b'6', b'4'] | [b'B', b'W', b'6', b'4'] => {}
            _ => return Err(WavFault::Other("it does not begin with RIFF")),
        }
        if &kind != b"WAVE" {
            return Err(WavFault::Other("it is a RIFF file of another kind"));
        }
        let mut before = start.len() as u64;
        let (mut format, mut long) = (None, None);
        for _ in 0..CHUNKS {
            let mut head = [0; 8];
            if fill(input, &mut head)? < head.len() {
                return Err(WavFault::CutOff("it ends before its sound".to_owned()));
            }
            before += head.len() as u64;
            let [n, a, m, e, size @ ..] = head;
            let size = u32::from_le_bytes(size);
            match (&[n, a, m, e], format) {
                (b"data", Some((rate, channels, width))) => {
                    let length = if size < OPEN { Some(u64::from(size)) } else { long };
                    return Ok(Self { rate, channels, width, length, before });
                }
                (b"data", None) => {
                    return Err(WavFault::Broken("it has sound before its format".to_owned()));
                }
                (b"fmt ", None) => format = Some(read_format(input, size)?),
                (b"fmt ", Some(_)) => {
                    return Err(WavFault::Broken("it has two formats".to_owned()));
                }
                (b"ds64", _) => long = read_length(input, size)?,
                _ => skip(input, u64::from(size))?,
            }
            // Chunks begin at even offsets.
            skip(input, u64::from(size % 2))?;
            before += u64::from(size) + u64::from(size % 2);
        }
        Err(WavFault::Broken(format!("more than {CHUNKS} parts come before its sound")))
    }

    /// Bytes of one sample of every channel.
    pub(super) fn block(&self) -> usize {
        usize::from(self.channels) * self.width.bytes()
    }
}

/// The bytes of sound by the chunk "ds64"; none where whoever wrote it did not know.
fn read_length(input: &mut impl Read, size: u32) -> Result<Option<u64>, WavFault> {
    let mut whole = [0; LENGTHS];
    if (size as usize) < LENGTHS {
        return Err(WavFault::Broken(format!("its ds64 has {size} bytes")));
    }
    if fill(input, &mut whole)? < LENGTHS {
        return Err(WavFault::CutOff("it ends before its sound".to_owned()));
    }
    skip(input, u64::from(size).saturating_sub(LENGTHS as u64))?;
    let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h, ..] = whole;
    let length = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    Ok((1..u64::MAX).contains(&length).then_some(length))
}

fn read_format(input: &mut impl Read, size: u32) -> Result<(u32, u16, Width), WavFault> {
    let mut whole = [0; FORMAT];
    let length = FORMAT.min(size as usize);
    let part = whole.get_mut(..length).unwrap_or_default();
    if fill(input, part)? < length {
        return Err(WavFault::CutOff("it ends within its format".to_owned()));
    }
    skip(input, u64::from(size).saturating_sub(length as u64))?;
    let short = || WavFault::Broken(format!("its format has {size} bytes"));
    let word = |at: usize| match whole.get(at..at + 2) {
        Some(&[low, high]) if at + 2 <= length => Ok(u16::from_le_bytes([low, high])),
        _ => Err(short()),
    };
    let (mut tag, channels, block, bits) = (word(0)?, word(2)?, word(12)?, word(14)?);
    let rate = u32::from(word(4)?) | u32::from(word(6)?) << 16;
    if tag == 0xfffe {
        // The tag stands in the first bytes of a GUID.
        tag = word(24)?;
    }
    if channels == 0 || block == 0 || block % channels != 0 {
        return Err(WavFault::Broken(format!("{channels} channels in {block} bytes")));
    }
    if !RATES.contains(&rate) {
        return Err(WavFault::Kind(format!("{rate} samples a second")));
    }
    let bytes = block / channels;
    if bits == 0 || bits > bytes.saturating_mul(8) {
        return Err(WavFault::Broken(format!("{bits} bits in {bytes} bytes")));
    }
    let width = match (tag, bytes) {
        (1, 1) => Width::U8,
        (1, 2) => Width::I16,
        (1, 3) => Width::I24,
        (1, 4) => Width::I32,
        (3, 4) => Width::F32,
        (3, 8) => Width::F64,
        (1, _) => return Err(WavFault::Kind(format!("integers of {} bits", u32::from(bytes) * 8))),
        (3, _) => return Err(WavFault::Kind(format!("floats of {} bits", u32::from(bytes) * 8))),
        _ => return Err(WavFault::Kind(format!("compressed sound (format {tag})"))),
    };
    Ok((rate, channels, width))
}

/// Reads until `buffer` is full or the input ends; how much that was.
pub(super) fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, WavFault> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(WavFault::Read(error)),
        }
    }
    Ok(filled)
}

fn skip(input: &mut impl Read, bytes: u64) -> Result<(), WavFault> {
    let skipped = io::copy(&mut input.take(bytes), &mut io::sink()).map_err(WavFault::Read)?;
    if skipped < bytes {
        return Err(WavFault::CutOff("it ends before its sound".to_owned()));
    }
    Ok(())
}
