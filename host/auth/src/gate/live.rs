//! Who is there now, in memory. No I/O.

use std::collections::{BTreeSet, HashMap};

use jarvis_domain::identity::{Account, ApiKey, Life, Person, Shown, SignIn};
use jarvis_domain::registry::{Kind, Record};
use jarvis_domain::{Caller, Door, Principal, Role, Timestamp};
use tokio::sync::watch;

use super::keys;
use super::records::{StoredKey, StoredSignIn};
use crate::random;
use crate::roles::Roles;

/// Sign-ins of one account; with one more the oldest ends.
const OF_ONE: usize = 32;
/// Sign-ins in all, likewise.
const MOST: usize = 1024;

/// Sign-ins and keys, by their ids.
#[derive(Debug, Default)]
pub(super) struct Live {
    sign_ins: HashMap<String, Held<StoredSignIn>>,
    keys: HashMap<String, Held<StoredKey>>,
}

/// One of them, and what ends with it.
#[derive(Debug)]
struct Held<T> {
    what: T,
    /// The role that it has had so far.
    role: Role,
    life: Life,
    /// Ends the life when it is dropped.
    _ends: watch::Sender<bool>,
}

/// What has ended: its id, and whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) shown: Shown,
    pub(super) principal: Principal,
}

impl<T> Held<T> {
    fn new(what: T, role: Role) -> Self {
        let (ends, life) = Life::new();
        Self { what, role, life, _ends: ends }
    }
}

impl Live {
    pub(super) fn person(&self, shown: &Shown, roles: &Roles, now: Timestamp) -> Option<Person> {
        match shown {
            Shown::Token(id) => {
                let held = self.sign_ins.get(id)?;
                let sign_in = &held.what.sign_in;
                let role = held.what.role_under(roles)?;
                let principal = sign_in.account.principal();
                person(principal, role, shown, Some(sign_in.expires), &held.life, now)
            }
            Shown::Key { id, .. } => {
                let held = self.keys.get(id)?;
                let role = held.what.role_under(roles)?;
                let key = &held.what.key;
                person(keys::principal(&key.name), role, shown, key.expires, &held.life, now)
            }
        }
    }

    /// The key that `bearer` is, with its secret.
    pub(super) fn by_secret(&self, bearer: &str) -> Option<Shown> {
        let (id, secret) = keys::parts(bearer)?;
        let held = self.keys.get(id)?;
        let right =
            random::same(random::digest(secret.as_bytes()).as_bytes(), held.what.digest.as_bytes());
        let (id, may_confirm) = (id.to_owned(), held.what.key.may_confirm);
        right.then_some(Shown::Key { id, may_confirm })
    }

    /// Whether `id` is a sign-in of `account`.
    pub(super) fn is_of(&self, id: &str, account: &Account) -> bool {
        self.sign_ins.get(id).is_some_and(|held| held.what.sign_in.account == *account)
    }

    pub(super) fn ids_of(&self, account: &Account) -> Vec<String> {
        let of = self.sign_ins.values().filter(|held| held.what.sign_in.account == *account);
        of.map(|held| held.what.sign_in.id.clone()).collect()
    }

    /// The newest first.
    pub(super) fn sign_ins(&self, now: Timestamp) -> Vec<SignIn> {
        let all = self.sign_ins.values().map(|held| &held.what.sign_in);
        let mut all: Vec<SignIn> = all.filter(|of| of.expires > now).cloned().collect();
        all.sort_by(|one, other| (other.since, &other.id).cmp(&(one.since, &one.id)));
        all
    }

    pub(super) fn keys(&self, now: Timestamp) -> Vec<ApiKey> {
        let all = self.keys.values().map(|held| &held.what.key);
        let mut all: Vec<ApiKey> = all.filter(|key| keys::is_good(key, now)).cloned().collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        all
    }

    /// The newest sign-in of `account`, which knows its groups best.
    pub(super) fn newest_of(&self, account: &Account) -> Option<&StoredSignIn> {
        let of = self.sign_ins.values().map(|held| &held.what);
        of.filter(|of| of.sign_in.account == *account).max_by_key(|of| of.sign_in.since)
    }

    /// Ends the oldest sign-in where one more of `account` would be too many.
    pub(super) fn make_room(&mut self, account: &Account) -> Vec<Ended> {
        let oldest = self.too_many(account);
        oldest.and_then(|id| self.end_sign_in(&id)).into_iter().collect()
    }

    fn too_many(&self, account: &Account) -> Option<String> {
        let all = || self.sign_ins.values().map(|held| &held.what.sign_in);
        let oldest = |of: &mut dyn Iterator<Item = &SignIn>| {
            of.min_by_key(|of| (of.since, of.id.clone())).map(|of| of.id.clone())
        };
        if all().filter(|of| of.account == *account).count() >= OF_ONE {
            oldest(&mut all().filter(|of| of.account == *account))
        } else if self.sign_ins.len() >= MOST {
            oldest(&mut all())
        } else {
            None
        }
    }

    pub(super) fn add_sign_in(&mut self, sign_in: StoredSignIn) {
        let role = sign_in.role;
        self.sign_ins.insert(sign_in.sign_in.id.clone(), Held::new(sign_in, role));
    }

    /// `role`: what it may now.
    pub(super) fn add_key(&mut self, key: StoredKey, role: Role) {
        self.keys.insert(key.key.id.clone(), Held::new(key, role));
    }

    /// Ends a sign-in, and with it its life.
    pub(super) fn end_sign_in(&mut self, id: &str) -> Option<Ended> {
        Some(self.sign_ins.remove(id)?.what.ended())
    }

    /// Ends a key, and with it its life.
    pub(super) fn end_key(&mut self, id: &str) -> Option<Ended> {
        Some(self.keys.remove(id)?.what.ended())
    }

    /// Ends whatever is over.
    pub(super) fn take_over(&mut self, now: Timestamp) {
        self.sign_ins.retain(|_, held| held.what.sign_in.expires > now);
        self.keys.retain(|_, held| keys::is_good(&held.what.key, now));
    }

    /// Ends every sign-in whose role is another under `roles`, and every key
    /// whose maker has none any more. A key that may do less, or more again,
    /// goes on, but what is open for it ends.
    pub(super) fn take_roles(&mut self, roles: &Roles) -> Vec<Ended> {
        let changed =
            self.sign_ins.iter().filter(|(_, held)| held.what.role_under(roles) != Some(held.role));
        let changed: Vec<String> = changed.map(|(id, _)| id.clone()).collect();
        let mut ended: Vec<Ended> = changed.iter().filter_map(|id| self.end_sign_in(id)).collect();
        let mut over = Vec::new();
        for (id, held) in &mut self.keys {
            match held.what.role_under(roles) {
                None => over.push(id.clone()),
                Some(role) if role != held.role => *held = Held::new(held.what.clone(), role),
                Some(_) => {}
            }
        }
        ended.extend(over.iter().filter_map(|id| self.end_key(id)));
        ended
    }

    /// Everybody who is signed in or has made a key.
    pub(super) fn accounts(&self) -> BTreeSet<Account> {
        let signed_in = self.sign_ins.values().map(|held| held.what.sign_in.account.clone());
        signed_in.chain(self.keys.values().filter_map(|held| held.what.maker())).collect()
    }

    /// The groups of `account` are these now; none where it may not be used.
    /// What it may do less by that ends, and what goes on with other groups has
    /// to be written down anew.
    pub(super) fn take_groups(
        &mut self,
        account: &Account,
        groups: Option<&BTreeSet<String>>,
        roles: &Roles,
    ) -> (Vec<Ended>, Vec<(Kind, Record)>) {
        let Some(groups) = groups else {
            let made = |held: &Held<StoredKey>| held.what.maker().as_ref() == Some(account);
            let keys = self.keys.iter().filter(|(_, held)| made(held));
            let keys: Vec<String> = keys.map(|(id, _)| id.clone()).collect();
            let ids = self.ids_of(account);
            let mut ended: Vec<Ended> = ids.iter().filter_map(|id| self.end_sign_in(id)).collect();
            ended.extend(keys.iter().filter_map(|id| self.end_key(id)));
            return (ended, Vec::new());
        };
        let (mut sign_ins, mut keys) = (Vec::new(), Vec::new());
        for (id, held) in &mut self.sign_ins {
            let sign_in = &mut held.what.sign_in;
            if sign_in.account == *account && sign_in.groups != *groups {
                sign_in.groups.clone_from(groups);
                sign_ins.push(id.clone());
            }
        }
        for (id, held) in &mut self.keys {
            if held.what.maker().as_ref() == Some(account) && held.what.groups != *groups {
                held.what.groups.clone_from(groups);
                keys.push(id.clone());
            }
        }
        let ended = self.take_roles(roles);
        let sign_ins = sign_ins.iter().filter_map(|id| self.sign_ins.get(id));
        let sign_ins = sign_ins.map(|held| (Kind::SignIn, held.what.record()));
        let keys = keys.iter().filter_map(|id| self.keys.get(id));
        let keys = keys.map(|held| (Kind::ApiKey, held.what.record()));
        let renewed = sign_ins.chain(keys).collect();
        (ended, renewed)
    }

    pub(super) fn key(&self, id: &str) -> Option<&ApiKey> {
        self.keys.get(id).map(|held| &held.what.key)
    }

    pub(super) fn has_key_named(&self, name: &str) -> bool {
        self.keys.values().any(|held| held.what.key.name == name)
    }

    pub(super) fn key_count(&self) -> usize {
        self.keys.len()
    }
}

fn person(
    principal: Principal,
    role: Role,
    shown: &Shown,
    expires: Option<Timestamp>,
    life: &Life,
    now: Timestamp,
) -> Option<Person> {
    if expires.is_some_and(|expires| expires <= now) {
        return None;
    }
    let caller = Caller { principal, door: Door::Api, role: Some(role) };
    Some(Person { caller, shown: shown.clone(), expires, life: life.clone() })
}
