//! Random texts, digests, and comparing without telling how far two agree.

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

use crate::error::AuthError;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], AuthError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| AuthError::Random)?;
    Ok(bytes)
}

/// `N` random bytes, as text.
pub(crate) fn text<const N: usize>() -> Result<String, AuthError> {
    bytes::<N>().map(|bytes| hex(&bytes))
}

/// Two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that [`hex`] wrote.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

/// The SHA-256 of `text`, as text.
pub(crate) fn digest(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

/// Whether both are the same, in a time that does not depend on where they
/// differ: of what a caller can choose, only its digest is compared, under
/// ring's comparison of HMACs, which is one of constant time.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    const SAID: &[u8] = b"same";
    let key = |secret: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, &Sha256::digest(secret));
    hmac::verify(&key(one), SAID, hmac::sign(&key(other), SAID).as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_random_differs_and_goes_through_text() {
        let (one, two) = (text::<32>().unwrap(), text::<32>().unwrap());
        assert!(one.len() == 64 && one != two);
        assert_eq!(hex(&unhex(&one).unwrap()), one);
        for bad in ["a", "zz", "é", "+1"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_same_is_the_same() {
        assert!(same(b"hunter2", b"hunter2") && same(b"", b""));
        for (one, other) in [("hunter2", "hunter3"), ("a", "a\0"), ("", "x")] {
            assert!(!same(one.as_bytes(), other.as_bytes()), "{one:?} {other:?}");
        }
    }
}
