//! Whether the language model is there.

use super::{Finding, Patient};
use crate::ollama::{self, Standing};

const CHECK: &str = "ollama";

/// Asks Ollama for the model of the settings.
pub(super) async fn look(patient: &Patient<'_>) -> Finding {
    let llm = &patient.settings.llm;
    let standing = ollama::look(llm, &patient.clock).await;
    judge(&llm.host, &llm.model, standing)
}

fn judge(host: &str, model: &str, standing: Standing) -> Finding {
    match standing {
        Standing::Ready => Finding::well(CHECK, format!("{model} is at {host}")),
        Standing::Missing => Finding::without(
            CHECK,
            format!("Ollama answers at {host}, and does not have {model}"),
            format!("ollama pull {model}"),
        ),
        Standing::Silent(why) => Finding::without(
            CHECK,
            format!("no language model at {host}: {why}"),
            "Jarvis understands its own sentences without one. For more, start Ollama, or set llm.host or OLLAMA_HOST.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_model_that_is_missing_can_be_pulled() {
        let hint = |standing| judge("http://here", "phi3", standing).hint;
        assert_eq!(judge("http://here", "phi3", Standing::Ready).state, Health::Well);
        assert_eq!(hint(Standing::Missing).as_deref(), Some("ollama pull phi3"));
        let silent = judge("http://here", "phi3", Standing::Silent("refused".to_owned()));
        assert_eq!(silent.state, Health::Without);
        assert!(silent.says.contains("refused"), "{silent:?}");
    }
}
