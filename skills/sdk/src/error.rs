//! Errors of the contract, made and put into words. The type itself is
//! [`Error`], generated from `wit/types.wit`, which says for each case whether
//! an effect is known.

use crate::{Error, Failure, Field, say, words};

impl Error {
    /// The work was not done; `sentence` is told to the person as it stands.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Other(sentence.into())
    }

    /// The far side failed; `sentence` is told to the person as it stands.
    pub fn failure(sentence: impl Into<String>) -> Self {
        Self::Failed(Failure { status: 0, message: sentence.into() })
    }

    /// What a person is told.
    #[must_use]
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::Denied(text)
            | Self::Invalid(text)
            | Self::NotFound(text)
            | Self::Unavailable(text)
            | Self::Other(text) => text.as_str(),
            Self::Failed(failure) => failure.message.as_str(),
            Self::Timeout => &say!(en: "it took too long", de: "es hat zu lange gedauert"),
            Self::Busy(_) => {
                &say!(en: "there is too much to do at the moment", de: "im Moment ist zu viel zu tun")
            }
        };
        words::line(text, 400)
    }

    /// Whether it is certain that nothing happened.
    #[must_use]
    pub fn left_no_effect(&self) -> bool {
        matches!(
            self,
            Self::Denied(_)
                | Self::Invalid(_)
                | Self::NotFound(_)
                | Self::Busy(_)
                | Self::Unavailable(_)
        )
    }
}

impl Field {
    /// A field of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_words_and_an_effect() {
        for (error, sentence, no_effect) in [
            (Error::Denied("no grant".into()), "no grant", true),
            (Error::NotFound("no VM 9".into()), "no VM 9", true),
            (Error::Timeout, "it took too long", false),
            (Error::Busy(100), "there is too much to do at the moment", true),
            (Error::failure("VM is locked\n(backup)"), "VM is locked (backup)", false),
            (Error::refused("It is a template."), "It is a template.", false),
        ] {
            assert_eq!(error.sentence(), sentence);
            assert_eq!(error.left_no_effect(), no_effect, "{error:?}");
        }
    }
}
