use std::time::Duration;

use jarvis_domain::Topic;
use jarvis_policy::Capability;
use serde_json::json;

use super::*;
use crate::parameter::ParameterKind;

const WHOLE: &str = r#"
id: vm-lifecycle
version: 0.1.0
contract: "0.1"
summary: Starts, stops and looks at virtual machines and containers.
commands:
  start:
    summary: Starts a guest.
    risk: change
    idempotent: true
    inverse: shut-down
    parameters:
      guest: { type: integer, kind: guest, description: "The guest to start." }
      name:  { type: string, optional: true, maxLength: 40 }
  shut-down:
    summary: Shuts a guest down.
    risk: destructive
    parameters:
      name:  { type: string, optional: true, maxLength: 40 }
      guest: { type: integer, kind: guest }
requests:
  - capability: cluster-write
    verbs: [create]
    paths: ["/nodes/*/qemu/*/status/start"]
    fields: [timeout]
    reason: to start the guest
limits:
  memory: 32MiB
  time: 90s
events:
  - topic: skill.loaded
    reason: to look at everything once
"#;

#[test]
fn a_whole_manifest_is_read() {
    let manifest = Manifest::read(WHOLE).unwrap();
    assert_eq!((manifest.id.as_str(), manifest.version.as_str()), ("vm-lifecycle", "0.1.0"));
    assert_eq!(manifest.contract, ContractVersion::HOST);
    let start = &manifest.commands["start"];
    assert_eq!((start.risk, start.idempotent), (Risk::Change, true));
    assert_eq!(start.inverse.as_deref(), Some("shut-down"));
    // Their order is the order of asking; the alphabet has no say in it.
    let order = |name: &str| {
        let parameters = &manifest.commands[name].parameters;
        parameters.iter().map(|p| p.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (order("start"), order("shut-down")),
        (vec!["guest".to_owned(), "name".to_owned()], vec!["name".to_owned(), "guest".to_owned()])
    );
    assert_eq!(start.parameter("guest").unwrap().kind, ParameterKind::Guest);
    assert!(manifest.requests.opens(Capability::ClusterWrite, None));
    assert_eq!(manifest.limits.time, Some(Duration::from_secs(90)));
    let reason = "to look at everything once".to_owned();
    assert_eq!(manifest.events, [EventWanted { topic: Topic::SkillLoaded, reason }]);
}

#[test]
fn every_mistake_is_named_with_its_line_at_once() {
    let text = WHOLE
        .replace("id: vm-lifecycle", "id: VM lifecycle")
        .replace("version: 0.1.0", "version: 1")
        .replace("contract: \"0.1\"", "contract: \"7.0\"")
        .replace("risk: change", "risk: chnage")
        .replace("idempotent: true", "idempotnet: true")
        .replace("maxLength: 40 }\n  shut", "maxLength: many }\n  shut")
        .replace("verbs: [create]", "verbs: [creat]")
        .replace("time: 90s", "time: 90")
        .replace("topic: skill.loaded", "topic: skill.laoded");
    let shown = Manifest::read(&text).unwrap_err().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    let expected = [
        "line 2: id: \"VM lifecycle\" is not a skill id",
        "line 3: version: \"1\" is not a version",
        "line 4: contract: this host serves contract 0.1, not 7.0",
        "line 9: commands.start.risk: \"chnage\" is not one of read, change, destructive; did you mean change?",
        "line 10: commands.start.idempotnet: there is no such key; did you mean idempotent?",
        "line 14: commands.start.parameters.name.maxLength: a whole number belongs here",
        "line 23: requests[0].verbs[0]: \"creat\" is not one of",
        "line 29: limits.time: a time with its unit",
        "line 31: events[0].topic: \"skill.laoded\" is not one of operation.ended, guest.state, node.state, quorum.state, temperature.crossed, updates.found, skill.loaded; did you mean skill.loaded?",
    ];
    assert_eq!(lines.len(), expected.len(), "{shown}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line} is not {expected}");
    }
}

#[test]
fn what_a_manifest_must_not_be() {
    let head = "id: a\nversion: 0.1.0\ncontract: '0.1'\nsummary: A.\n";
    let command = "{summary: Does., risk: read}";
    for (tail, expected) in [
        ("", "the key commands is missing"),
        ("commands: {}", "a skill has 1 to 100 commands"),
        ("commands: [a]", "a mapping (key: value) belongs here, not a list"),
        ("commands: {A: {summary: Does., risk: read}}", "\"A\" is not a command's name"),
        ("commands: {a: {risk: read}}", "the key summary is missing"),
        (
            "commands: {a: {summary: '', risk: read}}",
            "a summary is one line of 1 to 200 characters",
        ),
        ("commands: {a: {summary: \"a\\nb\", risk: read}}", "a summary is one line"),
        ("commands: {a: {summary: Does.}}", "the key risk is missing"),
        ("commands: {a: {summary: Does., risk: read, inverse: a}}", "a command cannot undo itself"),
        (
            "commands: {on: {summary: Does., risk: read, inverse: offf}, off: COMMAND}",
            "\"offf\" is not one of on, off; did you mean off?",
        ),
        (
            "commands: {on: {summary: Does., risk: read, inverse: off, parameters: {x: {type: string}}}, off: COMMAND}",
            "off takes other parameters",
        ),
        (
            "commands: {a: {summary: Does., risk: read, parameters: {X: {type: string}}}}",
            "\"X\" is not a parameter's name",
        ),
        ("commands: {a: COMMAND}\nrequests: [{capability: kv}]", "the key reason is missing"),
        ("commands: {a: COMMAND}\nrequests: {}", "a list belongs here"),
        ("commands: {a: COMMAND}\nevents: [{topic: skill.loaded}]", "the key reason is missing"),
        (
            "commands: {a: COMMAND}\nevents: [{topic: guest.state, reason: why}]",
            "line 6: events[0].topic: guest.state tells what is on the cluster: request the capability inventory too",
        ),
        (
            "commands: {a: COMMAND}\nevents: [{topic: skill.loaded, reason: a}, {topic: skill.loaded, reason: b}]",
            "line 6: events[1]: skill.loaded stands twice",
        ),
        ("commands: {a: COMMAND}\nid: b", "the key stands twice"),
        ("commands: {a: COMMAND", "this is not YAML"),
    ] {
        let text = format!("{head}{}", tail.replace("COMMAND", command));
        let shown = Manifest::read(&text).unwrap_err().to_string();
        assert!(shown.contains(expected), "{tail} gave {shown}");
    }
}

#[test]
fn malformed_empty_and_enormous_files_are_answered() {
    let missing = "line 1: the key id is missing";
    let many: String = (0..300_000).map(|_| "- 1\n").collect();
    for (text, expected) in [
        ("", missing),
        ("# nothing\n", missing),
        ("---\n", missing),
        ("just words", "line 1: a mapping (key: value) belongs here"),
        ("- a\n- b\n", "line 1: a mapping (key: value) belongs here"),
        ("\0", "line 1: "),
        ("id: [", "line "),
        ("id: &a x\nversion: *a", "line 1: anchors"),
        (many.as_str(), "line 200000: the file has more than 200000 values"),
        (&"x".repeat(5 << 20), "line 1: the file has 5242880 bytes"),
        (&"- ".repeat(1000), "line 1: the file is nested deeper"),
        (&"{a: ".repeat(1000), "line 1: "),
    ] {
        let shown = Manifest::read(text).unwrap_err().to_string();
        let start: String = text.chars().take(20).collect();
        assert!(shown.starts_with(expected), "{start:?} gave {}", &shown[..shown.len().min(200)]);
    }
}

#[test]
fn a_command_is_a_schema_for_tools() {
    let manifest = Manifest::read(WHOLE).unwrap();
    let schema = parameters_schema(&manifest.commands["start"]);
    assert_eq!(schema["required"], json!(["guest"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["name"], json!({"type": "string", "maxLength": 40}));
}
