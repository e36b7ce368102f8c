//! Passwords by the real libpam, each checked by a child, which is this very
//! program again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

#[path = "pam/stage.rs"]
mod stage;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use jarvis_auth::{PamPasswords, PamSettings};
use jarvis_domain::identity::{Checked, Passwords, Secret};
use jarvis_domain::{Clock, Fault, ManualClock, SystemClock, Timestamp};

use stage::{CHILD, PASSWORD, Stage};

type Test = fn() -> Pin<Box<dyn Future<Output = ()>>>;

const TESTS: &[(&str, Test)] = &[
    ("right_and_wrong", || Box::pin(right_and_wrong())),
    ("what_is_broken_is_no_wrong_password", || Box::pin(what_is_broken_is_no_wrong_password())),
    ("the_child_gets_nothing_of_ours", || Box::pin(the_child_gets_nothing_of_ours())),
    ("a_child_that_hangs_is_killed", || Box::pin(a_child_that_hangs_is_killed())),
    ("only_so_many_at_once", || Box::pin(only_so_many_at_once())),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|first| first == CHILD) {
        return ExitCode::from(jarvis_auth::check_password());
    }
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    for (name, test) in TESTS {
        if args.iter().any(|arg| arg == "--list") {
            println!("{name}: test");
        } else if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(test());
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

async fn check(pam: &PamPasswords, account: &str, password: &str) -> Result<Checked, Box<Fault>> {
    pam.check(&account.parse().unwrap(), &Secret::new(password), None).await
}

async fn right_and_wrong() {
    let Some(stage) = Stage::new() else { return };
    let pam = PamPasswords::new(stage.settings(Arc::new(SystemClock)));
    let long = "x".repeat(5000);
    for (account, password, expected) in [
        ("tony@pam", PASSWORD, Checked::Right),
        ("tony@pam", "wrong", Checked::Wrong),
        ("tony@pam", "", Checked::Wrong),
        ("tony@pam", "ironman3000\0", Checked::Wrong),
        ("tony@pam", "two\nlines \"quoted\" é", Checked::Wrong),
        ("tony@pam", &long, Checked::Wrong),
        ("ghost@pam", PASSWORD, Checked::Wrong),
        ("retired@pam", PASSWORD, Checked::Wrong),
        ("retired@pam", "wrong", Checked::Wrong),
        // Another realm's account of the same name.
        ("tony@pve", PASSWORD, Checked::Wrong),
    ] {
        let found = check(&pam, account, password).await.unwrap();
        assert_eq!(found, expected, "{account} with {password:?}");
    }
}

async fn what_is_broken_is_no_wrong_password() {
    let Some(stage) = Stage::new() else { return };
    let settings = || stage.settings(Arc::new(SystemClock));
    let folder = tempfile::tempdir().unwrap();
    stage.service("crashing", &crashing_module(folder.path()));
    for (what, settings) in [
        ("a missing module", PamSettings { service: "broken".to_owned(), ..settings() }),
        ("a crash", PamSettings { service: "crashing".to_owned(), ..settings() }),
        ("a missing program", PamSettings { program: "/nowhere/jarvis".into(), ..settings() }),
        ("another program", shell("echo '{\"result\":\"perhaps\"}'", Arc::new(SystemClock))),
        (
            "a late crash",
            shell("echo '{\"result\":\"right\"}'; kill -SEGV $$", Arc::new(SystemClock)),
        ),
        ("a bad exit", shell("echo '{\"result\":\"right\"}'; exit 1", Arc::new(SystemClock))),
    ] {
        let fault = check(&PamPasswords::new(settings), "tony@pam", PASSWORD).await.unwrap_err();
        assert_eq!((fault.code.as_str(), fault.status), ("auth-unavailable", 503), "{what}");
        assert!(!fault.to_string().contains(PASSWORD), "{fault}");
    }
}

/// A module that crashes as soon as it is asked; the compiler that links Rust
/// makes it.
fn crashing_module(folder: &Path) -> String {
    let (source, module) = (folder.join("pam_crash.c"), folder.join("pam_crash.so"));
    std::fs::write(&source, "int pam_sm_authenticate(void) { __builtin_trap(); }\n").unwrap();
    let mut cc = Command::new("cc");
    let built = cc.args(["-shared", "-fPIC", "-o"]).arg(&module).arg(&source).status().unwrap();
    assert!(built.success());
    module.display().to_string()
}

/// A child that runs `script` in place of PAM.
fn shell(script: &str, clock: Arc<dyn Clock>) -> PamSettings {
    PamSettings {
        arguments: vec!["-c".to_owned(), script.to_owned()],
        ..PamSettings::standard("/bin/sh".into(), clock)
    }
}

async fn the_child_gets_nothing_of_ours() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo has set it");
    let script = r#"
        read -r line
        [ -z "$CARGO_MANIFEST_DIR$HOME" ] && [ "$MINE" = yes ] && [ "$PWD" = / ] || exit 1
        case $line in *ironman3000*) echo '{"result":"right"}' ;; esac"#;
    let mut settings = shell(script, Arc::new(SystemClock));
    settings.environment.push(("MINE".to_owned(), "yes".to_owned()));
    let found = check(&PamPasswords::new(settings), "tony@pam", PASSWORD).await.unwrap();
    assert_eq!(found, Checked::Right);
}

async fn a_child_that_hangs_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pids");
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    // With a child of its own.
    let script = format!("sleep 1000 & echo $$ $! > {0}.new; mv {0}.new {0}; wait", file.display());
    let pam = PamPasswords::new(shell(&script, clock.clone()));
    let asking = check(&pam, "tony@pam", PASSWORD);
    tokio::pin!(asking);
    let pids = loop {
        tokio::select! {
            biased;
            found = &mut asking => panic!("{found:?}"),
            () = tokio::task::yield_now() => {}
        }
        if let Ok(pids) = std::fs::read_to_string(&file) {
            break pids;
        }
    };
    clock.advance(Duration::from_secs(29));
    tokio::select! {
        biased;
        found = &mut asking => panic!("{found:?}"),
        () = std::future::ready(()) => {}
    }
    clock.advance(Duration::from_secs(1));
    let fault = asking.await.unwrap_err();
    assert_eq!(fault.code, "auth-unavailable");
    for pid in pids.split_whitespace() {
        while runs(pid) {
            tokio::task::yield_now().await;
        }
    }
}

/// Whether `pid` is a process that has not ended; one that nobody has waited
/// for yet has.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
}

async fn only_so_many_at_once() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let pam = PamPasswords::new(PamSettings { at_once: 1, ..shell("sleep 1000", clock.clone()) });
    let mut asking: Vec<_> = (0..6).map(|_| Box::pin(check(&pam, "tony@pam", PASSWORD))).collect();
    let mut answered = 0;
    for one in &mut asking {
        tokio::select! {
            biased;
            found = one => {
                assert!(found.unwrap_err().sentence.contains("too many"));
                answered += 1;
            }
            () = std::future::ready(()) => {}
        }
    }
    assert_eq!(answered, 1, "one is checked, four wait, and no more");
    drop(asking);
    let unhurt = check(&pam, "tony@pve", PASSWORD).await.unwrap();
    assert_eq!(unhurt, Checked::Wrong);
}
