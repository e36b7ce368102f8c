//! Finding the file, checking who may read it, and the environment's
//! overrides.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jarvis_document::{MAX_BYTES, Problems};
use jarvis_domain::{Explain, Row};
use jarvis_sentences::BadPin;

use super::secret::{Secret, SecretError};
use super::{Access, Cluster, JWT_SECRET_MIN, Settings};

/// The file, and why it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The file.
    pub(crate) path: PathBuf,
    /// `--config`, `JARVIS_CONFIG`, or the place where it was looked for.
    pub(crate) by: &'static str,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The file cannot be read.
    #[error("the settings {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file has mistakes.
    #[error("the settings {} have mistakes:\n{problems}", path.display())]
    Mistakes {
        /// The file.
        path: PathBuf,
        /// All of them.
        problems: Problems,
    },
    /// An environment variable that overrides a setting has a bad value.
    #[error("the environment variable {name} is wrong: {why}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A secret that is needed cannot be had.
    #[error("a secret of the settings cannot be used")]
    Secret(#[source] SecretError),
    /// The PIN that was set is none.
    #[error("voice.pin does not lead to a PIN")]
    Pin(#[source] BadPin),
    /// Over the API, and no word of where it is.
    #[error("cluster.access is api, and there is no section cluster.api")]
    NoApi,
}

const UNREADABLE: Row = Row {
    code: "settings-unreadable",
    meaning: "The settings file cannot be read.",
    hint: "Check the path and who may read it, or try jarvis without settings: jarvis chat --demo",
    exit: 2,
    status: 500,
};
const MISTAKES: Row = Row {
    code: "settings-mistakes",
    meaning: "The settings file has mistakes; each is listed with its line.",
    hint: "Mend the lines that are named, then run: jarvis config check",
    exit: 2,
    status: 500,
};
const ENVIRONMENT: Row = Row {
    code: "settings-environment",
    meaning: "PORT, JWT_SECRET or OLLAMA_HOST has a value that cannot be used.",
    hint: "Correct the variable, or unset it so that the settings file counts.",
    exit: 2,
    status: 500,
};
const PIN: Row = Row {
    code: "settings-pin",
    meaning: "What voice: pin: leads to is no PIN.",
    hint: "Write four to twelve digits and nothing else into the file, variable or credential.",
    exit: 2,
    status: 500,
};
const SECRET: Row = Row {
    code: "settings-secret",
    meaning: "A secret that the settings point to cannot be read.",
    hint: "Check that the file, variable or credential is there and that jarvis may read it.",
    exit: 2,
    status: 500,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&UNREADABLE, &MISTAKES, &ENVIRONMENT, &SECRET, &PIN];

impl Explain for SettingsError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unreadable { .. } => &UNREADABLE,
            Self::Mistakes { .. } => &MISTAKES,
            Self::Environment { .. } => &ENVIRONMENT,
            Self::Secret(_) => &SECRET,
            Self::Pin(_) => &PIN,
            Self::NoApi => &MISTAKES,
        }
    }
}

/// The door to `cluster`, its secrets by value.
pub(crate) fn access(
    cluster: &Cluster,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<jarvis_cluster::Access, SettingsError> {
    match (cluster.access, &cluster.api) {
        (Access::Pvesh, _) => Ok(jarvis_cluster::Access::Pvesh),
        (Access::Api, Some(api)) => {
            api.reveal(env).map(jarvis_cluster::Access::Api).map_err(SettingsError::Secret)
        }
        (Access::Api, None) => Err(SettingsError::NoApi),
    }
}

/// What `secret` is, where there is one.
pub(crate) fn reveal(
    secret: Option<&Secret>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, SettingsError> {
    secret.map(|secret| secret.reveal(env)).transpose().map_err(SettingsError::Secret)
}

/// The settings file to use, if there is one.
pub(crate) fn find(option: Option<&Path>, env: &dyn Fn(&str) -> Option<String>) -> Option<Found> {
    if let Some(path) = option {
        return Some(Found { path: path.to_owned(), by: "--config" });
    }
    if let Some(path) = env("JARVIS_CONFIG").filter(|path| !path.is_empty()) {
        return Some(Found { path: path.into(), by: "JARVIS_CONFIG" });
    }
    let places =
        [("./config/jarvis.yaml", "the working folder"), ("/etc/jarvis/jarvis.yaml", "the system")];
    places
        .into_iter()
        .map(|(path, by)| Found { path: path.into(), by })
        .find(|found| found.path.is_file())
}

/// Reads `path` and applies the environment's overrides.
pub(crate) fn load(
    path: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Settings, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let private = file.metadata().map_err(unreadable)?.mode() & 0o077 == 0;
    let mut text = String::new();
    // One byte over the limit is enough for the parser to refuse it.
    file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
    let mut settings = Settings::read(&text, private)
        .map_err(|problems| SettingsError::Mistakes { path: path.to_owned(), problems })?;
    apply(&mut settings, env)?;
    Ok(settings)
}

/// What `PORT` says.
pub(crate) fn port(env: &dyn Fn(&str) -> Option<String>) -> Result<Option<u16>, SettingsError> {
    let why = "a port is a number up to 65535; 0 takes any".to_owned();
    let port = env("PORT").map(|port| port.parse()).transpose();
    port.map_err(|_| SettingsError::Environment { name: "PORT", why })
}

/// `PORT`, `JWT_SECRET` and `OLLAMA_HOST`, as the replaced system took them.
pub(crate) fn apply(
    settings: &mut Settings,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), SettingsError> {
    let wrong = |name, why: &str| SettingsError::Environment { name, why: why.to_owned() };
    if let Some(port) = port(env)? {
        settings.server.port = port;
    }
    if let Some(secret) = env("JWT_SECRET") {
        if secret.len() < JWT_SECRET_MIN {
            let why = format!("a secret to sign tokens with has at least {JWT_SECRET_MIN} bytes");
            return Err(wrong("JWT_SECRET", &why));
        }
        settings.server.jwt_secret = Some(Secret::Env("JWT_SECRET".to_owned()));
    }
    // How strong one in a file is, is told where it is used.
    if let Some(secret) = &settings.server.jwt_secret {
        secret.reveal(env).map_err(SettingsError::Secret)?;
    }
    if let Some(host) = env("OLLAMA_HOST").filter(|host| !host.is_empty()) {
        settings.llm.host = if host.contains("://") { host } else { format!("http://{host}") };
    }
    Ok(())
}

/// The settings where there is no file: the defaults, and the environment.
pub(crate) fn defaults(env: &dyn Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
    let mut settings = Settings::default();
    apply(&mut settings, env)?;
    Ok(settings)
}
