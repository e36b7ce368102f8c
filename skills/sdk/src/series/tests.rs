use super::*;
use crate::mock::{MockHost, Scripted};
use crate::{Outcome, Reply};

struct Reboot;

impl Deed for Reboot {
    fn done(&self) -> String {
        "Rebooted".to_owned()
    }

    fn not_done(&self) -> String {
        "was not rebooted".to_owned()
    }

    fn going_on(&self, several: bool) -> String {
        format!("{} still rebooting", if several { "are" } else { "is" })
    }

    fn advice(&self, called: &str, why: &str) -> Option<String> {
        why.contains("cable").then(|| format!("Look at {called}."))
    }
}

impl Target for &str {
    fn called(&self) -> String {
        (*self).to_owned()
    }
}

fn path(name: &str) -> String {
    format!("/nodes/{name}/status")
}

fn run(host: &MockHost) -> Result<Reply, Error> {
    let request = Request::new("reboot-all");
    let fates = in_turn(vec!["a", "b", "c"], |name| {
        write(host, &request, (Verb::Create, &path(name), &[]), None)
    })?;
    reply(&Reboot, &fates)
}

#[test]
fn all_are_done_in_their_order() {
    let host = MockHost::new();
    let reply = run(&host).unwrap();
    assert_eq!((reply.outcome, reply.speech.as_str()), (Outcome::Done, "Rebooted a, b and c."));
    let writes: Vec<String> = ["a", "b", "c"].map(|name| format!("create {}", path(name))).into();
    assert_eq!(host.written(), writes);
}

#[test]
fn the_first_that_fails_is_the_last_that_is_tried() {
    for (end, outcome, speech) in [
        (
            Scripted::ends("no route to host"),
            Outcome::Failed,
            "Rebooted a. b was not rebooted: no route to host. c was not touched.",
        ),
        (
            Scripted::ends("a cable is loose."),
            Outcome::Failed,
            "Rebooted a. b was not rebooted: a cable is loose. Look at b. c was not touched.",
        ),
        (
            Scripted::never_ends(),
            Outcome::Started,
            "Rebooted a. b is still rebooting. c was not touched.",
        ),
        (
            Scripted::ends("unverified: it is still online"),
            Outcome::Unknown,
            "Rebooted a. It is not certain that b was rebooted: it is still online. c was not touched.",
        ),
        (
            Scripted::Refused(Error::Timeout),
            Outcome::Unknown,
            "Rebooted a. It is not certain that b was rebooted: it took too long. c was not touched.",
        ),
        (
            Scripted::Refused(Error::Denied("a grant".into())),
            Outcome::Failed,
            "Rebooted a. b was not rebooted: a grant. c was not touched.",
        ),
    ] {
        let host = MockHost::new().writes(&path("b"), end.clone());
        let reply = run(&host).unwrap();
        assert_eq!((reply.outcome, reply.speech.as_str()), (outcome, speech), "{end:?}");
        assert_eq!(host.written().len(), 2, "{end:?}");
    }
}

#[test]
fn when_nothing_came_about_it_is_an_error() {
    let host = MockHost::new().writes(&path("a"), Scripted::ends("no"));
    let text = "a was not rebooted: no. b and c were not touched.";
    assert_eq!(run(&host), Err(Error::failure(text)));
    let denied = Error::Denied("a grant".into());
    let host = MockHost::new().writes(&path("a"), Scripted::Refused(denied.clone()));
    assert_eq!(run(&host), Err(denied));
}

#[test]
fn what_is_refused_or_so_already_stops_nobody() {
    let fates = in_turn(vec!["a", "b", "c", "d"], |name| {
        Ok(match *name {
            "a" => Fate::Refused("is a toaster".to_owned()),
            "d" => Fate::Done { warnings: 2 },
            _ => Fate::Already("is off".to_owned()),
        })
    });
    let fates = fates.unwrap();
    let speech = "Rebooted d. Proxmox gave 2 warnings. b and c are off. a is a toaster.";
    assert_eq!(super::speech(&Reboot, &fates), speech);
    for (some, expected) in [
        (&fates[..], Some(Outcome::Failed)),
        (&fates[1..], Some(Outcome::Done)),
        (&fates[1..3], Some(Outcome::NothingChanged)),
        (&fates[..1], None),
        (&[], Some(Outcome::NothingChanged)),
    ] {
        assert_eq!(outcome(some.iter().map(|(_, fate)| fate)), expected, "{some:?}");
    }
}

#[test]
fn what_cannot_be_started_is_a_failure_or_unknown() {
    for (error, word) in [
        (Error::Unavailable("it is far away".into()), "failed"),
        (Error::failure("locked"), "failed"),
        (Error::Timeout, "unknown"),
        (Error::refused("a fault of the host"), "unknown"),
    ] {
        assert_eq!(Fate::not_started(error).unwrap().word(), word);
    }
    let denied = Error::Denied("a grant".into());
    assert_eq!(Fate::not_started(denied.clone()), Err(denied));
}

#[test]
fn a_denial_is_the_hosts_to_tell_until_something_is_done() {
    let denied = || Error::Denied("a grant".into());
    let after = |first: Fate| {
        in_turn(vec!["a", "b"], |name| match *name {
            "a" => Ok(first.clone()),
            _ => Err(denied()),
        })
    };
    assert_eq!(after(Fate::Refused("is offline".to_owned())), Err(denied()));
    let done = after(Fate::Done { warnings: 0 }).unwrap();
    assert_eq!(done[1].1, Fate::Failed("a grant".to_owned()));
}

#[test]
fn without_time_left_nothing_is_begun() {
    let host = MockHost::new();
    host.pass(Duration::from_secs(59));
    let answer = run(&host);
    assert_eq!(answer, Err(Error::refused("a, b and c were not touched.")));
    assert!(host.written().is_empty());
}
