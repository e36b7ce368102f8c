//! Packets to a node, past Proxmox and past any shell of ours: an ICMP echo
//! (RFC 792, RFC 4443), and whether an SSH server greets (RFC 4253, 4.2).

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// What each SSH server begins with.
const GREETING: &[u8] = b"SSH-";

/// Sends the packets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// The port of SSH.
    pub(crate) ssh: u16,
    /// Nothing leaves this machine: the cluster is a simulated one, whose
    /// addresses are others' in truth.
    pub(crate) loopback_only: bool,
}

impl Probe {
    /// How long an ICMP echo took; none inside where none came back within
    /// `at_most`, none at all where it may not be sent.
    pub(super) async fn ping(
        &self,
        address: IpAddr,
        at_most: Duration,
    ) -> Option<Option<Duration>> {
        if !self.may_reach(address) {
            return None;
        }
        match ping::tokio::ping(address, at_most).await {
            Ok(reply) => Some(Some(reply.rtt)),
            // Neither a datagram socket of ICMP (ping_group_range, icmp(7)) nor
            // a raw one (CAP_NET_RAW).
            Err(ping::Error::IoError { error }) if error.kind() == ErrorKind::PermissionDenied => {
                tracing::debug!(%error, "this user may not send an ICMP echo");
                None
            }
            Err(error) => {
                tracing::debug!(%address, %error, "no ICMP echo came back");
                Some(None)
            }
        }
    }

    /// Whether an SSH server greets within `at_most`.
    pub(super) async fn ssh(&self, address: IpAddr, at_most: Duration, clock: &dyn Clock) -> bool {
        if !self.may_reach(address) {
            return false;
        }
        let greets = async {
            let mut stream = TcpStream::connect((address, self.ssh)).await.ok()?;
            let mut begin = [0; GREETING.len()];
            stream.read_exact(&mut begin).await.ok()?;
            (begin == GREETING).then_some(())
        };
        tokio::select! {
            biased;
            greets = greets => greets.is_some(),
            () = clock.sleep(at_most) => false,
        }
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        // Addresses for documentation (RFC 5737) are nobody's: simulated nodes
        // have them, also where jarvis does not know that they are simulated.
        let nobodys = matches!(address, IpAddr::V4(address) if address.is_documentation());
        address.is_loopback() || !(self.loopback_only || nobodys)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jarvis_domain::{ManualClock, Timestamp};
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn this_machine_sends_an_echo_back_where_it_may_be_asked() {
        let probe = Probe { ssh: 22, loopback_only: true };
        let may = ping::tokio::ping(HERE, SECOND).await;
        let may = !matches!(may, Err(ping::Error::IoError { .. }));
        assert_eq!(probe.ping(HERE, SECOND).await.is_some(), may);
        assert!(probe.ping(HERE, SECOND).await.is_none_or(|took| took.is_some()));
    }

    #[tokio::test]
    async fn a_simulated_cluster_sends_nothing_out() {
        let clock = ManualClock::at(Timestamp(0));
        for (loopback_only, address) in [(true, "10.0.0.1"), (false, "192.0.2.1")] {
            let probe = Probe { ssh: 22, loopback_only };
            let address = address.parse().unwrap();
            assert_eq!(probe.ping(address, SECOND).await, None);
            assert!(!probe.ssh(address, SECOND, &clock).await);
        }
    }

    #[tokio::test]
    async fn only_an_ssh_server_that_greets_counts() {
        for (greeting, expected) in
            [(&b"SSH-2.0-OpenSSH_9.2p1\r\n"[..], true), (b"HTTP/1.1 400\r\n", false), (b"", false)]
        {
            let listener = TcpListener::bind((HERE, 0)).await.unwrap();
            let probe = Probe { ssh: listener.local_addr().unwrap().port(), loopback_only: true };
            let clock = ManualClock::at(Timestamp(0));
            let serving = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(greeting).await.unwrap();
            };
            let (greets, ()) = tokio::join!(probe.ssh(HERE, SECOND, &clock), serving);
            assert_eq!(greets, expected, "{}", String::from_utf8_lossy(greeting));
        }
    }

    #[tokio::test]
    async fn one_that_says_nothing_costs_no_more_than_its_time() {
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let probe = Probe { ssh: listener.local_addr().unwrap().port(), loopback_only: true };
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let silent = async {
            let held = listener.accept().await.unwrap();
            clock.advance(SECOND);
            held
        };
        let (greets, _held) = tokio::join!(probe.ssh(HERE, SECOND, &*clock), silent);
        assert!(!greets);
    }
}
