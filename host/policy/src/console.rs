//! Who may open a terminal, and on what. No skill, model or voice ever does:
//! a terminal is for a person's own hands.

use jarvis_domain::{Caller, ClusterId, ConsoleTarget, Door, Role};

use crate::denial::Denial;

/// What the settings say about terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleRule {
    /// The least role.
    pub least: Role,
    /// Whether the shell of the node that jarvis runs on is among them.
    pub local: bool,
}

/// Leave to open one console, once. Only [`decide_console`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct ConsolePermit {
    cluster: ClusterId,
    target: ConsoleTarget,
    own_node: bool,
}

impl Default for ConsoleRule {
    fn default() -> Self {
        Self { least: Role::Admin, local: false }
    }
}

impl ConsolePermit {
    /// On which cluster.
    #[must_use]
    pub fn cluster(&self) -> &ClusterId {
        &self.cluster
    }

    /// On what.
    #[must_use]
    pub fn target(&self) -> &ConsoleTarget {
        &self.target
    }

    /// Whether the node that jarvis runs on was decided upon. Whoever finds
    /// the target to be that node without it, opens nothing.
    #[must_use]
    pub fn is_for_own_node(&self) -> bool {
        self.own_node
    }
}

/// Decides whether `caller` may open a terminal on `target`. `is_own_node`:
/// that is the node that jarvis runs on.
pub fn decide_console(
    caller: &Caller,
    cluster: &ClusterId,
    target: ConsoleTarget,
    is_own_node: bool,
    rule: ConsoleRule,
) -> Result<ConsolePermit, Denial> {
    let door = caller.door;
    match door {
        Door::Cli | Door::Api => {}
        Door::Event | Door::Voice | Door::Mcp => return Err(Denial::ConsoleDoor { door, target }),
    }
    let principal = caller.principal.clone();
    let Some(has) = caller.role else { return Err(Denial::NoRole { principal, door }) };
    if has < rule.least {
        return Err(Denial::ConsoleRole { principal, has, needs: rule.least, target });
    }
    if is_own_node && !rule.local {
        return Err(Denial::OwnConsole { target });
    }
    Ok(ConsolePermit { cluster: cluster.clone(), target, own_node: is_own_node })
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Explain;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::sample::caller;

    const ROLES: [Option<Role>; 4] =
        [None, Some(Role::Viewer), Some(Role::Operator), Some(Role::Admin)];

    fn home() -> ClusterId {
        "home".parse().unwrap()
    }

    fn node() -> ConsoleTarget {
        ConsoleTarget::Node("pve1".parse().unwrap())
    }

    #[test]
    fn a_terminal_is_an_administrators_unless_the_settings_say_otherwise() {
        let rule = ConsoleRule::default();
        let check = |door, role: Option<Role>, own, rule, expected: Option<&str>| {
            let decided = decide_console(&caller(door, role), &home(), node(), own, rule);
            let code = decided.as_ref().err().map(|denial| denial.row().code);
            assert_eq!(code, expected, "{door} {role:?} {own} {rule:?}");
        };
        check(Door::Api, Some(Role::Admin), false, rule, None);
        check(Door::Cli, Some(Role::Admin), false, rule, None);
        check(Door::Api, Some(Role::Operator), false, rule, Some("policy-console-role"));
        check(Door::Api, None, false, rule, Some("policy-no-role"));
        check(Door::Mcp, Some(Role::Admin), false, rule, Some("policy-console-door"));
        check(Door::Api, Some(Role::Admin), true, rule, Some("policy-console-own-node"));
        let wide = ConsoleRule { least: Role::Operator, local: true };
        check(Door::Api, Some(Role::Operator), true, wide, None);
        check(Door::Api, Some(Role::Viewer), false, wide, Some("policy-console-role"));
    }

    proptest! {
        #[test]
        fn a_permit_is_what_was_asked_and_never_more_than_the_rule(
            door in select(&[Door::Cli, Door::Api, Door::Mcp, Door::Voice, Door::Event][..]),
            role in select(&ROLES[..]),
            least in select(&[Role::Viewer, Role::Operator, Role::Admin][..]),
            local: bool,
            own: bool,
        ) {
            let rule = ConsoleRule { least, local };
            let decided = decide_console(&caller(door, role), &home(), node(), own, rule);
            let may = matches!(door, Door::Cli | Door::Api)
                && role.is_some_and(|role| role >= least)
                && (local || !own);
            prop_assert_eq!(decided.is_ok(), may);
            if let Ok(permit) = decided {
                prop_assert_eq!(permit.target(), &node());
                prop_assert_eq!(permit.cluster(), &home());
                prop_assert_eq!(permit.is_for_own_node(), own);
            }
        }
    }
}
