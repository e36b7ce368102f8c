//! Secrets that can be guessed: short ones, those of examples, and patterns.

use std::collections::BTreeSet;

use crate::error::AuthError;

/// HS256 wants a key as long as its digest (RFC 7518, section 3.2).
const SHORTEST: usize = 32;
/// A line of random digits has more of them than any word.
const FEWEST: usize = 8;
/// What stands in examples and in programs for a secret that is to be set, as
/// letters and digits alone.
const PLACEHOLDERS: [&str; 14] = [
    "changeme",
    "changethis",
    "changeinproduction",
    "defaultsecret",
    "dontusethis",
    "insecure",
    "jarvissecret",
    "jwtsecret",
    "mysecret",
    "placeholder",
    "replaceme",
    "secretkey",
    "supersecret",
    "yoursecret",
];

/// Refuses what can be guessed.
pub(super) fn check(secret: &str) -> Result<(), AuthError> {
    let bytes = secret.as_bytes();
    if bytes.len() < SHORTEST {
        return Err(AuthError::WeakSecret("it has fewer than 32 bytes"));
    }
    if bytes.iter().collect::<BTreeSet<_>>().len() < FEWEST {
        return Err(AuthError::WeakSecret("it has hardly any different characters in it"));
    }
    if (1..=bytes.len() / 2).any(|period| repeats(bytes, period)) {
        return Err(AuthError::WeakSecret("it is one piece over and over"));
    }
    let plain: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|known| plain.contains(known)) {
        return Err(AuthError::WeakSecret("it is a placeholder out of an example"));
    }
    Ok(())
}

fn repeats(bytes: &[u8], period: usize) -> bool {
    bytes.iter().zip(bytes.iter().skip(period)).all(|(one, later)| one == later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_guessed_is_refused() {
        for bad in [
            "",
            "secret",
            "0123456789abcdef0123456789abcde",
            "your-secret-key",
            "your-secret-key-change-in-production",
            "jarvis-secret-key-change-in-production-2024",
            "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME",
            "please-Change-This-to-something-long",
            "my super secret jwt signing phrase!",
            "secretsecretsecretsecretsecretsecret",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890123456789012",
            "0123456789abcdef0123456789abcdef",
            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in [
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "correct horse battery staple, and then some",
            "6pJ0xQ8wz1b5d3m7k2n4v9c0l8s6a5f3",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn the_secret_is_not_in_the_error() {
        let error = check("hunter2hunter2").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
