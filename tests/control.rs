//! The control socket: roles, confirmations, and who may answer them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::os::unix::process::CommandExt;

use support::{Demo, Ran};

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
    let ran = demo
        .command(&["ask", "--demo", "list all machines"])
        .uid(65_534)
        .gid(65_534)
        .output()
        .unwrap();
    let ran = Ran::from(ran);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains("mediaserver"), "{ran:?}");
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
