//! Speech by the `espeak-ng` program: the voice that is always there.
//!
//! The program is GPL and is started, never linked. It reads its text from
//! standard input, so that no text is taken for an option.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Clock, Explain, Language, Row};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::error::VoiceError;
use crate::wav::WavReader;
use crate::wyoming::{Artifact, Engine, Info, Message, Program, Replies, Sound};

/// The most text of one request.
const LONGEST: usize = 2000;
/// The most bytes that it may answer with: three minutes.
const MOST: u64 = 8 * 1024 * 1024;
/// How long it may take. It speaks a hundred times as fast as a person.
const LIMIT: Duration = Duration::from_secs(20);
/// Samples of one message.
const PIECE: usize = 2048;

/// How it speaks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EspeakSettings {
    /// The program.
    pub program: PathBuf,
    /// Its voice, with a variant where one is wanted: `en-us+f3`.
    pub voice: String,
    /// Words a minute, 80 to 450.
    pub pace: u16,
}

/// What the settings of a voice cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a voice of espeak-ng")]
pub struct BadVoice(String);

/// The row of [`BadVoice`].
pub(crate) const BAD_VOICE: Row = Row {
    code: "voice-espeak-voice",
    meaning: "The name of an espeak-ng voice has other characters than one may have.",
    hint: "espeak-ng --voices=en lists them; a variant is added as in en-us+f3.",
    exit: 2,
    status: 400,
};

impl Explain for BadVoice {
    fn row(&self) -> &'static Row {
        &BAD_VOICE
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Espeak {
    settings: EspeakSettings,
    clock: Arc<dyn Clock>,
}

impl Default for EspeakSettings {
    fn default() -> Self {
        let program = PathBuf::from("/usr/bin/espeak-ng");
        Self { program, voice: "en-us".to_owned(), pace: 165 }
    }
}

impl EspeakSettings {
    /// How it speaks `language`.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let voice = match language {
            Language::English => "en-us",
            Language::German => "de",
        };
        Self { voice: voice.to_owned(), ..Self::default() }
    }

    /// The same, `speed` times as fast.
    #[must_use]
    pub fn paced(self, speed: f64) -> Self {
        let pace = (f64::from(self.pace) * speed).round();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is no pace becomes the nearest one, 0 for none"
        )]
        Self { pace: pace as u16, ..self }
    }
}

impl Espeak {
    /// Starts nothing yet.
    ///
    /// # Errors
    /// The voice is no name of one.
    pub(crate) fn new(settings: EspeakSettings, clock: Arc<dyn Clock>) -> Result<Self, VoiceError> {
        check(&settings.voice)?;
        let pace = settings.pace.clamp(80, 450);
        Ok(Self { settings: EspeakSettings { pace, ..settings }, clock })
    }

    /// `text` as phonemes of the International Phonetic Alphabet.
    pub(crate) async fn phonemes(&self, text: &str) -> Result<String, VoiceError> {
        let voice = self.settings.voice.clone();
        let written = self.limited(&["-q", "--ipa", "-v", &voice], &clean(text)).await?;
        Ok(String::from_utf8_lossy(&written).into_owned())
    }

    /// `text` as a WAV file.
    async fn wav(&self, text: &str, voice: &str) -> Result<Vec<u8>, VoiceError> {
        let pace = self.settings.pace.to_string();
        self.limited(&["--stdout", "-v", voice, "-s", &pace], text).await
    }

    async fn limited(&self, arguments: &[&str], text: &str) -> Result<Vec<u8>, VoiceError> {
        let running = self.run(arguments, text);
        tokio::select! {
            biased;
            out = running => out,
            () = self.clock.sleep(LIMIT) => Err(VoiceError::Silent {
                engine: self.settings.program.display().to_string(),
                waited: LIMIT,
            }),
        }
    }

    async fn run(&self, arguments: &[&str], text: &str) -> Result<Vec<u8>, VoiceError> {
        let program = &self.settings.program;
        let failed = |error: io::Error| VoiceError::Espeak {
            program: program.clone(),
            why: "it does not run".to_owned(),
            error: Some(error),
        };
        let mut child = Command::new(program)
            // UTF-8, a whole text from standard input.
            .args(["-b", "1", "--stdin"])
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (mut wav, mut said) = (Vec::new(), Vec::new());
        let input = child.stdin.take();
        let output = child.stdout.take();
        let errors = child.stderr.take();
        let writing = async move {
            // One that has ended takes nothing, and is looked at below.
            if let Some(mut input) = input {
                let _ = input.write_all(text.as_bytes()).await;
            }
        };
        let reading = async {
            match output {
                Some(output) => output.take(MOST).read_to_end(&mut wav).await.map(|_| ()),
                None => Ok(()),
            }
        };
        let listening = async {
            match errors {
                Some(errors) => errors.take(2048).read_to_end(&mut said).await.map(|_| ()),
                None => Ok(()),
            }
        };
        let ((), read, _) = tokio::join!(writing, reading, listening);
        read.map_err(failed)?;
        let status = child.wait().await.map_err(failed)?;
        if status.success() && !wav.is_empty() {
            return Ok(wav);
        }
        let said = jarvis_domain::text::line(&String::from_utf8_lossy(&said), 200);
        Err(VoiceError::Espeak {
            program: program.clone(),
            why: if said.is_empty() { format!("it has ended ({status})") } else { said },
            error: None,
        })
    }

    async fn speak(&self, message: &Message, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        let asked = message.data.get("voice").and_then(|voice| voice.get("name")?.as_str());
        let voice = asked.unwrap_or(&self.settings.voice);
        check(voice)?;
        let text = clean(message.text("text").unwrap_or_default());
        let (mut rate, mut samples) = (crate::RATE, Vec::new());
        if text.chars().any(char::is_alphanumeric) {
            let wav = self.wav(&text, voice).await?;
            let unusable =
                |fault| VoiceError::Wav { name: "what espeak-ng said".to_owned(), fault };
            let mut reader = WavReader::new(wav.as_slice()).map_err(unusable)?;
            rate = reader.rate();
            while reader.read(&mut samples).map_err(unusable)? {}
        }
        let sound = Sound { rate, width: 2, channels: 1 };
        replies.send(&Message::new("audio-start", sound)).await?;
        for piece in samples.chunks(PIECE) {
            let piece: Vec<i16> = piece.iter().map(|sample| crate::wav::to_i16(*sample)).collect();
            replies.send(&Message::sound(sound, &piece)).await?;
        }
        replies.send(&Message::bare("audio-stop")).await
    }
}

#[async_trait]
impl Engine for Espeak {
    fn info(&self) -> Info {
        let voice = Artifact {
            name: self.settings.voice.clone(),
            installed: true,
            languages: vec![
                self.settings.voice.split(['-', '+']).next().unwrap_or_default().to_owned(),
            ],
            ..Artifact::default()
        };
        let program = Program {
            name: "espeak-ng".to_owned(),
            installed: self.settings.program.is_file(),
            description: Some("the voice that is always there".to_owned()),
            voices: vec![voice],
            ..Program::default()
        };
        Info { tts: vec![program], ..Info::default() }
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "settings" => {
                let none = || VoiceError::Espeak {
                    program: self.settings.program.clone(),
                    why: "the settings are none".to_owned(),
                    error: None,
                };
                *self = Self::new(message.read().ok_or_else(none)?, self.clock.clone())?;
                Ok(())
            }
            "synthesize" => self.speak(&message, replies).await,
            _ => Ok(()),
        }
    }
}

/// A voice is a file to espeak-ng, or an option where it begins as one.
fn check(voice: &str) -> Result<(), VoiceError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_+".contains(c);
    let fits = voice.starts_with(|c: char| c.is_ascii_alphanumeric())
        && voice.len() <= 40
        && voice.chars().all(plain);
    if fits { Ok(()) } else { Err(BadVoice(jarvis_domain::text::shown(voice, 40)).into()) }
}

/// `text` without what espeak-ng reads as phonemes, and no longer than it may
/// be.
fn clean(text: &str) -> String {
    jarvis_domain::text::block(text, LONGEST).replace("[[", " ").replace("]]", " ")
}

#[cfg(test)]
mod tests;
