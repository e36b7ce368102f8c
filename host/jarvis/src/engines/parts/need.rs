//! A file that an engine needs, by the settings: the administrator's own, or one
//! of the catalogue.

use std::path::PathBuf;

use jarvis_domain::{Explain, Fault};
use jarvis_voice::{Catalogue, Held, ModelFolder, ModelsError, ONNX_RUNTIME};

use super::Stands;
use crate::engines::folder;
use crate::settings::{ComputeType, Settings};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// The administrator's own.
    Own(PathBuf),
    /// Of the catalogue, by name.
    Named(String),
}

impl Need {
    /// Whisper's model.
    pub(in crate::engines) fn model(settings: &Settings) -> Self {
        let model = &settings.stt.model;
        if model.contains('/') {
            return Self::Own(model.into());
        }
        Self::Named(match settings.stt.compute_type {
            ComputeType::Int8 => Catalogue::get().quantised(model),
            ComputeType::Float16 => model.clone(),
        })
    }

    /// A Piper voice, and what runs it.
    pub(in crate::engines) fn voice(settings: &Settings) -> [Self; 2] {
        let voice = &settings.tts.voice;
        let own = settings.tts.voices.as_ref().map(|folder| folder.join(format!("{voice}.onnx")));
        let voice = match own.filter(|file| file.is_file()) {
            Some(file) => Self::Own(file),
            None if voice.contains('/') => Self::Own(voice.into()),
            None => Self::Named(voice.clone()),
        };
        [voice, Self::Named(ONNX_RUNTIME.to_owned())]
    }

    /// Its file, if it is there. The first time it is read, which takes a moment.
    ///
    /// # Errors
    /// It is another than the catalogue's.
    pub(in crate::engines) fn file(
        &self,
        settings: &Settings,
    ) -> Result<Option<PathBuf>, Box<Fault>> {
        let name = match self {
            // What is wrong with it is told by the engine that loads it.
            Self::Own(file) => return Ok(Some(file.clone()).filter(|file| file.is_file())),
            Self::Named(name) => name,
        };
        let Ok(entry) = Catalogue::get().find(name) else { return Ok(None) };
        let folder = ModelFolder::at(folder(settings));
        let listed = folder.look(entry);
        if listed.held != Held::There {
            return Ok(None);
        }
        folder.check(entry).map_err(|error| error.fault())?;
        Ok(listed.files.into_iter().next())
    }

    /// Whether the catalogue has it, where it is to be of that.
    ///
    /// # Errors
    /// It has not.
    pub(in crate::engines) fn known(&self) -> Result<(), ModelsError> {
        match self {
            Self::Own(_) => Ok(()),
            Self::Named(name) => Catalogue::get().find(name).map(|_| ()),
        }
    }

    pub(super) fn is_there(&self, settings: &Settings) -> bool {
        match self {
            Self::Own(file) => file.is_file(),
            Self::Named(name) => Catalogue::get().find(name).is_ok_and(|entry| {
                ModelFolder::at(folder(settings)).look(entry).held == Held::There
            }),
        }
    }

    /// What is wrong with its name, in the settings under `key`.
    pub(super) fn wrong(&self, key: &str) -> Option<Stands> {
        let (says, hint) = match self {
            Self::Own(file) if !file.is_file() => (
                format!("{key}: there is no file {}", file.display()),
                format!("Correct {key}, or name a model in its place: jarvis models list --all"),
            ),
            Self::Named(_) => {
                let error = self.known().err()?;
                (format!("{key}: {error}"), "jarvis models list --all".to_owned())
            }
            Self::Own(_) => return None,
        };
        Some(Stands::Wrong(says, hint))
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own(file) => file.display().fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}
