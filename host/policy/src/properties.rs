//! Properties of the whole room, for any grants, callers and calls.

use jarvis_domain::{
    ApiCall, ApiPath, Call, Caller, ClusterId, CommandName, Digest, Door, Field, Fields, Plan,
    Principal, Risk, Role, RunId, ShellCall, SkillId, Verb,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::decide::effective_role;
use crate::sample::read;
use crate::{
    Capability, Decision, Denial, Form, Grant, GrantSet, PathPattern, Phase, PlanRest, Right,
    decide, rate,
};

/// Segments that calls and patterns share often, so that matches happen.
const SEGMENTS: &[&str] = &[
    "nodes",
    "cluster",
    "access",
    "home",
    "pve2",
    "localhost",
    "qemu",
    "lxc",
    "101",
    "status",
    "start",
    "stop",
    "shutdown",
    "current",
    "config",
    "snapshot",
    "agent",
    "exec",
    "monitor",
    "vncshell",
    "resources",
    "execute",
];
const FIELDS: &[&str] = &["timeout", "forceStop", "skiplock", "tags", "mp0", "command", "type"];
const VALUES: &[&str] = &["1", "0", "reboot", "/etc,mp=/x", "nas:8,mp=/x", "--skiplock=1", "vm"];
const WORDS: &[&str] = &[
    "sensors",
    "-j",
    "systemctl",
    "status",
    "ssh",
    "reboot",
    "/bin/sh",
    "-c",
    "a b",
    "x;y",
    "null",
];

/// Whole paths, so that real calls are met and not only chance ones.
const PATHS: &[&str] = &[
    "/nodes/home/qemu/101/status/start",
    "/nodes/home/qemu/101/status/stop",
    "/nodes/home/qemu/101/status/current",
    "/nodes/pve2/lxc/101/config",
    "/nodes/home/qemu/101/agent/exec",
    "/nodes/home/status",
    "/cluster/resources",
    "/access/users",
];

fn path() -> impl Strategy<Value = ApiPath> {
    let chance = prop::collection::vec(select(SEGMENTS), 1..7)
        .prop_map(|segments| format!("/{}", segments.join("/")));
    prop_oneof![chance, select(PATHS).prop_map(str::to_owned)]
        .prop_map(|text| text.parse().unwrap())
}

fn verb() -> impl Strategy<Value = Verb> {
    select(&[Verb::Get, Verb::Create, Verb::Set, Verb::Delete][..])
}

fn call() -> impl Strategy<Value = Call> {
    let field = (select(FIELDS), select(VALUES))
        .prop_map(|(name, value)| Field { name: name.to_owned(), value: value.to_owned() });
    let fields = prop::collection::vec(field, 0..3).prop_map(|mut fields| {
        fields.sort();
        fields.dedup_by(|a, b| a.name == b.name);
        Fields::new(fields).unwrap()
    });
    let api = (verb(), path(), fields)
        .prop_map(|(verb, path, fields)| Call::Api(ApiCall { verb, path, fields }));
    let argv = prop::collection::vec(select(WORDS).prop_map(str::to_owned), 1..4);
    let shell = (select(&["home", "pve2"][..]), argv)
        .prop_map(|(node, argv)| Call::Shell(ShellCall { node: node.parse().unwrap(), argv }));
    prop_oneof![3 => api, 1 => shell]
}

/// A grant as YAML: that of some call, with wild cards put into it. Not every
/// text is one that is accepted.
fn grant_yaml() -> impl Strategy<Value = String> {
    let wild = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    (call(), wild, any::<bool>()).prop_map(|(call, wild, open)| match call {
        Call::Api(call) => {
            let mut segments: Vec<&str> = call.path.segments().collect();
            for index in wild {
                let at = index.index(segments.len());
                segments[at] = "*";
            }
            if open {
                segments.push("**");
            }
            let fields: Vec<&str> = call.fields.iter().map(|field| field.name.as_str()).collect();
            let (capability, verbs) = match call.verb {
                Verb::Get => ("cluster-read", String::new()),
                verb => ("cluster-write", format!("verbs: [{verb}], ")),
            };
            let (path, fields) = (segments.join("/"), fields.join(", "));
            format!("- {{capability: {capability}, {verbs}paths: ['/{path}'], fields: [{fields}]}}")
        }
        Call::Shell(call) => {
            let mut words = call.argv;
            for index in wild {
                let at = index.index(words.len());
                words[at] = "*".to_owned();
            }
            if open {
                words.push("**".to_owned());
            }
            let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            format!(
                "- {{capability: node-shell, nodes: [{}], argv: [[{}]]}}",
                call.node,
                words.join(", ")
            )
        }
    })
}

fn grant_set() -> impl Strategy<Value = GrantSet> {
    prop::collection::vec(grant_yaml(), 0..6).prop_map(|texts| {
        let sound = texts.iter().filter_map(|text| read(text, Form::Allowance).ok());
        GrantSet::new(sound.flat_map(|set| set.iter().cloned().collect::<Vec<_>>()))
    })
}

fn caller() -> impl Strategy<Value = Caller> {
    let role = prop_oneof![
        Just(None),
        select(&[Role::Viewer, Role::Operator, Role::Admin][..]).prop_map(Some)
    ];
    let door = select(&[Door::Cli, Door::Api, Door::Mcp, Door::Voice, Door::Event][..]);
    (role, door).prop_map(|(role, door)| Caller {
        principal: Principal("uid:1".into()),
        door,
        role,
    })
}

fn risk() -> impl Strategy<Value = Risk> {
    select(&[Risk::Read, Risk::Change, Risk::Destructive][..])
}

/// One question to `decide`.
#[derive(Debug, Clone)]
struct Question {
    requested: GrantSet,
    allowed: GrantSet,
    caller: Caller,
    declared: Risk,
    planned: Vec<Call>,
    call: Call,
}

/// Questions of which many are answered yes: the call is among the plan's, and
/// both halves of the grant tend to hold it.
fn question() -> impl Strategy<Value = Question> {
    let sets = (grant_set(), grant_set());
    (sets, caller(), risk(), prop::collection::vec(call(), 0..2), call(), any::<[bool; 3]>())
        .prop_map(|((requested, allowed), caller, declared, mut planned, call, hold)| {
            let with = |set: GrantSet, held: bool| {
                let own = held.then(|| Grant::for_call(&call)).flatten();
                GrantSet::new(set.iter().cloned().chain(own))
            };
            if hold[2] {
                planned.push(call.clone());
            }
            let (requested, allowed) = (with(requested, hold[0]), with(allowed, hold[1]));
            Question { requested, allowed, caller, declared, planned, call }
        })
}

impl Question {
    fn plan(&self, cluster: &ClusterId, command: &CommandName) -> PlanRest {
        PlanRest::new(&Plan {
            cluster: cluster.clone(),
            command: command.clone(),
            revision: Digest::of(b""),
            arguments: serde_json::Value::Null,
            writes: self.planned.clone(),
        })
    }

    fn ask(&self) -> Result<Decision, Denial> {
        let skill: SkillId = "skill".parse().unwrap();
        let command: CommandName = "skill.command".parse().unwrap();
        let cluster: ClusterId = "home".parse().unwrap();
        let mut plan = self.plan(&cluster, &command);
        let plan = (self.declared == Risk::Destructive).then_some(&mut plan);
        let right = Right {
            skill: &skill,
            requested: &self.requested,
            allowed: &self.allowed,
            caller: &self.caller,
            declared: self.declared,
            command: &command,
        };
        let phase = Phase::Real { cluster: &cluster, run: RunId::new(), plan };
        decide(&right, self.call.clone(), phase)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_decision_exceeds_neither_grant_nor_role_nor_declared_risk_nor_plan(question in question()) {
        if question.ask().is_ok() {
            let rated = rate(&question.call);
            prop_assert!(question.requested.allows(&question.call));
            prop_assert!(question.allowed.allows(&question.call));
            prop_assert!(rated.risk <= question.declared);
            prop_assert!(effective_role(&question.caller) >= Some(rated.role));
            prop_assert!(rated.risk == Risk::Read || question.caller.door != Door::Event);
            let planned = question.planned.contains(&question.call);
            let needs_plan = rated.risk > Risk::Read && question.declared == Risk::Destructive;
            prop_assert!(planned || !needs_plan);
        }
    }

    #[test]
    fn taking_anything_away_never_allows_more(
        question in question(),
        which in any::<prop::sample::Index>(),
        part in 0..5_usize,
    ) {
        let without = |set: &GrantSet| {
            let gone = which.index(set.iter().count().max(1));
            GrantSet::new(set.iter().enumerate().filter(|(i, _)| *i != gone).map(|(_, g)| g.clone()))
        };
        let mut less = question.clone();
        match part {
            0 => less.requested = without(&question.requested),
            1 => less.allowed = without(&question.allowed),
            2 => less.caller.role = match question.caller.role {
                Some(Role::Admin) => Some(Role::Operator),
                Some(Role::Operator) => Some(Role::Viewer),
                _ => None,
            },
            3 => less.caller.door = Door::Event,
            _ => { less.planned.pop(); }
        }
        prop_assert!(question.ask().is_ok() || less.ask().is_err(), "{:?}", less);
    }

    #[test]
    fn grants_survive_their_text(set in grant_set()) {
        prop_assert_eq!(&read(&set.to_yaml(0), Form::Allowance).unwrap(), &set);
        prop_assert_eq!(&read(&set.to_yaml(6), Form::Allowance).unwrap(), &set);
        for grant in &set {
            let line = read(&format!("- {grant}"), Form::Allowance).unwrap();
            prop_assert_eq!(line, GrantSet::new([grant.clone()]));
        }
    }

    #[test]
    fn any_reason_survives_its_text(reason in "\\PC{0,40}[a-z][\\n\\t\"'\\\\: #\u{85}\u{2028}]{0,9}") {
        let text = format!("- {{capability: kv, reason: {}}}", serde_json::json!(reason));
        if let Ok(set) = read(&text, Form::Request) {
            prop_assert_eq!(&read(&set.to_yaml(2), Form::Request).unwrap(), &set);
        }
    }

    #[test]
    fn what_a_denial_offers_allows_the_call_once_pasted(call in call()) {
        let skill: SkillId = "skill".parse().unwrap();
        let denial = Denial::NotGranted { skill, call: Box::new(call.clone()), requested: true };
        if let Some(yaml) = denial.pasteable() {
            let list: Vec<&str> = yaml.lines().skip(4).collect();
            let set = read(&list.join("\n"), Form::Allowance).unwrap();
            prop_assert!(set.allows(&call));
            let harmless = GrantSet::new(Grant::whole(Capability::Kv));
            prop_assert!(!harmless.covers(&set));
        }
    }

    #[test]
    fn what_covers_a_set_allows_whatever_that_set_allows(
        wide in grant_set(), narrow in grant_set(), call in call(),
    ) {
        prop_assert!(wide.covers(&wide));
        if wide.covers(&narrow) && narrow.allows(&call) {
            prop_assert!(wide.allows(&call));
        }
        let missing = wide.missing(&narrow);
        if narrow.allows(&call) && !wide.allows(&call) {
            prop_assert!(missing.allows(&call));
        }
    }

    #[test]
    fn a_path_has_one_spelling(path in path(), at in any::<prop::sample::Index>(), what in 0..7_usize) {
        let text = path.as_str();
        prop_assert_eq!(text.parse(), Ok(path.clone()));
        let slash = text.char_indices().filter(|(_, c)| *c == '/').map(|(i, _)| i).collect::<Vec<_>>();
        let (head, tail) = text.split_at(slash[at.index(slash.len())]);
        let trick = match what {
            0 => format!("{head}/{tail}"),
            1 => format!("{head}/.{tail}"),
            2 => format!("{head}/x/..{tail}"),
            3 => format!("{head}/%2e%2e{tail}"),
            4 => format!("{head}\0{tail}"),
            5 => format!("{head}/--noproxy{tail}"),
            _ => format!("{text}/"),
        };
        prop_assert!(trick.parse::<ApiPath>().is_err(), "{trick:?}");
        prop_assert!(trick.parse::<PathPattern>().is_err(), "{trick:?}");
    }

    #[test]
    fn any_text_is_a_pattern_that_prints_as_it_was_written_or_none(text in "(/[a-z*.%\\-]{0,4}){0,5}") {
        if let Ok(pattern) = text.parse::<PathPattern>() {
            prop_assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn words_smuggled_into_an_argument_list_are_never_covered(
        set in grant_set(), at in any::<prop::sample::Index>(),
        trick in select(&["--host=x", "-o", "", "a\0", "a\nb", "\u{1b}[2J"][..]),
        call in call(),
    ) {
        if let Call::Shell(mut shell) = call {
            let known = shell.argv.iter().any(|word| word == trick);
            let at = at.index(shell.argv.len()) + 1;
            shell.argv.insert(at, trick.to_owned());
            prop_assert!(known || !set.allows(&Call::Shell(shell)));
        }
    }
}
