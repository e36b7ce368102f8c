//! Tickets and the tokens against forged requests, after PVE::Ticket: what is
//! signed is the text and the second it was made in.
//!
//! The signature is a keyed SHA-256 where Proxmox signs with RSA. Its key is
//! no secret, because the passwords are none either (see `people`).

use std::time::Duration;

use jarvis_domain::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::base64::base64;

/// How long a ticket is good for.
const LIFE: Duration = Duration::from_secs(2 * 3600);
/// How far the clocks of nodes may be apart.
const AHEAD: Duration = Duration::from_secs(300);

/// How far before and after its second a ticket for a terminal is good, both
/// ends excluded.
const TERMINAL: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(40));

/// The factors that a half ticket offers.
const OFFERED: &str = r#"{"totp":true}"#;

/// What the cluster signs with. Another one makes every ticket so far invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Seal(u64);

impl Seal {
    /// Another one.
    pub(crate) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// A ticket that is a sign-in.
    pub(crate) fn whole(self, user: &str, now: Timestamp) -> String {
        self.stamp(&format!("PVE:{user}"), "", now)
    }

    /// A ticket that only says that the password was right.
    pub(crate) fn half(self, user: &str, now: Timestamp) -> String {
        let offered = utf8_percent_encode(OFFERED, NON_ALPHANUMERIC);
        self.stamp(&format!("PVE:!tfa!{offered}"), user, now)
    }

    /// The user that a whole ticket is of, while it is valid.
    pub(crate) fn owner(self, ticket: &str, now: Timestamp) -> Option<&str> {
        let user = self.open(ticket, "", now)?.strip_prefix("PVE:")?;
        (!user.starts_with('!')).then_some(user)
    }

    /// Whether `ticket` is a half one of `user`, and valid.
    pub(crate) fn is_half(self, ticket: &str, user: &str, now: Timestamp) -> bool {
        self.open(ticket, user, now).is_some_and(|text| text.starts_with("PVE:!tfa!"))
    }

    /// A ticket for the terminal of `user` at `path` that listens on `port`:
    /// none of the three can be read from it.
    pub(crate) fn terminal(self, user: &str, path: &str, port: u16, now: Timestamp) -> String {
        self.stamp("PVEVNC", &format!("{user}:{path}:{port}"), now)
    }

    /// Whether `ticket` is such a one, and still young.
    pub(crate) fn is_terminal(
        self,
        ticket: &str,
        (user, path, port): (&str, &str, u16),
        now: Timestamp,
    ) -> bool {
        let (ahead, life) = TERMINAL;
        let bound = format!("{user}:{path}:{port}");
        let parts = ticket.strip_prefix("PVEVNC:").and_then(|rest| rest.split_once("::"));
        parts.is_some_and(|(second, signature)| {
            let now = now.0 / 1000;
            let young = made(second)
                .is_some_and(|made| made < now + ahead.as_secs() && now < made + life.as_secs());
            young && signature == self.sign(&["PVEVNC", &bound, second])
        })
    }

    /// The `CSRFPreventionToken` of a user.
    pub(crate) fn csrf(self, user: &str, now: Timestamp) -> String {
        let second = seconds(now);
        format!("{second}:{}", self.sign(&["csrf", user, &second]))
    }

    /// Whether `token` is one of `user`'s, and valid.
    pub(crate) fn is_csrf(self, token: &str, user: &str, now: Timestamp) -> bool {
        token.split_once(':').is_some_and(|(second, signature)| {
            is_current(second, now) && signature == self.sign(&["csrf", user, second])
        })
    }

    /// `text:HEX8::signature`; `bound` is signed and not shown.
    fn stamp(self, text: &str, bound: &str, now: Timestamp) -> String {
        let second = seconds(now);
        format!("{text}:{second}::{}", self.sign(&[text, bound, &second]))
    }

    fn open<'t>(self, ticket: &'t str, bound: &str, now: Timestamp) -> Option<&'t str> {
        let (rest, signature) = ticket.rsplit_once("::")?;
        let (text, second) = rest.rsplit_once(':')?;
        let sound = is_current(second, now) && signature == self.sign(&[text, bound, second]);
        sound.then_some(text)
    }

    fn sign(self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        for part in parts {
            hash.update(part);
            hash.update([0]);
        }
        base64(&hash.finalize())
    }
}

fn seconds(now: Timestamp) -> String {
    format!("{:08X}", now.0 / 1000)
}

/// The second that a ticket says it was made in.
fn made(second: &str) -> Option<u64> {
    let written = second.len() == 8 && second.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(second, 16).ok().filter(|_| written)
}

fn is_current(second: &str, now: Timestamp) -> bool {
    made(second).is_some_and(|made| {
        let now = now.0 / 1000;
        made <= now + AHEAD.as_secs() && now <= made + LIFE.as_secs()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_468_823_000);

    fn after(seconds: u64) -> Timestamp {
        Timestamp(NOW.0 + seconds * 1000)
    }

    #[test]
    fn a_ticket_holds_for_two_hours() {
        let seal = Seal::default();
        let ticket = seal.whole("root@pam", NOW);
        assert!(ticket.starts_with("PVE:root@pam:6B04AE17::"), "{ticket}");
        for (at, owner) in [(0, Some("root@pam")), (7200, Some("root@pam")), (7201, None)] {
            assert_eq!(seal.owner(&ticket, after(at)), owner, "{at}");
        }
        let early = Timestamp(NOW.0 - 301_000);
        assert_eq!(seal.owner(&ticket, early), None);
        assert_eq!(seal.next().owner(&ticket, NOW), None);
        let csrf = seal.csrf("root@pam", NOW);
        assert!(seal.is_csrf(&csrf, "root@pam", after(7200)));
        assert!(!seal.is_csrf(&csrf, "root@pam", after(7201)));
        assert!(!seal.is_csrf(&csrf, "alice@pam", NOW));
    }

    #[test]
    fn a_half_ticket_is_no_sign_in_and_bound_to_its_user() {
        let seal = Seal::default();
        let half = seal.half("alice@pam", NOW);
        assert_eq!(seal.owner(&half, NOW), None);
        assert!(seal.is_half(&half, "alice@pam", NOW));
        assert!(!seal.is_half(&half, "root@pam", NOW));
        assert!(!seal.is_half(&seal.whole("alice@pam", NOW), "alice@pam", NOW));
    }

    #[test]
    fn a_terminals_ticket_is_short_lived_and_bound() {
        let seal = Seal::default();
        let bound = ("root@pam", "/nodes/home", 5900);
        let ticket = seal.terminal(bound.0, bound.1, bound.2, NOW);
        assert!(ticket.starts_with("PVEVNC:6B04AE17::"), "{ticket}");
        for (at, good) in [(0, true), (39, true), (40, false), (7200, false)] {
            assert_eq!(seal.is_terminal(&ticket, bound, after(at)), good, "{at}");
        }
        for (before, good) in [(19, true), (20, false)] {
            let early = Timestamp(NOW.0 - before * 1000);
            assert_eq!(seal.is_terminal(&ticket, bound, early), good, "-{before}");
        }
        for other in [
            ("root@pam!all", "/nodes/home", 5900),
            ("root@pam", "/nodes/pve2", 5900),
            ("root@pam", "/nodes/home", 5901),
        ] {
            assert!(!seal.is_terminal(&ticket, other, NOW), "{other:?}");
        }
        assert!(!seal.next().is_terminal(&ticket, bound, NOW));
        for text in ["", "PVEVNC", "PVEVNC:::", "PVEVNC:zzzzzzzz::x", &ticket[..20]] {
            assert!(!seal.is_terminal(text, bound, NOW), "{text}");
        }
        assert_eq!(seal.owner(&ticket, NOW), None);
    }

    #[test]
    fn what_is_no_ticket_is_nobodys() {
        let seal = Seal::default();
        let sound = seal.whole("root@pam", NOW);
        let other = sound.replace("root@pam", "alice@pam");
        for text in ["", "PVE", "PVE:", "::", "PVE:root@pam:::", "PVE:root@pam:zzzzzzzz::x", &other]
        {
            assert_eq!(seal.owner(text, NOW), None, "{text}");
            assert!(!seal.is_csrf(text, "root@pam", NOW), "{text}");
        }
    }
}
