//! Looking an account up in the cluster. Only a right password is followed by
//! that, and by `pvesh` it takes a second: whoever sees the time of a refusal
//! would know that the password of a disabled account is right. So a wrong one
//! waits as long as the last look took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jarvis_domain::CallError;
use jarvis_domain::identity::{Account, AccountEntry, Directory};

use super::Gate;

/// How long the last look took, milliseconds.
#[derive(Debug)]
pub(super) struct LookTime(AtomicU64);

/// There was none yet.
const NEVER: u64 = u64::MAX;

impl Default for LookTime {
    fn default() -> Self {
        Self(AtomicU64::new(NEVER))
    }
}

impl Gate {
    /// What `directory` knows of `account`.
    pub(super) async fn look_up(
        &self,
        directory: &dyn Directory,
        account: &Account,
    ) -> Result<Option<AccountEntry>, CallError> {
        let clock = &self.padding.clock;
        let begun = clock.now();
        let found = directory.look_up(account).await?;
        let took = u64::try_from(clock.now().since(begun).as_millis()).unwrap_or_default();
        self.looks.0.store(took.min(NEVER - 1), Ordering::Relaxed);
        Ok(found)
    }

    /// Takes as long as a look would. A guess costs the cluster nothing by it,
    /// save the first one, while nobody knows how long.
    pub(super) async fn pass_a_look(&self, account: &Account) {
        let Some(directory) = &self.directory else { return };
        match self.looks.0.load(Ordering::Relaxed) {
            0 => {}
            NEVER => drop(self.look_up(&**directory, account).await),
            took => self.padding.clock.sleep(Duration::from_millis(took)).await,
        }
    }
}
