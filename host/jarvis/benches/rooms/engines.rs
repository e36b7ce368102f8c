//! Engines that answer at once, so that they are not measured: one that hears the
//! same words always, one that speaks a third of a second of a tone, and one that
//! never finds a wake word.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use jarvis_voice::wyoming::{Decoder, Message, Sound};
use serde_json::json;

const SPOKEN: Sound = Sound { rate: 22_050, width: 2, channels: 1 };

/// Where the recogniser is.
pub(crate) fn hears() -> String {
    serve(|message| match message.kind.as_str() {
        "audio-stop" => {
            vec![Message::new("transcript", json!({"text": "list all virtual machines"}))]
        }
        _ => Vec::new(),
    })
}

/// Where the voice is.
pub(crate) fn speaks() -> String {
    serve(|message| match message.kind.as_str() {
        "synthesize" => vec![
            Message::new("audio-start", SPOKEN),
            Message::sound(SPOKEN, &vec![3000; 7350]),
            Message::bare("audio-stop"),
        ],
        _ => Vec::new(),
    })
}

/// The settings of the others.
pub(crate) fn settings() -> String {
    let speaks = speaks();
    let wakes = serve(|message| match message.kind.as_str() {
        "describe" => {
            let model = json!({"name": "jarvis", "installed": true, "phrase": "jarvis"});
            let program = json!({"name": "played", "installed": true, "models": [model]});
            vec![Message::new("info", json!({"wake": [program]}))]
        }
        _ => Vec::new(),
    });
    format!("tts: {{address: \"{speaks}\"}}\nwake: {{address: \"{wakes}\"}}\n")
}

fn serve(answers: fn(&Message) -> Vec<Message>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || talk(stream.unwrap(), answers));
        }
    });
    address
}

fn talk(mut stream: TcpStream, answers: fn(&Message) -> Vec<Message>) {
    stream.set_nodelay(true).unwrap();
    let (mut decoder, mut some) = (Decoder::default(), [0; 8192]);
    while let Ok(got @ 1..) = stream.read(&mut some) {
        decoder.push(&some[..got]);
        while let Some(message) = decoder.message().unwrap() {
            for answer in answers(&message) {
                if stream.write_all(&answer.encode()).is_err() {
                    return;
                }
            }
        }
    }
}
