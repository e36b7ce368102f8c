//! Signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jarvis_domain::Role;
use jarvis_domain::identity::{Account, Attempt, Person, Secret, Shown};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::act::to_the_end;
use crate::http::guard::Asked;
use crate::http::input::{Body, Fields, Input, wrong};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{Ended, Me, MeKind, Sessions, SignedIn, Ticket};

/// How long a ticket is good, by the port's word.
const TICKET_SECONDS: u64 = 30;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(me)).routes(routes!(sessions))
}

/// Those that end something.
pub(super) fn actions() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(logout)).routes(routes!(logout_everywhere))
}

/// Those that answer with a secret.
pub(super) fn secrets() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(login)).routes(routes!(ticket))
}

/// Who signs in.
#[derive(Debug, ToSchema)]
#[schema(as = LoginRequest)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    /// `alice@pam`; without a realm it is `pam`.
    #[schema(value_type = schema::Username)]
    username: Account,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// The code of a second factor, where the account has one.
    #[schema(value_type = Option<String>)]
    code: Option<Secret>,
}

/// Whose sign-ins are ended.
#[derive(Debug, ToSchema)]
#[schema(as = LogoutEverywhereRequest)]
#[serde(deny_unknown_fields)]
struct EverywhereBody {
    /// Another account than one's own: for admins.
    #[schema(value_type = Option<schema::AccountName>)]
    account: Option<Account>,
}

impl Input for LoginBody {
    /// Nobody is known yet who sends it, and nobody's password is that long.
    const LONGEST: usize = 8 * 1024;

    fn read(fields: &mut Fields) -> Option<Self> {
        let username: Option<String> = fields.required("username");
        let password: Option<String> = fields.required("password");
        let code: Option<String> = fields.optional("code");
        let username = match username {
            Some(name) if name.contains('@') => name,
            Some(name) => format!("{name}@pam"),
            None => return None,
        };
        match username.parse() {
            Ok(username) => Some(Self {
                username,
                password: Secret::new(password?),
                code: code.map(Secret::new),
            }),
            Err(_) => {
                fields.wrong("username", "it is not an account: alice@pam");
                None
            }
        }
    }
}

impl Input for EverywhereBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { account: fields.text("account") })
    }
}

/// Signs in. The token is good for eight hours. The body has at most 8 KiB.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", security(()),
    request_body = LoginBody, responses((status = 200, body = SignedIn)))]
async fn login(
    State(state): State<Shared>,
    Extension(Asked { peer, .. }): Extension<Asked>,
    Body(LoginBody { username, password, code }): Body<LoginBody>,
) -> Answer {
    let attempt = Attempt { account: username, password, code, address: peer.address };
    let identity = Arc::clone(&state.parts.identity);
    let signed_in = to_the_end(async move { identity.sign_in(attempt).await }).await?;
    let token = signed_in.token.reveal().to_owned();
    let me = Me::of(&signed_in.person);
    Ok(Json(SignedIn { token, token_type: "Bearer", me }).into_response())
}

/// Ends this sign-in.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses((status = 204)))]
async fn logout(State(state): State<Shared>, who: Who, Body(()): Body<()>) -> Answer {
    who.is_person("signing out")?;
    let identity = Arc::clone(&state.parts.identity);
    to_the_end(async move { identity.sign_out(&who.0).await }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ends every sign-in of an account.
#[utoipa::path(post, path = "/api/auth/logout-everywhere", tag = "auth",
    request_body = Option<EverywhereBody>, responses((status = 200, body = Ended)))]
async fn logout_everywhere(
    State(state): State<Shared>,
    who: Who,
    Body(EverywhereBody { account }): Body<EverywhereBody>,
) -> Answer {
    let own = account_of(&who);
    let account = match account.or_else(|| own.clone()) {
        Some(account) => account,
        None => return Err(wrong("account", "a key has no account of its own: name one")),
    };
    if own.as_ref() != Some(&account) {
        who.needs(Role::Admin, "ending another account's sign-ins")?;
    }
    who.is_there()?;
    let identity = Arc::clone(&state.parts.identity);
    let ended = async move { identity.sign_out_everywhere(&account, &who.0.caller).await };
    let ended = to_the_end(ended).await?;
    Ok(Json(Ended { ended }).into_response())
}

/// Who asks.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses((status = 200, body = Me)))]
async fn me(who: Who) -> Answer {
    Ok(Json(Me::of(&who.0)).into_response())
}

/// A ticket for a WebSocket of a browser, which cannot send a header.
#[utoipa::path(post, path = "/api/auth/ticket", tag = "auth",
    responses((status = 200, body = Ticket)))]
async fn ticket(State(state): State<Shared>, who: Who, Body(()): Body<()>) -> Answer {
    let ticket = state.parts.identity.ticket(&who.0).reveal().to_owned();
    Ok(Json(Ticket { ticket, seconds: TICKET_SECONDS }).into_response())
}

/// The sign-ins that go on: one's own, or for an admin all.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "auth",
    responses((status = 200, body = Sessions)))]
async fn sessions(State(state): State<Shared>, who: Who) -> Answer {
    who.needs(Role::Viewer, "the list of sign-ins")?;
    let mut sessions = state.parts.identity.sign_ins();
    if !who.is_admin() {
        sessions.retain(|session| session.account.principal() == *who.principal());
    }
    Ok(Json(Sessions { as_of: state.parts.clock.now(), sessions }).into_response())
}

/// The account that signed in; a key has none.
fn account_of(who: &Who) -> Option<Account> {
    who.principal().0.strip_prefix("user:")?.parse().ok()
}

impl Me {
    fn of(person: &Person) -> Self {
        let (kind, may_confirm) = match person.shown {
            Shown::Token(_) => (MeKind::Person, true),
            Shown::Key { may_confirm, .. } => (MeKind::Key, may_confirm),
        };
        Self {
            principal: person.caller.principal.0.clone(),
            role: person.caller.role,
            kind,
            may_confirm,
            expires: person.expires,
        }
    }
}
