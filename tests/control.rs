//! The control socket: roles, confirmations, and who may answer them.

#[cfg(test)]
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use jarvis_api::control::Client;
use jarvis_api::{Request, Words};
use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::run::{RecordedCall, RunRecord};
use jarvis_domain::{RunId, SystemClock};
use jarvis_state::State;
use serde_json::Value;
use support::Demo;

#[test]
fn a_role_can_only_be_lowered() {
    let demo = Demo::serving(&[]);
    demo.run(&["ask", "--demo", "--as", "viewer", "list all machines"]).ended(0);
    demo.run(&["ask", "--demo", "--as", "viewer", "start the web server"]).ended(5).says("viewer");
    assert_eq!(demo.state_of(102), "stopped");
    demo.run(&["audit", "show", "--demo", "--as", "operator"]).ended(5).says("api-not-allowed");
    demo.run(&["ask", "--demo", "--as", "operator", "start the web server"]).ended(0);
}

fn list() -> Words {
    let words = "list all machines".to_owned();
    Words { words, locale: "en".to_owned(), confirmed: false, cluster: None, place: None }
}

#[test]
fn a_call_that_was_dropped_does_not_answer_the_next_one() {
    let mut demo = Demo::serving(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let socket = demo.folder().join("control.sock");
    let mut client = runtime.block_on(Client::connect(&socket, None)).unwrap();
    runtime.block_on(client.expect(true)).unwrap();
    let hello = |client: &mut Client| {
        let answer = runtime.block_on(client.call(Request::Hello, &Unwatched));
        assert!(matches!(answer, Ok(jarvis_api::Response::Hello(_))), "{answer:?}");
    };
    runtime.block_on(async {
        tokio::select! {
            biased;
            answer = client.call(Request::Say(list()), &Unwatched) => panic!("so soon: {answer:?}"),
            () = std::future::ready(()) => {}
        }
    });
    hello(&mut client);
    // Nor does a host that was started again meanwhile.
    demo.kill();
    demo.start(&[]);
    hello(&mut client);
}

#[test]
fn a_confirmation_is_good_once_and_for_that_plan() {
    let demo = Demo::serving(&[]);
    let id = question(&demo, "stop the media server");
    demo.run(&["confirm", "--demo", &id]).ended(0);
    assert_eq!(demo.state_of(101), "stopped");
    demo.run(&["confirm", "--demo", &id]).says("confirmation-");
    let declined = question(&demo, "stop the database");
    demo.run(&["confirm", "--demo", "--no", &declined]).ended(0);
    let late = demo.run(&["confirm", "--demo", &declined]);
    assert_ne!(late.code, 0, "{late:?}");
    assert_eq!(demo.state_of(103), "running");
    let unknown = demo.run(&["confirm", "--demo", "0199a3c2-7d1e-7000-8000-000000000000"]);
    assert_ne!(unknown.code, 0);
}

#[test]
fn a_plan_that_has_changed_is_asked_about_again() {
    let demo = Demo::serving(&[]);
    let id = question(&demo, "shut down everything tagged monitoring");
    demo.fault(&["guest", "121", "tags", "monitoring"]);
    let ran = demo.run(&["confirm", "--demo", &id]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.says("changed");
    assert_eq!((demo.state_of(108), demo.state_of(121)), ("running".into(), "running".into()));
}

#[test]
fn a_lower_role_cannot_confirm() {
    let demo = Demo::serving(&[]);
    let id = question(&demo, "stop the media server");
    demo.run(&["confirm", "--demo", "--as", "viewer", &id]).ended(5);
    assert_eq!(demo.state_of(101), "running");
}

#[test]
fn the_audit_log_is_verified_by_the_host_that_writes_it() {
    let mut demo = Demo::serving(&[]);
    demo.ask("start the web server").ended(0);
    let verify = |demo: &Demo| demo.run(&["audit", "verify", "--demo", "--json"]).ended(0).json();
    let by_host = verify(&demo);
    assert_eq!(by_host["checked"], "by-the-host", "{by_host}");
    assert_eq!(by_host["kept"]["compared"], "agrees", "{by_host}");
    demo.run(&["audit", "verify", "--demo"]).ended(0).says("checked by the running host");
    demo.run(&["audit", "verify", "--demo", "--as", "operator"]).ended(5).says("api-not-allowed");

    // What a check of the folder cannot see while the host has the database.
    let log = demo.folder().join("state/audit/000001.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let first = text.lines().next().unwrap();
    std::fs::write(&log, format!("{first}\n")).unwrap();
    let state = demo.folder().join("state");
    demo.run(&["audit", "verify", "--folder", state.to_str().unwrap()])
        .ended(0)
        .says("checked from the folder")
        .says("only the running host can tell");
    demo.run(&["audit", "verify", "--demo"]).ended(1).says("state-audit-broken");
    std::fs::write(&log, text).unwrap();

    demo.kill();
    let from_folder = verify(&demo);
    assert_eq!(from_folder["checked"], "from-the-folder", "{from_folder}");
    demo.run(&["audit", "verify", "--demo"]).ended(0).says("checked from the folder");
}

#[test]
fn yes_is_recorded_with_the_uid() {
    let demo = Demo::serving(&[]);
    demo.ask_yes("stop the media server").ended(0);
    let uid = rustix::process::geteuid().as_raw();
    demo.run(&["audit", "show", "--demo"]).says(&format!("by uid:{uid}"));
}

#[test]
fn records_of_any_length_come_through_the_socket() {
    const RUNS: usize = 70;
    const LINES: usize = 100;
    let mut demo = Demo::serving(&[]);
    demo.ask("list all machines").ended(0);
    let model = demo.run(&["runs", "--demo", "--json"]).ended(0).json()[0].clone();
    demo.kill();
    let state = State::open(&demo.folder().join("state"), Arc::new(SystemClock)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut run: RunRecord = serde_json::from_value(model).unwrap();
        // As long as one becomes: 500 calls of 300 characters and a result.
        let call = run.calls[0].clone();
        let long = RecordedCall { call: "c".repeat(300), result: "r".repeat(300), ..call };
        run.calls = vec![long; 500];
        run.invocation.words = Some("w".repeat(1 << 20));
        for _ in 0..RUNS {
            run.id = RunId::new();
            state.runs().put(&run).await.unwrap();
        }
        for _ in 0..LINES {
            let event = AuditEvent::Host { what: "x".repeat(200_000) };
            let cluster = run.invocation.cluster.clone();
            let entry = AuditEntry { run: None, cluster, caller: None, skill: None, event };
            state.audit().record(entry).await.unwrap();
        }
    });
    drop(state);
    demo.start(&[]);
    let ran = demo.run(&["runs", "--demo", "--json", "--limit", "1000"]).ended(0);
    assert!(ran.stdout.len() > jarvis_api::control::MAX_LINE, "{}", ran.stdout.len());
    let runs = ran.json();
    assert_eq!(runs.as_array().unwrap().len(), RUNS + 1);
    let words = runs[0]["invocation"]["words"].as_str().unwrap();
    assert!(words.len() < 5000 && words.ends_with("… [cut: 1048576 bytes in all]"));
    let ran = demo.run(&["audit", "show", "--demo", "--json", "--limit", "1000"]).ended(0);
    assert!(ran.stdout.len() > jarvis_api::control::MAX_LINE, "{}", ran.stdout.len());
    let lines: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= LINES, "{}", lines.len());
    for (place, line) in lines.iter().enumerate() {
        assert_eq!(line["seq"], place + 1, "each once, oldest first");
    }
}

#[test]
fn another_user_is_nobody_unless_the_settings_say() {
    let demo = Demo::serving(&[]);
    let requests =
        [Request::Ask(list()), Request::Skills, Request::Runs { limit: 1, before: None }];
    let answers = as_nobody(&demo, async |socket| {
        let mut answers = Vec::new();
        for request in requests {
            let mut client = Client::connect(&socket, None).await.unwrap();
            answers.push(client.call(request, &Unwatched).await);
        }
        answers
    });
    for answer in answers.unwrap_or_default() {
        let fault = answer.unwrap_err();
        assert_eq!(fault.code, "api-not-allowed", "{fault:?}");
    }
}

#[test]
fn one_user_cannot_hold_every_place_of_the_socket() {
    let demo = Demo::serving(&[]);
    as_nobody(&demo, async |socket| {
        let mut held = Vec::new();
        for _ in 0..16 {
            let mut client = Client::connect(&socket, None).await.unwrap();
            client.expect(true).await.unwrap();
            held.push(client);
        }
        let one_more = async || {
            let mut client = Client::connect(&socket, None).await.unwrap();
            client.expect(true).await
        };
        let refused = one_more().await.unwrap_err();
        assert_eq!(refused.code, "api-crowded", "{refused:?}");
        assert!(refused.sentence.contains("65534") && refused.hint.contains("chat"));
        held.pop();
        // The host may not have seen yet that one has gone.
        while let Err(refused) = one_more().await {
            assert_eq!(refused.code, "api-crowded", "{refused:?}");
        }
    });
}

/// What user 65534 finds at the demo's socket; none where we are not root. On a
/// thread of its own: the kernel tells the host the user of the thread that
/// connects.
#[cfg(test)]
fn as_nobody<T: Send>(demo: &Demo, work: impl AsyncFnOnce(PathBuf) -> T + Send) -> Option<T> {
    if !rustix::process::geteuid().is_root() {
        println!("not root: another user cannot be tried");
        return None;
    }
    // Reachable by the group, as `/run/jarvis` is: what remains between the
    // other user and the cluster is the host's own decision.
    let group = std::fs::Permissions::from_mode(0o750);
    for folder in [demo.root(), &demo.folder()] {
        std::fs::set_permissions(folder, group.clone()).unwrap();
    }
    let socket = demo.folder().join("control.sock");
    let other = move || {
        let nobody = rustix::process::Uid::from_raw(65_534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(work(socket))
    };
    std::thread::scope(|scope| Some(scope.spawn(other).join().unwrap()))
}

#[test]
fn without_a_host_it_says_how_to_start_one() {
    let demo = Demo::alone();
    demo.run(&["ask", "list all machines"]).ended(1).says("api-no-host").says("jarvis serve");
}

#[cfg(test)]
fn question(demo: &Demo, words: &str) -> String {
    let asked = demo.run(&["ask", "--demo", "--json", words]).ended(4).json();
    asked["question"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_skills_log_is_shown_to_operators() {
    let demo = Demo::serving(&[]);
    let logs = ["skill", "logs", "temperatures", "--demo"];
    demo.run(&logs).ended(0).says("temperatures has written nothing yet");
    let file = demo.folder().join("state/logs/skills/temperatures.log");
    let line = |text: &str| {
        format!(
            "{{\"at\":1800000000000,\"run\":\"0199a3c2-7d1e-7000-8000-000000000000\",\
             \"level\":\"warn\",\"from\":\"stderr\",\"text\":\"{text}\"}}\n"
        )
    };
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, line("first") + "cut off\n" + &line("second")).unwrap();
    demo.run(&logs).ended(0).says("warn  stderr: first").says("second");
    // As the clocks here show it, and where that is.
    let there = demo.command(&logs).env("TZ", "IST-5:30").output().unwrap();
    support::Ran::from(there).says("2027-01-15 13:30:00+05:30").says("those of this machine");
    let newest = demo.run(&[&logs[..], &["--lines", "1", "--json"]].concat()).ended(0).json();
    assert_eq!((newest["text"].as_str(), newest["level"].as_str()), (Some("second"), Some("warn")));

    demo.run(&[&logs[..], &["--as", "viewer"]].concat()).ended(5).says("api-not-allowed");
    let unknown = demo.run(&["skill", "logs", "nothing", "--demo"]);
    assert_ne!(unknown.code, 0, "{unknown:?}");
    demo.run(&["skill", "logs", "../../audit", "--demo"]).ended(2);
}
