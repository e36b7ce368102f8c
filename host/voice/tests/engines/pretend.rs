//! An engine that does what its text says, good or bad, and an assistant that
//! says what it heard.

use async_trait::async_trait;
use jarvis_voice::wyoming::{Engine, Info, Message, Program, Replies, Sound};
use jarvis_voice::{Answer, Assistant, Then, VoiceError};
use serde_json::json;

/// The engine.
#[derive(Default)]
pub(crate) struct Pretend {
    samples: usize,
}

/// The assistant.
#[derive(Debug)]
pub(crate) struct Answering;

#[async_trait]
impl Engine for Pretend {
    fn info(&self) -> Info {
        let program = Program { name: "pretend".to_owned(), installed: true, ..Program::default() };
        Info { asr: vec![program.clone()], tts: vec![program], ..Info::default() }
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "audio-start" => self.samples = 0,
            "audio-chunk" => self.samples += message.samples().map_or(0, |(_, s)| s.len()),
            "audio-stop" => {
                let text = format!("{} samples", self.samples);
                replies.send(&Message::new("transcript", json!({ "text": text }))).await?;
            }
            "synthesize" => speak(message.text("text").unwrap_or_default(), replies).await?,
            _ => {}
        }
        Ok(())
    }
}

async fn speak(text: &str, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
    match text {
        "crash" => {
            eprintln!("assertion failed: the model is upside down");
            std::process::abort()
        }
        "hang" => std::future::pending().await,
        "fail" => {
            let name = "voice.onnx".to_owned();
            let error = std::io::Error::other("not today");
            return Err(VoiceError::Write { name, error });
        }
        "print" => {
            println!("whisper_init: loading the model");
            answer(text, replies).await?;
        }
        // With all that it has of its surroundings.
        "surroundings" => {
            let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
            let folder = std::env::current_dir().unwrap();
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let alone = status.contains("NoNewPrivs:\t1");
            let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
            let core = limits.lines().any(|line| {
                line.starts_with("Max core file size")
                    && line.split_whitespace().nth(4) == Some("0")
            });
            let told = format!("{names:?} {} {alone} {core}", folder.display());
            replies.send(&Message::new("error", json!({ "text": told }))).await?;
        }
        _ => answer(text, replies).await?,
    }
    Ok(())
}

async fn answer(text: &str, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
    replies.send(&Message::new("audio-start", Sound::FRAMES)).await?;
    replies.send(&Message::sound(Sound::FRAMES, &vec![7; text.len()])).await?;
    replies.send(&Message::bare("audio-stop")).await
}

#[async_trait]
impl Assistant for Answering {
    async fn answer(&self, words: &str) -> Answer {
        Answer { text: format!("I heard {words}."), then: Then::Nothing, obvious: false }
    }

    async fn is_complete(&self, _: &str) -> bool {
        false
    }

    fn shown(&self, words: &str) -> String {
        words.to_owned()
    }

    fn shown_so_far(&self, words: &str) -> Option<String> {
        Some(words.to_owned())
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
