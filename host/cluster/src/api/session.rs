//! Who a request is made as: a token, which is sent with each, or a ticket,
//! which is got for a password and renewed before it runs out.

use std::time::Duration;

use hyper::Method;
use hyper::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use jarvis_domain::{Clock, Timestamp};
use serde_json::Value;
use tokio::sync::Mutex;

use super::answer::{self, Asked};
use super::error::ApiError;
use super::form;
use super::settings::Credential;
use super::wire::{Body, Headers, Outgoing, Reply, Wire};
use crate::ClusterError;
use crate::lenient::{field, flag, text};

/// A ticket is good for two hours (pve-access-control, `AccessControl.pm`).
const RENEWED_AFTER: Duration = Duration::from_secs(100 * 60);

/// Proxmox's header against forged requests, asked for with every write that
/// a ticket is used for.
const CSRF: HeaderName = HeaderName::from_static("csrfpreventiontoken");

/// A credential, and what was got for it.
#[derive(Debug)]
pub(super) struct Session {
    credential: Credential,
    /// Held while logging in, so that all who wait share the one login.
    ticket: Mutex<Option<Ticket>>,
}

/// Values of headers that are marked as secrets, so that nothing shows them.
#[derive(Debug, Clone)]
struct Ticket {
    cookie: HeaderValue,
    csrf: HeaderValue,
    since: Timestamp,
}

impl Session {
    pub(super) fn new(credential: Credential) -> Self {
        Self { credential, ticket: Mutex::default() }
    }

    /// As it stands in Proxmox's tasks.
    pub(super) fn who(&self) -> &str {
        self.credential.who()
    }

    /// The headers that say who asks; a ticket is got first where there is
    /// none that is young enough.
    pub(super) async fn headers(
        &self,
        wire: &Wire,
        clock: &dyn Clock,
    ) -> Result<Headers, ClusterError> {
        let Credential::Password { password, .. } = &self.credential else {
            return Ok(vec![(AUTHORIZATION, self.token()?)]);
        };
        let mut ticket = self.ticket.lock().await;
        if let Some(ticket) = &*ticket
            && clock.now().since(ticket.since) < RENEWED_AFTER
        {
            return Ok(ticket.headers());
        }
        let since = clock.now();
        let fields = [("username", self.who()), ("password", password.reveal())];
        let outgoing = Outgoing {
            method: Method::POST,
            target: "/api2/json/access/ticket".to_owned(),
            body: Body(form::encoded(fields).into()),
            own: true,
        };
        let reply = wire.read("create /access/ticket", &outgoing, &Vec::new()).await?;
        let fresh = ticket.insert(self.ticket(&reply, since)?);
        Ok(fresh.headers())
    }

    /// Whether the answer 401 may mean only that the ticket has run out, which
    /// is then forgotten; not if somebody got a newer one meanwhile.
    pub(super) async fn expired(&self, used: &Headers) -> bool {
        let mut ticket = self.ticket.lock().await;
        let sent = |known: &Ticket| used.iter().any(|(_, value)| *value == known.cookie);
        if ticket.as_ref().is_some_and(sent) {
            *ticket = None;
        }
        matches!(self.credential, Credential::Password { .. })
    }

    fn token(&self) -> Result<HeaderValue, ApiError> {
        let Credential::Token { id: _, secret } = &self.credential else {
            return Err(self.bad_secret());
        };
        self.secret(&format!("PVEAPIToken={}={}", self.who(), secret.reveal()))
    }

    fn ticket(&self, reply: &Reply, since: Timestamp) -> Result<Ticket, ClusterError> {
        let what = "create /access/ticket";
        let asked = Asked { what, who: self.who(), login: true };
        let data = answer::data(&asked, reply)?;
        // With a second factor the ticket is good for nothing but that.
        if is_half(&data) {
            return Err(ApiError::NeedsTfa { who: self.who().to_owned() }.into());
        }
        let told = |name: &'static str| {
            text(&data, name).filter(|text| !text.is_empty()).ok_or_else(|| ClusterError::Garbled {
                what: what.to_owned(),
                why: format!("it has no {name}"),
            })
        };
        Ok(Ticket {
            cookie: self.secret(&format!("PVEAuthCookie={}", told("ticket")?))?,
            csrf: self.secret(told("CSRFPreventionToken")?)?,
            since,
        })
    }

    fn secret(&self, text: &str) -> Result<HeaderValue, ApiError> {
        let mut value = HeaderValue::from_str(text).map_err(|_| self.bad_secret())?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn bad_secret(&self) -> ApiError {
        ApiError::BadSecret { who: self.who().to_owned() }
    }
}

impl Ticket {
    fn headers(&self) -> Headers {
        vec![(COOKIE, self.cookie.clone()), (CSRF, self.csrf.clone())]
    }
}

/// Whether a second factor is still to come: half a login has a ticket, too,
/// that begins with `PVE:!tfa!`.
pub(super) fn is_half(data: &Value) -> bool {
    flag(field(data, "NeedTFA")).unwrap_or_default()
        || text(data, "ticket").unwrap_or_default().starts_with("PVE:!tfa!")
}
