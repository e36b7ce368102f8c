//! Sound devices and the models of speech. Jarvis can be typed to without any.

use std::path::{Path, PathBuf};

use super::{Finding, Patient};

const AUDIO: &str = "audio";
const MODELS: &str = "models";

/// Whether this machine has a sound card or a sound server.
pub(super) fn look(patient: &Patient<'_>) -> Finding {
    let runtime = (patient.env)("XDG_RUNTIME_DIR").map(PathBuf::from);
    at(Path::new("/proc/asound/cards"), runtime.as_deref())
}

fn at(cards: &Path, runtime: Option<&Path>) -> Finding {
    let cards = std::fs::read_to_string(cards).unwrap_or_default();
    // Each card is a line that begins with its number.
    let card = |line: &&str| line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let count = cards.lines().filter(card).count();
    let served = runtime.is_some_and(|folder| {
        folder.join("pulse/native").exists() || folder.join("pipewire-0").exists()
    });
    if count > 0 || served {
        let server = if served { ", and a sound server runs" } else { "" };
        return Finding::well(AUDIO, format!("{count} sound cards{server}"));
    }
    Finding::without(
        AUDIO,
        "this machine has no sound card and no sound server",
        "Jarvis can be typed to and called over its API without; to hear and speak it needs one.",
    )
}

/// Whether the files that the settings name are there.
pub(super) fn models(patient: &Patient<'_>) -> Finding {
    let settings = patient.settings;
    let named = [
        ("stt.model", settings.stt.model.as_str()),
        ("tts.voice", settings.tts.voice.as_str()),
        ("wake.keyword", settings.wake.keyword.as_str()),
    ];
    // What is no path is a name, of which nothing can be missing yet.
    let files = named.into_iter().filter(|(_, file)| file.contains('/'));
    let missing: Vec<String> = files
        .filter(|(_, file)| !Path::new(file).is_file())
        .map(|(key, file)| format!("{key}: {file}"))
        .collect();
    if missing.is_empty() {
        return Finding::well(MODELS, "every file of a model that the settings name is there");
    }
    Finding::ill(
        MODELS,
        format!("files of models are missing: {}", missing.join(", ")),
        "Correct the paths, or name a model in their place: stt: {model: base.en}",
    )
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_card_or_a_server_is_sound_enough() {
        let folder = tempfile::tempdir().unwrap();
        let cards = folder.path().join("cards");
        assert_eq!(at(&cards, None).state, Health::Without);
        std::fs::write(&cards, "--- no soundcards ---\n").unwrap();
        assert_eq!(at(&cards, Some(folder.path())).state, Health::Without);
        std::fs::write(&cards, " 0 [PCH ]: HDA-Intel - HDA Intel PCH\n   HDA Intel PCH\n").unwrap();
        assert_eq!(at(&cards, None), Finding::well(AUDIO, "1 sound cards"));
        std::fs::remove_file(&cards).unwrap();
        std::fs::create_dir(folder.path().join("pulse")).unwrap();
        std::fs::write(folder.path().join("pulse/native"), "").unwrap();
        assert_eq!(at(&cards, Some(folder.path())).state, Health::Well);
    }
}
