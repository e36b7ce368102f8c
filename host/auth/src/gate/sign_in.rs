//! From a password to a sign-in. Each refusal takes the same time and says the
//! same; why it was one is written down.

use jarvis_domain::identity::{AccountEntry, Attempt, Checked, Secret, Shown, SignIn, SignedIn};
use jarvis_domain::registry::Kind;
use jarvis_domain::{Explain, Fault};

use super::Gate;
use super::records::StoredSignIn;
use crate::error::AuthError;
use crate::throttle::Slowed;
use crate::token::{self, Claims};

/// Longer ones are nobody's, and nobody is asked about them.
const LONGEST_PASSWORD: usize = 1024;
/// The longest codes are Proxmox's recovery keys.
const LONGEST_CODE: usize = 64;

/// Why there is no sign-in.
enum Refusal {
    /// The password was not looked at.
    Slowed(AuthError),
    /// All others, which take the same time.
    Other(Box<Fault>),
}

impl Gate {
    pub(super) async fn padded_sign_in(&self, attempt: Attempt) -> Result<SignedIn, Box<Fault>> {
        let begun = self.padding.clock.now();
        match self.try_sign_in(&attempt).await {
            Ok(signed_in) => Ok(signed_in),
            Err(Refusal::Slowed(error)) => Err(error.fault()),
            Err(Refusal::Other(fault)) => {
                self.padding.rest(begun).await;
                Err(fault)
            }
        }
    }

    async fn try_sign_in(&self, attempt: &Attempt) -> Result<SignedIn, Refusal> {
        let Attempt { account, address, .. } = attempt;
        let store = |error: jarvis_domain::kv::StoreError| Refusal::Other(error.fault());
        let begun =
            self.throttle.begin(account, *address, self.clock.now()).await.map_err(store)?;
        if let Err(slowed) = begun {
            return Err(self.slowed(attempt, slowed).await);
        }
        let entry = match self.check(attempt).await {
            Ok(entry) => entry,
            Err(error @ Failure::Refused(_)) => return Err(self.refused(attempt, error).await),
            Err(error) => {
                // No wrong password, so that it does not count as one.
                let now = self.clock.now();
                self.throttle.forgive(account, *address, now).await.map_err(store)?;
                return Err(self.refused(attempt, error).await);
            }
        };
        self.let_in(attempt, entry).await
    }

    /// What is known of the account, if it is its owner who comes.
    async fn check(&self, attempt: &Attempt) -> Result<AccountEntry, Failure> {
        let Attempt { account, password, code, .. } = attempt;
        let length = |secret: &Secret| secret.reveal().len();
        if length(password) > LONGEST_PASSWORD || code.as_ref().map_or(0, length) > LONGEST_CODE {
            return Err(Failure::Refused("a password or code that is too long"));
        }
        match self.passwords.check(account, password, code.as_ref()).await {
            Ok(Checked::Right) => {}
            Ok(Checked::Wrong) => {
                self.pass_a_look(account).await;
                return Err(Failure::Refused("unknown, disabled, or a wrong password"));
            }
            Ok(Checked::NeedsCode) => return Err(Failure::CodeNeeded),
            Err(fault) => return Err(Failure::Unavailable(fault)),
        }
        let Some(directory) = &self.directory else {
            return Ok(AccountEntry { enabled: true, ..AccountEntry::default() });
        };
        match self.look_up(&**directory, account).await {
            Ok(Some(entry)) if entry.enabled => Ok(entry),
            Ok(Some(_)) => {
                Err(Failure::Refused("the cluster's account is disabled or has expired"))
            }
            Ok(None) => Err(Failure::Refused("the cluster has no such account")),
            Err(error) => Err(Failure::Unavailable(Box::new(error.fault))),
        }
    }

    async fn let_in(&self, attempt: &Attempt, entry: AccountEntry) -> Result<SignedIn, Refusal> {
        let Attempt { account, address, .. } = attempt;
        let store = |error: jarvis_domain::kv::StoreError| Refusal::Other(error.fault());
        let failed = |error: AuthError| Refusal::Other(error.fault());
        // From here on no role changes until the sign-in is there to be ended.
        let _changing = self.changing.lock().await;
        let now = self.clock.now();
        let Some(role) = self.roles.load().of(account, &entry.groups) else {
            self.throttle.forgive(account, *address, now).await.map_err(store)?;
            return Err(self.refused(attempt, Failure::NoRole).await);
        };
        let id = uuid::Uuid::now_v7().to_string();
        let claims = Claims::new(account.clone(), id.clone(), now, self.lifetime);
        let token = token::sign(&claims, &self.keyring.load()).map_err(failed)?;
        let sign_in = SignIn {
            id: id.clone(),
            account: account.clone(),
            since: now,
            expires: claims.expires(),
            address: *address,
            groups: entry.groups,
        };
        self.throttle.succeed(account, *address, now).await.map_err(store)?;
        let stored = StoredSignIn { sign_in, role };
        let ended = self.write().make_room(account);
        let gave_way = self.close(&ended, "gave way to a newer sign-in, and was signed out").await;
        gave_way.map_err(Refusal::Other)?;
        self.put(Kind::SignIn, stored.record()).await.map_err(Refusal::Other)?;
        self.write().add_sign_in(stored);
        let person = self.person(&Shown::Token(id.clone()));
        let person = person.ok_or_else(|| failed(AuthError::BadToken))?;
        let told =
            self.tell(Some(&person.caller), format!("signed in from {address}, as {role}")).await;
        if let Err(fault) = told {
            self.write().end_sign_in(&id);
            self.delete(Kind::SignIn, &id).await.map_err(Refusal::Other)?;
            return Err(Refusal::Other(fault));
        }
        Ok(SignedIn { token: Secret::new(token), person })
    }

    async fn refused(&self, attempt: &Attempt, failure: Failure) -> Refusal {
        let Attempt { account, address, .. } = attempt;
        // A wrong password slows the next attempt, and with it its line.
        let left_out = match &failure {
            Failure::Refused(_) => Some(0),
            _ => self.unslowed.allows(self.clock.now()),
        };
        let (why, fault) = match failure {
            Failure::Refused(why) => (why.to_owned(), AuthError::Refused.fault()),
            Failure::CodeNeeded => {
                ("its code is missing".to_owned(), AuthError::CodeNeeded.fault())
            }
            Failure::NoRole => {
                ("it has no role".to_owned(), AuthError::NoRole(account.to_string()).fault())
            }
            // Hosts and files are no stranger's business.
            Failure::Unavailable(fault) => (fault.to_string(), AuthError::NotNow.fault()),
        };
        let line = format!("refused {account} from {address}: {why}");
        match left_out {
            None => {}
            Some(0) => self.tell_refusal(line).await,
            Some(more) => {
                self.tell_refusal(format!("{line}; {more} others before it are not written down"))
                    .await;
            }
        }
        Refusal::Other(fault)
    }

    /// Not a line for each: whoever guesses does not fill the log.
    async fn slowed(&self, attempt: &Attempt, slowed: Slowed) -> Refusal {
        let (Attempt { account, address, .. }, Slowed { wait, unread }) = (attempt, slowed);
        if unread.checked_ilog10().is_some_and(|zeros| unread == 10u64.pow(zeros)) {
            let seconds = wait.as_millis().div_ceil(1000);
            self.tell_refusal(format!(
                "turned {account} from {address} away unread, for another {seconds} s; {unread} such in a row"
            ))
            .await;
        }
        Refusal::Slowed(AuthError::Throttled { wait })
    }
}

/// Why the one who comes is not let in.
enum Failure {
    /// For this reason, which they are not told.
    Refused(&'static str),
    CodeNeeded,
    NoRole,
    Unavailable(Box<Fault>),
}
