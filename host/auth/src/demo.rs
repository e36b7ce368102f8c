//! The one account of a demo, with a password made anew at each start.

use async_trait::async_trait;
use jarvis_domain::Fault;
use jarvis_domain::identity::{Account, Checked, Passwords, Secret};

use crate::error::AuthError;
use crate::random;

/// See the module.
#[derive(Debug)]
pub struct DemoPasswords {
    account: Account,
    password: Secret,
}

impl DemoPasswords {
    /// A new password for `account`.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(account: Account) -> Result<Self, AuthError> {
        // Short enough to be typed from a screen, and 64 bits all the same.
        Ok(Self { account, password: Secret::new(random::text::<8>()?) })
    }

    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What is shown to whoever started the demo.
    #[must_use]
    pub fn password(&self) -> &Secret {
        &self.password
    }
}

#[async_trait]
impl Passwords for DemoPasswords {
    async fn check(
        &self,
        account: &Account,
        password: &Secret,
        _code: Option<&Secret>,
    ) -> Result<Checked, Box<Fault>> {
        let right = random::same(password.reveal().as_bytes(), self.password.reveal().as_bytes());
        Ok(if right && *account == self.account { Checked::Right } else { Checked::Wrong })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_its_account_with_its_password() {
        let one = DemoPasswords::new("demo@pam".parse().unwrap()).unwrap();
        let two = DemoPasswords::new("demo@pam".parse().unwrap()).unwrap();
        assert_ne!(one.password(), two.password());
        assert!(!format!("{one:?}").contains(one.password().reveal()));
        let root = "root@pam".parse().unwrap();
        for (account, password, expected) in [
            (one.account(), one.password(), Checked::Right),
            (one.account(), two.password(), Checked::Wrong),
            (&root, one.password(), Checked::Wrong),
            (one.account(), &Secret::new(""), Checked::Wrong),
        ] {
            assert_eq!(one.check(account, password, None).await.unwrap(), expected);
        }
    }
}
