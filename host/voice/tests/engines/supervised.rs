//! Children that are kept warm, crash, hang and are killed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::figures::{EngineFigures, EngineState};
use jarvis_domain::{Clock, Explain, ManualClock, SystemClock, Timestamp};
use jarvis_voice::wyoming::{Hearing, Service, Speaking, describe};
use jarvis_voice::{EngineSettings, Frame, SharedEngine, Supervisor, VoiceError, engines};

use crate::{CHILD, Test};

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_child_hears_and_speaks", || Box::pin(a_child_hears_and_speaks())),
    ("a_crash_is_one_error_and_a_restart", || Box::pin(a_crash_is_one_error_and_a_restart())),
    ("whoever_waits_for_one_that_crashes_is_told", || Box::pin(whoever_waits_is_told())),
    ("a_stream_begins_at_a_child_that_is_up", || Box::pin(a_stream_begins_at_a_child_that_is_up())),
    ("to_break_off_is_to_kill", || Box::pin(to_break_off_is_to_kill())),
    ("an_error_is_told_and_the_child_lives", || Box::pin(an_error_is_told())),
    ("what_a_library_prints_is_no_message", || Box::pin(what_a_library_prints())),
    ("the_child_gets_nothing_of_ours", || Box::pin(the_child_gets_nothing_of_ours())),
    ("what_does_not_start_is_tried_later", || Box::pin(what_does_not_start_is_tried_later())),
    ("one_whose_stream_is_held_open_has_ended", || Box::pin(one_whose_stream_is_held_open())),
    ("one_that_never_is_ready_is_given_up", || Box::pin(one_that_never_is_ready_is_given_up())),
    ("no_child_outlives_its_supervisor", || Box::pin(no_child_outlives_its_supervisor())),
];

pub(crate) fn settings() -> EngineSettings {
    EngineSettings::standard("pretend", std::env::current_exe().unwrap())
}

fn shell(script: &str) -> EngineSettings {
    let arguments = vec!["-c".to_owned(), script.to_owned()];
    EngineSettings { arguments, ..EngineSettings::standard("shell", "/bin/sh".into()) }
}

fn standing() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)))
}

/// Whether `pid` is a process that has not ended.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
}

/// The one engine of this process, as others see it.
fn seen() -> EngineFigures {
    let [one] = engines().try_into().unwrap();
    one
}

async fn until(mut what: impl FnMut() -> bool) {
    while !what() {
        tokio::task::yield_now().await;
    }
}

async fn say(engine: &Supervisor, text: &str) -> Result<usize, VoiceError> {
    let mut speaking = Speaking::begin(engine, text, None).await?;
    let mut samples = 0;
    while let Some(chunk) = speaking.next().await? {
        samples += chunk.samples.len();
    }
    Ok(samples)
}

async fn a_child_hears_and_speaks() {
    let engine = Supervisor::start(settings(), Arc::new(SystemClock));
    engine.warm().await.unwrap();
    let pid = engine.pid().unwrap();
    assert!(engine.memory().unwrap() > 500_000, "{:?}", engine.memory());
    let seen = seen();
    assert!(seen.memory.is_some_and(|bytes| bytes > 500_000), "{seen:?}");
    assert_eq!((seen.state, seen.restarts), (EngineState::Running, 0));
    assert!(seen.since.is_some() && seen.why.is_none(), "{seen:?}");
    assert_eq!(describe(&engine).await.unwrap().asr[0].name, "pretend");
    for round in 1..4 {
        let mut hearing = Hearing::begin(&engine, &[]).await.unwrap();
        for _ in 0..round {
            hearing.frame(&Frame::SILENCE).await.unwrap();
        }
        assert_eq!(hearing.finish().await.unwrap(), format!("{} samples", round * 256));
        assert_eq!(say(&engine, "four").await.unwrap(), 4);
    }
    assert_eq!(engine.pid(), Some(pid), "one child did it all");
}

async fn a_crash_is_one_error_and_a_restart() {
    let clock = standing();
    let engine = Supervisor::start(settings(), clock.clone());
    engine.warm().await.unwrap();
    let first = engine.pid().unwrap();
    let crashed = say(&engine, "crash").await.unwrap_err().fault();
    assert_eq!(crashed.code, "voice-engine-gone");
    until(|| engine.pid().is_none()).await;
    let (state, why) = (seen().state, seen().why.unwrap());
    assert!(state == EngineState::Down && why.contains("signal: 6"), "{why}");
    assert_eq!((seen().memory, seen().since), (None, None));
    // Not before its time.
    let down = say(&engine, "four").await.unwrap_err().fault();
    assert_eq!((down.code.as_str(), down.status), ("voice-engine-down", 503));
    assert!(down.sentence.contains("signal: 6") && down.sentence.contains("upside down"), "{down}");
    clock.advance(Duration::from_millis(199));
    tokio::task::yield_now().await;
    assert!(engine.warm().await.is_err());
    clock.advance(Duration::from_millis(1));
    until(|| engine.pid().is_some()).await;
    assert_ne!(engine.pid(), Some(first));
    assert_eq!((seen().state, seen().restarts), (EngineState::Running, 1));
    drop(engine);
    assert!(engines().is_empty(), "what is gone is not shown");
    let engine = Supervisor::start(settings(), clock.clone());
    engine.warm().await.unwrap();
    assert_eq!(say(&engine, "four").await.unwrap(), 4);
}

async fn whoever_waits_is_told() {
    let engine = Supervisor::start(settings(), standing());
    engine.warm().await.unwrap();
    let speaking = Speaking::begin(&engine, "hang", None).await.unwrap();
    let waiting = say(&engine, "four");
    tokio::pin!(waiting);
    tokio::select! {
        biased;
        said = &mut waiting => panic!("{said:?}"),
        () = tokio::task::yield_now() => {}
    }
    let child = rustix::process::Pid::from_raw(i32::try_from(engine.pid().unwrap()).unwrap());
    rustix::process::kill_process(child.unwrap(), rustix::process::Signal::KILL).unwrap();
    // The clock stands: it is not to be started again yet.
    let told = tokio::time::timeout(Duration::from_secs(120), waiting).await;
    let down = told.expect("it is not waited for").unwrap_err().fault();
    assert_eq!(down.code, "voice-engine-down");
    drop(speaking);
}

async fn a_stream_begins_at_a_child_that_is_up() {
    let shared = SharedEngine::new(settings(), standing());
    let mut streams = Vec::new();
    for _ in 0..17 {
        streams.push(shared.open().await.unwrap());
    }
    let pids = shared.pids().await;
    let first = rustix::process::Pid::from_raw(i32::try_from(pids[0]).unwrap()).unwrap();
    rustix::process::kill_process(first, rustix::process::Signal::KILL).unwrap();
    while shared.pids().await.len() > 1 {
        tokio::task::yield_now().await;
    }
    // The first one is not to be started again yet: the clock stands.
    drop(streams);
    shared.open().await.unwrap();
    assert_eq!(shared.pids().await, pids[1..]);
}

async fn to_break_off_is_to_kill() {
    let engine = Supervisor::start(settings(), standing());
    engine.warm().await.unwrap();
    let first = engine.pid().unwrap();
    let mut speaking = Speaking::begin(&engine, "hang", None).await.unwrap();
    tokio::select! {
        biased;
        found = speaking.next() => panic!("{found:?}"),
        () = tokio::task::yield_now() => {}
    }
    drop(speaking);
    until(|| !runs(first)).await;
    // Another is there at once, without a wait on the clock, which stands.
    until(|| engine.pid().is_some_and(|pid| pid != first)).await;
    assert_eq!(say(&engine, "four").await.unwrap(), 4);
}

async fn an_error_is_told() {
    let engine = Supervisor::start(settings(), Arc::new(SystemClock));
    let failed = say(&engine, "fail").await.unwrap_err().fault();
    assert_eq!(failed.code, "voice-engine-failed");
    assert!(failed.sentence.contains("not today"), "{failed}");
    assert!(failed.sentence.contains("voice-wav-unwritable"), "{failed}");
    assert_eq!(say(&engine, "four").await.unwrap(), 4);
}

async fn what_a_library_prints() {
    let engine = Supervisor::start(settings(), standing());
    assert_eq!(say(&engine, "print").await.unwrap(), 5);
    let crashed = say(&engine, "crash").await.unwrap_err().fault();
    assert_eq!(crashed.code, "voice-engine-gone");
    // Its output may be over before what it wrote on standard error is read; once it is
    // known to be down, all of that is. It is not started again: the clock stands.
    until(|| engine.pid().is_none()).await;
    let down = engine.warm().await.unwrap_err().to_string();
    assert!(down.contains("upside down"), "{down}");
}

async fn the_child_gets_nothing_of_ours() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo has set it");
    let environment = vec![("MINE".to_owned(), "yes".to_owned())];
    let engine = Supervisor::start(EngineSettings { environment, ..settings() }, standing());
    let told = say(&engine, "surroundings").await.unwrap_err().to_string();
    assert!(told.contains("[\"MINE\"] / true true"), "{told}");
}

async fn what_does_not_start_is_tried_later() {
    let clock = standing();
    let program = "/nowhere/jarvis".into();
    let engine = Supervisor::start(EngineSettings { program, ..settings() }, clock.clone());
    let missing = engine.open().await.unwrap_err().fault();
    assert_eq!(missing.code, "voice-engine-down");
    assert!(missing.sentence.contains("/nowhere/jarvis does not start: No such file"), "{missing}");
    for (what, script, sentence) in [
        ("ends at once", "echo no model there >&2; exit 3", "exit status: 3): no model there"),
        ("speaks HTTP", "echo HTTP/1.1 200 OK; cat", "does not speak Wyoming"),
        ("stops within a message", "printf '{\"type\":\"in'", "ended"),
        ("is no engine", "read x; echo '{\"type\":\"error\"}'; cat", "failed"),
    ] {
        let engine = Supervisor::start(shell(script), clock.clone());
        let down = engine.warm().await.expect_err(what).fault();
        assert_eq!(down.code, "voice-engine-down", "{what}");
        assert!(down.sentence.contains(sentence), "{what}: {down}");
    }
    let arguments = vec![CHILD.to_owned(), "vosk".to_owned()];
    let unknown = Supervisor::start(EngineSettings { arguments, ..settings() }, clock.clone());
    let unknown = unknown.warm().await.unwrap_err();
    assert!(unknown.to_string().contains("there is no engine \"vosk\""), "{unknown}");
    // Twice as long after each time, and it is counted how often.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("starts");
    let engine =
        Supervisor::start(shell(&format!("echo >> {}; exit 1", file.display())), clock.clone());
    let starts = || std::fs::read(&file).map_or(0, |lines| lines.len());
    for (wait, expected) in [(200, 1), (400, 2), (800, 3), (1600, 4)] {
        until(|| starts() == expected).await;
        until_down(&engine).await;
        clock.advance(Duration::from_millis(wait));
        tokio::task::yield_now().await;
    }
    until(|| starts() == 5).await;
}

async fn until_down(engine: &Supervisor) {
    while engine.warm().await.is_ok() {
        tokio::task::yield_now().await;
    }
}

async fn one_that_never_is_ready_is_given_up() {
    let clock = standing();
    let engine = Supervisor::start(shell("sleep 1000 & wait"), clock.clone());
    let opening = engine.warm();
    tokio::pin!(opening);
    let fault = loop {
        tokio::select! {
            biased;
            found = &mut opening => break found.unwrap_err().fault(),
            () = tokio::task::yield_now() => clock.advance(Duration::from_secs(1)),
        }
    };
    assert!(fault.sentence.contains("has not answered within 60 s"), "{fault}");
}

async fn one_whose_stream_is_held_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    // In a session of its own it is not killed with its child.
    let holds = format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 1000", file.display());
    let script = format!(
        "echo '{{\"type\":\"info\"}}'; setsid sh -c '{holds}' </dev/null >/dev/null &
        until [ -e {} ]; do :; done; echo gone >&2; exit 3",
        file.display()
    );
    let clock = standing();
    let _engine = Supervisor::start(shell(&script), clock.clone());
    until(|| file.exists()).await;
    let why = loop {
        if let Some(why) = seen().why {
            break why;
        }
        tokio::task::yield_now().await;
        clock.advance(Duration::from_millis(1));
    };
    let pid = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    assert!(runs(pid), "the stream is still open");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    assert!(why.ends_with("it ended (exit status: 3): gone"), "{why}");
}

async fn no_child_outlives_its_supervisor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pids");
    let script = format!("sleep 1000 & echo $$ $! > {0}.new; mv {0}.new {0}; wait", file.display());
    let clock: Arc<dyn Clock> = standing();
    let engine = Supervisor::start(shell(&script), clock);
    until(|| file.exists()).await;
    let pids = std::fs::read_to_string(&file).unwrap();
    drop(engine);
    for pid in pids.split_whitespace() {
        let pid = pid.parse().unwrap();
        until(|| !runs(pid)).await;
    }
}
