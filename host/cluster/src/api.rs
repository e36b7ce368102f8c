//! The HTTPS API of Proxmox VE: reads with one credential, writes with
//! another, over connections whose certificate is known.
//!
//! Operations are a matter of `operations`; here a write is sent once, and
//! said to be answered, refused, never sent or lost.

mod answer;
mod console;
mod error;
mod form;
mod passwords;
mod rights;
pub(crate) mod rows;
mod second_factor;
mod session;
mod settings;
#[cfg(test)]
pub(crate) mod testing;
mod trust;
mod wire;

use std::sync::Arc;

use hyper::Method;
use jarvis_domain::{ApiCall, ApiPath, Clock, Field, Fields, NodeName, Upid, Verb};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::access::{Body as Answer, answering};
use crate::launcher::this_machine;
use crate::pvesh::argv::is_secret;
use crate::pvesh::within;
use crate::slots::Slots;
use crate::{ClusterError, Timeouts};
use answer::Asked;
use session::Session;
use wire::{Body, Outgoing, Reply, Unanswered, Wire};

pub use error::ApiError;
pub(crate) use settings::host_and_port;
pub use settings::{
    ApiSettings, BadApiSetting, Credential, Endpoint, Fingerprint, SecretText, TokenId, Trust,
    UserId,
};

/// The API of one cluster.
#[derive(Debug)]
pub(crate) struct Api {
    wire: Wire,
    read: Session,
    act: Option<Session>,
    /// The node that jarvis runs on, if it is one of the cluster's.
    here: Option<NodeName>,
    slots: Arc<Slots>,
    /// Places for passwords that are checked: guesses slow no reads.
    checking: Semaphore,
    clock: Arc<dyn Clock>,
    timeouts: Timeouts,
}

/// A write, ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    what: String,
    outgoing: Outgoing,
}

/// A write that was not taken.
#[derive(Debug)]
pub(crate) enum Untaken {
    /// It did not get to Proxmox, or Proxmox does not know us.
    Unsent(ClusterError),
    /// Proxmox refused it before anything began.
    Refused(ClusterError),
    /// It may have begun: nobody knows.
    Lost(ClusterError),
}

impl Api {
    /// Reads the authorities; asks the cluster nothing yet.
    pub(crate) fn new(
        settings: ApiSettings,
        slots: Arc<Slots>,
        clock: Arc<dyn Clock>,
        timeouts: Timeouts,
    ) -> Result<Self, ApiError> {
        let wire = Wire::new(&settings, Arc::clone(&clock), timeouts)?;
        let ApiSettings { read, act, elsewhere, .. } = settings;
        let (read, act) = (Session::new(read), act.map(Session::new));
        let here = if elsewhere { None } else { this_machine() };
        let checking = Semaphore::new(passwords::AT_ONCE);
        Ok(Self { wire, read, act, here, slots, checking, clock, timeouts })
    }

    /// GET `path`.
    pub(crate) async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, ClusterError> {
        let call = ApiCall { verb: Verb::Get, path: path.clone(), fields: query.clone() };
        let outgoing = outgoing(&call)?;
        let what = call.to_string();
        let read = async {
            let data = self.data(&what, &outgoing).await?;
            let data = seen_from_here(path, data, self.here.as_ref());
            self.doubted(&what, path, query, data).await
        };
        self.placed(&what, path, read).await
    }

    /// GET `path`, as it came. Whether something is left out for want of
    /// rights is not looked into.
    pub(crate) async fn body(&self, path: &ApiPath) -> Result<Answer, ClusterError> {
        let call = ApiCall { verb: Verb::Get, path: path.clone(), fields: Fields::none() };
        let outgoing = outgoing(&call)?;
        let what = call.to_string();
        let bytes = self.placed(&what, path, self.good(&what, &outgoing)).await?.body;
        Ok(Answer { what, bytes, wrapped: true })
    }

    /// Does `work` in a place of its own and in the time that a read of `path`
    /// may take.
    async fn placed<T>(
        &self,
        what: &str,
        path: &ApiPath,
        work: impl Future<Output = Result<T, ClusterError>>,
    ) -> Result<T, ClusterError> {
        let (node, queue) = (answering(path), self.timeouts.queue);
        let busy = || ClusterError::Busy { what: what.to_owned(), after: queue };
        let _slot = within(&*self.clock, queue, self.slots.take(node.as_ref()), busy).await?;
        let after = self.timeouts.read(path);
        let late = || ApiError::TimedOut { what: what.to_owned(), after }.into();
        within(&*self.clock, after, work, late).await?
    }

    /// `call` as a request. What cannot be sent is refused here.
    pub(crate) fn write(&self, call: &ApiCall) -> Result<Request, ClusterError> {
        let what = format!("{} {}", call.verb, call.path);
        if self.act.is_none() {
            return Err(ApiError::ReadOnly { what }.into());
        }
        Ok(Request { outgoing: outgoing(call)?, what })
    }

    /// Sends `request`, once. The answer is the task that it started, if it
    /// started one and says so.
    pub(crate) async fn send(&self, request: &Request) -> Result<Option<Upid>, Untaken> {
        let Request { what, outgoing } = request;
        let Some(session) = &self.act else {
            return Err(Untaken::Unsent(ApiError::ReadOnly { what: what.clone() }.into()));
        };
        let reply = match self.post(what, outgoing, session).await {
            Ok((reply, _)) => reply,
            Err(Unanswered::Unsent(error)) => return Err(Untaken::Unsent(error)),
            Err(Unanswered::Lost(error)) => return Err(Untaken::Lost(error)),
        };
        let asked = Asked { what, who: session.who(), login: false };
        match answer::data(&asked, &reply) {
            Ok(data) => Ok(data.as_str().and_then(|text| text.parse().ok())),
            Err(error) => Err(match reply.status {
                // It was taken, and what it said is not to be understood.
                200..=299 => Untaken::Lost(error),
                status if answer::is_doubtful(status) => Untaken::Lost(error),
                // Nothing is wrong with the call itself.
                401 | 403 => Untaken::Unsent(error),
                _ => Untaken::Refused(error),
            }),
        }
    }

    /// The node that jarvis runs on, if it is one of the cluster's.
    pub(crate) fn here(&self) -> Option<&NodeName> {
        self.here.as_ref()
    }

    /// Whose the tasks are that writes start.
    pub(crate) fn actor(&self) -> Option<&str> {
        self.act.as_ref().map(Session::who)
    }

    /// See [`Wire::ahead`].
    pub(crate) fn ahead(&self) -> i64 {
        self.wire.ahead()
    }

    async fn data(&self, what: &str, outgoing: &Outgoing) -> Result<Value, ClusterError> {
        let reply = self.good(what, outgoing).await?;
        answer::data(&self.asked(what), &reply)
    }

    /// The answer to a read, if it is one.
    async fn good(&self, what: &str, outgoing: &Outgoing) -> Result<Reply, ClusterError> {
        let session = &self.read;
        let headers = session.headers(&self.wire, &*self.clock).await?;
        let mut reply = self.wire.read(what, outgoing, &headers).await?;
        if reply.status == 401 && session.expired(&headers).await {
            let headers = session.headers(&self.wire, &*self.clock).await?;
            reply = self.wire.read(what, outgoing, &headers).await?;
        }
        answer::check(&self.asked(what), &reply)?;
        Ok(reply)
    }

    fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        Asked { what, who: self.read.who(), login: false }
    }

    /// `data`, unless it is empty for want of rights.
    async fn doubted(
        &self,
        what: &str,
        path: &ApiPath,
        query: &Fields,
        data: Value,
    ) -> Result<Value, ClusterError> {
        let Some(doubt) = rights::doubt(path, query, &data) else { return Ok(data) };
        let outgoing = Outgoing {
            method: Method::GET,
            target: "/api2/json/access/permissions".to_owned(),
            body: Body::default(),
            own: true,
        };
        let permissions = self.data("get /access/permissions", &outgoing).await?;
        if doubt.is_confirmed(&permissions) {
            return Err(doubt.error(what, self.read.who()).into());
        }
        if doubt.certain {
            let why = "it names no node, though jarvis may see some".to_owned();
            return Err(ClusterError::Garbled { what: what.to_owned(), why });
        }
        Ok(data)
    }

    /// Sends a write; once more where only the ticket had run out, with which
    /// nothing can have begun. Also told is who answered.
    async fn post(
        &self,
        what: &str,
        outgoing: &Outgoing,
        session: &Session,
    ) -> Result<(Reply, Endpoint), Unanswered> {
        let at_most = self.timeouts.write_answer;
        let headers = self.login(what, session).await?;
        let answered = self.wire.write(what, outgoing, &headers, at_most).await?;
        if answered.0.status != 401 || !session.expired(&headers).await {
            return Ok(answered);
        }
        let headers = self.login(what, session).await?;
        self.wire.write(what, outgoing, &headers, at_most).await
    }

    async fn login(&self, what: &str, session: &Session) -> Result<wire::Headers, Unanswered> {
        let after = self.timeouts.local_read;
        let late = || ApiError::TimedOut { what: what.to_owned(), after }.into();
        let headers = session.headers(&self.wire, &*self.clock);
        let headers = within(&*self.clock, after, headers, late).await;
        headers.and_then(|headers| headers).map_err(Unanswered::Unsent)
    }
}

/// `call` as HTTP: what is read and what is deleted has its parameters in the
/// URL, what is written in the body.
fn outgoing(call: &ApiCall) -> Result<Outgoing, ClusterError> {
    let fields = || call.fields.iter().map(|field| (field.name.as_str(), field.value.as_str()));
    let (method, in_body) = match call.verb {
        Verb::Get => (Method::GET, false),
        Verb::Create => (Method::POST, true),
        Verb::Set => (Method::PUT, true),
        Verb::Delete => (Method::DELETE, false),
    };
    let mut target = format!("/api2/json{}", call.path);
    let own = answering(&call.path).is_none();
    if in_body || call.fields.is_empty() {
        let body = if in_body { form::encoded(fields()) } else { String::new() };
        return Ok(Outgoing { method, target, body: Body(body.into()), own });
    }
    if let Some(Field { name, .. }) = call.fields.iter().find(|field| is_secret(&field.name)) {
        let what = format!("{} {}", call.verb, call.path);
        return Err(ApiError::SecretInUrl { what, field: name.clone() }.into());
    }
    target.push('?');
    target.push_str(&form::encoded(fields()));
    Ok(Outgoing { method, target, body: Body::default(), own })
}

/// `/cluster/status` says `local` of the node that answers, which need not be
/// the one that jarvis runs on.
fn seen_from_here(path: &ApiPath, mut data: Value, here: Option<&NodeName>) -> Value {
    if path.to_string() == "/cluster/status"
        && let Some(entries) = data.as_array_mut()
    {
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            let name = entry.get("name").and_then(Value::as_str);
            let is_here = name.is_some() && name == here.map(NodeName::as_str);
            if let Some(local) = entry.get_mut("local") {
                *local = u8::from(is_here).into();
            }
        }
    }
    data
}

#[cfg(test)]
mod tests;
