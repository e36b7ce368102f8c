//! What a child is asked and answers: a line of JSON each.

use serde::{Deserialize, Serialize};

/// The longest line, bytes.
pub(super) const LONGEST: u64 = 16 * 1024;

/// One account, to be checked once.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) service: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) code: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub(super) enum Answer {
    Right,
    Wrong,
    Failed { why: String },
}

impl Question {
    /// PAM's texts end at the first zero byte.
    pub(super) fn is_sendable(&self) -> bool {
        let texts = [&self.service, &self.user, &self.password];
        texts.into_iter().chain(&self.code).all(|text| text.len() <= 4096 && !text.contains('\0'))
    }
}
