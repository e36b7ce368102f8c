//! Who asks: `Authorization: Bearer` with a token or a key.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jarvis_domain::identity::{Person, Shown};
use jarvis_domain::{Explain, Principal, Role};
use jarvis_skill_host::Asker;

use super::error::HttpError;
use super::input::header;
use super::problem::{Answer, Refusal};
use super::state::Shared;
use crate::{ApiError, service};

/// Somebody who was let in.
#[derive(Debug, Clone)]
pub(crate) struct Who(pub(crate) Person);

impl Who {
    /// Whoever `headers` name.
    pub(crate) fn of(headers: &HeaderMap, state: &Shared) -> Answer<Self> {
        let given = header(headers, &AUTHORIZATION)?;
        let bearer = given.and_then(|given| {
            let (scheme, bearer) = given.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| bearer.trim())
        });
        let bearer = bearer.filter(|bearer| !bearer.is_empty()).ok_or(HttpError::NoSignIn)?;
        Ok(Self(state.parts.identity.who(bearer)?))
    }

    /// Refuses who has not at least `role`.
    pub(crate) fn needs(&self, role: Role, what: &'static str) -> Answer<()> {
        Ok(service::needs(&self.0.caller, role, what)?)
    }

    /// Refuses a key.
    pub(crate) fn is_person(&self, what: &'static str) -> Answer<()> {
        if self.0.is_person() { Ok(()) } else { Err(HttpError::NotAPerson(what).into()) }
    }

    /// Refuses whoever was signed out since: a body may take its time.
    pub(crate) fn is_there(&self) -> Answer<()> {
        if self.0.life.is_over() { Err(ApiError::SignedOut.fault().into()) } else { Ok(()) }
    }

    /// What their requests are told apart by: names of keys are given anew.
    pub(crate) fn mark(&self) -> String {
        match &self.0.shown {
            Shown::Token(_) => self.principal().0.clone(),
            Shown::Key { id, .. } => format!("{} {id}", self.principal()),
        }
    }

    pub(crate) fn principal(&self) -> &Principal {
        &self.0.caller.principal
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.0.caller.role == Some(Role::Admin)
    }

    /// How they ask and answer.
    pub(crate) fn asker(&self) -> Asker<'_> {
        Asker::from(&self.0)
    }
}

impl FromRequestParts<Shared> for Who {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        Self::of(&parts.headers, state)
    }
}
