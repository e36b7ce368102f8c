//! Tokens: what stands in one, and whether one is ours and of this moment. That
//! its sign-in goes on is for whoever keeps those to say.

use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::identity::Account;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use crate::error::AuthError;
use crate::keyring::Keyring;

/// Who makes them.
const ISSUER: &str = "jarvis";
/// Whom they are for.
const AUDIENCE: &str = "jarvis-api";
/// Ours have some 400 bytes; nothing longer is looked at.
pub(crate) const LONGEST: usize = 4096;

/// What a token says (RFC 7519); moments in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: Account,
    pub(crate) jti: String,
    pub(crate) iat: u64,
    pub(crate) nbf: u64,
    pub(crate) exp: u64,
}

impl Claims {
    /// Those of the sign-in `jti`, good from `now` on.
    pub(crate) fn new(account: Account, jti: String, now: Timestamp, lifetime: Duration) -> Self {
        let seconds = now.0 / 1000;
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account,
            jti,
            iat: seconds,
            nbf: seconds,
            exp: seconds.saturating_add(lifetime.as_secs()),
        }
    }

    /// When they are over.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp(self.exp.saturating_mul(1000))
    }
}

/// Signs `claims`.
pub(crate) fn sign(claims: &Claims, keys: &Keyring) -> Result<String, AuthError> {
    let key = keys.newest().ok_or(AuthError::Random)?;
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
    encode(&header, claims, &key.signs).map_err(AuthError::Signing)
}

/// What `token` says, if we have signed it and it is of this moment. Only one
/// whose signature is right is told that it has run out.
pub(crate) fn read(token: &str, keys: &Keyring, now: Timestamp) -> Result<Claims, AuthError> {
    if token.len() > LONGEST {
        return Err(AuthError::BadToken);
    }
    let bad = |_| AuthError::BadToken;
    let header = decode_header(token).map_err(bad)?;
    let kid = header.kid.ok_or(AuthError::BadToken)?;
    let key = keys.find(&kid).ok_or(AuthError::BadToken)?;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    // Both by our own clock, below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = decode::<Claims>(token, &key.verifies, &validation).map_err(bad)?.claims;
    let seconds = now.0 / 1000;
    if seconds >= claims.exp {
        return Err(AuthError::Expired);
    }
    if claims.nbf > seconds || claims.iat > seconds {
        return Err(AuthError::BadToken);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests;
