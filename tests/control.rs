//! The control socket: roles, confirmations, and who may answer them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jarvis_api::control::Client;
use jarvis_api::{Request, Response, Words};
use jarvis_domain::Fault;
use jarvis_domain::invocation::Unwatched;
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
fn another_user_is_nobody_unless_the_settings_say() {
    if !rustix::process::geteuid().is_root() {
        println!("not root: another user cannot be tried");
        return;
    }
    let demo = Demo::serving(&[]);
    // Reachable by the group, as `/run/jarvis` is: what remains between the
    // other user and the cluster is the host's own decision.
    let group = std::fs::Permissions::from_mode(0o750);
    for folder in [demo.root(), &demo.folder()] {
        std::fs::set_permissions(folder, group.clone()).unwrap();
    }
    let socket = demo.folder().join("control.sock");
    let answers = std::thread::spawn(move || as_nobody(&socket)).join().unwrap();
    for answer in answers {
        let fault = answer.unwrap_err();
        assert_eq!(fault.code, "api-not-allowed", "{fault:?}");
    }
}

/// What the host at `socket` answers user 65534. On a thread of its own: the
/// kernel tells the host the user of the thread that connects.
fn as_nobody(socket: &Path) -> Vec<Result<Response, Box<Fault>>> {
    let nobody = rustix::process::Uid::from_raw(65_534);
    rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
    let words =
        Words { words: "list all machines".to_owned(), locale: "en".to_owned(), confirmed: false };
    let requests = [Request::Ask(words), Request::Skills, Request::Runs { limit: 1 }];
    let asking = async {
        let mut answers = Vec::new();
        for request in requests {
            let mut client = Client::connect(socket, None).await.unwrap();
            answers.push(client.call(request, &Unwatched).await);
        }
        answers
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    runtime.block_on(asking)
}

#[test]
fn without_a_host_it_says_how_to_start_one() {
    let demo = Demo::alone();
    demo.run(&["ask", "list all machines"]).ended(1).says("api-no-host").says("jarvis serve");
}

fn question(demo: &Demo, words: &str) -> String {
    let asked = demo.run(&["ask", "--demo", "--json", words]).ended(4).json();
    asked["question"]["id"].as_str().unwrap().to_owned()
}
