//! What a caller may do at a path, after PVE::RPCEnvironment and
//! PVE::AccessControl: the deepest line of the list that reaches the path
//! counts, and a token with privilege separation has no more than its user.

use serde_json::{Map, Value, json};

use super::people::{ALL, GRANTS, Grant, NOBODY, ROOT, Token, User, user};

/// Who calls: a user, or one of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    user: &'static User,
    token: Option<&'static Token>,
}

/// Where permissions are looked for when no path is asked for.
const ROOTS: [&str; 8] =
    ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

/// The groups of a ticket's `cap`: the path, and whose privileges are shown.
const CAPABILITIES: [(&str, &str, &[&str]); 7] = [
    ("access", "/access", &["Group.", "Permissions.", "Realm.", "User."]),
    ("dc", "/", &["Sys.", "SDN."]),
    ("mapping", "/mapping", &["Mapping.", "Permissions."]),
    ("nodes", "/nodes", &["Sys.", "Permissions."]),
    ("sdn", "/sdn", &["SDN.", "Permissions."]),
    ("storage", "/storage", &["Datastore.", "Permissions."]),
    ("vms", "/vms", &["VM.", "Permissions."]),
];

impl Caller {
    /// root@pam itself, who `pvesh` always is.
    pub(crate) fn root() -> Self {
        Self { user: &ROOT, token: None }
    }

    /// Somebody who has not signed in, and may nothing.
    pub(crate) fn nobody() -> Self {
        Self { user: &NOBODY, token: None }
    }

    /// A user who has signed in.
    pub(crate) fn user(user: &'static User) -> Self {
        Self { user, token: None }
    }

    /// The holder of a token; none when its user is gone.
    pub(crate) fn token(token: &'static Token) -> Option<Self> {
        Some(Self { user: user(token.user())?, token: Some(token) })
    }

    /// As tasks name it: `root@pam`, or `root@pam!all`.
    pub(crate) fn id(&self) -> &'static str {
        self.token.map_or(self.user.id, Token::id)
    }

    /// Whether this is root@pam itself; a token never is.
    pub(crate) fn is_root(&self) -> bool {
        *self == Self::root()
    }

    /// Whether a task of `owner` is this caller's: its own, or one of its
    /// tokens'.
    pub(crate) fn owns(&self, owner: &str) -> bool {
        let user = owner.split_once('!').map(|(user, _)| user);
        owner == self.id() || user == Some(self.id())
    }

    /// Whether it has `privilege` at `path`.
    pub(crate) fn has(&self, path: &str, privilege: &str) -> bool {
        self.is_root() || (ALL.contains(&privilege) && self.holds(path, privilege))
    }

    /// As [`Caller::has`], for a guest.
    pub(crate) fn has_for_guest(&self, vmid: jarvis_domain::Vmid, privilege: &str) -> bool {
        self.is_root() || self.has(&format!("/vms/{vmid}"), privilege)
    }

    /// As [`Caller::has`], for a node.
    pub(crate) fn has_for_node(&self, node: &jarvis_domain::NodeName, privilege: &str) -> bool {
        self.is_root() || self.has(&format!("/nodes/{node}"), privilege)
    }

    /// What `/access/permissions` returns: privileges by path, each with
    /// whether it propagates; paths without any are left out.
    pub(crate) fn permissions(&self, only: Option<&str>) -> Value {
        let own = [self.user.id, self.id()];
        let listed = GRANTS.iter().filter(|grant| own.contains(&grant.who));
        let paths = match only {
            Some(path) => vec![path],
            None => ROOTS.into_iter().chain(listed.map(|grant| grant.path)).collect(),
        };
        let mut shown = Map::new();
        for path in paths {
            let here = self.at(path, |_| true);
            if !here.is_empty() {
                shown.insert(path.to_owned(), Value::Object(here));
            }
        }
        Value::Object(shown)
    }

    /// The `cap` of a ticket: what a browser's page would offer.
    pub(crate) fn capabilities(&self) -> Value {
        let groups = CAPABILITIES.into_iter().map(|(name, path, prefixes)| {
            let of_group = |privilege: &str| prefixes.iter().any(|p| privilege.starts_with(p));
            (name.to_owned(), Value::Object(self.at(path, of_group)))
        });
        Value::Object(groups.collect())
    }

    fn at(&self, path: &str, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
        let held = ALL.iter().filter(|name| wanted(name) && self.has(path, name));
        held.map(|name| ((*name).to_owned(), json!(1))).collect()
    }

    fn holds(&self, path: &str, privilege: &str) -> bool {
        let of_user = self.user == &ROOT || granted(self.user.id, path, privilege);
        of_user
            && self
                .token
                .filter(|token| token.separated)
                .is_none_or(|token| granted(token.id(), path, privilege))
    }
}

/// Whether the deepest lines for `who` on the way to `path` give `privilege`.
fn granted(who: &str, path: &str, privilege: &str) -> bool {
    let reaching = || GRANTS.iter().filter(|grant| grant.who == who && grant.reaches(path));
    let deepest = reaching().map(|grant| grant.path.len()).max();
    reaching()
        .filter(|grant| Some(grant.path.len()) == deepest)
        .any(|grant| grant.role.privileges.contains(&privilege))
}

impl Grant {
    fn reaches(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.path.trim_end_matches('/'));
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::super::people::token;
    use super::*;

    fn caller(id: &str) -> Caller {
        match user(id) {
            Some(user) => Caller::user(user),
            None => Caller::token(token(id).unwrap()).unwrap(),
        }
    }

    #[test]
    fn the_deepest_line_counts_and_a_separated_token_has_no_more_than_both() {
        let cases = [
            ("root@pam", "/", "Sys.Modify", true),
            ("root@pam!all", "/nodes/home", "Sys.Modify", true),
            ("root@pam!all", "/", "No.Such", false),
            ("auditor@pve", "/vms/101", "VM.Audit", true),
            ("auditor@pve", "/vms/101", "VM.PowerMgmt", false),
            ("operator@pve", "/vms/101", "VM.PowerMgmt", true),
            ("operator@pve", "/vms", "VM.PowerMgmt", true),
            ("operator@pve", "/", "VM.PowerMgmt", false),
            ("operator@pve", "/vms/115", "VM.Audit", false),
            ("operator@pve", "/vms/1150", "VM.Audit", true),
            ("operator@pve", "/vmsx", "VM.Audit", false),
            ("operator@pve", "/nodes/home", "Sys.Audit", false),
            ("operator@pve!bare", "/vms/101", "VM.Audit", false),
            ("jarvis@pve!read", "/vms/101", "VM.Audit", true),
            ("jarvis@pve!read", "/vms/101", "VM.PowerMgmt", false),
            // The role of the token has it, the user's own has not.
            ("jarvis@pve!read", "/pool/x", "Pool.Audit", false),
            ("jarvis@pve!act", "/vms/101", "VM.PowerMgmt", true),
            ("guest@pve", "/vms/101", "VM.Audit", false),
        ];
        for (who, path, privilege, expected) in cases {
            assert_eq!(caller(who).has(path, privilege), expected, "{who} {path} {privilege}");
        }
    }

    #[test]
    fn a_task_belongs_to_its_user_and_not_to_another_token() {
        let cases = [
            ("root@pam", "root@pam!all", true),
            ("root@pam!all", "root@pam!all", true),
            ("root@pam!all", "root@pam", false),
            ("auditor@pve", "root@pam", false),
        ];
        for (who, owner, expected) in cases {
            assert_eq!(caller(who).owns(owner), expected, "{who} {owner}");
        }
    }

    #[test]
    fn permissions_leave_out_paths_without_any() {
        assert_eq!(caller("operator@pve!bare").permissions(None), json!({}));
        let operator = caller("operator@pve").permissions(None);
        assert_eq!(operator["/vms"]["VM.PowerMgmt"], 1);
        assert!(operator.get("/").is_none() && operator.get("/vms/115").is_none());
        let one = caller("auditor@pve").permissions(Some("/vms/101"));
        assert_eq!(one["/vms/101"]["VM.Audit"], 1);
        let cap = caller("auditor@pve").capabilities();
        assert_eq!(cap["dc"], json!({ "SDN.Audit": 1, "Sys.Audit": 1 }));
        assert_eq!(cap["access"], json!({}));
    }
}
