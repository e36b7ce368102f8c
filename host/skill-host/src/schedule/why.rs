//! Why a command for later does not run, in the words of whoever it is told to.

use jarvis_domain::{Language, Principal, say};

/// A reason of the host's own. It is written down in English, see [`std::fmt::Display`],
/// and told in the language in which the command was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Its owner has a lower role than when they set it, or none.
    Less,
    /// The sign-in that it was set with has ended.
    SignedOut,
    /// It came due while no host ran.
    Away,
    /// The host was stopped as it was about to begin.
    CutOff,
    /// Nobody could find it again.
    Unwritten,
    /// Nobody can tell whether it still may run.
    Unread,
    /// It was taken out while it was looked into.
    LastMoment,
    /// By the settings of now it is not to run without a question.
    Asked,
    /// Somebody did not want it any more.
    By(Principal),
    /// What an earlier life of the host has written down, which may have had other words.
    Noted(String),
}

/// What stands before a reason in the sentence of [`super::TimerError::Cancelled`].
pub(super) const CANCELLED: &str = "it was cancelled: ";

/// Those that are the same each time.
const FIXED: &[Why] = &[
    Why::Less,
    Why::SignedOut,
    Why::Away,
    Why::CutOff,
    Why::Unwritten,
    Why::Unread,
    Why::LastMoment,
    Why::Asked,
];

impl Why {
    /// What `text` says, as it was written down: by itself, or in the error's sentence.
    pub(super) fn noted(text: &str) -> Self {
        let why = text.strip_prefix(CANCELLED).unwrap_or(text);
        let known = FIXED.iter().find(|known| known.to_string() == why);
        known.cloned().unwrap_or_else(|| Self::Noted(why.to_owned()))
    }

    /// In `language`, for behind a colon.
    pub(super) fn told(&self, language: Language) -> String {
        match self {
            Self::Less => say!(
                language,
                en: "whoever set it may less now than then",
                de: "wer es vorgemerkt hat, darf jetzt weniger als damals",
            ),
            Self::SignedOut => say!(
                language,
                en: "whoever set it was signed out",
                de: "wer es vorgemerkt hat, wurde abgemeldet",
            ),
            Self::Away => say!(
                language,
                en: "its time came while I was away",
                de: "die Zeit dafür kam, als Jarvis nicht lief",
            ),
            Self::CutOff => say!(
                language,
                en: "I was stopped before I had begun",
                de: "Jarvis wurde angehalten, bevor es begonnen hatte",
            ),
            Self::Unwritten => say!(
                language,
                en: "I cannot write it down",
                de: "es lässt sich nicht aufschreiben",
            ),
            Self::Unread => say!(
                language,
                en: "I cannot read what became of it",
                de: "es lässt sich nicht nachlesen, was daraus geworden ist",
            ),
            Self::LastMoment => say!(
                language,
                en: "it was cancelled at the last moment",
                de: "es wurde im letzten Moment abgesagt",
            ),
            Self::Asked => say!(
                language,
                en: "it has to be asked about by now",
                de: "inzwischen muss danach gefragt werden",
            ),
            Self::By(principal) => say!(
                language,
                en: "{principal} cancelled it",
                de: "{principal} hat es abgesagt",
            ),
            Self::Noted(text) => text.clone(),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told(Language::English))
    }
}

#[cfg(test)]
mod tests {
    use super::super::TimerError;
    use super::*;

    #[test]
    fn what_was_written_down_is_told_in_the_language_of_the_command() {
        for why in FIXED {
            let german = why.told(Language::German);
            assert_ne!(why.to_string(), german);
            assert_eq!(Why::noted(&why.to_string()).told(Language::German), german);
            let error = TimerError::Cancelled { why: why.clone() };
            assert_eq!(&Why::noted(&error.to_string()), why);
        }
        let strange = Why::noted("words of another version");
        assert_eq!(strange.told(Language::German), "words of another version");
    }
}
