//! What tokens are signed with: one secret that was given, or keys of our own
//! in a file, of which a new one is made from time to time.

mod file;
mod strength;

use std::path::PathBuf;
use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::identity::Secret;
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::error::AuthError;
use crate::random;
use file::Kept;

/// How long a key of our own signs.
const RENEWED_AFTER: Duration = Duration::from_secs(30 * 24 * 3600);

/// The keys.
pub struct Keyring {
    /// The newest last, which signs. Never empty.
    keys: Vec<Key>,
    /// Where they are kept; none for a secret that was given.
    file: Option<PathBuf>,
}

/// One of them.
pub(crate) struct Key {
    /// What a token's header names it by.
    pub(crate) kid: String,
    pub(crate) signs: EncodingKey,
    pub(crate) verifies: DecodingKey,
    kept: Option<Kept>,
}

impl Keyring {
    /// One key, made of a secret that the settings give.
    ///
    /// # Errors
    /// It can be guessed.
    pub fn from_secret(secret: &Secret) -> Result<Self, AuthError> {
        strength::check(secret.reveal())?;
        let key = Key::new(secret.reveal().as_bytes(), None)?;
        Ok(Self { keys: vec![key], file: None })
    }

    /// The keys in `file`, which is made if it is not there.
    ///
    /// # Errors
    /// It cannot be read or made, is none of ours, or others may read it.
    pub fn in_file(file: PathBuf, now: Timestamp) -> Result<Self, AuthError> {
        let kept = match file::read(&file)? {
            Some(kept) => kept,
            None => {
                let kept = vec![Kept::fresh(now)?];
                file::write(&file, &kept)?;
                kept
            }
        };
        Self::of(kept, file)
    }

    fn of(kept: Vec<Kept>, file: PathBuf) -> Result<Self, AuthError> {
        let keys: Vec<Key> = kept.into_iter().map(Key::kept).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(AuthError::KeyFile { path: file, why: "it has no key in it".to_owned() });
        }
        Ok(Self { keys, file: Some(file) })
    }

    /// The key that signs.
    pub(crate) fn newest(&self) -> Option<&Key> {
        self.keys.last()
    }

    /// The key that a token names.
    pub(crate) fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// Whether the key that signs is old; one that was given never is.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let made = self.newest().and_then(|key| key.kept.as_ref()).map(|kept| kept.made);
        made.is_some_and(|made| now.since(made) >= RENEWED_AFTER)
    }

    /// The same keys and a new one, which signs from now on. Those whose tokens
    /// are all over by now, at `lifetime` each, are left out. A secret that was
    /// given stays as it is.
    pub(crate) fn renewed(
        &self,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Option<Self>, AuthError> {
        let Some(file) = &self.file else { return Ok(None) };
        let mut kept: Vec<Kept> = self.keys.iter().filter_map(|key| key.kept.clone()).collect();
        kept.push(Kept::fresh(now)?);
        // A key signed until the next one was made.
        let until: Vec<Timestamp> = kept.iter().skip(1).map(|next| next.made).collect();
        let over = until.iter().take_while(|until| until.plus(lifetime) <= now).count();
        kept.drain(..over);
        file::write(file, &kept)?;
        Self::of(kept, file.clone()).map(Some)
    }
}

impl Key {
    fn new(secret: &[u8], kept: Option<Kept>) -> Result<Self, AuthError> {
        // Nothing of the secret can be told from its name.
        let kid = random::digest(&[b"kid:", secret].concat()).chars().take(16).collect();
        let signs = EncodingKey::from_secret(secret).map_err(AuthError::Signing)?;
        let verifies = DecodingKey::from_secret(secret).map_err(AuthError::Signing)?;
        Ok(Self { kid, signs, verifies, kept })
    }

    fn kept(kept: Kept) -> Result<Self, AuthError> {
        Self::new(&kept.secret.clone(), Some(kept))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.kid)).finish()
    }
}

#[cfg(test)]
mod tests;
