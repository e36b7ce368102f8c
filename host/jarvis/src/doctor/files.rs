//! Who owns the folder that jarvis writes to, and whether there is space.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::geteuid;

use super::{Finding, Patient};

const STATE: &str = "state";
/// Free space below which writes may soon fail, bytes.
const LITTLE: u64 = 100 << 20;

/// Looks at the state folder.
pub(super) fn look(patient: &Patient<'_>) -> Finding {
    let folder = patient.settings.state.folder.as_path();
    let shown = folder.display();
    let meta = match std::fs::symlink_metadata(folder) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return to_be_made(folder),
        Err(error) => {
            let hint = "Let jarvis run as a user who may enter it, or set state.folder.";
            return Finding::ill(STATE, format!("{shown} cannot be looked at: {error}"), hint);
        }
    };
    let own = geteuid().as_raw();
    if !meta.is_dir() {
        return Finding::ill(STATE, format!("{shown} is no folder"), "Set state.folder to one.");
    }
    if meta.uid() != own {
        return Finding::ill(
            STATE,
            format!("{shown} belongs to the user id {}, and this is {own}", meta.uid()),
            format!("Run doctor as the user that jarvis runs as, or: chown -R {own} {shown}"),
        );
    }
    if meta.mode() & 0o077 != 0 {
        return Finding::ill(
            STATE,
            format!("{shown} may be entered by others (mode {:04o})", meta.mode() & 0o7777),
            format!("chmod 0700 {shown}"),
        );
    }
    match rustix::fs::statvfs(folder) {
        Ok(space) if space.f_bavail.saturating_mul(space.f_frsize) < LITTLE => Finding::ill(
            STATE,
            format!("there is hardly any space left for {shown}"),
            "Without space for its audit log jarvis changes nothing: make some.",
        ),
        Ok(_) => Finding::well(STATE, format!("{shown} is jarvis's alone")),
        Err(error) => {
            let says = format!("the free space of {shown} is not known: {error}");
            Finding::without(STATE, says, "Look at it yourself: df")
        }
    }
}

fn to_be_made(folder: &Path) -> Finding {
    let shown = folder.display();
    let parent = folder.ancestors().skip(1).find(|parent| parent.is_dir());
    let writable = parent
        .is_some_and(|parent| rustix::fs::access(parent, rustix::fs::Access::WRITE_OK).is_ok());
    if writable {
        return Finding::well(STATE, format!("{shown} is not there yet; jarvis makes it"));
    }
    Finding::ill(
        STATE,
        format!("{shown} is not there, and this user cannot make it"),
        "Make it for the user that jarvis runs as, mode 0700, or set state.folder.",
    )
}
