//! Installing. The mock's lists do not change, so that after an installation
//! everything still waits there: what is seen then is tested here, and that an
//! installation works in `tests/updates.rs`.

use jarvis_skill::Reply;

use super::*;

fn dry(request: Request) -> Request {
    Request { dry_run: true, ..request }
}

fn planned(host: &MockHost, request: Request) -> (Vec<String>, String) {
    let Reply { note, .. } = invoke(host, &dry(request)).unwrap();
    (host.written(), note.unwrap_or_default())
}

/// `pve2` and `pve3` have a shell each and one update.
fn three() -> MockHost {
    let one = || json!([package("tzdata", Some("a"), "b", "Debian")]);
    let plan = "Inst tzdata [a] (b Debian:13.4/stable [all])\n";
    lab()
        .runs(&simulation("pve2"), printed(0, plan))
        .reads(&list("pve3"), one())
        .runs(&simulation("pve3"), printed(0, plan))
}

#[test]
fn a_plan_has_every_node_that_needs_it_and_a_note_that_counts() {
    let (writes, note) = planned(&three(), Request::new("install-all"));
    let expected = ["home", "pve2", "pve3"].map(|node| format!("start {}", upgrade(node)));
    assert_eq!(writes, expected);
    assert_eq!(
        note,
        "4 updates for home (1 for security), 1 update for pve2 and 1 update for pve3. home gets a new kernel, which a reboot puts to use. Left out: pve4 is offline."
    );
    let (writes, note) = planned(&lab(), on("install", "pve2"));
    assert_eq!(writes, [format!("start {}", upgrade("pve2"))]);
    assert_eq!(note, "1 update for pve2.");
}

#[test]
fn what_would_be_removed_is_noted_and_what_proxmox_needs_never_removed() {
    let removing = |name: &str| {
        let plan = format!("Remv {name} [1]\n{PLAN}");
        lab().runs(&simulation("home"), printed(0, &plan))
    };
    let (_, note) = planned(&removing("libfoo1"), on("install", "home"));
    assert!(note.contains("On home this removes libfoo1."), "{note}");
    let host = removing("proxmox-ve");
    let told = "home would lose proxmox-ve by its updates, so its package sources must be put right first.";
    assert_eq!(said(&host, &on("install", "home")), ("error", told.to_owned()));
    assert!(host.written().is_empty());
}

#[test]
fn where_nothing_is_to_be_done_nothing_is_started() {
    let kept = lab().runs(&simulation("home"), printed(0, "0 upgraded\n"));
    for (host, node, outcome, told) in [
        (lab(), "pve3", "nothing-changed", "pve3 is up to date."),
        (lab(), "pve4", "error", "pve4 is offline."),
        (kept, "home", "nothing-changed", "home has only updates that apt-get keeps back."),
        (
            lab().fails(&list("home"), Error::Timeout),
            "home",
            "error",
            "home did not answer in time.",
        ),
    ] {
        assert_eq!(said(&host, &on("install", node)), (outcome, told.to_owned()));
        assert!(host.written().is_empty(), "{node}");
    }
}

#[test]
fn the_first_failure_ends_it_and_the_rest_is_named() {
    for (end, outcome, told) in [
        (
            Scripted::ends(
                "exit status 100: E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
            ),
            "failed",
            "home was not updated: another installation is running there already. pve4 is offline. pve2 and pve3 were not begun.",
        ),
        (
            Scripted::ends(
                "exit status 100: E: Sub-process /usr/bin/dpkg returned an error code (1)",
            ),
            "failed",
            "home was not updated: a package could not be set up. pve4 is offline. pve2 and pve3 were not begun.",
        ),
        (
            Scripted::Refused(Error::Unavailable("jarvis cannot run programs on home yet.".into())),
            "error",
            "home was not updated: jarvis cannot run programs on home yet. pve4 is offline. pve2 and pve3 were not begun.",
        ),
        (
            Scripted::Refused(Error::Timeout),
            "unknown",
            "It is not certain that home was updated: it took too long. pve4 is offline. pve2 and pve3 were not begun.",
        ),
        (
            Scripted::ends("unknown: jarvis was stopped meanwhile"),
            "unknown",
            "It is not certain that home was updated: jarvis was stopped meanwhile. pve4 is offline. pve2 and pve3 were not begun.",
        ),
    ] {
        let host = three().writes(&upgrade("home"), end);
        let (seen, speech) = said(&host, &Request::new("install-all"));
        let (main, _) = told.split_once(" pve4 is offline.").unwrap();
        assert_eq!(seen, outcome, "{speech}");
        assert!(speech.starts_with(main), "{speech}");
        assert!(speech.contains("pve2 and pve3 were not begun."), "{speech}");
        assert_eq!(host.written().len(), 1);
    }
}

#[test]
fn an_installation_that_outlasts_the_call_goes_on_and_says_so() {
    let host = three().writes(&upgrade("home"), Scripted::never_ends());
    let (outcome, told) = said(&host, &on("install", "home"));
    assert_eq!(outcome, "started");
    assert!(
        told.starts_with("home is still installing its updates; that goes on by itself"),
        "{told}"
    );
    let (_, told) = said(
        &three().writes(&upgrade("home"), Scripted::never_ends()),
        &Request::new("install-all"),
    );
    assert!(told.contains("pve2 and pve3 were not begun."), "{told}");
}

#[test]
fn what_waits_behind_an_installation_that_goes_on_is_no_failure() {
    let host = MockHost::new()
        .node("home", "online")
        .node("pve2", "online")
        .reads(&list("home"), four())
        .runs(&simulation("home"), printed(0, PLAN))
        .reads(&list("pve2"), json!([package("tzdata", Some("a"), "b", "Debian")]))
        .writes(&upgrade("home"), Scripted::never_ends());
    let reply = invoke(&host, &Request::new("install-all")).unwrap();
    assert_eq!(reply.outcome.as_str(), "started");
    assert!(reply.speech.ends_with("pve2 was not begun."), "{}", reply.speech);
    assert_eq!(reply.data.unwrap()["nodes"][1]["result"], "not-reached");
}

#[test]
fn apt_that_ends_well_is_believed_only_when_the_list_is_shorter() {
    let host = lab();
    let told = "home was not updated: apt-get ended well, but installed nothing.";
    assert_eq!(said(&host, &on("install", "home")), ("failed", told.to_owned()));
    assert_eq!(host.written(), [format!("start {}", upgrade("home"))]);
}
