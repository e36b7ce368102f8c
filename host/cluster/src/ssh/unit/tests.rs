//! Against a real sshd, on a node whose systemd is `systemd` beside this file.

use std::io::Write;
use std::path::{Path, PathBuf};

use jarvis_domain::clock::Sleep;
use jarvis_domain::{Clock, Explain};

use super::super::testing::{Options, Server, client, writer};
use super::*;
use crate::testing::{LookingClock, NOW, nobody};

/// A node with systemd.
struct Lab(Server);

impl Lab {
    async fn new() -> Self {
        Self::with(Options::plain()).await
    }

    async fn with(options: Options<'_>) -> Self {
        let lab = Self(Server::new(options).await);
        let systemd = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ssh/unit/systemd");
        for name in ["systemd-run", "systemctl", "journalctl"] {
            std::os::unix::fs::symlink(&systemd, lab.0.file(name)).unwrap();
        }
        lab
    }

    /// The unit `name`, as it is to a jarvis that has just been started.
    fn unit(&self, name: &str) -> Unit {
        let clock = Arc::new(LookingClock::new(is_look));
        let ssh = client(self.0.settings(), &self.0.file(&format!("{name}.ssh")), clock);
        Unit { ssh, node: "pve1".parse().unwrap(), name: name.to_owned(), unsure: Some(NOW) }
    }

    fn output(&self) -> Output {
        Output { out: self.0.file("7.out"), err: self.0.file("7.err") }
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(self.output().out).unwrap()
    }

    /// What the node knows of the unit `name`.
    fn kept(&self, name: &str) -> PathBuf {
        self.0.file(&format!("{name}.service"))
    }
}

/// Whether so long is waited between two looks at a unit.
fn is_look(pause: Duration) -> bool {
    [FIRST, PAUSE, AWAY].contains(&pause)
}

fn argv(argv: &[&str]) -> Vec<String> {
    argv.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn neither_a_cut_connection_nor_our_own_end_ends_it() {
    let lab = Lab::new().await;
    let (before, pipe) = (lab.0.file("before"), lab.0.pipe("pipe"));
    std::fs::write(&before, "one\n").unwrap();
    let cat = argv(&["cat", before.to_str().unwrap(), pipe.to_str().unwrap()]);
    let mut unit = lab.unit("u1");
    assert!(unit.begin(&cat).await.unwrap());
    let mut held = writer(pipe).await;
    // Its end is awaited, and given up with this life of jarvis.
    let ended = tokio::spawn(unit.clone().end(lab.output()));
    lab.0.cut();
    ended.abort();
    drop((ended.await, unit));
    held.write_all("zwei Größen\n".as_bytes()).unwrap();
    drop(held);
    let found = lab.unit("u1");
    assert_eq!(found.clone().end(lab.output()).await, Ok(0));
    assert_eq!(lab.printed(), "one\nzwei Größen\n");
    assert!(lab.kept("u1").exists());
    found.forget().await;
    assert!(!lab.kept("u1").exists());
    assert_eq!(found.end(lab.output()).await, Err(forgotten()));
}

fn forgotten() -> Unseen {
    Unseen::Forgotten { node: "pve1".parse().unwrap() }
}

#[tokio::test]
async fn what_it_prints_is_fetched_while_it_runs_and_once() {
    let lab = Lab::new().await;
    let pipe = lab.0.pipe("pipe");
    let mut unit = lab.unit("u1");
    assert!(unit.begin(&argv(&["cat", pipe.to_str().unwrap()])).await.unwrap());
    let mut held = writer(pipe).await;
    let mut ended = tokio::spawn(unit.end(lab.output()));
    for (line, all) in [("one\n", "one\n"), ("two\n", "one\ntwo\n")] {
        held.write_all(line.as_bytes()).unwrap();
        let fetched = async {
            while std::fs::read_to_string(lab.output().out).unwrap_or_default() != all {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = fetched => {}
            ended = &mut ended => panic!("it has ended: {ended:?}"),
        }
    }
    drop(held);
    assert_eq!(ended.await.unwrap(), Ok(0));
    assert_eq!(lab.printed(), "one\ntwo\n");
}

#[tokio::test]
async fn it_is_started_once_however_often_that_is_asked() {
    let lab = Lab::new().await;
    let print = argv(&["printf", r"%s\n", "$HOME", "${x}", "$$", "100%"]);
    for mut unit in [lab.unit("u1"), lab.unit("u1")] {
        assert!(unit.begin(&print).await.unwrap());
    }
    let asked = std::fs::read_to_string(lab.kept("u1").join("argv")).unwrap();
    assert_eq!(
        asked.lines().collect::<Vec<_>>(),
        [
            "--quiet",
            "--unit=u1",
            "--description=jarvis: printf",
            "--property=RemainAfterExit=yes",
            "--setenv=LC_ALL=C.UTF-8",
            "--setenv=HOME=/root",
            "--",
            "printf",
            r"%s\n",
            // systemd takes one of the two away.
            "$$HOME",
            "$${x}",
            "$$$$",
            "100%",
        ]
    );
    assert_eq!(lab.unit("u1").end(lab.output()).await, Ok(0));
}

#[tokio::test]
async fn its_own_status_and_what_is_missing_are_told() {
    let lab = Lab::new().await;
    let mut unit = lab.unit("u1");
    assert!(unit.begin(&argv(&["cat", "/nowhere/file"])).await.unwrap());
    assert_eq!(unit.end(lab.output()).await, Ok(1));
    assert!(lab.printed().contains("/nowhere/file"), "{}", lab.printed());
    let missing = lab.unit("u2").begin(&argv(&["no-such-program"])).await.unwrap_err();
    assert!(matches!(missing, ClusterError::NoProgram { .. }), "{missing}");
    assert_eq!(lab.unit("u2").end(lab.output()).await, Err(forgotten()));
}

#[tokio::test]
async fn a_key_that_is_bound_to_another_command_starts_nothing() {
    let more = "ForceCommand printf done".to_owned();
    let lab = Lab::with(Options { more, ..Options::plain() }).await;
    let refused = lab.unit("u1").begin(&argv(&["cat"])).await.unwrap_err();
    assert_eq!(refused.row().code, "cluster-ssh-not-begun");
    assert!(refused.to_string().contains("done"), "{refused}");
}

#[tokio::test]
async fn without_systemd_it_is_said_so() {
    let server = Server::new(Options::plain()).await;
    let lab = Lab(server);
    assert!(!lab.unit("u1").begin(&argv(&["cat"])).await.unwrap());
}

#[tokio::test]
async fn a_node_that_does_not_come_back_is_given_up_at_last() {
    let lab = Lab::new().await;
    let unit = lab.unit("u1");
    let (_held, socket) = nobody();
    let mut settings = lab.0.settings();
    settings.addresses = [("pve1".parse().unwrap(), socket.to_string().parse().unwrap())].into();
    let ssh = client(settings, &lab.0.file("gone"), Arc::clone(&unit.ssh.clock));
    let began = unit.ssh.clock.now();
    let away = Unit { ssh, ..unit };
    let ended = away.clone().end(lab.output()).await;
    let Err(Unseen::OutOfReach { after, .. }) = ended else { panic!("{ended:?}") };
    assert_eq!((after, away.ssh.clock.now().since(began)), (UNREACHABLE, UNREACHABLE));
    assert!(!lab.output().out.exists());
}

/// Time that passes between two looks; the first time that nothing is there,
/// what was on its way arrives.
#[derive(Debug)]
struct Arriving {
    time: LookingClock,
    held: std::sync::Mutex<Option<std::fs::File>>,
    unit: PathBuf,
}

impl Clock for Arriving {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let slept = self.time.sleep(duration);
        let held = self.held.lock().unwrap().take_if(|_| duration == PAUSE);
        if held.is_none() {
            return slept;
        }
        drop(held);
        let unit = self.unit.clone();
        Box::pin(async move {
            while !unit.exists() {
                tokio::task::yield_now().await;
            }
        })
    }
}

/// Its `systemd-run` notes that it was called, and starts once the pipe is
/// closed.
async fn late() -> (Lab, PathBuf, PathBuf) {
    let lab = Lab::new().await;
    let (pipe, systemd, real) = (lab.0.pipe("pipe"), lab.0.file("systemd-run"), lab.0.file("real"));
    std::fs::create_dir(&real).unwrap();
    std::fs::rename(&systemd, real.join("systemd-run")).unwrap();
    let (tries, waiting) = (lab.0.file("tries"), pipe.display());
    let script = format!("echo >>{}; cat {waiting} >/dev/null", tries.display());
    let script = format!("{script}; exec {}/systemd-run", real.display());
    let script = format!("#!/bin/sh\nexec setsid sh -c '{script} \"$@\"' sh \"$@\"\n");
    std::fs::write(&systemd, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&systemd, mode).unwrap();
    (lab, pipe, tries)
}

#[tokio::test]
async fn a_start_that_arrives_after_its_connection_was_lost_is_not_forgotten() {
    // The second try is lost as well, or cannot be made at all.
    for reachable in [true, false] {
        let (lab, pipe, tries) = late().await;
        let (config, aside) = (lab.0.file("config"), lab.0.file("aside"));
        let cuts = async {
            let held = writer(pipe).await;
            if !reachable {
                std::fs::rename(&config, &aside).unwrap();
            }
            lab.0.cut();
            while reachable && std::fs::read(&tries).unwrap().len() < 2 {
                tokio::task::yield_now().await;
            }
            lab.0.cut();
            held
        };
        let (print, mut unit) = (argv(&["printf", r"arrived\n"]), lab.unit("u1"));
        let (begun, held) = tokio::join!(unit.begin(&print), cuts);
        assert!(begun.unwrap(), "nobody knows");
        if !reachable {
            std::fs::rename(&aside, &config).unwrap();
        }
        let clock = Arc::new(Arriving {
            time: LookingClock::new(is_look),
            held: std::sync::Mutex::new(Some(held)),
            unit: lab.kept("u1"),
        });
        let ssh = client(lab.0.settings(), &lab.0.file("again"), clock);
        let unit = Unit { ssh, ..unit };
        assert_eq!(unit.end(lab.output()).await, Ok(0));
        assert_eq!(lab.printed(), "arrived\n");
    }
}

#[tokio::test]
async fn what_never_arrives_is_forgotten_in_the_end_and_what_was_there_at_once() {
    let lab = Lab::new().await;
    for (unsure, least) in [(Some(NOW), ARRIVES), (None, Duration::ZERO)] {
        let unit = Unit { unsure, ..lab.unit("u1") };
        let clock = Arc::clone(&unit.ssh.clock);
        assert_eq!(unit.end(lab.output()).await, Err(forgotten()));
        let after = clock.now().since(NOW);
        assert!(least <= after && after < least + PAUSE, "{after:?}");
    }
}
