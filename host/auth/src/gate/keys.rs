//! API keys: `jvk_<id>_<secret>`, the secret of 256 random bits, shown once.

use std::collections::BTreeSet;
use std::time::Duration;

use jarvis_domain::identity::{ApiKey, MadeKey, NewKey, Secret};
use jarvis_domain::registry::Kind;
use jarvis_domain::{Caller, Explain, Fault, Principal, Role, Timestamp, text};

use super::Gate;
use super::records::StoredKey;
use crate::error::AuthError;
use crate::random;

/// What every key begins with; no token does.
pub(super) const PREFIX: &str = "jvk_";
/// So many in all.
const MOST: usize = 256;
/// The longest name.
const LONGEST: usize = 40;
/// The longest that a key may be good for without being good for ever.
const MOST_DAYS: u32 = 3650;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// As whom a key asks.
pub(super) fn principal(name: &str) -> Principal {
    Principal(format!("key:{name}"))
}

/// The id and the secret of what is sent.
pub(super) fn parts(bearer: &str) -> Option<(&str, &str)> {
    let of_ours = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (id, secret) = bearer.strip_prefix(PREFIX)?.split_once('_')?;
    (id.len() == 12 && secret.len() == 64 && of_ours(id) && of_ours(secret)).then_some((id, secret))
}

/// Whether it has not run out.
pub(super) fn is_good(key: &ApiKey, now: Timestamp) -> bool {
    key.expires.is_none_or(|expires| expires > now)
}

impl Gate {
    pub(super) async fn new_key(&self, wanted: NewKey, by: &Caller) -> Result<MadeKey, Box<Fault>> {
        let fault = |error: AuthError| error.fault();
        let now = self.clock.now();
        check(&wanted, by).map_err(fault)?;
        let _changing = self.changing.lock().await;
        self.write().take_over(now);
        if self.read().has_key_named(&wanted.name) {
            return Err(AuthError::KeyTaken(wanted.name).fault());
        }
        if self.read().key_count() >= MOST {
            return Err(AuthError::KeysFull(MOST).fault());
        }
        let (id, secret) =
            (random::text::<6>().map_err(fault)?, random::text::<32>().map_err(fault)?);
        let key = ApiKey {
            id: id.clone(),
            name: wanted.name,
            role: wanted.role,
            may_confirm: wanted.may_confirm,
            made: now,
            by: by.principal.clone(),
            expires: wanted.valid_for_days.map(|days| now.plus(DAY * days)),
        };
        let digest = random::digest(secret.as_bytes());
        let mut stored = StoredKey { key: key.clone(), digest, groups: BTreeSet::new() };
        if let Some(maker) = stored.maker()
            && let Some(newest) = self.read().newest_of(&maker)
        {
            stored.groups.clone_from(&newest.sign_in.groups);
        }
        // Also what has changed since its maker was asked who they are.
        let role = stored.role_under(&self.roles.load());
        let role = role.filter(|role| *role == key.role);
        let Some(role) = role else { return Err(AuthError::KeyRole { has: by.role }.fault()) };
        let confirms = if key.may_confirm { ", may confirm" } else { "" };
        let what = format!("made the key {} ({}), {}{confirms}", key.name, key.id, key.role);
        self.tell(Some(by), what).await?;
        self.put(Kind::ApiKey, stored.record()).await?;
        self.write().add_key(stored, role);
        Ok(MadeKey { key, secret: Secret::new(format!("{PREFIX}{id}_{secret}")) })
    }

    pub(super) async fn end_key(&self, id: &str, by: &Caller) -> Result<(), Box<Fault>> {
        let _changing = self.changing.lock().await;
        let key = self.read().key(id).cloned();
        let no_key = || AuthError::NoKey(text::shown(id, 40)).fault();
        let key = key.ok_or_else(no_key)?;
        if key.by != by.principal && by.role != Some(Role::Admin) {
            return Err(AuthError::NotYours { what: "ending a key" }.fault());
        }
        let ended = self.write().end_key(id);
        self.told_of(ended.as_slice()).await;
        self.delete(Kind::ApiKey, id).await?;
        self.tell(Some(by), format!("revoked the key {} ({id})", key.name)).await
    }
}

fn check(wanted: &NewKey, by: &Caller) -> Result<(), AuthError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let name = &wanted.name;
    if by.principal.0.starts_with("key:") {
        return Err(AuthError::KeyByKey);
    }
    if !name.starts_with(plain)
        || name.len() > LONGEST
        || !name.chars().all(|c| plain(c) || matches!(c, '.' | '-'))
    {
        return Err(AuthError::KeyName(text::shown(name, LONGEST)));
    }
    if by.role.is_none_or(|role| wanted.role > role) {
        return Err(AuthError::KeyRole { has: by.role });
    }
    if wanted.valid_for_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        return Err(AuthError::KeyDays(MOST_DAYS));
    }
    Ok(())
}
