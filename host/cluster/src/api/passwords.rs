//! Whether somebody's password is right, by Proxmox's own sign-in: what comes
//! of it is looked at, and thrown away.

use async_trait::async_trait;
use hyper::Method;
use jarvis_domain::identity::{Account, Checked, Passwords, Secret};
use jarvis_domain::{Explain, Fault};
use serde_json::Value;

use super::answer::{self, Asked};
use super::session::is_half;
use super::wire::{Body, Outgoing};
use super::{Api, ApiError, form, second_factor};
use crate::ClusterError;
use crate::lenient::{field, text};
use crate::pvesh::within;

/// So many passwords at once.
pub(super) const AT_ONCE: usize = 4;

const WHAT: &str = "create /access/ticket";

#[async_trait]
impl Passwords for Api {
    async fn check(
        &self,
        account: &Account,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Checked, Box<Fault>> {
        if is_ticket(password.reveal()) {
            return Ok(Checked::Wrong);
        }
        let after = self.timeouts.local_read;
        let late = || ApiError::TimedOut { what: WHAT.to_owned(), after }.into();
        let asking = async {
            let busy = |_| ClusterError::Busy { what: WHAT.to_owned(), after };
            let _place = self.checking.acquire().await.map_err(busy)?;
            self.signs_in(account, password, code).await
        };
        let checked = within(&*self.clock, after, asking, late).await;
        checked.and_then(|checked| checked).map_err(|error| error.fault())
    }
}

impl Api {
    async fn signs_in(
        &self,
        account: &Account,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Checked, ClusterError> {
        let name = ("username", account.as_str());
        let Some(data) = self.step(&[name, ("password", password.reveal())]).await? else {
            return Ok(Checked::Wrong);
        };
        if !is_half(&data) {
            return whole(account, &data);
        }
        let Some(code) = code else { return Ok(Checked::NeedsCode) };
        let challenge = text(&data, "ticket").ok_or_else(|| garbled("it has no ticket"))?;
        let answer = second_factor::answer(code);
        let fields = [name, ("password", answer.reveal()), ("tfa-challenge", challenge)];
        match self.step(&fields).await? {
            Some(data) if is_half(&data) => Ok(Checked::Wrong),
            Some(data) => whole(account, &data),
            None => Ok(Checked::Wrong),
        }
    }

    /// What is answered; none to what is wrong.
    async fn step(&self, fields: &[(&str, &str)]) -> Result<Option<Value>, ClusterError> {
        let outgoing = Outgoing {
            method: Method::POST,
            target: "/api2/json/access/ticket".to_owned(),
            body: Body(form::encoded(fields.iter().copied()).into()),
            own: true,
        };
        let reply = self.wire.read(WHAT, &outgoing, &Vec::new()).await?;
        if reply.status == 401 {
            return Ok(None);
        }
        let asked = Asked { what: WHAT, who: "somebody", login: true };
        answer::data(&asked, &reply).map(Some)
    }
}

/// Proxmox takes a ticket of its own in a password's place, to renew it
/// (`PVE::Ticket`: `PVE:alice@pam:68A1B2C3::…`). Whoever has come by one, which
/// is a cookie in every browser that Proxmox's pages are open in, knows neither
/// the password nor the second factor.
fn is_ticket(password: &str) -> bool {
    let Some((said, _)) = password.strip_prefix("PVE:").and_then(|rest| rest.split_once("::"))
    else {
        return false;
    };
    said.rsplit_once(':').is_some_and(|(_, stamp)| {
        stamp.len() == 8 && stamp.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// A ticket is a sign-in only with the rights that come with it, and if it is
/// the one that was asked for.
fn whole(account: &Account, data: &Value) -> Result<Checked, ClusterError> {
    if text(data, "ticket").is_none() {
        return Err(garbled("it has no ticket"));
    }
    if !field(data, "cap").is_object() {
        return Err(garbled("its ticket has no rights with it"));
    }
    if text(data, "username") != Some(account.as_str()) {
        return Err(garbled("its ticket is somebody else's"));
    }
    Ok(Checked::Right)
}

fn garbled(why: &str) -> ClusterError {
    ClusterError::Garbled { what: WHAT.to_owned(), why: why.to_owned() }
}
