//! The file of our own signing keys: for its owner alone, and whole at any
//! moment.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use jarvis_domain::Timestamp;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::error::AuthError;
use crate::random;

/// Far more than the few keys that it ever has.
const MOST: u64 = 64 * 1024;
/// Bytes of a key.
const LENGTH: usize = 32;

/// A key as it is kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) secret: Vec<u8>,
    pub(super) made: Timestamp,
}

/// The same as it stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    secret: String,
    made: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    keys: Vec<Row>,
}

impl Kept {
    pub(super) fn fresh(now: Timestamp) -> Result<Self, AuthError> {
        Ok(Self { secret: random::bytes::<LENGTH>()?.to_vec(), made: now })
    }
}

/// The keys in `path`; none where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<Kept>>, AuthError> {
    let bad = |why: String| AuthError::KeyFile { path: path.to_owned(), why };
    let file = OpenOptions::new().read(true).custom_flags(no_link()).open(path);
    let file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(bad(error.to_string())),
    };
    let meta = file.metadata().map_err(|error| bad(error.to_string()))?;
    if !meta.is_file() || meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(bad("it is not a file of the user that jarvis runs as".to_owned()));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(bad("others than its owner may read it (chmod 0600)".to_owned()));
    }
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
    // What serde says of a text may repeat parts of it.
    let contents: Contents = serde_json::from_str(&text)
        .map_err(|error| bad(format!("line {} is not what it was written as", error.line())))?;
    let key = |row: Row| {
        let secret = random::unhex(&row.secret).filter(|secret| secret.len() == LENGTH);
        let secret = secret.ok_or_else(|| bad("a key in it is not one".to_owned()))?;
        Ok(Kept { secret, made: row.made })
    };
    contents.keys.into_iter().map(key).collect::<Result<_, _>>().map(Some)
}

/// Writes `keys` to `path`, or leaves what is there.
pub(super) fn write(path: &Path, keys: &[Kept]) -> Result<(), AuthError> {
    let bad = |error: std::io::Error| AuthError::KeyFile {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let row = |key: &Kept| Row { secret: random::hex(&key.secret), made: key.made };
    let contents = Contents { keys: keys.iter().map(row).collect() };
    let text = serde_json::to_vec_pretty(&contents).map_err(|error| bad(error.into()))?;
    let aside = path.with_extension("new");
    replace(path, &aside, &text).map_err(bad)
}

fn replace(path: &Path, aside: &Path, text: &[u8]) -> std::io::Result<()> {
    match std::fs::remove_file(aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside)?;
    // Whatever the umask has left of it.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(aside, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[allow(clippy::cast_possible_wrap, reason = "open(2) takes the same bits as an int")]
fn no_link() -> i32 {
    OFlags::NOFOLLOW.bits() as i32
}
