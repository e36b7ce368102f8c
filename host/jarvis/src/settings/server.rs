//! `server:`, `control:`, `state:` and `log:`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use jarvis_api::http::schema;
use jarvis_auth::Roles;
use jarvis_document::{Cursor, Keys};
use jarvis_domain::Role;
use serde::Serialize;
use utoipa::ToSchema;

use super::described;
use super::read::{absolute, millis, role};
use super::roles;
use super::secret::Secret;
use super::web::Web;

/// `server:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsServer)]
pub(crate) struct Server {
    /// The address to listen on.
    #[schema(value_type = String)]
    pub(crate) listen: IpAddr,
    /// The port; `PORT` overrides it.
    pub(crate) port: u16,
    /// How long a sign-in is good for.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) token_lifetime: Duration,
    /// What tokens are signed with; `JWT_SECRET` overrides it.
    #[schema(required)]
    pub(crate) jwt_secret: Option<Secret>,
    /// What browsers meet.
    #[serde(flatten)]
    pub(crate) web: Web,
    /// Who may do what that signs in; nobody else may anything.
    #[schema(value_type = described::Roles)]
    pub(crate) roles: Roles,
}

/// `control:`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsControl)]
pub(crate) struct Control {
    /// The socket; none for the default place.
    #[schema(value_type = Option<String>, required)]
    pub(crate) socket: Option<PathBuf>,
    /// The roles of uids other than root and the service user.
    #[schema(value_type = BTreeMap<String, schema::Role>)]
    pub(crate) roles: BTreeMap<u32, Role>,
}

/// `state:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsState)]
pub(crate) struct State {
    /// The folder; only the service user may enter it.
    #[schema(value_type = String)]
    pub(crate) folder: PathBuf,
}

/// `log:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsLog)]
pub(crate) struct Log {
    /// How much is logged.
    #[schema(value_type = described::Level)]
    pub(crate) level: &'static str,
    /// How it is logged.
    #[schema(value_type = described::Format)]
    pub(crate) format: &'static str,
}

/// How much may be logged, from little to much.
pub(super) const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// How it may be logged.
pub(super) const FORMATS: [&str; 2] = ["text", "json"];
/// The shortest secret that tokens may be signed with, bytes.
pub(crate) const JWT_SECRET_MIN: usize = 32;

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: IpAddr::from([127, 0, 0, 1]),
            port: 3001,
            token_lifetime: Duration::from_secs(8 * 3600),
            jwt_secret: None,
            web: Web::default(),
            roles: Roles::default(),
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self { folder: "/var/lib/jarvis".into() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info", format: "text" }
    }
}

impl Server {
    pub(crate) fn read(keys: Keys<'_>, private: bool) -> Self {
        let default = Self::default();
        let listen = keys.optional("listen");
        let port = keys.optional("port").and_then(|c| c.integer_in(0, i64::from(u16::MAX)));
        let server = Self {
            listen: listen.as_ref().and_then(Cursor::parsed).unwrap_or(default.listen),
            port: port.and_then(|port| u16::try_from(port).ok()).unwrap_or(default.port),
            token_lifetime: keys
                .optional("token_lifetime")
                .and_then(|c| lifetime(&c))
                .unwrap_or(default.token_lifetime),
            jwt_secret: keys.optional("jwt_secret").and_then(|c| jwt_secret(&c, private)),
            web: Web::read(&keys),
            roles: keys
                .optional("roles")
                .and_then(|c| c.mapping())
                .map(roles::read)
                .unwrap_or_default(),
        };
        // Before it serves: see `jarvis_api::http::Listen::bind`.
        let is_clear = server.web.tls.is_none() && !server.web.plain_elsewhere;
        if let Some(listen) = listen.filter(|_| is_clear && !server.listen.is_loopback()) {
            listen.problem(
                "others may reach this address, and passwords would go over the network in the \
                 clear: add tls: self-made, or plain_elsewhere: true where something in front \
                 has TLS",
            );
        }
        keys.finish();
        server
    }
}

impl Control {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let roles = keys.optional("roles").and_then(|c| c.mapping());
        let control = Self {
            socket: keys.optional("socket").and_then(|c| absolute(&c)),
            roles: roles
                .map(|roles| roles.entries().filter_map(uid_role).collect())
                .unwrap_or_default(),
        };
        keys.finish();
        control
    }
}

impl State {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let folder = keys.optional("folder").and_then(|c| absolute(&c));
        keys.finish();
        folder.map_or_else(Self::default, |folder| Self { folder })
    }
}

impl Log {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let levels = LEVELS.map(|level| (level, level));
        let formats = FORMATS.map(|format| (format, format));
        let log = Self {
            level: keys.optional("level").and_then(|c| c.one_of(&levels)).unwrap_or(default.level),
            format: keys
                .optional("format")
                .and_then(|c| c.one_of(&formats))
                .unwrap_or(default.format),
        };
        keys.finish();
        log
    }
}

/// Tokens tell time in seconds, and the keys that sign them are kept for as
/// long as theirs are good.
fn lifetime(cursor: &Cursor<'_>) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
    let lifetime = cursor.duration()?;
    if !(Duration::from_secs(60)..=LONGEST).contains(&lifetime) {
        cursor.problem("a time from 1m to 720h belongs here");
        return None;
    }
    Some(lifetime)
}

fn jwt_secret(cursor: &Cursor<'_>, private: bool) -> Option<Secret> {
    let secret = Secret::read(cursor, private)?;
    if let Secret::Literal(value) = &secret
        && value.len() < JWT_SECRET_MIN
    {
        cursor.problem(format!("a secret to sign tokens with has at least {JWT_SECRET_MIN} bytes"));
        return None;
    }
    Some(secret)
}

fn uid_role((uid, cursor): (&str, Cursor<'_>)) -> Option<(u32, Role)> {
    let Ok(uid) = uid.parse() else {
        cursor.problem("the keys here are user ids, as numbers (id -u NAME prints one)");
        return None;
    };
    Some((uid, role(&cursor)?))
}
