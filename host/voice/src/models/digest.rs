//! Digests, of whichever kind a file's publisher gives. MD5 tells a broken or
//! exchanged file from the right one; that the publisher had two files of one
//! digest made, it does not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

/// What a file's digest has to be: small hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    Md5(String),
    Sha256(String),
}

impl Expected {
    pub(super) fn hex(&self) -> &str {
        match self {
            Self::Md5(hex) | Self::Sha256(hex) => hex,
        }
    }
}

/// Whether the file at `path` has this digest.
pub(super) fn of_file(expected: &Expected, path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    match expected {
        Expected::Md5(hex) => Ok(of::<Md5>(file)? == *hex),
        Expected::Sha256(hex) => Ok(of::<Sha256>(file)? == *hex),
    }
}

fn of<D: Digest>(mut file: File) -> io::Result<String> {
    let (mut digest, mut buffer) = (D::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(buffer.get(..read).unwrap_or_default());
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
