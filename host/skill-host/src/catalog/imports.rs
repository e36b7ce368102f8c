//! What a component imports, read before it is linked, so that what is missing
//! is told in plain words. Asks nobody.

use jarvis_domain::SkillId;
use jarvis_policy::{Capability, GrantSet};

use super::error::LoadError;
use crate::manifest::{ContractVersion, EventWanted};

/// The contract's package.
const CONTRACT: &str = "jarvis:skill/";
/// Interfaces of the contract that need no grant. An `operation` is only ever
/// had from a capability that does.
const FREE: [&str; 4] = ["types", "log", "config", "operations"];
/// What is linked of WASI; see `guest::link`.
const WASI: [&str; 17] = [
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:clocks/wall-clock",
    "wasi:clocks/monotonic-clock",
    "wasi:random/random",
    "wasi:random/insecure-seed",
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/terminal-stderr",
];

/// Checks every import against what is requested and allowed.
pub(super) fn check<'a>(
    imports: impl Iterator<Item = &'a str>,
    skill: &SkillId,
    requested: &GrantSet,
    allowed: &GrantSet,
) -> Result<(), LoadError> {
    for import in imports {
        let (name, version) = import.split_once('@').unwrap_or((import, ""));
        let Some(interface) = name.strip_prefix(CONTRACT) else {
            if WASI.contains(&name) && version.starts_with("0.2.") {
                continue;
            }
            return Err(LoadError::Import { import: import.to_owned() });
        };
        check_version(version)?;
        if FREE.contains(&interface) {
            continue;
        }
        let Some(capability) = Capability::by_name(interface) else {
            return Err(LoadError::Import { import: import.to_owned() });
        };
        if !requested.opens(capability, None) {
            return Err(LoadError::NotRequested { capability });
        }
        if !allowed.opens(capability, None) {
            let missing = allowed.missing(&of_capability(requested, capability));
            return Err(LoadError::NotAllowed { skill: skill.clone(), capability, missing });
        }
    }
    Ok(())
}

/// Checks that the component answers commands, in this host's contract;
/// whether it takes events too.
pub(super) fn check_exports<'a>(exports: impl Iterator<Item = &'a str>) -> Result<bool, LoadError> {
    let (mut skill, mut events) = (None, None);
    for name in exports {
        skill = skill.or_else(|| name.strip_prefix("jarvis:skill/skill@"));
        events = events.or_else(|| name.strip_prefix("jarvis:skill/events@"));
    }
    check_version(skill.ok_or(LoadError::NoExport)?)?;
    events.map_or(Ok(()), check_version)?;
    Ok(events.is_some())
}

/// Checks that the events which the manifest names are those that the component
/// takes and the skill may hear of: they tell what `inventory` would.
pub(super) fn check_events(
    takes: bool,
    wanted: &[EventWanted],
    skill: &SkillId,
    requested: &GrantSet,
    allowed: &GrantSet,
) -> Result<(), LoadError> {
    match (takes, wanted) {
        (true, []) => return Err(LoadError::NoTopics),
        (false, [_, ..]) => return Err(LoadError::NoEvents),
        _ => {}
    }
    let of_the_cluster = wanted.iter().find(|wanted| wanted.topic.is_of_the_cluster());
    match of_the_cluster {
        Some(wanted) if !allowed.opens(Capability::Inventory, None) => {
            let missing = allowed.missing(&of_capability(requested, Capability::Inventory));
            Err(LoadError::TopicNotAllowed { skill: skill.clone(), topic: wanted.topic, missing })
        }
        _ => Ok(()),
    }
}

/// What is requested of one capability.
fn of_capability(requested: &GrantSet, capability: Capability) -> GrantSet {
    let wanted = requested.iter().filter(|grant| grant.capability() == capability);
    GrantSet::new(wanted.cloned())
}

/// A patch version does not matter: what a component does not use is not in
/// it, and what it uses is checked function by function.
fn check_version(version: &str) -> Result<(), LoadError> {
    let mut numbers = version.splitn(3, '.');
    let short = format!("{}.{}", numbers.next().unwrap_or(""), numbers.next().unwrap_or(""));
    let served = short.parse().is_ok_and(ContractVersion::is_served);
    if served { Ok(()) } else { Err(LoadError::Contract { theirs: version.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use jarvis_policy::Grant;

    use super::*;

    fn both(capabilities: &[Capability]) -> GrantSet {
        GrantSet::new(capabilities.iter().filter_map(|capability| Grant::whole(*capability)))
    }

    fn check_one(import: &str, requested: &[Capability], allowed: &[Capability]) -> String {
        let skill = "test".parse().unwrap();
        let imports = std::iter::once(import);
        match check(imports, &skill, &both(requested), &both(allowed)) {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_import_is_told_apart() {
        use Capability::{Inventory, Kv};
        for (import, requested, allowed, expected) in [
            ("jarvis:skill/types@0.1.0", &[][..], &[][..], "ok"),
            ("jarvis:skill/log@0.1.7", &[], &[], "ok"),
            ("wasi:cli/stdout@0.2.6", &[], &[], "ok"),
            ("jarvis:skill/kv@0.1.0", &[Kv], &[Kv], "ok"),
            ("jarvis:skill/kv@0.1.0", &[Kv], &[Inventory], "it uses kv, which it is not allowed"),
            (
                "jarvis:skill/kv@0.1.0",
                &[Inventory],
                &[Kv],
                "its component uses kv, which skill.yaml does not request",
            ),
            (
                "jarvis:skill/kv@0.2.0",
                &[Kv],
                &[Kv],
                "built for jarvis:skill 0.2.0, this host speaks 0.1",
            ),
            ("jarvis:skill/kv", &[Kv], &[Kv], "built for jarvis:skill , this host speaks 0.1"),
            (
                "jarvis:skill/shell@0.1.0",
                &[],
                &[],
                "its component uses jarvis:skill/shell@0.1.0, which no skill has: the contract has no such interface",
            ),
            (
                "wasi:sockets/tcp@0.2.6",
                &[],
                &[],
                "its component uses wasi:sockets/tcp@0.2.6, which no skill has: there is no network",
            ),
            (
                "wasi:filesystem/types@0.2.6",
                &[],
                &[],
                "its component uses wasi:filesystem/types@0.2.6, which no skill has: there are no files",
            ),
            (
                "wasi:cli/stdout@0.3.0",
                &[],
                &[],
                "its component uses wasi:cli/stdout@0.3.0, which no skill has",
            ),
            ("env", &[], &[], "its component uses env, which no skill has"),
        ] {
            assert_eq!(check_one(import, requested, allowed), expected);
        }
    }

    #[test]
    fn files_and_sockets_of_python_are_refused_with_how_to_build_without() {
        for (import, told) in [
            ("wasi:filesystem/types@0.2.0", true),
            ("wasi:sockets/tcp@0.2.0", true),
            ("wasi:cli/stdout@0.3.0", true),
            ("jarvis:skill/shell@0.1.0", false),
            ("env", false),
        ] {
            let skill = "test".parse().unwrap();
            let none = GrantSet::default();
            let error = check(std::iter::once(import), &skill, &none, &none).unwrap_err();
            let fault = jarvis_domain::Fault::from(&error);
            assert_eq!(fault.code, "skill-import");
            assert_eq!(fault.hint.contains("--stub-wasi"), told, "{import}: {}", fault.hint);
        }
    }

    #[test]
    fn what_is_not_allowed_comes_ready_to_paste() {
        let skill = "notes".parse().unwrap();
        let imports = std::iter::once("jarvis:skill/kv@0.1.0");
        let error = check(imports, &skill, &both(&[Capability::Kv]), &both(&[])).unwrap_err();
        let hint = jarvis_domain::Explain::hint(&error).unwrap();
        assert!(hint.contains("skills:\n") && hint.contains("capability: kv"), "{hint}");
    }

    #[test]
    fn a_component_answers_commands() {
        for (exports, expected) in [
            (&["jarvis:skill/skill@0.1.0"][..], Some(false)),
            (&["jarvis:skill/events@0.1.0", "jarvis:skill/skill@0.1.3"], Some(true)),
            (&["jarvis:skill/skill@0.1.0", "jarvis:skill/events@0.2.0"], None),
            (&["jarvis:skill/events@0.1.0"], None),
            (&["jarvis:skill/skill@0.2.0"], None),
            (&["wasi:cli/run@0.2.0"], None),
            (&[], None),
        ] {
            assert_eq!(check_exports(exports.iter().copied()).ok(), expected, "{exports:?}");
        }
    }

    #[test]
    fn events_are_named_taken_and_allowed_or_refused_with_what_to_do() {
        use jarvis_domain::Topic::{GuestState, SkillLoaded};
        let wanted = |topics: &[jarvis_domain::Topic]| -> Vec<EventWanted> {
            let each = topics.iter();
            each.map(|topic| EventWanted { topic: *topic, reason: "why".to_owned() }).collect()
        };
        let skill: SkillId = "test".parse().unwrap();
        let requested = both(&[Capability::Inventory]);
        for (takes, topics, allowed, expected) in [
            (false, &[][..], &[][..], None),
            (true, &[SkillLoaded], &[], None),
            (true, &[GuestState], &[Capability::Inventory], None),
            (true, &[], &[], Some(("skill-no-topics", "events:\n  - topic:"))),
            (false, &[SkillLoaded], &[], Some(("skill-no-events", "export!"))),
            (
                true,
                &[SkillLoaded, GuestState],
                &[Capability::Kv],
                Some(("skill-topic-not-allowed", "- capability: inventory")),
            ),
        ] {
            let error = check_events(takes, &wanted(topics), &skill, &requested, &both(allowed));
            let told = error.err().map(|error| {
                let fault = jarvis_domain::Fault::from(&error);
                (fault.code, fault.hint)
            });
            match (told, expected) {
                (None, None) => {}
                (Some((code, hint)), Some((expected, part))) => {
                    assert_eq!(code, expected);
                    assert!(hint.contains(part), "{hint}");
                }
                (told, expected) => panic!("{takes} {topics:?}: {told:?}, not {expected:?}"),
            }
        }
    }
}
