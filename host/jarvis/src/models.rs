//! The models that the settings name, as the API shows them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::http::ModelList;
use jarvis_api::http::wire::{Model, ModelKind, ModelState};
use jarvis_domain::model::Standing;
use jarvis_domain::{Clock, Timestamp};
use tokio::sync::Mutex;

use crate::engines::parts::{self, Part, Stands};
use crate::ollama;
use crate::settings::Settings;

/// How long what Ollama said counts: whoever asks often does not ask it each time.
const FRESH: Duration = Duration::from_secs(10);

/// The models of a host for real.
#[derive(Debug)]
pub(crate) struct NamedModels {
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// Held while Ollama is asked: others wait for the same answer.
    last: Mutex<Option<(Timestamp, Result<Standing, String>)>>,
}

impl NamedModels {
    pub(crate) fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        Self { settings: settings.clone(), clock, last: Mutex::default() }
    }

    async fn standing(&self) -> Result<Standing, String> {
        let mut last = self.last.lock().await;
        if let Some((asked, standing)) = &*last
            && self.clock.now().since(*asked) < FRESH
        {
            return standing.clone();
        }
        let standing = ollama::look(&self.settings.llm, &self.clock).await;
        *last = Some((self.clock.now(), standing.clone()));
        standing
    }
}

#[async_trait]
impl ModelList for NamedModels {
    async fn models(&self) -> Vec<Model> {
        let model = &self.settings.llm.model;
        let (state, note) = match self.standing().await {
            Ok(Standing::Ready(_)) => (ModelState::Ready, None),
            Ok(Standing::Missing) => (ModelState::Missing, Some(format!("ollama pull {model}"))),
            Err(why) => (ModelState::Unavailable, Some(why)),
        };
        let mut models = vec![language(model, state, note)];
        models.extend(speech(&self.settings));
        models
    }
}

/// The models of a demo, which asks nobody outside.
pub(crate) fn of_demo(settings: &Settings) -> Vec<Model> {
    let note = "a demo asks no language model";
    let mut models =
        vec![language(&settings.llm.model, ModelState::Unavailable, Some(note.to_owned()))];
    models.extend(speech(settings));
    models
}

fn language(model: &str, state: ModelState, note: Option<String>) -> Model {
    Model {
        kind: ModelKind::LanguageModel,
        name: Some(model.to_owned()),
        backend: Some("ollama".to_owned()),
        state,
        note,
    }
}

/// As their files are now.
fn speech(settings: &Settings) -> Vec<Model> {
    let (stt, tts) = (&settings.stt, &settings.tts);
    let here = |address: &Option<String>, engine| match address {
        Some(_) => "wyoming",
        None => engine,
    };
    let wake = &settings.wake;
    let named = [
        (ModelKind::SpeechToText, stt.model.clone(), here(&stt.address, "whisper")),
        (ModelKind::TextToSpeech, tts.voice.clone(), here(&tts.address, "piper")),
        (ModelKind::WakeWord, wake.keywords.join(", "), here(&wake.address, "porcupine")),
    ];
    let model = |((kind, name, backend), part): ((ModelKind, String, &str), Part)| {
        let (state, note) = match part.stands {
            Stands::Ready(_) => (ModelState::Ready, None),
            Stands::FallBack(_, command) => (ModelState::Missing, Some(command)),
            Stands::Wrong(says, _) => (ModelState::Unavailable, Some(says)),
        };
        Model { kind, name: Some(name), backend: Some(backend.to_owned()), state, note }
    };
    named.into_iter().zip(parts::look(settings)).map(model).collect()
}

#[cfg(test)]
mod tests {
    use jarvis_domain::SystemClock;

    use super::*;
    use crate::fake_ollama::FakeOllama;
    use crate::ollama::tests::llm;

    /// The state and note of the language model.
    fn first(models: &[Model]) -> (ModelState, Option<&str>) {
        (models[0].state, models[0].note.as_deref())
    }

    #[tokio::test]
    async fn ollama_is_asked_for_the_model_of_the_settings_and_not_each_time() {
        let mut settings = Settings::default();
        settings.models.folder = Some("/nowhere".into());
        for (model, expected) in [
            ("mistral:7b", (ModelState::Ready, None)),
            ("phi3", (ModelState::Missing, Some("ollama pull phi3"))),
        ] {
            let ollama = FakeOllama::start(&[("mistral:7b", &["completion"])]);
            settings.llm = llm(&ollama.url(), model);
            let models = NamedModels::new(&settings, Arc::new(SystemClock));
            let told = models.models().await;
            assert_eq!(first(&told), expected, "{model}");
            assert_eq!(told.len(), 4);
            assert!(told[1..].iter().all(|model| model.note.is_some()), "{told:?}");
            // Nobody is there to be asked again.
            drop(ollama);
            assert_eq!(first(&models.models().await), expected, "{model}");
        }
        settings.llm.host = "http://127.0.0.1:9".to_owned();
        let told = NamedModels::new(&settings, Arc::new(SystemClock)).models().await;
        assert_eq!(first(&told).0, ModelState::Unavailable);
        assert!(first(&told).1.is_some());
    }
}
