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
use crate::settings::{Llm, Settings};

/// How long what Ollama said counts: whoever asks often does not ask it each time.
const FRESH: Duration = Duration::from_secs(10);
/// How long a try of the voice's parts counts, which reads their files whole.
const TRIED: Duration = Duration::from_secs(300);

/// The models of a host.
#[derive(Debug)]
pub(crate) struct NamedModels {
    settings: Settings,
    /// It asks no language model.
    is_demo: bool,
    clock: Arc<dyn Clock>,
    language: Kept<Result<Standing, String>>,
    /// As the names of the files look, and as they were tried.
    speech: Kept<([Part; 3], [Part; 3])>,
}

/// What was found lately. Held while it is looked for: others wait for the same
/// answer.
#[derive(Debug)]
struct Kept<T>(Mutex<Option<(Timestamp, T)>>);

impl NamedModels {
    pub(crate) fn new(settings: &Settings, is_demo: bool, clock: Arc<dyn Clock>) -> Self {
        let settings = settings.clone();
        Self { settings, is_demo, clock, language: Kept::default(), speech: Kept::default() }
    }

    async fn language(&self) -> Model {
        let Llm { model, .. } = &self.settings.llm;
        if self.is_demo {
            let note = "a demo asks no language model".to_owned();
            return language(model, ModelState::Unavailable, Some(note));
        }
        let look = async || ollama::look(&self.settings.llm, &self.clock).await;
        let (state, note) = match self.language.within(FRESH, |_| true, &self.clock, look).await {
            Ok(Standing::Ready(_)) => (ModelState::Ready, None),
            Ok(Standing::Missing) => (ModelState::Missing, Some(format!("ollama pull {model}"))),
            Err(why) => (ModelState::Unavailable, Some(why)),
        };
        language(model, state, note)
    }

    /// Tried anew as soon as a file comes or goes.
    async fn speech(&self) -> Vec<Model> {
        let look = parts::look(&self.settings);
        let is_same = |(then, _): &(_, _)| *then == look;
        let try_all = async || (look.clone(), parts::tried(&self.settings, &self.clock).await);
        let (_, tried) = self.speech.within(TRIED, is_same, &self.clock, try_all).await;
        speech(&self.settings, tried)
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Kept<T> {
    async fn within(
        &self,
        fresh: Duration,
        is_right: impl Fn(&T) -> bool,
        clock: &Arc<dyn Clock>,
        find: impl AsyncFnOnce() -> T,
    ) -> T {
        let mut last = self.0.lock().await;
        if let Some((when, found)) = &*last
            && clock.now().since(*when) < fresh
            && is_right(found)
        {
            return found.clone();
        }
        let found = find().await;
        *last = Some((clock.now(), found.clone()));
        found
    }
}

#[async_trait]
impl ModelList for NamedModels {
    async fn models(&self) -> Vec<Model> {
        let (language, speech) = tokio::join!(self.language(), self.speech());
        [language].into_iter().chain(speech).collect()
    }
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

fn speech(settings: &Settings, parts: [Part; 3]) -> Vec<Model> {
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
    named.into_iter().zip(parts).map(model).collect()
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ManualClock, SystemClock};

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
            // It stands still: what was found lately stays so, however long this takes.
            let clock = Arc::new(ManualClock::at(Timestamp(0)));
            let models = NamedModels::new(&settings, false, clock);
            let told = models.models().await;
            assert_eq!(first(&told), expected, "{model}");
            assert_eq!(told.len(), 4);
            assert!(told[1..].iter().all(|model| model.note.is_some()), "{told:?}");
            // Nobody is there to be asked again.
            drop(ollama);
            assert_eq!(first(&models.models().await), expected, "{model}");
        }
        settings.llm.host = "http://127.0.0.1:9".to_owned();
        let told = NamedModels::new(&settings, false, Arc::new(SystemClock)).models().await;
        assert_eq!(first(&told).0, ModelState::Unavailable);
        assert!(first(&told).1.is_some());
    }
    /// It was called ready by the names of its files alone.
    #[cfg(target_arch = "x86_64")]
    #[tokio::test]
    async fn a_damaged_file_is_told_as_soon_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.models.folder = Some(folder.path().to_owned());
        let models = NamedModels::new(&settings, true, Arc::new(SystemClock));
        let wakes = async || models.models().await.pop().unwrap();
        let before = wakes().await;
        let pull = "jarvis models pull porcupine-1.9.5";
        assert_eq!((before.state, before.note.as_deref()), (ModelState::Missing, Some(pull)));
        let porcupine = folder.path().join("porcupine");
        std::fs::create_dir(&porcupine).unwrap();
        for file in ["libpv_porcupine.so", "porcupine_params.pv", "jarvis_linux.ppn", "LICENSE"] {
            std::fs::write(porcupine.join(file), "damaged").unwrap();
        }
        let after = wakes().await;
        assert_eq!(after.state, ModelState::Unavailable, "{after:?}");
        assert!(after.note.is_some_and(|note| note.contains("porcupine-1.9.5")));
    }
}
