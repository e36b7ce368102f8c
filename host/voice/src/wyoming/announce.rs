//! Says on the network where something speaks Wyoming, by Zeroconf, so that Home
//! Assistant finds it by itself. Only where the settings ask for it; what is on
//! loopback is said on loopback alone.

use std::net::SocketAddr;

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};

use super::error::PeerError;

/// What Wyoming's services are called (RFC 6763).
const SERVICE: &str = "_wyoming._tcp.local.";
/// The longest label of a name (RFC 1035, section 2.3.4).
const LABEL: usize = 63;

/// It is said until this is dropped, and taken back then.
pub struct Announced {
    daemon: ServiceDaemon,
    name: String,
}

impl Announced {
    /// Says that `name` is at `address`.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn begin(name: &str, address: SocketAddr) -> Result<Self, PeerError> {
        let failed = |error: mdns_sd::Error| PeerError::Announce(error.to_string());
        let host = format!("{}.local.", label(&format!("jarvis-{}", own_name())));
        let (ip, port) = (address.ip(), address.port());
        let name = instance(name);
        let service = match ip.is_unspecified() {
            true => ServiceInfo::new(SERVICE, &name, &host, (), port, None)
                .map(ServiceInfo::enable_addr_auto),
            false => ServiceInfo::new(SERVICE, &name, &host, ip, port, None),
        };
        let service = service.map_err(failed)?;
        let daemon = ServiceDaemon::new().map_err(failed)?;
        daemon.disable_interface(IfKind::All).map_err(failed)?;
        let on = match ip {
            ip if ip.is_unspecified() => IfKind::All,
            ip => IfKind::Addr(ip),
        };
        daemon.enable_interface(on).map_err(failed)?;
        let fullname = service.get_fullname().to_owned();
        daemon.register(service).map_err(failed)?;
        Ok(Self { daemon, name: fullname })
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Where it has ended already there is nothing to take back.
        let _ = self.daemon.unregister(&self.name);
        let _ = self.daemon.shutdown();
    }
}

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Announced").field(&self.name).finish()
    }
}

/// What this machine is called.
fn own_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.split('.').next().unwrap_or_default().trim().to_owned()
}

/// `text` as the name of a service, which is one label of any letters and digits
/// (RFC 6763, section 4.1.1).
fn instance(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let plain: String = text.chars().map(plain).collect();
    let end = plain.floor_char_boundary(LABEL);
    plain.get(..end).unwrap_or_default().trim_matches('-').to_owned()
}

/// `text` as one label of a host: letters, digits and hyphens.
fn label(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let label: String = text.chars().map(plain).take(LABEL).collect();
    label.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_label() {
        for name in [label, instance] {
            assert_eq!(name("the living room (left)"), "the-living-room--left");
            assert_eq!(name(&"x".repeat(99)).len(), LABEL);
        }
        assert_eq!(instance("客厅-10700"), "客厅-10700");
        assert_eq!(instance(&"厅".repeat(99)), "厅".repeat(LABEL / 3));
    }
}
