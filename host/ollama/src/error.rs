//! What can go wrong with Ollama.

use std::time::Duration;

use jarvis_domain::{Explain, Fault, Row};

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum OllamaError {
    /// Nobody listens there.
    #[error("Ollama cannot be reached at {address}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing came for too long.
    #[error("Ollama at {address} said nothing for {} s while it was to be {doing}", .after.as_secs())]
    Silent {
        /// Where it is.
        address: String,
        /// For how long.
        after: Duration,
        /// What was waited for.
        doing: &'static str,
    },
    /// The connection ended in the middle.
    #[error("the connection to Ollama at {address} ended in the middle")]
    Broken {
        /// Where it is.
        address: String,
        /// Why, where something is known.
        source: Option<hyper::Error>,
    },
    /// It does not have the model.
    #[error("Ollama at {address} does not have the model {model}")]
    Missing {
        /// Where it is.
        address: String,
        /// The model.
        model: String,
    },
    /// The model calls no tools.
    #[error("the model {model} calls no tools")]
    NoTools {
        /// The model.
        model: String,
    },
    /// It said no.
    #[error("Ollama says: {says} (HTTP {status})")]
    Refused {
        /// The HTTP status; 200 where it broke off later.
        status: u16,
        /// Its words.
        says: String,
    },
    /// What answers is not Ollama.
    #[error("what answers at {address} does not speak as Ollama does: {why}")]
    Garbled {
        /// Where it is.
        address: String,
        /// What is wrong with it.
        why: String,
    },
}

const UNREACHABLE: Row = Row {
    code: "ollama-unreachable",
    meaning: "Nobody listens where the settings say that Ollama is.",
    hint: "Start Ollama (ollama serve), or set llm.host or OLLAMA_HOST. Jarvis understands its own sentences without it.",
    exit: 1,
    status: 502,
};
const SILENT: Row = Row {
    code: "ollama-silent",
    meaning: "Ollama takes too long: for its first word, or between two of them.",
    hint: "Look at ollama ps: a model that is loaded anew each time, or larger than the memory of the GPU, takes that long. Take a smaller one, or give more time with llm.first_token and llm.idle.",
    exit: 1,
    status: 504,
};
const BROKEN: Row = Row {
    code: "ollama-broken-off",
    meaning: "Ollama ended in the middle of an answer.",
    hint: "Say it again. Ollama's own log (journalctl -u ollama) says why it ended.",
    exit: 1,
    status: 502,
};
const MISSING: Row = Row {
    code: "ollama-model-missing",
    meaning: "Ollama does not have the model that the settings name.",
    hint: "Say yes when jarvis offers to fetch it, or fetch it with ollama pull, or set llm.model to one that ollama list shows.",
    exit: 1,
    status: 404,
};
const NO_TOOLS: Row = Row {
    code: "ollama-no-tools",
    meaning: "The language model answers questions and runs no commands, since it calls no tools.",
    hint: "Set llm.model to one that ollama show lists tools for.",
    exit: 1,
    status: 422,
};
const REFUSED: Row = Row {
    code: "ollama-refused",
    meaning: "Ollama says why it does not answer.",
    hint: "The sentence has Ollama's own words; its log (journalctl -u ollama) may say more.",
    exit: 1,
    status: 502,
};
const GARBLED: Row = Row {
    code: "ollama-protocol",
    meaning: "What answers at Ollama's address does not speak Ollama's protocol.",
    hint: "Check llm.host: Ollama listens on port 11434, and is asked by its own API, not by another's.",
    exit: 1,
    status: 502,
};

/// The rows of this room.
pub const ROWS: &[&Row] =
    &[&UNREACHABLE, &SILENT, &BROKEN, &MISSING, &NO_TOOLS, &REFUSED, &GARBLED];

impl Explain for OllamaError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unreachable { .. } => &UNREACHABLE,
            Self::Silent { .. } => &SILENT,
            Self::Broken { .. } => &BROKEN,
            Self::Missing { .. } => &MISSING,
            Self::NoTools { .. } => &NO_TOOLS,
            Self::Refused { .. } => &REFUSED,
            Self::Garbled { .. } => &GARBLED,
        }
    }

    fn hint(&self) -> Option<String> {
        let Self::Missing { model, .. } = self else { return None };
        Some(format!(
            "ollama pull {model} fetches it; or set llm.model to one that ollama list shows."
        ))
    }
}

impl From<OllamaError> for Box<Fault> {
    fn from(error: OllamaError) -> Self {
        error.fault()
    }
}
