//! Who signs in, who asks, and the keys of programs.

use jarvis_domain::identity::{ApiKey, SignIn};
use jarvis_domain::{Role, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::schema;

/// Who has just signed in. The token is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// To be sent with each request, as `Authorization: Bearer`.
    pub token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Who that is.
    #[serde(flatten)]
    pub me: Me,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// `user:alice@pam`, `key:backup`.
    pub principal: String,
    /// What they may cause at most; none may do nothing.
    #[schema(value_type = Option<schema::Role>)]
    pub role: Option<Role>,
    /// `person` or `key`.
    pub kind: MeKind,
    /// Whether their yes counts at all.
    pub may_confirm: bool,
    /// Good until then; none for a key that is good for ever.
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires: Option<Timestamp>,
}

/// What stands behind a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeKind {
    /// A person who signed in.
    Person,
    /// A program's key.
    Key,
}

/// A ticket for one WebSocket.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticket {
    /// Goes into the address as `?ticket=`; good once.
    pub ticket: String,
    /// And only for so many seconds.
    pub seconds: u64,
}

/// How many sign-ins were ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// How many.
    pub ended: usize,
}

/// Every sign-in that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Newest first; those of all accounts for an admin, else one's own.
    #[schema(value_type = Vec<schema::SignIn>)]
    pub sessions: Vec<SignIn>,
}

/// API keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// All for an admin, else one's own.
    #[schema(value_type = Vec<schema::ApiKey>)]
    pub keys: Vec<ApiKey>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// What is known of it from now on.
    #[schema(value_type = schema::ApiKey)]
    pub key: ApiKey,
    /// To be sent as `Authorization: Bearer`. Shown this once.
    pub secret: String,
}
