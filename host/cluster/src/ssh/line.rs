//! A command as the far side's shell is given it.

use std::time::Duration;

use super::{SshError, quote};
use crate::launcher::There;

/// How long the far side gives a program to end by itself once its time is
/// over.
const PATIENCE: u32 = 5;

/// The most that a line may have, bytes. Linux takes one argument of 128 KiB
/// (MAX_ARG_STRLEN in execve(2)), and the line is one to the far shell.
const LONGEST: usize = 100 * 1024;

/// What reads. The far side ends it when its time is over: nothing of ours
/// reaches it once the channel is closed (the multiplexing protocol has no
/// message for it), and sshd counts it until it ends. Where a forced command
/// is run in its place, sshd hands it this line, and it may well ignore it.
pub(super) fn read(there: &There) -> Result<String, SshError> {
    let argv = argv(there)?;
    let time = there.at_most.unwrap_or(Duration::from_secs(600));
    // Rounded up, so that the near side gives up first and says so.
    let seconds = time.as_secs() + 1;
    Ok(format!("LC_ALL=C.UTF-8 timeout -k {PATIENCE} {seconds} {argv}"))
}

/// What writes; nothing ends it.
pub(super) fn write(there: &There) -> Result<String, SshError> {
    Ok(format!("LC_ALL=C.UTF-8 {}", argv(there)?))
}

fn argv(there: &There) -> Result<String, SshError> {
    let refused = |why: &str| SshError::Argv { node: there.node.clone(), why: why.to_owned() };
    if there.argv.is_empty() {
        return Err(refused("it has no words"));
    }
    if there.argv.iter().any(|word| word.contains('\0')) {
        return Err(refused("a word of it has a NUL, which no program can be given"));
    }
    let line = quote::words(&there.argv);
    if line.len() > LONGEST {
        return Err(refused("it is longer than a node takes"));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(argv: &[&str]) -> There {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        There { node: "pve1".parse().unwrap(), argv, at_most: Some(Duration::from_secs(5)) }
    }

    #[test]
    fn reads_are_ended_by_the_far_side_and_writes_are_not() {
        let sensors = there(&["sensors", "-j"]);
        assert_eq!(read(&sensors).unwrap(), "LC_ALL=C.UTF-8 timeout -k 5 6 'sensors' '-j'");
        assert_eq!(write(&sensors).unwrap(), "LC_ALL=C.UTF-8 'sensors' '-j'");
        let patient = There { at_most: None, ..sensors };
        assert_eq!(read(&patient).unwrap(), "LC_ALL=C.UTF-8 timeout -k 5 601 'sensors' '-j'");
    }

    #[test]
    fn what_no_program_can_be_given_is_refused() {
        let long = "x".repeat(LONGEST);
        for bad in [&[][..], &["a\0b"], &["echo", &long]] {
            assert!(read(&there(bad)).is_err() && write(&there(bad)).is_err());
        }
    }
}
