//! What each method asks of its caller: the `permissions` of the API's schema,
//! and what Proxmox checks inside a method where the schema says `user => all`.
//! Lists that leave out what a caller may not see are the methods' own.

use jarvis_domain::Upid;

use super::rights::Caller;
use crate::api::{Method, Verb};
use crate::pvesh::{Args, Die};

const ROOT_ONLY: &str = "user != root@pam";
const CONFIG: &[&str] = &["VM.Config.Options"];

/// What a method needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing, not even a sign-in.
    Nobody,
    /// Some user.
    Anybody,
    /// All of these, at this path; `{name}` stands for a parameter.
    All(&'static str, &'static [&'static str]),
    /// One of these, at this path.
    Any(&'static str, &'static [&'static str]),
    /// `VM.PowerMgmt` at `/`, or for each guest of the parameter `vms`.
    Guests,
    /// To own the task, or else this at its node.
    Task(&'static str),
    /// To be root@pam itself: what the schema says nothing about.
    Root,
}

impl Needs {
    /// What `verb` at `path`, as the table of methods writes it, needs.
    pub(crate) fn of(verb: Verb, path: &str) -> Self {
        const NODE: &str = "/nodes/{node}";
        const GUEST: &str = "/vms/{vmid}";
        let below_node = path.strip_prefix(NODE).unwrap_or(path);
        let below_guest = ["/{kind}/{vmid}", "/qemu/{vmid}", "/lxc/{vmid}"]
            .into_iter()
            .find_map(|guest| below_node.strip_prefix(guest));
        match (verb, below_guest, below_node) {
            (Verb::Get, Some("" | "/status"), _) => Self::Anybody,
            (Verb::Get, Some("/status/current" | "/config" | "/snapshot" | "/rrddata"), _) => {
                Self::All(GUEST, &["VM.Audit"])
            }
            (Verb::Create | Verb::Set, Some("/config"), _) => Self::All(GUEST, CONFIG),
            (Verb::Create, Some("/snapshot"), _)
            | (Verb::Delete, Some("/snapshot/{snapname}"), _) => Self::All(GUEST, &["VM.Snapshot"]),
            (Verb::Create, Some("/snapshot/{snapname}/rollback"), _) => {
                Self::Any(GUEST, &["VM.Snapshot", "VM.Snapshot.Rollback"])
            }
            (Verb::Create, Some("/termproxy"), _) | (Verb::Get, Some("/vncwebsocket"), _) => {
                Self::All(GUEST, &["VM.Console"])
            }
            (Verb::Create, Some("/migrate"), _) => Self::All(GUEST, &["VM.Migrate"]),
            (Verb::Delete, Some(""), _) => Self::All(GUEST, &["VM.Allocate"]),
            (Verb::Create, Some(below), _) if below.starts_with("/status/") => {
                Self::All(GUEST, &["VM.PowerMgmt"])
            }
            (_, Some(_), _) => Self::Root,
            (Verb::Create, _, "/access/ticket") | (Verb::Get, _, "/access/domains") => Self::Nobody,
            // `userid-group` of the schema, as far as groups have no rights of
            // their own here.
            (Verb::Get, _, "/access/users/{userid}") => {
                Self::Any("/access/groups", &["User.Modify", "Sys.Audit"])
            }
            (
                Verb::Get,
                _,
                "/cluster/status" | "/cluster/options" | "/cluster/ha/status/current",
            ) => Self::All("/", &["Sys.Audit"]),
            (Verb::Get, _, "/version" | "/access/permissions" | "/nodes" | "/cluster")
            | (
                Verb::Get,
                _,
                "/cluster/resources" | "/cluster/tasks" | "/cluster/nextid" | "" | "/{kind}"
                | "/storage" | "/tasks" | "/tasks/{upid}",
            ) => Self::Anybody,
            (Verb::Create, _, "/startall" | "/stopall") => Self::Guests,
            (Verb::Create, _, path) if path.starts_with("/cluster/bulk-action/guest/") => {
                Self::Guests
            }
            (Verb::Get, _, "/tasks/{upid}/status" | "/tasks/{upid}/log") => Self::Task("Sys.Audit"),
            (Verb::Delete, _, "/tasks/{upid}") => Self::Task("Sys.Modify"),
            (Verb::Create, _, "/termproxy") | (Verb::Get, _, "/vncwebsocket") => {
                Self::All(NODE, &["Sys.Console"])
            }
            (Verb::Create, _, "/status" | "/wakeonlan") => Self::All(NODE, &["Sys.PowerMgmt"]),
            (Verb::Get | Verb::Create, _, "/apt/update") => Self::All(NODE, &["Sys.Modify"]),
            (
                Verb::Get,
                _,
                "/status"
                | "/time"
                | "/services"
                | "/services/{service}/state"
                | "/rrddata"
                | "/apt/versions",
            ) => Self::All(NODE, &["Sys.Audit"]),
            _ => Self::Root,
        }
    }
}

/// What is checked before the parameters are, from the path alone.
pub(crate) fn check_method(method: &Method, path: &Args, caller: &Caller) -> Result<(), Die> {
    let at = |pattern: &str| {
        path.0.iter().fold(pattern.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        })
    };
    match Needs::of(method.verb, method.path) {
        Needs::All(pattern, privileges) => {
            let path = at(pattern);
            let lacking = privileges.iter().find(|privilege| !caller.has(&path, privilege));
            lacking.map_or(Ok(()), |privilege| Err(refused(&format!("{path}, {privilege}"))))
        }
        Needs::Any(pattern, privileges) => {
            let path = at(pattern);
            if privileges.iter().any(|privilege| caller.has(&path, privilege)) {
                return Ok(());
            }
            Err(refused(&format!("{path}, {}", privileges.join("|"))))
        }
        Needs::Root if !caller.is_root() => Err(refused(ROOT_ONLY)),
        Needs::Root | Needs::Nobody | Needs::Anybody | Needs::Guests | Needs::Task(_) => Ok(()),
    }
}

/// What is checked inside the method, with its parameters.
pub(crate) fn check_inside(method: &Method, args: &Args, caller: &Caller) -> Result<(), Die> {
    if args.flag("skiplock") && !caller.is_root() {
        return Err(Die::parameter(255, "skiplock", "Only root may use this option."));
    }
    match Needs::of(method.verb, method.path) {
        Needs::Guests if !caller.has("/", "VM.PowerMgmt") => {
            let listed = args.vmids("vms").unwrap_or_default();
            if listed.is_empty() {
                return Err(refused("/, VM.PowerMgmt"));
            }
            let lacking = listed.iter().find(|vmid| !caller.has_for_guest(**vmid, "VM.PowerMgmt"));
            lacking.map_or(Ok(()), |vmid| Err(refused(&format!("/vms/{vmid}, VM.PowerMgmt"))))
        }
        Needs::Task(privilege) => {
            let upid: Option<Upid> = args.get("upid").and_then(|upid| upid.parse().ok());
            // What is no task's id is told by the method.
            let Some(upid) = upid else { return Ok(()) };
            if caller.owns(crate::task::owner(&upid)) || caller.has_for_node(upid.node(), privilege)
            {
                return Ok(());
            }
            Err(refused(&format!("/nodes/{}, {privilege}", upid.node())))
        }
        _ => Ok(()),
    }
}

/// The 403 of `raise_perm_exc`.
fn refused(what: &str) -> Die {
    Die::new(format!("403 Permission check failed ({what})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::METHODS;

    #[test]
    fn every_method_is_in_the_table() {
        let missing: Vec<_> = METHODS
            .iter()
            .copied()
            .flatten()
            .filter(|method| Needs::of(method.verb, method.path) == Needs::Root)
            .map(|method| (method.verb, method.path))
            .collect();
        assert_eq!(missing, [], "no method here is root@pam's alone");
    }

    #[test]
    fn what_the_schema_says() {
        let cases = [
            (Verb::Get, "/nodes/{node}", Needs::Anybody),
            (Verb::Get, "/nodes/{node}/version", Needs::Anybody),
            (Verb::Get, "/nodes/{node}/status", Needs::All("/nodes/{node}", &["Sys.Audit"])),
            (Verb::Create, "/nodes/{node}/status", Needs::All("/nodes/{node}", &["Sys.PowerMgmt"])),
            (
                Verb::Create,
                "/nodes/{node}/qemu/{vmid}/status/reset",
                Needs::All("/vms/{vmid}", &["VM.PowerMgmt"]),
            ),
            (Verb::Create, "/nodes/{node}/execute", Needs::Root),
            (Verb::Set, "/version", Needs::Root),
        ];
        for (verb, path, needs) in cases {
            assert_eq!(Needs::of(verb, path), needs, "{verb:?} {path}");
        }
    }
}
