//! Where the built skills are.

use std::path::PathBuf;

/// The folder that `script/build-skills` lays out: `JARVIS_SKILLS`, else
/// `skills` beside the folder that the test's own program is in.
///
/// # Panics
/// If it is not there: a test that needs it cannot say anything without.
#[must_use]
#[allow(clippy::panic, reason = "test support: the test cannot run, and says what to do")]
pub fn built_skills() -> PathBuf {
    let given = std::env::var_os("JARVIS_SKILLS").map(PathBuf::from);
    let beside = || {
        // <target>/debug/deps/<test>
        let program = std::env::current_exe().ok()?;
        Some(program.parent()?.parent()?.join("skills"))
    };
    match given.or_else(beside).filter(|folder| folder.is_dir()) {
        Some(folder) => folder,
        None => panic!("the built skills are not there: run script/build-skills"),
    }
}
