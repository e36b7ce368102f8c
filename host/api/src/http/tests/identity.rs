//! Sign-ins in memory: the password is `right`, and the role is the account's
//! name.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jarvis_domain::caller::Door;
use jarvis_domain::identity::{
    Account, ApiKey, Attempt, Identity, Life, MadeKey, NewKey, Person, Secret, Shown, SignIn,
    SignedIn,
};
use jarvis_domain::{Caller, Fault, Principal, Role, Row, Timestamp};
use tokio::sync::watch;

use super::turnstile::Turnstile;

/// See the module.
#[derive(Debug)]
pub(super) struct FakeIdentity {
    inner: Mutex<Inner>,
    /// Before a password is known to be right.
    pub(super) checking: Turnstile,
}

#[derive(Debug, Default)]
struct Inner {
    count: usize,
    people: BTreeMap<String, Person>,
    /// By token; each ends with its sender.
    lives: BTreeMap<String, watch::Sender<bool>>,
    keys: Vec<ApiKey>,
    tried_from: Vec<IpAddr>,
    tickets: BTreeMap<String, Person>,
    /// So many more are told who they are before it breaks, once.
    breaks_after: Option<usize>,
}

const REFUSED: Row =
    Row { code: "auth-refused", meaning: "No.", hint: "Try again.", exit: 5, status: 401 };
const THROTTLED: Row =
    Row { code: "auth-throttled", meaning: "Slower.", hint: "Wait.", exit: 5, status: 429 };

impl Inner {
    fn is_time_to_break(&mut self) -> bool {
        match self.breaks_after {
            Some(0) => self.breaks_after.take().is_some(),
            Some(more) => self.breaks_after.replace(more - 1).is_none(),
            None => false,
        }
    }

    /// Everything of somebody; how many sign-ins that were.
    fn end(&mut self, who: &Principal) -> usize {
        let is_theirs = |(_, known): &(&String, &Person)| known.caller.principal == *who;
        let theirs = self.people.iter().filter(is_theirs).map(|(token, _)| token.clone());
        let theirs: Vec<String> = theirs.collect();
        for token in &theirs {
            self.people.remove(token);
            self.lives.remove(token);
        }
        theirs.len()
    }
}

impl FakeIdentity {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::default(), checking: Turnstile::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn enter(&self, principal: &str, role: Option<Role>, shown: Shown) -> (String, Person) {
        let mut inner = self.inner();
        inner.count += 1;
        let token = format!("token-{}", inner.count);
        let (ends, life) = Life::new();
        let caller = Caller { principal: Principal(principal.to_owned()), door: Door::Api, role };
        let expires = Some(Timestamp(1_900_000_000_000));
        let person = Person { caller, shown, expires, life };
        inner.lives.insert(token.clone(), ends);
        inner.people.insert(token.clone(), person.clone());
        (token, person)
    }

    /// A person of this role.
    pub(super) fn person(&self, role: Role) -> String {
        let shown = Shown::Token("jti".to_owned());
        self.enter(&format!("user:{role}@pam"), Some(role), shown).0
    }

    /// Where sign-ins were tried from so far.
    pub(super) fn tried_from(&self) -> Vec<IpAddr> {
        self.inner().tried_from.clone()
    }

    /// Breaks once, after so many more were told who they are.
    pub(super) fn breaks_after(&self, more: usize) {
        self.inner().breaks_after = Some(more);
    }

    /// A key of this role.
    pub(super) fn key(&self, role: Role, may_confirm: bool) -> String {
        let shown = Shown::Key { id: "k".to_owned(), may_confirm };
        self.enter("key:k", Some(role), shown).0
    }
}

fn refused() -> Box<Fault> {
    Box::new(Fault::new(&REFUSED, "account or password is wrong"))
}

#[async_trait]
impl Identity for FakeIdentity {
    async fn sign_in(&self, attempt: Attempt) -> Result<SignedIn, Box<Fault>> {
        self.checking.pass().await;
        self.inner().tried_from.push(attempt.address);
        match attempt.password.reveal() {
            "right" => {}
            "slow" => return Err(Box::new(Fault::new(&THROTTLED, "too many tries"))),
            _ => return Err(refused()),
        }
        let role = match attempt.account.user() {
            "admin" => Some(Role::Admin),
            "operator" => Some(Role::Operator),
            "viewer" => Some(Role::Viewer),
            _ => None,
        };
        let shown = Shown::Token("jti".to_owned());
        let (token, person) = self.enter(&attempt.account.principal().0, role, shown);
        Ok(SignedIn { token: Secret::new(token), person })
    }

    fn who(&self, bearer: &str) -> Result<Person, Box<Fault>> {
        let breaks = bearer == "panic" || self.inner().is_time_to_break();
        assert!(!breaks, "the identity breaks");
        self.inner().people.get(bearer).cloned().ok_or_else(refused)
    }

    async fn sign_out(&self, person: &Person) -> Result<(), Box<Fault>> {
        self.inner().end(&person.caller.principal);
        Ok(())
    }

    async fn sign_out_everywhere(
        &self,
        account: &Account,
        _: &Caller,
    ) -> Result<usize, Box<Fault>> {
        Ok(self.inner().end(&account.principal()))
    }

    fn sign_ins(&self) -> Vec<SignIn> {
        let sign_in = |person: &Person| {
            let account = person.caller.principal.0.strip_prefix("user:")?.parse().ok()?;
            let groups = ["admins".to_owned()].into();
            let address = [127, 0, 0, 1].into();
            let (since, expires) = (Timestamp(1), Timestamp(2));
            Some(SignIn { id: "jti".to_owned(), account, since, expires, address, groups })
        };
        self.inner().people.values().filter_map(sign_in).collect()
    }

    fn keys(&self) -> Vec<ApiKey> {
        self.inner().keys.clone()
    }

    async fn make_key(&self, wanted: NewKey, by: &Caller) -> Result<MadeKey, Box<Fault>> {
        // What is on disk for others comes to be there meanwhile.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let key = ApiKey {
            id: format!("k{}", self.inner().keys.len()),
            name: wanted.name,
            role: wanted.role,
            may_confirm: wanted.may_confirm,
            made: Timestamp(1),
            by: by.principal.clone(),
            expires: None,
        };
        self.inner().keys.push(key.clone());
        Ok(MadeKey { key, secret: Secret::new("jk_secret") })
    }

    async fn revoke_key(&self, id: &str, _: &Caller) -> Result<(), Box<Fault>> {
        self.inner().keys.retain(|key| key.id != id);
        Ok(())
    }

    fn ticket(&self, person: &Person) -> Secret {
        let mut inner = self.inner();
        let ticket = format!("ticket-{}", inner.tickets.len());
        inner.tickets.insert(ticket.clone(), person.clone());
        Secret::new(ticket)
    }

    fn redeem(&self, ticket: &str) -> Result<Person, Box<Fault>> {
        self.inner().tickets.remove(ticket).ok_or_else(refused)
    }
}
