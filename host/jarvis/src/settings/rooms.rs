//! `wyoming:` and `satellites:`: who may use jarvis's voice over the network,
//! and whose microphones jarvis listens to.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use jarvis_api::http::schema;
use jarvis_document::{Cursor, Keys};
use jarvis_domain::{NodeName, Role};
use jarvis_voice::wyoming::{Address, Network};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::read::role;

/// The most satellites, and places beside theirs.
const SATELLITES: usize = 64;
/// The longest name of a satellite or a place.
const NAME: usize = 40;

/// `wyoming:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsWyoming)]
pub(crate) struct Wyoming {
    /// Where peers find it; nowhere if left out.
    #[schema(value_type = Option<String>, required)]
    pub(crate) listen: Option<SocketAddr>,
    /// The peers that may connect, beside this machine.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = Vec<String>)]
    pub(crate) allow: Vec<Network>,
    /// What whoever asks this way may do at most.
    #[schema(value_type = schema::Role)]
    pub(crate) role: Role,
    /// The network is told where it is, by Zeroconf.
    pub(crate) announce: bool,
}

/// One of `satellites:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsSatellite)]
pub(crate) struct Satellite {
    /// Where it listens.
    #[serde(serialize_with = "address")]
    #[schema(value_type = String)]
    pub(crate) uri: Address,
    /// The room that it is in; its name if left out.
    #[schema(required)]
    pub(crate) place: Option<String>,
    /// The node that is meant by "here".
    #[schema(value_type = Option<String>, required)]
    pub(crate) node: Option<NodeName>,
    /// What whoever speaks there may do at most.
    #[schema(value_type = schema::Role)]
    pub(crate) role: Role,
}

/// One of `voice: places:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsPlace)]
pub(crate) struct Spot {
    /// The node that is meant by "here".
    #[schema(value_type = Option<String>, required)]
    pub(crate) node: Option<NodeName>,
}

/// `voice: places:`, by their names.
pub(crate) type Spots = BTreeMap<String, Spot>;

/// `satellites:`, by their names.
pub(crate) type Satellites = BTreeMap<String, Satellite>;

impl Default for Wyoming {
    fn default() -> Self {
        Self { listen: None, allow: Vec::new(), role: Role::Viewer, announce: false }
    }
}

impl Wyoming {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let (listen, allow) = visitors(&keys);
        allowed(&keys, listen, &allow);
        let role = keys.optional("role").and_then(|c| role(&c)).unwrap_or(Role::Viewer);
        let announce = keys.optional("announce").and_then(|c| c.boolean()).unwrap_or_default();
        keys.finish();
        Self { listen, allow, role, announce }
    }
}

/// `listen:` and `allow:`.
pub(super) fn visitors(keys: &Keys<'_>) -> (Option<SocketAddr>, Vec<Network>) {
    let listen = keys.optional("listen").and_then(|c| own_address(&c));
    let allow = keys.optional("allow").and_then(|c| c.sequence()).unwrap_or_default();
    (listen, allow.iter().filter_map(Cursor::parsed).collect())
}

/// Whether nobody may connect but who is named, or is on this machine.
pub(super) fn allowed(keys: &Keys<'_>, listen: Option<SocketAddr>, allow: &[Network]) {
    if let (Some(cursor), Some(address)) = (keys.optional("listen"), listen)
        && !address.ip().is_loopback()
        && allow.is_empty()
    {
        cursor.problem(
            "Wyoming has no sign-in: on another address than loopback it needs allow:, with the peers that may connect",
        );
    }
}

impl Satellite {
    /// All of them.
    pub(crate) fn all(keys: &Keys<'_>) -> Satellites {
        let one = |(name, cursor): (&str, Cursor<'_>)| named(name, &cursor, Self::read);
        let all: Satellites = keys.entries().filter_map(one).collect();
        if all.len() > SATELLITES {
            keys.cursor().problem(format!("at most {SATELLITES} satellites belong here"));
        }
        all
    }

    fn read(keys: Keys<'_>) -> Option<Self> {
        let satellite = Self {
            uri: keys.required("uri").and_then(|c| elsewhere(&c))?,
            place: keys.optional("place").and_then(|c| plain(&c)),
            node: keys.optional("node").and_then(|c| c.parsed()),
            role: keys.optional("role").and_then(|c| role(&c)).unwrap_or(Role::Viewer),
        };
        keys.finish();
        Some(satellite)
    }

    /// What people call the room that the one of this name is in.
    pub(crate) fn place<'a>(&'a self, name: &'a str) -> &'a str {
        self.place.as_deref().unwrap_or(name)
    }
}

impl Spot {
    /// All of them.
    pub(super) fn all(keys: &Keys<'_>) -> Spots {
        let spot = |(name, cursor): (&str, Cursor<'_>)| named(name, &cursor, Self::read);
        let all: Spots = keys.entries().filter_map(spot).collect();
        if all.len() > SATELLITES {
            keys.cursor().problem(format!("at most {SATELLITES} places belong here"));
        }
        all
    }

    fn read(keys: Keys<'_>) -> Option<Self> {
        let node = keys.optional("node").and_then(|c| c.parsed());
        keys.finish();
        Some(Self { node })
    }
}

/// What stands under `name`, if that is one.
fn named<T>(
    name: &str,
    cursor: &Cursor<'_>,
    read: fn(Keys<'_>) -> Option<T>,
) -> Option<(String, T)> {
    let found = cursor.mapping().and_then(read);
    if !is_plain(name) {
        cursor.problem("the keys here are names: letters, digits, spaces and hyphens");
        return None;
    }
    Some((name.to_owned(), found?))
}

pub(super) fn plain(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    if !is_plain(text) {
        cursor.problem("a name belongs here: letters, digits, spaces and hyphens");
        return None;
    }
    Some(text.to_owned())
}

fn is_plain(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    text.chars().any(char::is_alphanumeric)
        && text.chars().count() <= NAME
        && text.chars().all(fits)
}

/// An address in the network: satellites are nowhere else.
fn elsewhere(cursor: &Cursor<'_>) -> Option<Address> {
    let found: Address = cursor.parsed()?;
    if matches!(found, Address::Unix(_)) {
        cursor.problem("a satellite's address belongs here, as tcp://192.0.2.7:10700");
        return None;
    }
    Some(found)
}

/// An address of this machine, by number.
fn own_address(cursor: &Cursor<'_>) -> Option<SocketAddr> {
    let wanted: Address = cursor.parsed()?;
    let found = match &wanted {
        Address::Tcp(host, port) if host == "localhost" => {
            Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), *port))
        }
        Address::Tcp(host, port) => {
            host.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, *port))
        }
        Address::Unix(_) => None,
    };
    if found.is_none() {
        cursor
            .problem("an address of this machine by number belongs here, as tcp://127.0.0.1:10300");
    }
    found
}

pub(super) fn shown<S: Serializer>(networks: &[Network], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(networks.iter().map(ToString::to_string))
}

fn address<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    #[test]
    fn satellites_and_peers_are_named_and_all_mistakes_are_told() {
        let read = |text: &str| Settings::read(text, false);
        let settings = read(
            "wyoming: {listen: \"tcp://0.0.0.0:10300\", allow: [192.168.1.0/24], role: operator}\n\
             satellites:\n  garage: {uri: \"tcp://10.0.0.7:10700\", node: pve3}\n  \
             bed room: {uri: \"tcp://sat.lan:10700\", place: upstairs, role: admin}\n\
             voice: {places: {desk: {node: pve1}, attic: {}}}\n",
        )
        .unwrap();
        assert_eq!(settings.voice.places["desk"].node.as_ref().unwrap().as_str(), "pve1");
        assert_eq!(settings.voice.places["attic"].node, None);
        assert_eq!(settings.wyoming.listen.unwrap().port(), 10_300);
        let garage = &settings.satellites["garage"];
        assert_eq!((&garage.place, garage.place("garage")), (&None, "garage"));
        assert_eq!(garage.node.as_ref().unwrap().as_str(), "pve3");
        assert_eq!(garage.role, jarvis_domain::Role::Viewer);
        assert_eq!(settings.satellites["bed room"].place.as_deref(), Some("upstairs"));
        for (text, mistake) in [
            ("wyoming: {listen: \"tcp://0.0.0.0:10300\"}", "it needs allow:"),
            ("wyoming: {listen: \"tcp://pve1.lan:10300\"}", "by number"),
            ("wyoming: {listen: \"unix:///run/x\"}", "by number"),
            ("wyoming: {allow: [0.0.0.0/0]}", "an address or a network"),
            ("satellites: {garage: {place: garage}}", "uri"),
            ("satellites: {\"../x\": {uri: \"tcp://a:1\"}}", "names"),
            ("satellites: {x: {uri: \"unix:///run/sat\"}}", "a satellite's address"),
            ("voice: {places: {\"../x\": {}}}", "names"),
            ("voice: {places: {attic: {nodes: pve1}}}", "nodes"),
        ] {
            let problems = read(text).unwrap_err().to_string();
            assert!(problems.contains(mistake), "{text}: {problems}");
        }
    }
}
