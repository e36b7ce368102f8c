//! The control socket: roles, confirmations, and who may answer them.

#[cfg(test)]
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
#[cfg(test)]
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

#[cfg(test)]
fn question(demo: &Demo, words: &str) -> String {
    let asked = demo.run(&["ask", "--demo", "--json", words]).ended(4).json();
    asked["question"]["id"].as_str().unwrap().to_owned()
}
