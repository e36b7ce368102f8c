use super::*;

fn line(program: &str, args: &[&str]) -> Line {
    Line { program: program.into(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
}

#[tokio::test]
async fn a_program_that_is_not_there_has_its_own_error() {
    let error = capture(&line("/nowhere/pvesh", &[]), 10, Overflow::Fail).await.unwrap_err();
    assert!(matches!(error, ClusterError::PveshMissing { .. }), "{error}");
}

#[tokio::test]
async fn both_streams_and_the_status_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text");
    std::fs::write(&file, "one\n").unwrap();
    let file = file.to_string_lossy().into_owned();
    let both =
        capture(&line("/bin/cat", &[&file, "/nowhere/file"]), 1000, Overflow::Fail).await.unwrap();
    assert_eq!((both.status, both.stdout.as_slice()), (1, b"one\n".as_slice()));
    assert!(String::from_utf8_lossy(&both.stderr).contains("/nowhere/file"));
}

#[tokio::test]
async fn endless_output_is_stopped_or_cut() {
    let endless = line("/bin/cat", &["/dev/zero"]);
    let error = capture(&endless, 1 << 20, Overflow::Fail).await.unwrap_err();
    assert!(matches!(error, ClusterError::TooLong { .. }), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long");
    std::fs::write(&file, vec![b'x'; 300_000]).unwrap();
    let long = line("/bin/cat", &[&file.to_string_lossy()]);
    let cut = capture(&long, 1000, Overflow::Cut).await.unwrap();
    assert_eq!((cut.status, cut.stdout.len(), cut.truncated), (0, 1000, true));
}

#[tokio::test]
async fn the_environment_is_small_and_the_locale_plain() {
    let printed = capture(&line("/usr/bin/env", &[]), 10_000, Overflow::Fail).await.unwrap();
    let text = String::from_utf8(printed.stdout).unwrap();
    let mut names: Vec<&str> = text.lines().filter_map(|line| line.split('=').next()).collect();
    names.retain(|name| !PASSED_ON.contains(name));
    names.sort_unstable();
    assert_eq!(names, ["LC_ALL", "PATH"]);
    assert!(text.contains("LC_ALL=C.UTF-8\n") && text.contains("/usr/sbin"));
}

#[tokio::test]
async fn a_read_that_is_given_up_dies() {
    // Nothing is ever written into this pipe, so that cat hangs on it.
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let hanging = line("/bin/cat", &[&fifo.to_string_lossy()]);
    let mut running = Box::pin(capture(&hanging, 10, Overflow::Fail));
    let first = futures_poll(&mut running);
    assert!(first.is_none());
    let held = find_holder(&fifo).await;
    drop(running);
    let gone = again(&held, 0);
    if let Some(left) = gone {
        left.exit.await.unwrap_err();
    }
}

#[tokio::test]
async fn a_detached_program_prints_to_files_and_is_found_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let output = Output { out: folder.path().join("out"), err: folder.path().join("err") };
    let started =
        detach(&line("/bin/cat", &[&fifo.to_string_lossy()]), &Apart::Group, &output).unwrap();

    let found = watch::find(&output.out).unwrap();
    assert_eq!(found.by, started.by);
    assert!(again(&started, 1).is_none(), "a reused pid");
    let followed = again(&started, 0).unwrap();

    std::fs::write(&fifo, "done\n").unwrap();
    assert_eq!(started.exit.await, Ok(0));
    assert_eq!(followed.exit.await, Err(Unseen::Stopped));
    assert_eq!(std::fs::read_to_string(&output.out).unwrap(), "done\n");
    assert!(watch::find(&output.out).is_none());

    let again = detach(&line("/bin/true", &[]), &Apart::Group, &output).unwrap_err();
    assert!(matches!(again, ClusterError::Folder { .. }), "files are never written over: {again}");
}

/// Looks for the same process again, as one that began so many ticks later.
fn again(started: &Started, later: u64) -> Option<Started> {
    let By::Process { pid, pid_start } = started.by else { return None };
    watch::follow(pid, pid_start + later)
}

/// The session that `pid` belongs to: field 6 of its `stat` (proc(5)).
fn session(pid: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(6 - 3).unwrap().parse().unwrap()
}

#[tokio::test]
async fn without_systemd_an_operation_has_a_session_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let output = Output { out: folder.path().join("out"), err: folder.path().join("err") };
    let apart = Apart::Session("/usr/bin/setsid".into());
    let cat = line("/bin/cat", &[&fifo.to_string_lossy()]);
    let started = detach(&cat, &apart, &output).unwrap();
    let By::Process { pid, .. } = started.by else { panic!("{started:?}") };
    // Written only once it is read, by cat and in the place of setsid.
    let writing = tokio::task::spawn_blocking(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(&fifo).unwrap();
        let sessions = (session(pid), session(std::process::id()));
        std::io::Write::write_all(&mut pipe, b"done\n").unwrap();
        sessions
    });
    let (theirs, ours) = writing.await.unwrap();
    assert_eq!(theirs, pid);
    assert_ne!(theirs, ours);
    assert_eq!(started.exit.await, Ok(0), "its own status comes back");
    assert_eq!(std::fs::read_to_string(&output.out).unwrap(), "done\n");
}

#[tokio::test]
async fn with_systemd_an_operation_has_a_scope_of_its_own() {
    let stub = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/launch/process/systemd-run");
    let folder = tempfile::tempdir().unwrap();
    let output = Output { out: folder.path().join("7.out"), err: folder.path().join("7.err") };
    let started = detach(&line("/bin/echo", &["a  b"]), &Apart::Scope(stub), &output).unwrap();
    assert_eq!(started.exit.await, Ok(0));
    let printed = std::fs::read_to_string(&output.out).unwrap();
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "--scope",
            "--quiet",
            "--collect",
            "--unit=jarvis-operation-7",
            "--description=jarvis: /bin/echo",
            "--",
            "/bin/echo",
            "a  b",
            // And what the program itself prints.
            "a  b"
        ]
    );
}

/// Polls once; none while it is not ready.
fn futures_poll<F: std::future::Future + Unpin>(future: &mut F) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

/// The program that has `fifo` open, or waits to open it: it is the child of
/// this test whose arguments name it.
async fn find_holder(fifo: &Path) -> Started {
    let wanted = fifo.to_string_lossy().into_owned();
    loop {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let arguments = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let named = String::from_utf8_lossy(&arguments).contains(&wanted);
            if let (true, Some(start)) = (named, watch::start_time(pid))
                && let Some(started) = watch::follow(pid, start)
            {
                return started;
            }
        }
        tokio::task::yield_now().await;
    }
}
