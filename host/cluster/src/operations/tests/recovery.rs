//! What an earlier life of the host left behind.

use super::*;

/// A bench whose journal has one unfinished record in `state`, and the files
/// that its process printed to.
fn left(state: OperationState, printed: Option<(&str, &str)>) -> (Bench, OperationId) {
    let bench = Bench::new();
    let record = OperationRecord {
        id: OperationId::new(),
        run: RunId::new(),
        cluster: "home".parse().unwrap(),
        call: start_102(),
        at: NOW,
        upid: None,
        state,
    };
    let output = Output::of(&bench.folder.path().join("operations"), record.id);
    if let Some((out, err)) = printed {
        std::fs::write(&output.out, out).unwrap();
        std::fs::write(&output.err, err).unwrap();
    }
    let id = record.id;
    bench.journal.records.lock().unwrap().insert(id, record);
    (bench, id)
}

const RUNNING: OperationState = OperationState::Running { pid: 99, pid_start: 7 };

async fn end_after_restart(bench: &Bench, id: OperationId) -> OperationEnd {
    let found = bench.cluster.recover().await.unwrap();
    assert_eq!(found.len(), 1);
    let end = bench.cluster.wait(id, FOREVER).await.unwrap().unwrap();
    assert_eq!(bench.script.count("create"), 0, "nothing is started twice");
    // Told again should the earlier life have got that far: as the same event.
    let ids: Vec<_> = bench.events.all().iter().map(|event| event.id).collect();
    assert_eq!(ids, [EventId::from(id)]);
    end
}

#[tokio::test]
async fn what_still_runs_is_followed() {
    for state in [RUNNING, OperationState::Journaled] {
        let (bench, id) = left(state, Some(("", "")));
        let (end_it, ended) = watch::channel(false);
        bench.script.living.lock().unwrap().push((99, 7, ended));
        *bench.script.printing.lock().unwrap() = Some((99, 7));
        for (words, act) in [task(UPID, "OK"), guest("running")] {
            bench.script.on(&words, act);
        }
        bench.cluster.recover().await.unwrap();
        assert_eq!(bench.cluster.wait(id, Duration::from_secs(60)).await.unwrap(), None);
        assert_eq!(bench.journal.records.lock().unwrap()[&id].state, RUNNING);
        assert!(bench.cluster.recover().await.unwrap().is_empty(), "followed already");

        let output = Output::of(&bench.folder.path().join("operations"), id);
        std::fs::write(output.out, format!("\"{UPID}\"\n")).unwrap();
        end_it.send_replace(true);
        assert_eq!(bench.cluster.wait(id, FOREVER).await.unwrap(), Some(done(0)));
        assert_eq!(bench.script.count("create"), 0);
    }
}

#[tokio::test]
async fn what_ended_meanwhile_is_read_from_its_files() {
    let printed = format!("\"{UPID}\"\n");
    let (bench, id) = left(RUNNING, Some((&printed, "")));
    let (words, act) = task(UPID, "start failed: QEMU exited with code 1");
    bench.script.on(&words, act);
    assert!(is_failed(&end_after_restart(&bench, id).await, "QEMU"));

    let (bench, id) = left(RUNNING, Some(("", "cluster not ready - no quorum?\n")));
    assert!(is_failed(&end_after_restart(&bench, id).await, "no quorum"));

    let (bench, id) = left(RUNNING, Some(("", "")));
    for (words, act) in [tasks(&[UPID]), task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    assert_eq!(end_after_restart(&bench, id).await, done(0));
}

#[tokio::test]
async fn a_known_task_is_asked_even_when_the_files_are_gone() {
    let (bench, id) = left(RUNNING, None);
    bench.journal.records.lock().unwrap().get_mut(&id).unwrap().upid = Some(UPID.parse().unwrap());
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    assert_eq!(end_after_restart(&bench, id).await, done(0));
}

#[tokio::test]
async fn what_was_journaled_only_was_never_started_or_nobody_knows() {
    let (bench, id) = left(OperationState::Journaled, None);
    let (words, act) = tasks(&[]);
    bench.script.on(&words, act);
    assert!(is_failed(&end_after_restart(&bench, id).await, "never started"));

    let (bench, id) = left(OperationState::Journaled, None);
    for (words, act) in [tasks(&[UPID]), task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    assert_eq!(end_after_restart(&bench, id).await, done(0));

    let (bench, id) = left(OperationState::Journaled, Some(("", "")));
    let (words, act) = tasks(&[]);
    bench.script.on(&words, act);
    assert!(is_unknown(&end_after_restart(&bench, id).await, "no task of it"));

    let (bench, id) = left(OperationState::Journaled, None);
    assert!(is_unknown(&end_after_restart(&bench, id).await, "cannot be listed"));
}

#[tokio::test]
async fn operations_of_another_cluster_are_left_alone() {
    let (bench, id) = left(RUNNING, None);
    bench.journal.records.lock().unwrap().get_mut(&id).unwrap().cluster = "away".parse().unwrap();
    assert!(bench.cluster.recover().await.unwrap().is_empty());
    assert_eq!(bench.journal.records.lock().unwrap()[&id].state, RUNNING);
}

#[tokio::test]
async fn the_task_of_an_earlier_life_is_not_taken_for_a_lost_one() {
    const OWN: &str = "UPID:pve1:000076B5:00025900:6B04ADE8:qmstart:102:root@pam:";
    let earlier = OperationState::Ended { at: NOW, end: done(0) };
    for (listed, found) in [(&[UPID][..], None), (&[UPID, OWN], Some(OWN))] {
        for state in [earlier.clone(), RUNNING] {
            let (bench, id) = left(state, None);
            let claimed = Some(UPID.parse().unwrap());
            bench.journal.records.lock().unwrap().get_mut(&id).unwrap().upid = claimed;
            bench.script.on("create", Act::prints(""));
            let told = [tasks(listed), task(UPID, "OK"), task(OWN, "OK"), guest("running")];
            for (words, act) in told {
                bench.script.on(&words, act);
            }
            let second = begin(&bench, start_102()).await.unwrap();
            bench.cluster.wait(second, FOREVER).await.unwrap().unwrap();
            let record = bench.journal.records.lock().unwrap()[&second].clone();
            assert_eq!(record.upid.as_ref().map(Upid::as_str), found);
        }
    }
}

#[tokio::test]
async fn what_has_ended_is_left_to_the_journal() {
    let bench = Bench::new();
    bench.script.on("create", named(UPID));
    for (words, act) in [task(UPID, "OK"), guest("running")] {
        bench.script.on(&words, act);
    }
    let id = begin(&bench, start_102()).await.unwrap();
    assert_eq!(bench.cluster.wait(id, FOREVER).await.unwrap(), Some(done(0)));
    let known = &bench.cluster.supervisor().known;
    while !known.followed().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// The same for a command on a node, whose unit ends like this; none where a
/// process would have run it.
fn left_on_a_node(
    state: OperationState,
    unit: Option<Result<i32, Unseen>>,
    printed: Option<(&str, &str)>,
) -> (Bench, OperationId) {
    let (bench, id) = left(state, printed);
    let argv = vec!["apt-get".to_owned(), "dist-upgrade".to_owned()];
    let call = Call::Shell(ShellCall { node: "pve2".parse().unwrap(), argv });
    bench.journal.records.lock().unwrap().get_mut(&id).unwrap().call = call;
    *bench.script.unit.lock().unwrap() = unit;
    (bench, id)
}

#[tokio::test]
async fn what_another_node_runs_is_asked_for_there_and_forgotten_at_its_end() {
    for state in [OperationState::Sent, OperationState::Journaled] {
        let (bench, id) = left_on_a_node(state.clone(), Some(Ok(0)), Some(("", "")));
        assert_eq!(end_after_restart(&bench, id).await, done(0));
        while bench.script.count("forget apt-get") == 0 {
            tokio::task::yield_now().await;
        }
        let (bench, id) = left_on_a_node(state.clone(), Some(Ok(100)), Some(("E: locked\n", "")));
        assert!(is_failed(&end_after_restart(&bench, id).await, "exit status 100: E: locked"));
        let forgotten = Unseen::Forgotten { node: "pve2".parse().unwrap() };
        let (bench, id) = left_on_a_node(state, Some(Err(forgotten)), None);
        assert!(is_unknown(&end_after_restart(&bench, id).await, "pve2 knows nothing of it"));
    }
    let (bench, id) = left_on_a_node(OperationState::Journaled, None, None);
    assert!(is_failed(&end_after_restart(&bench, id).await, "never started"));
}
