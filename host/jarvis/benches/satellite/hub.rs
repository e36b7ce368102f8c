//! What Home Assistant does for a satellite: hears the end of speech, has it
//! understood, answers and has that spoken; and Porcupine as a service of its
//! own. By the very engines and with the very waits that jarvis has.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use jarvis_api::control::Client;
use jarvis_api::{Request, Response, Words};
use jarvis_assistant::Said;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, SystemClock};
use jarvis_voice::wyoming::{Decoder, Hearing, Message, Remote, Service, Sound, Speaking};
use jarvis_voice::{
    Ear, EngineSettings, Framer, Heard, Keyword, Patience, PorcupineSettings, Supervisor, speakable,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::stage::Stage;
use crate::support;

/// How long a satellite may take to be there.
const START: Duration = Duration::from_secs(30);

/// See the module. It ends when dropped.
pub(crate) struct Hub {
    tasks: [JoinHandle<()>; 2],
}

struct Serving {
    satellite: TcpStream,
    recogniser: Arc<dyn Service>,
    voice: Supervisor,
    host: Client,
}

/// A question that is being said.
struct Utterance {
    ear: Ear,
    framer: Framer,
    hearing: Option<Hearing>,
}

impl Hub {
    /// For the satellite at `own`, which finds its wake word at `wake`.
    pub(crate) async fn start(stage: &Stage, own: SocketAddr, wake: SocketAddr) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let listener = TcpListener::bind(wake).await.unwrap();
        let settings = porcupine(stage);
        let waking = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(wakes(stream, Message::new("settings", &settings).encode()));
            }
        });
        let espeak = EngineSettings::standard("espeak", support::jarvis().to_owned());
        let voice = Supervisor::start(espeak, Arc::clone(&clock));
        voice.warm().await.unwrap();
        let socket = stage.demo.folder().join("control.sock");
        let serving = Serving {
            satellite: connected(own).await,
            recogniser: Arc::new(Remote::new(stage.stt.parse().unwrap(), clock)),
            voice,
            host: Client::connect(&socket, None).await.unwrap().spoken(),
        };
        Self { tasks: [waking, tokio::spawn(serving.serve())] }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Serving {
    async fn serve(mut self) {
        self.send(&Message::bare("run-satellite")).await;
        let (mut decoder, mut bytes) = (Decoder::default(), vec![0; 16_384]);
        let mut utterance: Option<Utterance> = None;
        loop {
            while let Some(message) = decoder.message().unwrap() {
                match message.kind.as_str() {
                    "run-pipeline" => utterance = Some(Utterance::listen()),
                    "audio-chunk" => {
                        let (_, samples) = message.samples().unwrap();
                        let Some(said) = &mut utterance else { continue };
                        if let Some(words) = said.hear(&samples, &*self.recogniser).await {
                            utterance = None;
                            self.answer(words).await;
                        }
                    }
                    _ => {}
                }
            }
            match self.satellite.read(&mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(length) => decoder.push(&bytes[..length]),
            }
        }
    }

    async fn answer(&mut self, words: String) {
        self.send(&Message::new("transcript", serde_json::json!({ "text": words }))).await;
        let words =
            Words { words, locale: "en".to_owned(), confirmed: false, cluster: None, place: None };
        let told = self.host.call(Request::Say(words), &Unwatched).await;
        let Ok(Response::Said(Said::Reply(reply))) = told else { panic!("no answer: {told:?}") };
        let text = speakable(&reply.speech);
        let mut speaking = Speaking::begin(&self.voice, &text, None).await.unwrap();
        let mut sound = None;
        while let Some(chunk) = speaking.next().await.unwrap() {
            let is = Sound { rate: chunk.rate, width: 2, channels: 1 };
            if sound.replace(is).is_none() {
                self.send(&Message::new("audio-start", is)).await;
            }
            self.send(&Message::sound(is, &chunk.samples)).await;
        }
        self.send(&Message::bare("audio-stop")).await;
    }

    async fn send(&mut self, message: &Message) {
        self.satellite.write_all(&message.encode()).await.unwrap();
    }
}

impl Utterance {
    fn listen() -> Self {
        let mut ear = Ear::new(Patience::Normal.settings());
        ear.listen();
        Self { ear, framer: Framer::default(), hearing: None }
    }

    /// The words, once all of them were said.
    async fn hear(&mut self, samples: &[i16], recogniser: &dyn Service) -> Option<String> {
        for frame in self.framer.push(samples) {
            match self.ear.push(frame) {
                Heard::Began(frames) => {
                    let mut hearing = Hearing::begin(recogniser, &[]).await.unwrap();
                    for frame in &frames {
                        hearing.frame(frame).await.unwrap();
                    }
                    self.hearing = Some(hearing);
                }
                Heard::Going => {
                    self.hearing.as_mut()?.frame(&frame).await.unwrap();
                }
                Heard::Ended(_) => return Some(self.hearing.take()?.finish().await.unwrap()),
                Heard::Quiet | Heard::Nothing => {}
            }
        }
        None
    }
}

fn porcupine(stage: &Stage) -> PorcupineSettings {
    let file = |name: &str| stage.models.path().join("porcupine").join(name);
    PorcupineSettings {
        library: file("libpv_porcupine.so"),
        model: file("porcupine_params.pv"),
        keywords: vec![Keyword {
            name: "jarvis".to_owned(),
            path: file("jarvis_linux.ppn"),
            sensitivity: 0.5,
        }],
        access_key: None,
    }
}

/// Porcupine for one connection.
async fn wakes(stream: TcpStream, settings: Vec<u8>) {
    let mut command = Command::new(support::jarvis());
    command.args(["engine", "porcupine"]).kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    input.write_all(&settings).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    tokio::select! {
        _ = copy(&mut from, &mut input) => {}
        _ = copy(&mut output, &mut to) => {}
    }
}

async fn connected(own: SocketAddr) -> TcpStream {
    let connecting = async {
        loop {
            if let Ok(stream) = TcpStream::connect(own).await {
                return stream;
            }
            SystemClock.sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(START, connecting).await.expect("the satellite is there")
}
