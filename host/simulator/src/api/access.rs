//! `/access/ticket` and permissions. Through `pvesh` a password can only be
//! an argument, which is why nothing should call the first one here: that an
//! argv with a password shows in the list of calls is its use in tests.

use serde_json::{Value, json};

use super::{Answer, Context, Kind, Method, Reply, Verb, may, must};
use crate::living::{hash, mix};
use crate::pvesh::{Args, Die};

/// User, password, and the code that a second step asks for.
const USERS: &[(&str, &str, Option<&str>)] =
    &[("root@pam", "simulated", None), ("alice@pam", "simulated", Some("123456"))];

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
];

fn ticket(context: &mut Context<'_>, args: &Args) -> Answer {
    // Every failure has the same text.
    let refused = || Die::new("401 authentication failure");
    let given = args.get("username").unwrap_or_default();
    let user = match args.get("realm") {
        Some(realm) if !given.contains('@') => format!("{given}@{realm}"),
        _ => given.to_owned(),
    };
    let (name, password, code) =
        USERS.iter().find(|(name, _, _)| *name == user).ok_or_else(refused)?;
    let said = args.get("password").unwrap_or_default();
    let seconds = context.now.0 / 1000;
    let signature = format!("{:016x}", mix(hash(name), seconds));
    let token = format!("{seconds:08X}:{signature}");
    let half = format!("PVE:!tfa!%7B%22totp%22%3Atrue%7D:{seconds:08X}::{signature}");
    let by_code = code.map(|code| format!("totp:{code}"));
    let full = match (args.get("tfa-challenge"), &by_code) {
        (Some(challenge), Some(answer)) => {
            if !challenge.starts_with("PVE:!tfa!") || said != answer {
                return Err(refused());
            }
            true
        }
        (Some(_), None) => return Err(refused()),
        (None, _) if said != *password => return Err(refused()),
        (None, Some(_)) => match (args.get("otp"), code) {
            (Some(otp), Some(code)) if otp == *code => true,
            (Some(_), _) => return Err(refused()),
            (None, _) => false,
        },
        (None, None) => true,
    };
    Ok(Reply::Value(if full {
        json!({
            "username": name,
            "ticket": format!("PVE:{name}:{seconds:08X}::{signature}"),
            "CSRFPreventionToken": token,
            "clustername": "homelab",
            "cap": capabilities(),
        })
    } else {
        json!({ "username": name, "ticket": half, "CSRFPreventionToken": token, "NeedTFA": 1 })
    }))
}

fn capabilities() -> Value {
    json!({
        "access": { "Permissions.Modify": 1, "User.Modify": 1 },
        "dc": { "Sys.Audit": 1, "Sys.Modify": 1 },
        "mapping": { "Mapping.Audit": 1 },
        "nodes": { "Sys.Audit": 1, "Sys.Console": 1, "Sys.Modify": 1, "Sys.PowerMgmt": 1 },
        "sdn": { "SDN.Audit": 1 },
        "storage": { "Datastore.Audit": 1 },
        "vms": { "VM.Audit": 1, "VM.PowerMgmt": 1, "VM.Snapshot": 1, "VM.Backup": 1 },
    })
}

fn permissions(_: &mut Context<'_>, args: &Args) -> Answer {
    let path = args.get("path").unwrap_or("/");
    Ok(Reply::Value(json!({ path: { "Sys.Audit": 1, "Sys.PowerMgmt": 1, "VM.Audit": 1 } })))
}
