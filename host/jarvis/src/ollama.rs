//! Ollama, as the settings name it: who is asked what no sentence fits.
//! Jarvis understands its own sentences without one.

use std::sync::Arc;

use jarvis_assistant::Talker;
use jarvis_domain::Clock;
use jarvis_domain::model::{LanguageModel, Standing};
use jarvis_ollama::Ollama;

use crate::settings::Llm;

/// Asks the Ollama of `llm` for its model.
///
/// # Errors
/// Nobody answers as Ollama does; why not.
pub(crate) async fn look(llm: &Llm, clock: &Arc<dyn Clock>) -> Result<Standing, String> {
    let settings = llm.ollama().map_err(|error| error.to_string())?;
    let standing = Ollama::new(settings, Arc::clone(clock)).standing().await;
    standing.map_err(|fault| fault.to_string())
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
        let there = look(&llm(&ollama.url(), "mistral:7b"), &clock).await;
        assert!(matches!(there, Ok(Standing::Ready(_))), "{there:?}");
        assert_eq!(look(&llm(&ollama.url(), "phi3"), &clock).await, Ok(Standing::Missing));
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for host in [format!("http://{gone}"), "https://ollama".to_owned(), String::new()] {
            let found = look(&llm(&host, "phi3"), &clock).await;
            assert!(found.is_err(), "{host}: {found:?}");
        }
    }
}
