//! A voice that is made by hand: each number of a phoneme is a ramp of 256
//! samples, as high as the number. It has Piper's inputs and output.

use serde_json::{Value, json};

/// Samples of one number.
pub(crate) const LENGTH: usize = 256;

/// The ONNX file's bytes; with `speakers` it also takes a speaker.
pub(crate) fn voice(speakers: bool) -> Vec<u8> {
    let nodes = [
        node("Slice", &["scales", "one", "two", "none"], "length1", None),
        node("Squeeze", &["length1", "none"], "length", None),
        node("Mul", &["samples", "length"], "count", None),
        node("Range", &["from", "count", "step"], "ramp", None),
        node("Cast", &["input"], "numbers", Some(("to", 1))),
        node("Unsqueeze", &["numbers", "two"], "each", None),
        node("Mul", &["each", "ramp"], "all", None),
        node("Reshape", &["all", "shape"], "output", None),
    ];
    let ints = |name, values: &[i64]| {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        tensor(name, &[values.len() as u64], 7, &raw)
    };
    let float = |name, value: f32| tensor(name, &[], 1, &value.to_le_bytes());
    let constants = [
        ints("none", &[0]),
        ints("one", &[1]),
        ints("two", &[2]),
        ints("shape", &[1, 1, 1, -1]),
        float("samples", LENGTH as f32),
        float("from", 0.0),
        float("step", 1.0),
    ];
    let mut graph = Vec::new();
    for node in nodes {
        field(&mut graph, 1, &node);
    }
    field(&mut graph, 2, b"tones");
    for constant in constants {
        field(&mut graph, 5, &constant);
    }
    let mut inputs = vec![("input", 7, 2), ("input_lengths", 7, 1), ("scales", 1, 1)];
    inputs.extend(speakers.then_some(("sid", 7, 1)));
    for (name, kind, dimensions) in inputs {
        field(&mut graph, 11, &value(name, kind, dimensions));
    }
    field(&mut graph, 12, &value("output", 1, 4));
    let mut version = Vec::new();
    number(&mut version, 2, 15);
    let mut model = Vec::new();
    number(&mut model, 1, 8);
    field(&mut model, 7, &graph);
    field(&mut model, 8, &version);
    model
}

/// The JSON beside it.
pub(crate) fn json(speakers: bool) -> Value {
    let signs: Vec<char> =
        "_^$ !',-.:;?abcdefhijklmnopqrstuvwxyzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒˈˌːθᵻ".chars().collect();
    let mut map: serde_json::Map<String, Value> =
        signs.iter().enumerate().map(|(n, sign)| (sign.to_string(), json!([n]))).collect();
    // One of several signs, and of several numbers.
    map.insert("aɪ".to_owned(), json!([90, 91]));
    json!({
        "audio": {"sample_rate": 22_050, "quality": "low"},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "phoneme_id_map": map,
        "num_symbols": 256,
        "num_speakers": if speakers { 2 } else { 1 },
    })
}

fn node(kind: &str, inputs: &[&str], output: &str, attribute: Option<(&str, u64)>) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        field(&mut node, 1, input.as_bytes());
    }
    field(&mut node, 2, output.as_bytes());
    field(&mut node, 4, kind.as_bytes());
    if let Some((name, value)) = attribute {
        let mut attribute = Vec::new();
        field(&mut attribute, 1, name.as_bytes());
        number(&mut attribute, 3, value);
        number(&mut attribute, 20, 2);
        field(&mut node, 5, &attribute);
    }
    node
}

fn tensor(name: &str, shape: &[u64], kind: u64, raw: &[u8]) -> Vec<u8> {
    let mut tensor = Vec::new();
    for dimension in shape {
        number(&mut tensor, 1, *dimension);
    }
    number(&mut tensor, 2, kind);
    field(&mut tensor, 8, name.as_bytes());
    field(&mut tensor, 9, raw);
    tensor
}

/// An input or output of so many dimensions of any length.
fn value(name: &str, kind: u64, dimensions: usize) -> Vec<u8> {
    let mut shape = Vec::new();
    for n in 0..dimensions {
        let mut dimension = Vec::new();
        field(&mut dimension, 2, format!("{name}{n}").as_bytes());
        field(&mut shape, 1, &dimension);
    }
    let mut of = Vec::new();
    number(&mut of, 1, kind);
    field(&mut of, 2, &shape);
    let (mut kind, mut value) = (Vec::new(), Vec::new());
    field(&mut kind, 1, &of);
    field(&mut value, 1, name.as_bytes());
    field(&mut value, 2, &kind);
    value
}

/// A field of bytes, as protobuf writes it.
fn field(to: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    varint(to, tag << 3 | 2);
    varint(to, bytes.len() as u64);
    to.extend(bytes);
}

fn number(to: &mut Vec<u8>, tag: u64, value: u64) {
    varint(to, tag << 3);
    varint(to, value);
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
