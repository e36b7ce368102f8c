//! A writer of models in whisper.cpp's format, with whatever numbers.

use std::io::{self, Write};

/// Bins of a spectrum; one is 40 Hz wide.
pub(crate) const BINS: usize = 201;
/// Tokens of a model for English.
pub(crate) const TOKENS: usize = 51_864;
/// The first token that is no text.
pub(crate) const END: usize = 50_256;
const MELS: usize = 80;

/// Sizes. What whisper calls `n_audio_ctx` is `sound`, and so on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) state: usize,
    pub(crate) heads: usize,
    pub(crate) layers: usize,
    /// Steps of 20 ms.
    pub(crate) sound: usize,
    pub(crate) text: usize,
}

/// What a tensor holds.
pub(crate) type Numbers<'a> = Box<dyn Fn(usize) -> f32 + 'a>;

/// Writes a model: `filter` gives the weight of a bin in a band, `words` the
/// first tokens, `fill` the numbers of each tensor by its name.
pub(crate) fn write<'a>(
    out: &mut dyn Write,
    sizes: Sizes,
    filter: &dyn Fn(usize, usize) -> f32,
    words: &[String],
    fill: &dyn Fn(&str) -> Numbers<'a>,
) -> io::Result<()> {
    let Sizes { state, heads, layers, sound, text } = sizes;
    let header = [TOKENS, sound, state, heads, layers, text, state, heads, layers, MELS, 1];
    numbers(out, &[0x6767_6d6c])?;
    numbers(out, &header)?;
    numbers(out, &[MELS, BINS])?;
    for at in 0..MELS * BINS {
        out.write_all(&filter(at / BINS, at % BINS).to_le_bytes())?;
    }
    numbers(out, &[words.len()])?;
    for word in words {
        numbers(out, &[word.len()])?;
        out.write_all(word.as_bytes())?;
    }
    let mut tensors = Tensors { out, fill };
    tensors.wide("encoder.positional_embedding", &[sound, state])?;
    tensors.half("encoder.conv1.weight", &[state, MELS, 3])?;
    tensors.wide("encoder.conv1.bias", &[state, 1])?;
    tensors.half("encoder.conv2.weight", &[state, state, 3])?;
    tensors.wide("encoder.conv2.bias", &[state, 1])?;
    tensors.norm("encoder.ln_post", state)?;
    for layer in 0..layers {
        tensors.block(&format!("encoder.blocks.{layer}."), state, &["attn"])?;
    }
    tensors.wide("decoder.positional_embedding", &[text, state])?;
    tensors.half("decoder.token_embedding.weight", &[TOKENS, state])?;
    tensors.norm("decoder.ln", state)?;
    for layer in 0..layers {
        tensors.block(&format!("decoder.blocks.{layer}."), state, &["attn", "cross_attn"])?;
    }
    Ok(())
}

struct Tensors<'a, 'b> {
    out: &'a mut dyn Write,
    fill: &'a dyn Fn(&str) -> Numbers<'b>,
}

impl Tensors<'_, '_> {
    fn block(&mut self, name: &str, state: usize, attentions: &[&str]) -> io::Result<()> {
        for attention in attentions {
            let name = format!("{name}{attention}");
            self.norm(&format!("{name}_ln"), state)?;
            for part in ["query", "key", "value", "out"] {
                self.half(&format!("{name}.{part}.weight"), &[state, state])?;
                if part != "key" {
                    self.wide(&format!("{name}.{part}.bias"), &[state])?;
                }
            }
        }
        self.norm(&format!("{name}mlp_ln"), state)?;
        self.half(&format!("{name}mlp.0.weight"), &[4 * state, state])?;
        self.wide(&format!("{name}mlp.0.bias"), &[4 * state])?;
        self.half(&format!("{name}mlp.2.weight"), &[state, 4 * state])?;
        self.wide(&format!("{name}mlp.2.bias"), &[state])
    }

    fn norm(&mut self, name: &str, state: usize) -> io::Result<()> {
        self.wide(&format!("{name}.weight"), &[state])?;
        self.wide(&format!("{name}.bias"), &[state])
    }

    fn wide(&mut self, name: &str, shape: &[usize]) -> io::Result<()> {
        self.head(name, shape, 0)?;
        let number = (self.fill)(name);
        (0..shape.iter().product()).try_for_each(|n| self.out.write_all(&number(n).to_le_bytes()))
    }

    fn half(&mut self, name: &str, shape: &[usize]) -> io::Result<()> {
        self.head(name, shape, 1)?;
        let number = (self.fill)(name);
        (0..shape.iter().product())
            .try_for_each(|n| self.out.write_all(&bits(number(n)).to_le_bytes()))
    }

    /// The fastest dimension comes first.
    fn head(&mut self, name: &str, shape: &[usize], kind: usize) -> io::Result<()> {
        numbers(self.out, &[shape.len(), name.len(), kind])?;
        let fastest: Vec<usize> = shape.iter().rev().copied().collect();
        numbers(self.out, &fastest)?;
        self.out.write_all(name.as_bytes())
    }
}

fn numbers(out: &mut dyn Write, numbers: &[usize]) -> io::Result<()> {
    numbers.iter().try_for_each(|n| out.write_all(&u32::try_from(*n).unwrap().to_le_bytes()))
}

/// As a float of 16 bits, cut off; what is too small for one is 0.
fn bits(number: f32) -> u16 {
    let wide = number.to_bits();
    let exponent = (wide >> 23 & 0xff) as i32 - 127 + 15;
    assert!(exponent < 31, "{number} is too large");
    if exponent <= 0 {
        return 0;
    }
    (wide >> 16 & 0x8000) as u16 | (exponent as u16) << 10 | (wide >> 13 & 0x3ff) as u16
}
