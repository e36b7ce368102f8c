use proptest::prelude::*;
use serde_json::json;

use super::*;

fn decode(bytes: &[u8]) -> Result<Vec<Message>, WireError> {
    let (mut decoder, mut found) = (Decoder::default(), Vec::new());
    decoder.push(bytes);
    while let Some(message) = decoder.message()? {
        found.push(message);
    }
    decoder.finish().map(|()| found)
}

fn with(kind: &str, data: Value, payload: &[u8]) -> Message {
    Message { payload: payload.to_vec(), ..Message::new(kind, data) }
}

#[test]
fn reads_what_the_reference_writes_and_what_else_peers_send() {
    // The first four are bytes of wyoming 1.10.2 from PyPI.
    for (wire, expected) in [
        (
            &b"{\"type\": \"audio-chunk\", \"version\": \"1.10.2\", \"data_length\": 59, \"payload_length\": 4}\n{\"rate\": 16000, \"width\": 2, \"channels\": 1, \"timestamp\": 10}\x01\x00\x02\x00"[..],
            with(
                "audio-chunk",
                json!({"rate": 16000, "width": 2, "channels": 1, "timestamp": 10}),
                &[1, 0, 2, 0],
            ),
        ),
        (
            b"{\"type\": \"describe\", \"version\": \"1.10.2\"}\n",
            Message::bare("describe"),
        ),
        (
            "{\"type\": \"transcript\", \"version\": \"1.10.2\", \"data_length\": 15}\n{\"text\": \"hé\"}"
                .as_bytes(),
            with("transcript", json!({"text": "hé"}), b""),
        ),
        (
            b"{\"type\": \"synthesize\", \"version\": \"1.10.2\", \"data_length\": 60}\n{\"text\": \"hi\", \"voice\": {\"name\": \"en_US-x\", \"speaker\": \"0\"}}",
            with(
                "synthesize",
                json!({"text": "hi", "voice": {"name": "en_US-x", "speaker": "0"}}),
                b"",
            ),
        ),
        // Inline, by the end of a line of another system, with odd lengths.
        (
            b"{\"type\":\"pong\",\"data\":{\"text\":\"a\"},\"data_length\":null,\"payload_length\":0.0}\r\n",
            with("pong", json!({"text": "a"}), b""),
        ),
        (
            b"{\"type\":\"x\",\"data\":{\"a\":1,\"b\":1},\"data_length\":7}\n{\"b\":2}",
            with("x", json!({"a": 1, "b": 2}), b""),
        ),
        (b"{\"type\":\"x\",\"data\":null,\"payload_length\":2.0}\nab", with("x", json!({}), b"ab")),
        (b"{\"type\":\"x\",\"data_length\":4,\"more\":[]}\nnull", Message::bare("x")),
    ] {
        assert_eq!(decode(wire), Ok(vec![expected]), "{}", String::from_utf8_lossy(wire));
    }
}

#[test]
fn what_is_no_message_is_refused_before_it_costs_memory() {
    let long = [b"{\"type\":\"".as_slice(), &vec![b'x'; 70 * 1024], b"\"}\n"].concat();
    for (wire, expected) in [
        (&b"\n"[..], "header is none"),
        (b"hello\n", "header is none"),
        (b"[]\n", "header is none"),
        (b"{}\n", "it has no type"),
        (b"{\"type\":1}\n", "it has no type"),
        (b"{\"type\":\"x\",\"data\":[]}\n", "no object"),
        (b"{\"type\":\"x\",\"payload_length\":-1}\n", "payload_length is -1"),
        (b"{\"type\":\"x\",\"data_length\":0.5}\n", "data_length is 0.5"),
        (b"{\"type\":\"x\",\"data_length\":\"7\"}\n", "data_length is"),
        (b"{\"type\":\"x\",\"payload_length\":4194305}\n", "more than 4096 KiB"),
        (b"{\"type\":\"x\",\"data_length\":1e300}\n", "more than 4096 KiB"),
        (b"{\"type\":\"x\",\"data_length\":2}\n[]", "data of \"x\""),
        (b"{\"type\":\"x\",\"data_length\":2}\n\xff\xff", "data of \"x\""),
        (&long, "header is longer"),
        (&long[..66 * 1024], "header is longer"),
        (b"{\"type\":\"x\"", "ended within a message"),
        (b"{\"type\":\"x\",\"payload_length\":4}\nabc", "ended within a message"),
    ] {
        let error = decode(wire).unwrap_err().to_string();
        assert!(
            error.contains(expected),
            "{error} of {}",
            String::from_utf8_lossy(&wire[..9.min(wire.len())])
        );
    }
    let deep = format!("{{\"type\":\"x\",\"data\":{}1{}}}\n", "[".repeat(9999), "]".repeat(9999));
    assert!(decode(deep.as_bytes()).is_err());
}

fn message() -> impl Strategy<Value = Message> {
    let value = prop_oneof![
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(Value::Null),
        prop::collection::vec(any::<bool>().prop_map(Value::from), 0..3).prop_map(Value::from),
    ];
    let data = prop::collection::btree_map("[a-z]{1,5}", value, 0..4);
    let payload = prop::collection::vec(any::<u8>(), 0..40);
    (".{1,12}", data, payload).prop_map(|(kind, data, payload)| Message {
        kind,
        data: data.into_iter().collect(),
        payload,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_whatever_the_pieces(
        messages in prop::collection::vec(message(), 1..5),
        cuts in prop::collection::vec(1..30_usize, 1..20),
    ) {
        let wire: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
        prop_assert_eq!(decode(&wire), Ok(messages.clone()));
        let (mut decoder, mut found, mut rest) = (Decoder::default(), Vec::new(), &wire[..]);
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break }
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            rest = after;
            decoder.push(piece);
            while let Some(message) = decoder.message().unwrap() { found.push(message); }
        }
        prop_assert_eq!(found, messages);
    }

    #[test]
    fn a_stream_that_stops_anywhere_is_cut_off(message in message(), at in any::<prop::sample::Index>()) {
        let wire = message.encode();
        let at = at.index(wire.len());
        let found = decode(&wire[..at]);
        prop_assert_eq!(found, if at == 0 { Ok(vec![]) } else { Err(WireError::CutOff) });
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
    }
}
