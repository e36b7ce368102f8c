//! Sound devices and the parts of the voice. Jarvis can be typed to without any.

use std::path::{Path, PathBuf};

use super::{Finding, Patient};
use crate::engines::parts::{self, Part, Stands};

const AUDIO: &str = "audio";

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

/// How each part of the voice stands.
pub(super) fn parts(patient: &Patient<'_>) -> impl Iterator<Item = Finding> {
    parts::look(patient.settings).into_iter().map(|Part { does, stands }| match stands {
        Stands::Ready(says) => Finding::well(does, says),
        Stands::FallBack(says, command) => Finding::without(does, says, command),
        Stands::Wrong(says, hint) => Finding::ill(does, says, hint),
    })
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
