//! Ollama, as the settings name it: who is asked what no sentence fits.
//! Jarvis understands its own sentences without one.

use std::sync::Arc;

use jarvis_assistant::Talker;
use jarvis_domain::Clock;
use jarvis_domain::model::{LanguageModel, Standing as Found};
use jarvis_ollama::Ollama;

use crate::settings::Llm;

/// What became of asking for a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Ollama has it.
    Ready,
    /// Ollama answers, and does not have it.
    Missing,
    /// Nobody answers as Ollama does, for this reason.
    Silent(String),
}

/// Asks the Ollama of `llm` for its model.
pub(crate) async fn look(llm: &Llm, clock: &Arc<dyn Clock>) -> Standing {
    let settings = match llm.ollama() {
        Ok(settings) => settings,
        Err(error) => return Standing::Silent(error.to_string()),
    };
    match Ollama::new(settings, Arc::clone(clock)).standing().await {
        Ok(Found::Ready(_)) => Standing::Ready,
        Ok(Found::Missing) => Standing::Missing,
        Err(fault) => Standing::Silent(fault.to_string()),
    }
}

/// Who is asked what no sentence fits; none where the address is none.
pub(crate) fn talker(llm: &Llm, clock: &Arc<dyn Clock>) -> Option<Talker> {
    match llm.ollama() {
        Ok(settings) => {
            let model = Arc::new(Ollama::new(settings, Arc::clone(clock)));
            Some(Talker::new(model, usize::try_from(llm.history).unwrap_or(0)))
        }
        Err(error) => {
            tracing::warn!(%error, "no language model is asked");
            None
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jarvis_domain::SystemClock;

    use super::*;
    use crate::fake_ollama::FakeOllama;

    pub(crate) fn llm(host: &str, model: &str) -> Llm {
        Llm { host: host.to_owned(), model: model.to_owned(), ..Llm::default() }
    }

    #[tokio::test]
    async fn a_model_is_there_or_missing_or_nobody_answers() {
        let ollama = FakeOllama::start(&[("mistral:7b", &["completion"])]);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        assert_eq!(look(&llm(&ollama.url(), "mistral:7b"), &clock).await, Standing::Ready);
        assert_eq!(look(&llm(&ollama.url(), "phi3"), &clock).await, Standing::Missing);
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for host in [format!("http://{gone}"), "https://ollama".to_owned(), String::new()] {
            let found = look(&llm(&host, "phi3"), &clock).await;
            assert!(matches!(found, Standing::Silent(_)), "{host}: {found:?}");
        }
    }
}
