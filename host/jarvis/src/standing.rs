//! What whoever set something may when its time comes: the gate knows accounts,
//! keys and users of this machine; the settings know satellites and peers; what is
//! spoken may less.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use jarvis_auth::Gate;
use jarvis_domain::schedule::{Owner, Standing};
use jarvis_domain::{Door, Fault, Principal, Role};
use jarvis_voice::wyoming::{Network, may_enter};

use crate::settings::Settings;

/// The gate, and what the settings say of voices.
#[derive(Debug)]
pub(crate) struct Doors {
    gate: Arc<Gate>,
    voices: Voices,
}

/// What whoever speaks may do at most.
#[derive(Debug)]
pub(crate) struct Voices {
    /// Those at this machine's own microphones.
    own: Role,
    /// Those at satellites, by their names.
    satellites: BTreeMap<String, Role>,
    /// Those who ask by Wyoming; none where nobody may.
    peers: Option<(Role, Vec<Network>)>,
}

impl Voices {
    /// Those of a host that has nothing but its own microphones.
    pub(crate) fn only(own: Role) -> Self {
        Self { own, satellites: BTreeMap::new(), peers: None }
    }

    pub(crate) fn of(settings: &Settings) -> Self {
        let satellites = settings.satellites.iter();
        let wyoming = &settings.wyoming;
        Self {
            own: settings.voice.role,
            satellites: satellites.map(|(name, one)| (name.clone(), one.role)).collect(),
            peers: wyoming.listen.map(|_| (wyoming.role, wyoming.allow.clone())),
        }
    }

    /// As whom somebody speaks at the satellite of this name.
    pub(crate) fn satellite(name: &str) -> Principal {
        Principal(format!("satellite:{name}"))
    }

    /// As whom somebody asks by Wyoming.
    pub(crate) fn peer(address: IpAddr) -> Principal {
        Principal(format!("wyoming:{address}"))
    }

    /// What one of these two may now; none where they are neither.
    fn role_of(&self, principal: &Principal) -> Option<Option<Role>> {
        match principal.0.split_once(':')? {
            ("satellite", name) => Some(self.satellites.get(name).copied()),
            ("wyoming", address) => {
                let enters = |allowed| address.parse().is_ok_and(|it| may_enter(it, allowed));
                let peers = self.peers.as_ref().filter(|(_, allowed)| enters(allowed));
                Some(peers.map(|(role, _)| *role))
            }
            _ => None,
        }
    }
}

impl Doors {
    /// These.
    pub(crate) fn new(gate: Arc<Gate>, voices: Voices) -> Arc<Self> {
        Arc::new(Self { gate, voices })
    }
}

#[async_trait]
impl Standing for Doors {
    async fn role_of(&self, owner: &Owner) -> Result<Option<Role>, Box<Fault>> {
        let caller = &owner.caller;
        if let (Door::Voice, None) = (caller.door, &owner.shown)
            && let Some(role) = self.voices.role_of(&caller.principal)
        {
            return Ok(role);
        }
        let role = self.gate.role_of(owner).await?;
        Ok(match caller.door {
            // Who has shown who they are speaks with their own role.
            Door::Voice if owner.shown.is_none() => Role::lowered(role, Some(self.voices.own)),
            Door::Voice | Door::Cli | Door::Api | Door::Mcp | Door::Event => role,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn satellites_and_peers_have_the_roles_of_the_settings() {
        let read = |text: &str| Voices::of(&Settings::read(text, false).unwrap());
        let voices = read(
            "wyoming: {listen: \"tcp://0.0.0.0:10300\", allow: [192.168.1.0/24], role: operator}\n\
             satellites:\n  garage: {uri: \"tcp://10.0.0.7:10700\", role: operator}\n  \
             hall: {uri: \"tcp://10.0.0.8:10700\"}\n",
        );
        let own = read("satellites: {hall: {uri: \"tcp://10.0.0.8:10700\"}}");
        let (operator, viewer) = (Some(Role::Operator), Some(Role::Viewer));
        for (voices, principal, expected) in [
            (&voices, "satellite:garage", Some(operator)),
            (&voices, "satellite:hall", Some(viewer)),
            (&voices, "wyoming:192.168.1.9", Some(operator)),
            (&voices, "wyoming:127.0.0.1", Some(operator)),
            (&voices, "wyoming:::1", Some(operator)),
            // Gone from the settings, or never in them.
            (&own, "satellite:garage", Some(None)),
            (&own, "wyoming:127.0.0.1", Some(None)),
            (&voices, "wyoming:192.168.2.9", Some(None)),
            (&voices, "wyoming:garage", Some(None)),
            // The gate's to know.
            (&voices, "uid:1000", None),
            (&voices, "garage", None),
        ] {
            let found = voices.role_of(&Principal(principal.to_owned()));
            assert_eq!(found, expected, "{principal}");
        }
        assert_eq!(Voices::satellite("garage").0, "satellite:garage");
        assert_eq!(Voices::peer([127, 0, 0, 1].into()).0, "wyoming:127.0.0.1");
    }
}
