//! Signing in, after `authenticate_user` of PVE::AccessControl: password or
//! ticket first, then the second factor where the user has one.

use jarvis_domain::Timestamp;

use super::people::{PASSWORD, ROOT, User, user};
use super::ticket::Seal;

/// What somebody says who wants a ticket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    /// With its realm, unless `realm` has it.
    pub(crate) username: &'a str,
    pub(crate) realm: Option<&'a str>,
    /// A password, a ticket, or the answer to a challenge.
    pub(crate) password: &'a str,
    /// A code given together with the password.
    pub(crate) otp: Option<&'a str>,
    /// A half ticket.
    pub(crate) challenge: Option<&'a str>,
}

/// How far somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// All the way.
    In(&'static User),
    /// The password is right, the second factor is still to come.
    HalfWay(&'static User),
}

/// Checks what was said; none is a refusal, always the same one.
pub(crate) fn sign_in(seal: Seal, now: Timestamp, said: &Said<'_>) -> Option<Signed> {
    let id = match said.realm {
        Some(realm) if !said.username.contains('@') => format!("{}@{realm}", said.username),
        _ => said.username.to_owned(),
    };
    let user = user(&id).filter(|user| user.is_usable(now))?;
    if let Some(challenge) = said.challenge {
        // Who has no second factor cannot have been challenged.
        let answer = format!("totp:{}", user.totp?);
        let right = seal.is_half(challenge, user.id, now) && said.password == answer;
        return (right && said.otp.is_none()).then_some(Signed::In(user));
    }
    // A ticket renews itself; root@pam's may stand for anybody.
    if let Some(owner) = seal.owner(said.password, now) {
        return (owner == user.id || owner == ROOT.id).then_some(Signed::In(user));
    }
    if said.password != PASSWORD {
        return None;
    }
    match (user.totp, said.otp) {
        (None, _) => Some(Signed::In(user)),
        (Some(_), None) => Some(Signed::HalfWay(user)),
        (Some(code), Some(otp)) => (otp == code).then_some(Signed::In(user)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_468_823_000);

    #[test]
    fn every_way_in_and_every_refusal() {
        let seal = Seal::default();
        let half = seal.half("alice@pam", NOW);
        let alice = seal.whole("alice@pam", NOW);
        let root = seal.whole("root@pam", NOW);
        let old = seal.whole("alice@pam", Timestamp(NOW.0 - 7_201_000));
        // User, realm, password, code, challenge; how far.
        let cases = [
            ("root@pam", None, PASSWORD, None, None, "in"),
            ("root", Some("pam"), PASSWORD, None, None, "in"),
            ("root", None, PASSWORD, None, None, "no"),
            ("root", Some("pve"), PASSWORD, None, None, "no"),
            ("root@pam", None, "wrong", None, None, "no"),
            ("root@pam", None, "", None, None, "no"),
            ("ghost@pam", None, PASSWORD, None, None, "no"),
            ("retired@pve", None, PASSWORD, None, None, "no"),
            ("former@pve", None, PASSWORD, None, None, "no"),
            ("alice@pam", None, PASSWORD, None, None, "half"),
            ("alice@pam", None, PASSWORD, Some("123456"), None, "in"),
            ("alice@pam", None, PASSWORD, Some("1"), None, "no"),
            ("alice@pam", None, "totp:123456", None, Some(half.as_str()), "in"),
            ("alice@pam", None, "totp:1", None, Some(half.as_str()), "no"),
            ("alice@pam", None, "totp:123456", Some("123456"), Some(half.as_str()), "no"),
            ("alice@pam", None, "totp:123456", None, Some("PVE:!tfa!"), "no"),
            ("alice@pam", None, "totp:123456", None, Some(alice.as_str()), "no"),
            ("root@pam", None, PASSWORD, None, Some(half.as_str()), "no"),
            ("alice@pam", None, alice.as_str(), None, None, "in"),
            ("alice@pam", None, root.as_str(), None, None, "in"),
            ("root@pam", None, alice.as_str(), None, None, "no"),
            ("alice@pam", None, half.as_str(), None, None, "no"),
            ("alice@pam", None, old.as_str(), None, None, "no"),
        ];
        for (username, realm, password, otp, challenge, expected) in cases {
            let said = Said { username, realm, password, otp, challenge };
            let came = match sign_in(seal, NOW, &said) {
                Some(Signed::In(_)) => "in",
                Some(Signed::HalfWay(_)) => "half",
                None => "no",
            };
            assert_eq!(came, expected, "{said:?}");
        }
    }
}
