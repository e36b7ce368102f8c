//! `/access/ticket`, users and permissions. Through `pvesh` a password can only be
//! an argument, which is why nothing should call the first one here: that an
//! argv with a password shows in the list of calls is its use in tests.

use serde_json::json;

use super::{Answer, Context, Kind, Method, Reply, Verb, may, must};
use crate::access::{Caller, Said, Signed, sign_in, token, user};
use crate::pvesh::{Args, Die};

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Create,
        path: "/access/ticket",
        proxied: false,
        params: &[
            must("username", Kind::Text(64)),
            must("password", Kind::Text(4096)),
            may("realm", Kind::Text(32)),
            may("otp", Kind::Text(32)),
            may("tfa-challenge", Kind::Text(4096)),
            may("new-format", Kind::Boolean),
            may("path", Kind::Text(64)),
            may("privs", Kind::Text(64)),
        ],
        run: ticket,
    },
    Method {
        verb: Verb::Get,
        path: "/access/permissions",
        proxied: false,
        params: &[may("path", Kind::Text(256)), may("userid", Kind::Text(256))],
        run: permissions,
    },
    Method {
        verb: Verb::Get,
        path: "/access/users/{userid}",
        proxied: false,
        params: &[],
        run: one_user,
    },
    Method { verb: Verb::Get, path: "/access/domains", proxied: false, params: &[], run: domains },
];

fn ticket(context: &mut Context<'_>, args: &Args) -> Answer {
    let (seal, now) = (context.cluster.seal, context.now);
    let said = Said {
        username: args.get("username").unwrap_or_default(),
        realm: args.get("realm"),
        password: args.get("password").unwrap_or_default(),
        otp: args.get("otp"),
        challenge: args.get("tfa-challenge"),
    };
    // Every failure has the same text.
    let signed = sign_in(seal, now, &said).ok_or_else(|| Die::new("401 authentication failure"))?;
    Ok(Reply::Value(match signed {
        Signed::In(user) => json!({
            "username": user.id,
            "ticket": seal.whole(user.id, now),
            "CSRFPreventionToken": seal.csrf(user.id, now),
            "clustername": "homelab",
            "cap": Caller::user(user).capabilities(),
        }),
        Signed::HalfWay(user) => json!({
            "username": user.id,
            "ticket": seal.half(user.id, now),
            "CSRFPreventionToken": seal.csrf(user.id, now),
            "NeedTFA": 1,
        }),
    }))
}

/// The caller's own, or those of `userid`: its own tokens', anybody's for who
/// may audit `/access`.
fn permissions(context: &mut Context<'_>, args: &Args) -> Answer {
    let caller = context.caller;
    let of = match args.get("userid").filter(|id| *id != caller.id()) {
        None => caller,
        Some(id) => {
            if !caller.owns(id) && !caller.has("/access", "Sys.Audit") {
                return Err(Die::new("403 Permission check failed (/access, Sys.Audit)"));
            }
            let found = match id.contains('!') {
                true => token(id).and_then(Caller::token),
                false => user(id).map(Caller::user),
            };
            found.ok_or_else(|| Die::new(format!("no such user ('{id}')")))?
        }
    };
    Ok(Reply::Value(of.permissions(args.get("path"))))
}

fn one_user(_: &mut Context<'_>, args: &Args) -> Answer {
    let id = args.get("userid").unwrap_or_default();
    let user = user(id).ok_or_else(|| Die::new(format!("no such user ('{id}')")))?;
    Ok(Reply::Value(json!({
        "enable": u8::from(user.enabled),
        "expire": user.expire,
        "groups": user.groups,
    })))
}

fn domains(_: &mut Context<'_>, _: &Args) -> Answer {
    Ok(Reply::Value(json!([
        { "realm": "pam", "type": "pam", "comment": "Linux PAM standard authentication" },
        { "realm": "pve", "type": "pve", "comment": "Proxmox VE authentication server" },
    ])))
}
