//! Members of a wheel, which is a ZIP file (PEP 427).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest member that is taken, bytes.
const MOST: u64 = 256 << 20;

/// Writes the member `inside` of the wheel at `wheel` into the file `to`.
pub(super) fn take(wheel: &Path, inside: &str, to: &Path) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(File::open(wheel)?)?;
    let member = archive.by_name(inside)?;
    let mut file = File::create(to)?;
    let copied = io::copy(&mut member.take(MOST + 1), &mut file)?;
    if copied > MOST {
        return Err(io::Error::other("it is larger than any library"));
    }
    file.sync_all()
}
