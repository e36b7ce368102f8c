//! Who sends a request: an API token in `Authorization`, or a ticket in a
//! cookie and, where something is changed, the token against forged requests.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE};
use percent_encoding::percent_decode_str;

use super::answer::Refusal;
use crate::access::{Caller, token, user};
use crate::api::Verb;
use crate::engine::Simulator;

const TOKEN: &str = "PVEAPIToken";
const COOKIES: [&str; 2] = ["PVEAuthCookie", "__Host-PVEAuthCookie"];
const CSRF: &str = "CSRFPreventionToken";

/// Who sends a request with these headers, or a 401 with Proxmox's reason.
pub(super) fn caller(
    simulator: &Simulator,
    headers: &HeaderMap,
    verb: Verb,
) -> Result<Caller, Refusal> {
    if let Some(value) = by_token(headers) {
        return known(&value).map_err(|text| Refusal::bare(401, text));
    }
    let ticket = cookie(headers).ok_or_else(|| Refusal::bare(401, "No ticket"))?;
    simulator.look(|cluster, now| {
        let invalid = || Refusal::bare(401, "permission denied - invalid PVE ticket");
        // Only the second step of a sign-in takes half a ticket.
        if ticket.starts_with("PVE:!tfa!") {
            return Err(Refusal::bare(401, "No ticket"));
        }
        let owner = cluster.seal.owner(&ticket, now).ok_or_else(invalid)?;
        let user = user(owner).filter(|user| user.enabled).ok_or_else(invalid)?;
        let given = headers.get(CSRF).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if verb != Verb::Get && !cluster.seal.is_csrf(given, user.id, now) {
            return Err(Refusal::bare(401, "Permission denied - invalid csrf token"));
        }
        Ok(Caller::user(user))
    })
}

/// The value of `Authorization: PVEAPIToken=…`, or with a blank for the `=`.
fn by_token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let value = value.trim().strip_prefix(TOKEN)?.strip_prefix(['=', ' '])?;
    Some(value.split(';').next().unwrap_or_default().to_owned())
}

fn known(value: &str) -> Result<Caller, String> {
    let (id, _) = value.rsplit_once('=').ok_or("no tokenid specified")?;
    let (name, _) = id.split_once('!').ok_or("no tokenid specified")?;
    let owner = user(name).ok_or_else(|| format!("no such user ('{name}')"))?;
    if !owner.enabled {
        return Err(format!("user '{name}' is disabled"));
    }
    let found = token(id).ok_or_else(|| format!("no such token '{id}' for user '{name}'"))?;
    let caller = Caller::token(found).filter(|_| found.whole == value);
    caller.ok_or_else(|| "invalid token value!".to_owned())
}

/// The ticket in the cookie, decoded as uri_unescape does.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        COOKIES.contains(&name.trim()).then(|| value.trim())
    });
    let value = pairs.next()?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{BARE_TOKEN, READ_TOKEN};

    #[test]
    fn tokens_are_known_or_refused_with_a_reason() {
        let whole = |text: &str| known(text).map(|caller| caller.id());
        assert_eq!(whole(READ_TOKEN), Ok("jarvis@pve!read"));
        assert_eq!(whole(BARE_TOKEN), Ok("operator@pve!bare"));
        for (value, reason) in [
            ("", "no tokenid specified"),
            ("root@pam=x", "no tokenid specified"),
            ("root@pam!all", "no tokenid specified"),
            ("ghost@pve!x=y", "no such user ('ghost@pve')"),
            ("root@pam!x=y", "no such token 'root@pam!x' for user 'root@pam'"),
            ("root@pam!all=y", "invalid token value!"),
            (
                "retired@pve!old=5e1ec7ed-0000-4000-8000-000000000005",
                "user 'retired@pve' is disabled",
            ),
        ] {
            assert_eq!(whole(value), Err(reason.to_owned()), "{value}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others_and_decoded() {
        let check = |sent: &[u8], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, sent.try_into().unwrap());
            assert_eq!(cookie(&headers).as_deref(), expected, "{sent:?}");
        };
        check(b"PVEAuthCookie=a%3A%2Bb", Some("a:+b"));
        check(b"x=1; PVEAuthCookie=a:b=; y=2", Some("a:b="));
        check(b"__Host-PVEAuthCookie=a", Some("a"));
        check(b"NotPVEAuthCookie=a", None);
        check(b"PVEAuthCookie", None);
        check(b"PVEAuthCookie=%ff%00%", Some("\u{fffd}\0%"));
        check(b"PVEAuthCookie=\xff", None);
    }
}
