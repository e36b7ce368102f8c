//! The commands for all guests with a tag.

use std::time::Duration;

use jarvis_skill::mock::{MockHost, Scripted};
use jarvis_skill::{Error, Request};

use super::{lab, said};
use crate::invoke;

fn tagged(command: &str) -> Request {
    Request::new(command).with("tag", "media")
}

/// Two stopped VMs.
fn pair() -> MockHost {
    MockHost::new()
        .vm(201, "one", "home", "stopped")
        .tagged("media")
        .vm(202, "two", "home", "stopped")
        .tagged("Media")
        .vm(203, "media", "home", "stopped")
}

#[test]
fn each_form_writes_to_those_that_need_it() {
    for (command, outcome, speech, writes) in [
        (
            "start-tagged",
            "done",
            "Started jellyfin. mediaserver and pihole are already running.",
            &["create /nodes/home/lxc/106/status/start"][..],
        ),
        (
            "shut-down-tagged",
            "done",
            "Shut down mediaserver and pihole. jellyfin is already stopped.",
            &[
                "create /nodes/home/qemu/101/status/shutdown",
                "create /nodes/home/lxc/105/status/shutdown",
            ],
        ),
        (
            "force-stop-tagged",
            "done",
            "Forced off mediaserver and pihole. jellyfin is already stopped.",
            &["create /nodes/home/qemu/101/status/stop", "create /nodes/home/lxc/105/status/stop"],
        ),
        (
            "reboot-tagged",
            "done",
            "Rebooted mediaserver and pihole. jellyfin is stopped, so there is nothing to reboot.",
            &[
                "create /nodes/home/qemu/101/status/reboot",
                "create /nodes/home/lxc/105/status/reboot",
            ],
        ),
        (
            "suspend-tagged",
            "failed",
            "Suspended mediaserver. pihole is a container, and those can be neither suspended nor resumed. jellyfin is a container, and those can be neither suspended nor resumed.",
            &["create /nodes/home/qemu/101/status/suspend"],
        ),
        (
            "resume-tagged",
            "failed",
            "mediaserver and pihole are already running. jellyfin is stopped, not suspended; start it instead.",
            &[],
        ),
    ] {
        let host = lab();
        assert_eq!(said(&host, &tagged(command)), (outcome, speech.to_owned()));
        assert_eq!(host.written(), writes, "{command}");
    }
}

#[test]
fn snapshots_of_all_have_one_name() {
    let host = pair();
    let request = tagged("snapshot-tagged").with("name", "weekly");
    let speech = "Took a snapshot of one and two, called weekly.";
    assert_eq!(said(&host, &request), ("done", speech.to_owned()));
    assert_eq!(host.written().len(), 2);
}

#[test]
fn a_name_that_contains_the_tag_is_not_tagged() {
    let host = pair();
    let speech = "Started one and two.".to_owned();
    assert_eq!(said(&host, &tagged("start-tagged")), ("done", speech));
    assert!(!host.written().iter().any(|write| write.contains("/203/")));
}

#[test]
fn the_next_is_begun_when_the_one_before_has_ended() {
    let long = |seconds| Scripted::Ends(Duration::from_secs(seconds), "ok".to_owned());
    let host = pair().writes("/nodes/home/qemu/201/status/start", long(50));
    let speech = "Started one and two.".to_owned();
    assert_eq!(said(&host, &tagged("start-tagged")), ("done", speech));
    let host = pair().writes("/nodes/home/qemu/201/status/start", long(90));
    let speech = "one is still starting. two was not touched.".to_owned();
    assert_eq!(said(&host, &tagged("start-tagged")), ("started", speech));
    assert_eq!(host.written().len(), 1);
}

#[test]
fn part_of_it_failing_is_said() {
    let two = "/nodes/home/qemu/202/status/start";
    for (end, outcome, speech) in [
        (
            Scripted::ends("VM is locked (backup)"),
            "failed",
            "Started one. two was not started: VM is locked (backup).",
        ),
        (Scripted::never_ends(), "started", "Started one. two is still starting."),
        (
            Scripted::Refused(Error::Timeout),
            "unknown",
            "Started one. It is not certain that two was started: it took too long.",
        ),
    ] {
        let host = pair().writes(two, end);
        assert_eq!(said(&host, &tagged("start-tagged")), (outcome, speech.to_owned()));
    }
}

#[test]
fn all_of_it_failing_is_an_error() {
    let fails = Scripted::ends("no space left");
    let host = pair().writes("/nodes/home/qemu/201/status/start", fails);
    let speech = "one was not started: no space left. two was not touched.";
    assert_eq!(said(&host, &tagged("start-tagged")), ("error", speech.to_owned()));
}

#[test]
fn a_denial_ends_it_only_while_nothing_has_happened() {
    let denied = Error::Denied("a grant".into());
    let refused = || Scripted::Refused(denied.clone());
    let host = pair().writes("/nodes/home/qemu/201/status/start", refused());
    assert_eq!(invoke(&host, &tagged("start-tagged")), Err(denied.clone()));
    assert_eq!(host.written().len(), 1);

    let host = pair().writes("/nodes/home/qemu/202/status/start", refused());
    let speech = "Started one. two was not started: a grant.";
    assert_eq!(said(&host, &tagged("start-tagged")), ("failed", speech.to_owned()));
}

#[test]
fn many_troubles_are_counted() {
    let host = (300..310).fold(MockHost::new(), |host, vmid| {
        host.vm(vmid, "", "home", "stopped").tagged("media").with("lock", "backup")
    });
    let (outcome, speech) = said(&host, &tagged("start-tagged"));
    assert_eq!(outcome, "error");
    assert!(
        speech.ends_with("VM 303 is locked by a backup. There is trouble with 6 more."),
        "{speech}"
    );
}

#[test]
fn nobody_to_do_it_to_is_an_error() {
    for tag in ["absent", "", "media\nserver"] {
        let host = lab();
        let answer = invoke(&host, &Request::new("start-tagged").with("tag", tag));
        assert!(matches!(answer, Err(Error::NotFound(_))), "{tag:?}: {answer:?}");
    }
}
