//! Samples of every width as numbers from -1 to 1.

/// How a sample is written, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// Unsigned, silence is 128.
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
}

impl Width {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// One sample; bytes that are none are silence.
    pub(super) fn sample(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::U8, &[a]) => (f32::from(a) - 128.0) / 128.0,
            (Self::I16, &[a, b]) => to_f32(i16::from_le_bytes([a, b])),
            (Self::I24, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0,
            (Self::I32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
            (Self::F32, &[a, b, c, d]) => within(f32::from_le_bytes([a, b, c, d])),
            (Self::F64, &[a, b, c, d, e, f, g, h]) => {
                within(f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32)
            }
            _ => 0.0,
        }
    }
}

/// Floats in files are of any size, and need not be numbers.
fn within(sample: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) }
}

/// 16 bits as a number from -1 to 1.
pub(crate) fn to_f32(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// A number from -1 to 1 as 16 bits.
pub(crate) fn to_i16(sample: f32) -> i16 {
    // `as` saturates, and makes 0 of what is no number.
    (sample * 32_768.0).round() as i16
}
