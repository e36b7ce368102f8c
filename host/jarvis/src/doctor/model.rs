//! Whether the language model is there.

use jarvis_domain::model::Standing;

use super::{Finding, Patient};
use crate::ollama;

const CHECK: &str = "ollama";

/// Asks Ollama for the model of the settings.
pub(super) async fn look(patient: &Patient<'_>) -> Finding {
    let llm = &patient.settings.llm;
    let standing = ollama::look(llm, &patient.clock).await;
    judge(&llm.host, &llm.model, standing)
}

fn judge(host: &str, model: &str, standing: Result<Standing, String>) -> Finding {
    match standing {
        Ok(Standing::Ready(_)) => Finding::well(CHECK, format!("{model} is at {host}")),
        Ok(Standing::Missing) => Finding::without(
            CHECK,
            format!("Ollama answers at {host}, and does not have {model}"),
            format!("ollama pull {model}"),
        ),
        Err(why) => Finding::without(
            CHECK,
            format!("no language model at {host}: {why}"),
            "Jarvis understands its own sentences without one. For more, start Ollama, or set llm.host or OLLAMA_HOST.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::model::Abilities;

    use super::super::Health;
    use super::*;

    #[test]
    fn a_model_that_is_missing_can_be_pulled() {
        let hint = |standing| judge("http://here", "phi3", standing).hint;
        let ready = Standing::Ready(Abilities::default());
        assert_eq!(judge("http://here", "phi3", Ok(ready)).state, Health::Well);
        assert_eq!(hint(Ok(Standing::Missing)).as_deref(), Some("ollama pull phi3"));
        let silent = judge("http://here", "phi3", Err("refused".to_owned()));
        assert_eq!(silent.state, Health::Without);
        assert!(silent.says.contains("refused"), "{silent:?}");
    }
}
