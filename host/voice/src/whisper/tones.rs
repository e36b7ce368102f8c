//! A model that is made by hand: it transcribes phrase `n` for a tone of
//! 500·(n+1) Hz, by the real arithmetic of whisper. Nothing of it was learnt.

/// Sizes: numbers of a state, of mel bands, steps of sound, text, tokens.
const STATE: usize = 16;
const MELS: usize = 80;
const BINS: usize = 201;
const SOUND: usize = 100;
const TEXT: usize = 64;
const TOKENS: usize = 51_864;
/// The token that ends a text, and the first one that is a phrase.
const END: usize = 50_256;
const FIRST: usize = 5;

/// The file's bytes, at most six phrases.
pub(crate) fn model(phrases: &[&str]) -> Vec<u8> {
    let mut file = Vec::new();
    let sizes = [TOKENS, SOUND, STATE, 1, 1, TEXT, STATE, 1, 1, MELS, 1];
    numbers(&mut file, &[0x6767_6d6c]);
    numbers(&mut file, &sizes);
    numbers(&mut file, &[MELS, BINS]);
    // A band around each tone; a bin is 40 Hz wide.
    let mut filters = vec![0.0_f32; MELS * BINS];
    for band in 0..phrases.len() {
        let centre = 500 * (band + 1) / 40;
        filters[band * BINS + centre - 2..=band * BINS + centre + 2].fill(0.1);
    }
    file.extend(filters.iter().flat_map(|number| number.to_le_bytes()));
    vocabulary(&mut file, phrases);
    let encoder = |file: &mut Vec<u8>| {
        let both = |from: usize, to: usize| usize::from(from == to && from < phrases.len());
        wide(file, "encoder.positional_embedding", &[SOUND, STATE], |_| 0.0);
        // Each band goes on as one number of the state.
        let at = |n: usize, width: usize| (n / (width * 3), n / 3 % width, n % 3);
        half(file, "encoder.conv1.weight", &[STATE, MELS, 3], |n| match at(n, MELS) {
            (to, from, 1) => both(from, to) as f32,
            _ => 0.0,
        });
        wide(file, "encoder.conv1.bias", &[STATE, 1], |_| 0.0);
        half(file, "encoder.conv2.weight", &[STATE, STATE, 3], |n| match at(n, STATE) {
            (to, from, 1) => both(from, to) as f32,
            _ => 0.0,
        });
        wide(file, "encoder.conv2.bias", &[STATE, 1], |_| 0.0);
        norm(file, "encoder.ln_post", 1.0);
        block(file, "encoder.blocks.0.", None);
    };
    encoder(&mut file);
    // After the prompt comes a phrase, and after that the end.
    wide(&mut file, "decoder.positional_embedding", &[TEXT, STATE], |n| {
        match (n / STATE, n % STATE) {
            (0 | 1, 0) => 4.0,
            (2.., 1) => 8.0,
            _ => 0.0,
        }
    });
    half(&mut file, "decoder.token_embedding.weight", &[TOKENS, STATE], |n| {
        let (token, number) = (n / STATE, n % STATE);
        let phrase = token.checked_sub(FIRST).filter(|phrase| *phrase < phrases.len());
        match (phrase, number) {
            (Some(_), 0) => 1.0,
            (Some(phrase), number) if number == 8 + phrase => 1.0,
            (None, 1) if token == END => 2.0,
            _ => 0.0,
        }
    });
    norm(&mut file, "decoder.ln", 8.0);
    block(&mut file, "decoder.blocks.0.", Some(phrases.len()));
    file
}

fn vocabulary(file: &mut Vec<u8>, phrases: &[&str]) {
    let fixed = [" ", " -", " '", "(", "["].map(str::to_owned);
    let mut all: Vec<String> = fixed.into_iter().collect();
    all.extend(phrases.iter().map(|phrase| format!(" {phrase}")));
    all.extend((all.len()..300).map(|n| format!(" w{n}")));
    numbers(file, &[all.len()]);
    for token in all {
        numbers(file, &[token.len()]);
        file.extend(token.as_bytes());
    }
}

/// One layer; with `phrases`, one that looks at the sound and takes its bands
/// over.
fn block(file: &mut Vec<u8>, name: &str, phrases: Option<usize>) {
    let square = [STATE, STATE];
    let crossed = phrases.map(|phrases| ("cross_attn", phrases));
    for (attention, phrases) in [Some(("attn", 0)), crossed].into_iter().flatten() {
        let name = format!("{name}{attention}");
        norm(file, &format!("{name}_ln"), 1.0);
        half(file, &format!("{name}.query.weight"), &square, |_| 0.0);
        wide(file, &format!("{name}.query.bias"), &[STATE], |_| 0.0);
        half(file, &format!("{name}.key.weight"), &square, |_| 0.0);
        let value = |n: usize| n / STATE == n % STATE && n % STATE < phrases;
        half(file, &format!("{name}.value.weight"), &square, |n| f32::from(value(n)));
        wide(file, &format!("{name}.value.bias"), &[STATE], |_| 0.0);
        let out = |n: usize| n % STATE < phrases && n / STATE == 8 + n % STATE;
        half(file, &format!("{name}.out.weight"), &square, |n| f32::from(out(n)));
        wide(file, &format!("{name}.out.bias"), &[STATE], |_| 0.0);
    }
    norm(file, &format!("{name}mlp_ln"), 1.0);
    half(file, &format!("{name}mlp.0.weight"), &[4 * STATE, STATE], |_| 0.0);
    wide(file, &format!("{name}mlp.0.bias"), &[4 * STATE], |_| 0.0);
    half(file, &format!("{name}mlp.2.weight"), &[STATE, 4 * STATE], |_| 0.0);
    wide(file, &format!("{name}mlp.2.bias"), &[STATE], |_| 0.0);
}

fn norm(file: &mut Vec<u8>, name: &str, weight: f32) {
    wide(file, &format!("{name}.weight"), &[STATE], |_| weight);
    wide(file, &format!("{name}.bias"), &[STATE], |_| 0.0);
}

fn wide(file: &mut Vec<u8>, name: &str, shape: &[usize], number: impl Fn(usize) -> f32) {
    head(file, name, shape, 0);
    let count: usize = shape.iter().product();
    file.extend((0..count).flat_map(|n| number(n).to_le_bytes()));
}

fn half(file: &mut Vec<u8>, name: &str, shape: &[usize], number: impl Fn(usize) -> f32) {
    head(file, name, shape, 1);
    let count: usize = shape.iter().product();
    // The only ones there are, as 16-bit floats.
    let bits = |number: f32| match number {
        1.0 => 0x3c00_u16,
        2.0 => 0x4000,
        _ => 0,
    };
    file.extend((0..count).flat_map(|n| bits(number(n)).to_le_bytes()));
}

/// The fastest dimension comes first.
fn head(file: &mut Vec<u8>, name: &str, shape: &[usize], kind: usize) {
    numbers(file, &[shape.len(), name.len(), kind]);
    let fastest: Vec<usize> = shape.iter().rev().copied().collect();
    numbers(file, &fastest);
    file.extend(name.as_bytes());
}

fn numbers(file: &mut Vec<u8>, numbers: &[usize]) {
    file.extend(numbers.iter().flat_map(|n| u32::try_from(*n).unwrap().to_le_bytes()));
}
