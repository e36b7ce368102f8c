//! Operations: what a write becomes, and how its end is read.

use crate::{Clock, Error, Lines, Page, Request};

/// An operation of the host. Dropping it stops nothing.
pub trait Operation {
    /// The host's id of it.
    fn id(&self) -> String;
    /// Waits at most this many milliseconds; `None` while it runs, else how it
    /// ended, as `operations.wait` of the contract spells it.
    fn wait(&self, timeout_ms: u32) -> Result<Option<String>, Error>;
    /// What it wrote so far.
    fn log(&self, page: &Page) -> Result<Lines, Error>;
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Proxmox says that it succeeded, and the effect was seen.
    Ok,
    /// The same, with this many warnings in its log.
    Warnings(u32),
    /// Proxmox says that it succeeded, but the effect was not seen.
    Unverified(String),
    /// Nobody can tell.
    Unknown(String),
    /// It failed; Proxmox's own words.
    Failed(String),
    /// It still runs.
    Running,
}

impl End {
    /// Reads what an operation's `wait` answers.
    #[must_use]
    pub fn read(answer: Result<Option<String>, Error>) -> Self {
        let text = match answer {
            Ok(None) => return Self::Running,
            Ok(Some(text)) => text,
            Err(error) => return Self::Unknown(error.sentence()),
        };
        if text == "ok" {
            return Self::Ok;
        }
        if let Some(Ok(count)) = text.strip_prefix("warnings: ").map(str::parse) {
            return Self::Warnings(count);
        }
        if let Some(why) = text.strip_prefix("unverified: ") {
            return Self::Unverified(why.to_owned());
        }
        if let Some(why) = text.strip_prefix("unknown: ") {
            return Self::Unknown(why.to_owned());
        }
        Self::Failed(text)
    }

    /// Waits for `operation` as long as the request's budget allows.
    pub fn of(operation: &dyn Operation, request: &Request, clock: &impl Clock) -> Self {
        let left = request.time_left(clock).as_millis();
        Self::read(operation.wait(u32::try_from(left).unwrap_or(u32::MAX)))
    }

    /// Whether what it was for has come about.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        matches!(self, Self::Ok | Self::Warnings(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_words_are_read() {
        let some = |text: &str| Ok(Some(text.to_owned()));
        for (answer, end) in [
            (Ok(None), End::Running),
            (some("ok"), End::Ok),
            (some("warnings: 2"), End::Warnings(2)),
            (some("unverified: it is still off"), End::Unverified("it is still off".into())),
            (some("unknown: the node is gone"), End::Unknown("the node is gone".into())),
            (some("VM is locked (backup)"), End::Failed("VM is locked (backup)".into())),
            (some("warnings: many"), End::Failed("warnings: many".into())),
            (some("OK"), End::Failed("OK".into())),
            (some(""), End::Failed(String::new())),
            (Err(Error::Timeout), End::Unknown("it took too long".into())),
        ] {
            assert_eq!(End::read(answer), end);
        }
    }
}
