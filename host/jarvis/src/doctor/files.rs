//! Who owns what jarvis writes and keeps secret.

use std::fs::DirEntry;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::{Finding, Patient};

const STATE: &str = "state";
const SKILLS: &str = "skills";
/// Free space below which writes may soon fail, bytes.
const LITTLE: u64 = 100 << 20;

/// Looks at the folders.
pub(super) async fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let mut found = vec![state(&patient.settings.state.folder)];
    match skills(patient) {
        Ok(skills) => found.extend(each(&skills).await),
        Err(finding) => found.push(finding),
    }
    found
}

fn state(folder: &Path) -> Finding {
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

/// The skills' folder, and each skill in it.
struct Skills {
    folder: PathBuf,
    each: Vec<PathBuf>,
}

fn skills(patient: &Patient<'_>) -> Result<Skills, Finding> {
    let folder = crate::wiring::skills_folder(patient.settings.skills.folder.clone())
        .map_err(|fault| Finding::of(SKILLS, &fault))?;
    let shown = folder.display();
    let entries = std::fs::read_dir(&folder).map_err(|error| {
        let hint = "Set skills.folder, or install the package, which brings some.";
        Finding::ill(SKILLS, format!("{shown} cannot be read: {error}"), hint)
    })?;
    let shows = |entry: &DirEntry| !entry.file_name().as_encoded_bytes().starts_with(b".");
    let folders = entries.flatten().filter(shows).map(|entry| entry.path());
    let mut each: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    each.sort();
    if each.is_empty() {
        return Err(Finding::ill(
            SKILLS,
            format!("there is no skill in {shown}"),
            "Each skill is a folder there with a skill.yaml; without one jarvis can do nothing.",
        ));
    }
    Ok(Skills { folder, each })
}

/// How many could serve, and each that cannot: all that a start would check but for what
/// the settings and administrators allow.
async fn each(skills: &Skills) -> Vec<Finding> {
    let mut broken = Vec::new();
    for folder in &skills.each {
        if let Err(fault) = jarvis_skill_host::check_folder(folder).await {
            let says = format!("{} cannot serve: {fault}", folder.display());
            broken.push(Finding::ill(SKILLS, says, fault.hint.clone()));
        }
    }
    let (shown, sound) = (skills.folder.display(), skills.each.len() - broken.len());
    let counted = format!("{sound} skills in {shown}; jarvis skill list tells whether each serves");
    std::iter::once(Finding::well(SKILLS, counted)).filter(|_| sound > 0).chain(broken).collect()
}
