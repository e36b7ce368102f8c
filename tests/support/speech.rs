//! Speech, and whoever understands it, for tests of the whole way.

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use jarvis_voice::wyoming::{Message, Sound};
use jarvis_voice::{Chunk, RATE, Rate, WavReader, WavWriter};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Demo, first_line, until};

/// Has `espeak-ng` say `text` into the file `path`.
pub fn said(path: &Path, options: &[&str], text: &str) {
    let mut espeak = Command::new("/usr/bin/espeak-ng");
    espeak.args(options).arg("-w").arg(path).arg(text);
    assert!(espeak.status().expect("espeak-ng: run script/setup").success());
}

/// A file with all of `texts`, one after the other, in a voice that Porcupine
/// takes for a person's, with so many seconds between them and noise over all.
pub fn talk(folder: &Path, texts: &[&str], pause: f32) -> PathBuf {
    let (mut samples, mut rate) = (Vec::new(), 0);
    for text in texts {
        let path = folder.join("sentence.wav");
        said(&path, &["-v", "en-us+f4", "-s", "150"], text);
        let mut reader = WavReader::open(&path).unwrap();
        rate = reader.rate();
        let quiet = vec![0.0; (rate as f32 * pause) as usize];
        samples.extend(&quiet);
        while reader.read(&mut samples).unwrap() {}
        samples.extend(&quiet);
    }
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as i16 / 128) as i32
    };
    let noisy = |sample: &f32| ((sample * 32_000.0) as i32 + noise()).clamp(-32_768, 32_767) as i16;
    let samples = samples.iter().map(noisy).collect();
    let path = folder.join("talk.wav");
    let mut writer = WavWriter::new("talk.wav", std::fs::File::create(&path).unwrap());
    writer.write(&Chunk { rate, samples }).unwrap();
    writer.finish().unwrap();
    path
}

/// The same as samples at our own rate.
pub fn samples(folder: &Path, texts: &[&str], pause: f32) -> Vec<i16> {
    let mut reader = WavReader::open(&talk(folder, texts, pause)).unwrap();
    let mut rate = Rate::new(reader.rate(), RATE).unwrap();
    let (mut read, mut changed) = (Vec::new(), Vec::new());
    while reader.read(&mut read).unwrap() {}
    rate.push(&read, &mut changed).unwrap();
    rate.finish(&mut changed).unwrap();
    changed.into_iter().map(|sample| (sample * 32_000.0) as i16).collect()
}

/// A folder of models with Porcupine 1.9.5 in it, as `jarvis models pull` would
/// have put it there. Engines of a host that is root are somebody else, who has
/// to find it.
pub fn models() -> TempDir {
    let target = super::jarvis().ancestors().nth(2).unwrap();
    let lib = target.join("tools/porcupine-1.9.5/lib");
    let mut pythons = std::fs::read_dir(lib).expect("Porcupine is not there: run script/setup");
    let files = pythons.find_map(|python| {
        let files = python.unwrap().path().join("site-packages/pvporcupine");
        files.is_dir().then_some(files)
    });
    let files = files.unwrap();
    let mut folder = tempfile::Builder::new();
    folder.prefix("jarvis-models-").permissions(Permissions::from_mode(0o755));
    let folder = folder.tempdir().unwrap();
    let within = folder.path().join("porcupine");
    std::fs::create_dir(&within).unwrap();
    for file in [
        "lib/linux/x86_64/libpv_porcupine.so",
        "lib/common/porcupine_params.pv",
        "resources/keyword_files/linux/jarvis_linux.ppn",
        "LICENSE",
    ] {
        let to = within.join(Path::new(file).file_name().unwrap());
        std::fs::copy(files.join(file), &to).unwrap();
        std::fs::set_permissions(to, Permissions::from_mode(0o644)).unwrap();
    }
    folder
}

/// A recogniser that speaks Wyoming and understands these words, one of them
/// for each utterance; the last one again and again.
pub fn recogniser(words: &'static [&'static str]) -> String {
    understands(words, usize::MAX)
}

/// The same, which tells the words once it has heard so many seconds of them.
pub fn recogniser_after(words: &'static [&'static str], seconds: usize) -> String {
    understands(words, seconds * 32_000)
}

fn understands(words: &'static [&'static str], early: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut left = words;
        for stream in listener.incoming() {
            hear(&stream.unwrap(), &mut left, early);
        }
    });
    address
}

/// One connection. From so many bytes on the words are told before the end.
fn hear(stream: &TcpStream, words: &mut &'static [&'static str], early: usize) {
    let mut reader = BufReader::new(stream);
    let (mut heard, mut named) = (0_usize, false);
    while let Some((head, data, sound)) = message(&mut reader) {
        if head["type"] == "transcribe" {
            // By nobody but our own program, which knows the cluster.
            let names = data["transcript_names"].to_string();
            named = names.contains("\"pve3\"") && names.contains("\"mediaserver\"");
        }
        let before = heard;
        heard += sound.len();
        if before < early && heard >= early {
            let text = json!({ "type": "transcript-chunk", "data": { "text": words[0] } });
            // Whoever has gone is told nothing.
            if writeln!(&mut &*stream, "{text}").is_err() {
                return;
            }
        }
        if head["type"] == "audio-stop" {
            assert!(heard > 16_000, "half a second and more was heard: {heard}");
            let (said, more) = words.split_first().unwrap();
            // While an answer is heard no name is expected.
            assert!(named || *said == "Stop.", "without names: {said}");
            if !more.is_empty() {
                *words = more;
            }
            let answer = json!({ "type": "transcript", "data": { "text": said } });
            if writeln!(&mut &*stream, "{answer}").is_err() {
                return;
            }
        }
    }
}

/// A wake word engine that speaks Wyoming as openWakeWord does: it knows two
/// words, and takes the first loud sound after some silence for the one that it
/// is asked for.
pub fn wakes() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut reader = BufReader::new(&stream);
            let mut found = false;
            while let Some((head, data, sound)) = message(&mut reader) {
                let model = |name: &str, phrase: &str| json!({"name": name, "phrase": phrase, "installed": true});
                let models = [model("alexa_v0.1", "alexa"), model("hey_jarvis_v0.1", "hey jarvis")];
                let loud = sound.as_chunks().0.iter().any(|two| i16::from_le_bytes(*two) > 5_000);
                let answer = match head["type"].as_str().unwrap() {
                    "describe" => {
                        let program =
                            json!({"name": "played", "installed": true, "models": models});
                        json!({"type": "info", "data": {"wake": [program]}})
                    }
                    "detect" => {
                        assert_eq!(data["names"], json!(["hey_jarvis_v0.1"]));
                        continue;
                    }
                    "audio-chunk" if loud && !found => {
                        found = true;
                        json!({"type": "detection", "data": {"name": "hey_jarvis_v0.1"}})
                    }
                    _ => continue,
                };
                if writeln!(&stream, "{answer}").is_err() {
                    break;
                }
            }
        }
    });
    address
}

/// A recogniser that speaks Wyoming, takes all that is said, and is silent. It tells here
/// when it has all of it.
pub fn silent() -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let (heard, all) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            while let Some((head, ..)) = message(&mut reader) {
                if head["type"] == "audio-stop" {
                    // A test that has failed does not ask any more.
                    let _ = heard.send(());
                }
            }
        }
    });
    (address, all)
}

/// A voice that speaks Wyoming, and says a second of whatever it is told to, and then
/// nothing any more.
pub fn falters() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some((head, ..)) = message(&mut reader) {
                    let answer = match head["type"].as_str().unwrap() {
                        "describe" => Message::new("info", json!({ "tts": [] })),
                        "synthesize" => Message::sound(Sound::FRAMES, &vec![9_000; RATE as usize]),
                        _ => continue,
                    };
                    // Whoever has hung up is told nothing.
                    if stream.write_all(&answer.encode()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// The next message: its head, its data, and the sound behind it. None where no whole
/// one comes any more.
fn message(reader: &mut impl BufRead) -> Option<(Value, Value, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let head: Value = serde_json::from_str(&line).unwrap();
    let mut take = |key: &str| {
        let mut bytes = vec![0; head[key].as_u64().unwrap_or(0) as usize];
        reader.read_exact(&mut bytes).ok()?;
        Some(bytes)
    };
    let (data, sound) = (take("data_length")?, take("payload_length")?);
    let data = serde_json::from_slice(&data).unwrap_or_else(|_| head["data"].clone());
    Some((head, data, sound))
}

/// A Python with PocketSphinx.
pub fn python() -> PathBuf {
    let target = super::jarvis().ancestors().nth(2).unwrap();
    let python = target.join("tools/pocketsphinx/bin/python");
    assert!(python.exists(), "PocketSphinx is not there: run script/setup");
    python
}

const SERVER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/wyoming-pocketsphinx/server.py");

/// The example of a recogniser, with the sentences of this demo.
pub struct PocketSphinx(Child);

impl PocketSphinx {
    pub fn start(demo: &Demo, address: &str) -> Self {
        let sentences = demo.run(&["intents", "sentences", "--demo"]).ended(0).stdout;
        assert!((30..=60).contains(&sentences.lines().count()), "{sentences}");
        let mut server = Command::new(python())
            .args(["-B", SERVER, "--uri", address])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        server.stdin.take().unwrap().write_all(sentences.as_bytes()).unwrap();
        let says = first_line(&mut server);
        assert!(says.contains("sentences, and no other"), "{says:?}");
        // It says so before it listens.
        until("the recogniser listens", || listens(address));
        Self(server)
    }
}

/// Whether somebody listens at `address`.
fn listens(address: &str) -> bool {
    match address.strip_prefix("unix://") {
        Some(path) => UnixStream::connect(path).is_ok(),
        None => TcpStream::connect(address.trim_start_matches("tcp://")).is_ok(),
    }
}

impl PocketSphinx {
    /// What it tells of how many of `sentences` it understands as `espeak-ng` says
    /// them.
    pub fn hit_rate(sentences: &str) -> String {
        let server = Command::new(python())
            .args(["-B", SERVER, "--hit-rate"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut server = server.unwrap();
        server.stdin.take().unwrap().write_all(sentences.as_bytes()).unwrap();
        let output = server.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for PocketSphinx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
