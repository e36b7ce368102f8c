//! What several sections of the settings read alike.

use std::path::PathBuf;
use std::time::Duration;

use jarvis_document::Cursor;
use jarvis_domain::{ClusterId, Role};
use serde::Serializer;

/// An absolute path.
pub(crate) fn absolute(cursor: &Cursor<'_>) -> Option<PathBuf> {
    let path = PathBuf::from(cursor.text()?);
    if !path.is_absolute() {
        cursor.problem(
            "an absolute path belongs here, so that it means the same wherever jarvis is started",
        );
        return None;
    }
    Some(path)
}

/// A name, or an absolute path: who reads the file is not started where we are.
pub(crate) fn name_or_file(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    if text.contains('/') {
        absolute(cursor)?;
    }
    Some(text.to_owned())
}

/// A role by its name.
pub(crate) fn role(cursor: &Cursor<'_>) -> Option<Role> {
    cursor.one_of(&[("viewer", Role::Viewer), ("operator", Role::Operator), ("admin", Role::Admin)])
}

/// A cluster id that is known to be one.
#[allow(clippy::expect_used, reason = "the literal ids of this crate are checked by a test")]
pub(crate) fn cluster_id(text: &'static str) -> ClusterId {
    text.parse().expect("a literal cluster id")
}

/// A duration, shown as it is written in the settings.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(crate) fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = duration.as_millis();
    if millis.is_multiple_of(1000) {
        serializer.collect_str(&format_args!("{}s", millis / 1000))
    } else {
        serializer.collect_str(&format_args!("{millis}ms"))
    }
}

/// The same of one that may be left out.
#[allow(clippy::ref_option, reason = "serde's signature")]
pub(crate) fn millis_if_any<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => millis(duration, serializer),
        None => serializer.serialize_none(),
    }
}
