//! Manifests: one that is accepted keeps every bound, and what is printed of
//! it is read again as the same.
#![no_main]

use std::mem::discriminant;

use jarvis_document::{Cursor, Notes, parse};
use jarvis_policy::{Form, GrantSet};
use libfuzzer_sys::fuzz_target;

// The reader's own files, without the WebAssembly engine of their room: with
// it, a build takes a quarter of an hour.
#[allow(dead_code, unused_imports, reason = "the target calls only a part of them")]
#[path = "../../host/skill-host/src"]
mod skill_host {
    pub(crate) mod manifest;
    pub(crate) mod parameter;
    pub(crate) mod engine {
        mod bounds;
        pub(crate) use bounds::*;
    }
}
use skill_host::manifest::{Limits, LimitsWanted, Manifest, parameters_schema};
use skill_host::{engine, parameter};

fuzz_target!(|text: &str| {
    match Manifest::read(text) {
        Ok(manifest) => {
            assert_eq!(Manifest::read(text).as_ref(), Ok(&manifest), "reading is one function");
            bounded(&manifest);
            requests_read_back(&manifest.requests);
            limits_hold(&manifest.limits);
        }
        Err(problems) => {
            assert!(!problems.0.is_empty(), "a refusal says why");
            let lines = text.lines().count() + 2;
            for problem in &problems.0 {
                let shown = problem.to_string();
                assert!(!shown.contains(['\n', '\x1b', '\0']), "{shown:?} is one line");
                assert!(shown.len() < 4096, "{} bytes for one mistake", shown.len());
            }
            assert!(problems.0.len() <= jarvis_document::MAX_NODES.max(lines));
        }
    }
});

fn bounded(manifest: &Manifest) {
    assert_eq!(manifest.id.as_str().parse().as_ref(), Ok(&manifest.id));
    assert_eq!(manifest.version.to_string().parse().as_ref(), Ok(&manifest.version));
    assert_eq!(manifest.contract.to_string().parse().as_ref(), Ok(&manifest.contract));
    assert!(manifest.contract.is_served());
    summary(&manifest.summary);
    assert!((1..=100).contains(&manifest.commands.len()));
    for (name, command) in &manifest.commands {
        assert_eq!(name, &command.name);
        summary(&command.summary);
        assert!(command.parameters.len() <= 20);
        for (index, parameter) in command.parameters.iter().enumerate() {
            let same = command.parameters.iter().position(|other| other.name == parameter.name);
            assert_eq!(same, Some(index), "a name is there once");
        }
        if let Some(inverse) = &command.inverse {
            let inverse = manifest.commands.get(inverse).expect("an inverse is a command");
            assert_eq!(inverse.parameters.len(), command.parameters.len());
            for parameter in &command.parameters {
                let twin = inverse.parameter(&parameter.name).expect("it takes the same");
                assert_eq!(discriminant(&twin.kind), discriminant(&parameter.kind));
            }
        }
        assert!(parameters_schema(command).is_object());
    }
    for (index, event) in manifest.events.iter().enumerate() {
        let same = manifest.events.iter().position(|other| other.topic == event.topic);
        assert_eq!(same, Some(index), "a topic is there once");
        assert!(!event.reason.is_empty() && !event.reason.contains(char::is_control));
    }
    assert_eq!(manifest.for_sentences().len(), manifest.commands.len());
}

fn summary(text: &str) {
    assert!((1..=200).contains(&text.chars().count()) && !text.contains(char::is_control));
    assert_eq!(text, text.trim());
}

/// What a skill asks for, as it is printed for the administrator to copy.
fn requests_read_back(requests: &GrantSet) {
    let printed = requests.to_yaml(0);
    let tree = parse(&printed).unwrap_or_else(|why| panic!("{printed}: {why}"));
    let notes = Notes::default();
    let again = GrantSet::read(&Cursor::root(&tree, &notes), Form::Request);
    match notes.finish(again) {
        Ok(again) => {
            assert_eq!(&again, requests, "{printed}");
            assert_eq!(again.to_yaml(0), printed, "the printed form is a fixed point");
        }
        Err(why) => panic!("{printed}: {why}"),
    }
}

fn limits_hold(wanted: &LimitsWanted) {
    for ceiling in [Limits::CEILING, Limits::MOST] {
        let limits = wanted.within(&ceiling);
        assert_eq!(limits.within(&ceiling), limits, "nothing is above its ceiling");
        assert!(limits.memory <= ceiling.memory && limits.time <= ceiling.time);
        assert!(limits.cpu <= limits.time && limits.concurrent <= ceiling.concurrent);
        assert!(limits.reply <= ceiling.reply && limits.calls <= ceiling.calls);
        let written = limits.written();
        let text: String = written.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
        let tree = parse(&text).expect("limits are written as YAML");
        let notes = Notes::default();
        let again = LimitsWanted::read(&Cursor::root(&tree, &notes));
        let again = notes.finish(again).unwrap_or_else(|why| panic!("{text}: {why}"));
        let whole = |limits: &Limits| (limits.written(), limits.memory, limits.bytes, limits.calls);
        assert_eq!(whole(&again.over(&Limits::DEFAULT)), whole(&limits), "{text}");
    }
}
