//! Whether a file can be a library for this machine. The loader's own words
//! for one that cannot are hard to read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Numbers of architectures in ELF (System V ABI, e_machine).
const MACHINES: &[(u64, &str)] =
    &[(3, "x86"), (40, "arm"), (62, "x86_64"), (183, "aarch64"), (243, "riscv64")];

/// Says what is wrong with `path`.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    if !path.is_absolute() {
        return Err("its path is not absolute".to_owned());
    }
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let mut head = [0; 64];
    let none = |_| "it is no library of Linux".to_owned();
    file.read_exact(&mut head).map_err(none)?;
    let [0x7f, b'E', b'L', b'F', bits, order, ..] = head else {
        return Err("it is no library of Linux".to_owned());
    };
    let machine =
        if order == 2 { number(&head, 18, 2).swap_bytes() >> 48 } else { number(&head, 18, 2) };
    let name = MACHINES.iter().find(|(known, _)| *known == machine).map(|(_, name)| *name);
    let wide = cfg!(target_pointer_width = "64");
    if name != Some(std::env::consts::ARCH) || bits != if wide { 2 } else { 1 } {
        let other = name.map_or_else(|| format!("architecture {machine}"), str::to_owned);
        return Err(format!("it is for {other}, and this machine is {}", std::env::consts::ARCH));
    }
    segments(&mut file, &head, wide, found.len())
}

/// Whether all that the loader would map is there. Offsets: System V ABI,
/// ELF header and program header.
fn segments(file: &mut File, head: &[u8], wide: bool, length: u64) -> Result<(), String> {
    let cut = || "it is cut off".to_owned();
    let (table, size, count) = match wide {
        true => (number(head, 32, 8), number(head, 54, 2), number(head, 56, 2)),
        false => (number(head, 28, 4), number(head, 42, 2), number(head, 44, 2)),
    };
    if size != if wide { 56 } else { 32 } {
        return Err("it is no library of Linux".to_owned());
    }
    file.seek(SeekFrom::Start(table)).map_err(|_| cut())?;
    for _ in 0..count {
        let mut entry = [0; 56];
        let entry = entry.get_mut(..usize::try_from(size).unwrap_or(0)).unwrap_or_default();
        file.read_exact(entry).map_err(|_| cut())?;
        let (from, held) = match wide {
            true => (number(entry, 8, 8), number(entry, 32, 8)),
            false => (number(entry, 4, 4), number(entry, 16, 4)),
        };
        let loaded = number(entry, 0, 4) == 1;
        if loaded && from.checked_add(held).is_none_or(|end| end > length) {
            return Err(cut());
        }
    }
    Ok(())
}

/// A little-endian number of `length` bytes; 0 where there is none.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
