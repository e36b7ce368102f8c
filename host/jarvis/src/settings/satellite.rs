//! `satellite:`: this machine's microphone and loudspeaker, for Home Assistant.

use std::net::{Ipv4Addr, SocketAddr};

use jarvis_document::Keys;
use jarvis_voice::wyoming::Network;
use serde::Serialize;
use utoipa::ToSchema;

use super::rooms::{allowed, plain, shown, visitors};

/// The port that satellites have.
const PORT: u16 = 10_700;

/// `satellite:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsOwnRoom)]
pub(crate) struct OwnRoom {
    /// Where it is found.
    #[schema(value_type = String)]
    pub(crate) listen: SocketAddr,
    /// Who may connect, beside this machine.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = Vec<String>)]
    pub(crate) allow: Vec<Network>,
    /// What it is called.
    pub(crate) name: String,
    /// The room that it is in.
    #[schema(required)]
    pub(crate) area: Option<String>,
    /// The network is told where it is, by Zeroconf.
    pub(crate) announce: bool,
}

impl Default for OwnRoom {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT),
            allow: Vec::new(),
            name: "jarvis".to_owned(),
            area: None,
            announce: false,
        }
    }
}

impl OwnRoom {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let (listen, allow) = visitors(&keys);
        allowed(&keys, listen, &allow);
        let room = Self {
            listen: listen.unwrap_or(default.listen),
            allow,
            name: keys.optional("name").and_then(|c| plain(&c)).unwrap_or(default.name),
            area: keys.optional("area").and_then(|c| plain(&c)),
            announce: keys.optional("announce").and_then(|c| c.boolean()).unwrap_or_default(),
        };
        keys.finish();
        room
    }
}
