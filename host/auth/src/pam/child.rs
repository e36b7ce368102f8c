//! The child: one question on standard input, PAM, one answer on standard
//! output.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, Read, Write};

use nonstick::{
    AuthnFlags, ConversationAdapter, ErrorCode, Result as PamResult, Transaction,
    TransactionBuilder,
};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::wire::{Answer, LONGEST, Question};

/// What PAM is told when it asks.
struct Known {
    question: Question,
    /// How often it has asked for something hidden.
    asked: Cell<u32>,
}

/// Answers the question on standard input. To be called by the program that
/// [`super::PamSettings`] names; its exit code.
#[must_use]
pub fn check_password() -> u8 {
    // A crash must not leave a password in a file.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, none).is_err() {
        return 1;
    }
    let mut line = String::new();
    if std::io::stdin().lock().take(LONGEST).read_line(&mut line).is_err() {
        return 2;
    }
    let Ok(question) = serde_json::from_str::<Question>(&line) else { return 2 };
    if !question.is_sendable() {
        return 2;
    }
    let answer = match ask(question) {
        Ok(()) => Answer::Right,
        Err(code) => answer(code),
    };
    let Ok(answer) = serde_json::to_string(&answer) else { return 1 };
    u8::from(writeln!(std::io::stdout(), "{answer}").is_err())
}

/// Whether the password is right, and the account may be used now.
fn ask(question: Question) -> PamResult<()> {
    let builder = TransactionBuilder::new_with_service(&question.service).username(&question.user);
    let known = Known { question, asked: Cell::default() };
    let mut transaction = builder.build(known.into_conversation())?;
    let flags = AuthnFlags::SILENT | AuthnFlags::DISALLOW_NULL_AUTHTOK;
    transaction.authenticate(flags)?;
    transaction.account_management(flags)
}

fn answer(code: ErrorCode) -> Answer {
    match code {
        ErrorCode::AuthenticationError
        | ErrorCode::PermissionDenied
        | ErrorCode::UserUnknown
        | ErrorCode::MaxTries
        | ErrorCode::AccountExpired
        | ErrorCode::NewAuthTokRequired
        | ErrorCode::AuthTokExpired
        | ErrorCode::CredentialsExpired => Answer::Wrong,
        other => Answer::Failed { why: format!("{other} ({other:?})") },
    }
}

impl ConversationAdapter for Known {
    /// Who it is; nothing else is asked for openly.
    fn prompt(&self, _: impl AsRef<OsStr>) -> PamResult<OsString> {
        Ok(OsString::from(&self.question.user))
    }

    /// First the password, then the code. Without one, whoever needs it is
    /// refused.
    fn masked_prompt(&self, _: impl AsRef<OsStr>) -> PamResult<OsString> {
        let asked = self.asked.replace(self.asked.get().saturating_add(1));
        match (asked, &self.question.code) {
            (0, _) => Ok(OsString::from(&self.question.password)),
            (1, Some(code)) => Ok(OsString::from(code)),
            _ => Err(ErrorCode::PermissionDenied),
        }
    }

    fn error_msg(&self, _: impl AsRef<OsStr>) {}

    fn info_msg(&self, _: impl AsRef<OsStr>) {}
}
