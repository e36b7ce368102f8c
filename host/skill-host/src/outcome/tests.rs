use jarvis_domain::{CallError, Fault, OperationId, Row, ShellCall};

use super::*;

fn check(claim: &str, seen: &Seen<'_>) -> Checked {
    super::check(claim, seen, Language::English)
}

fn broken_off(why: &str, writes: &[Write]) -> Checked {
    super::broken_off(why, writes, Language::English)
}

const ROW: Row = Row { code: "test", meaning: "", hint: "", exit: 1, status: 500 };

fn call(name: &str) -> Call {
    Call::Shell(ShellCall { node: "pve1".parse().unwrap(), argv: vec![name.to_owned()] })
}

fn write(effect: Effect) -> Write {
    Write { call: call("a"), what: "starting VM 102 web".to_owned(), effect, line: None }
}

fn ended(end: OperationEnd) -> Effect {
    Effect::Ended(OperationId::new(), end)
}

fn ok() -> Effect {
    ended(OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes })
}

fn unverified() -> Effect {
    let verified = Verified::No { why: "VM 102 never ran".to_owned() };
    ended(OperationEnd::Succeeded { warnings: 0, verified })
}

fn failed() -> Effect {
    ended(OperationEnd::Failed { message: "no space left".to_owned() })
}

fn lost() -> Effect {
    ended(OperationEnd::Unknown { why: "the node went away".to_owned() })
}

fn running() -> Effect {
    Effect::Running(OperationId::new())
}

fn not_started(kind: CallErrorKind) -> Effect {
    Effect::NotStarted(CallError { kind, fault: Fault::new(&ROW, "pve1 is away") })
}

#[test]
fn a_claim_is_held_against_what_was_seen() {
    use Outcome::{Done, Failed, NothingChanged, Started, Unknown};
    let refused = || Effect::Refused("no grant".to_owned());
    // Effects of a change command; the claim; what is vouched for; whether the
    // skill's words are spoken.
    for (name, effects, claim, outcome, kept) in [
        ("verified", vec![ok()], "done", Done, true),
        ("verified twice", vec![ok(), ok()], "done", Done, true),
        ("said to be begun, but over", vec![ok()], "started", Done, true),
        ("done, and denied", vec![ok()], "nothing-changed", Done, false),
        ("done, but the skill wanted more", vec![ok()], "failed", Failed, true),
        ("done, but the skill is not sure", vec![ok()], "unknown", Unknown, true),
        ("a task that fails", vec![failed()], "done", Failed, false),
        ("one of two fails", vec![ok(), failed()], "done", Failed, false),
        ("fails and says so", vec![failed()], "failed", Failed, true),
        ("fails, said to run", vec![failed()], "started", Failed, false),
        ("OK, but the guest never ran", vec![unverified()], "done", Unknown, false),
        ("nobody can tell", vec![lost()], "done", Unknown, false),
        ("nobody can tell, and says so", vec![lost()], "unknown", Unknown, true),
        ("still running", vec![running()], "done", Started, false),
        ("still running, and says so", vec![running()], "started", Started, true),
        ("one runs, one is done", vec![ok(), running()], "done", Started, false),
        ("no answer", vec![Effect::Leaving], "done", Unknown, false),
        ("no answer in time", vec![not_started(CallErrorKind::TimedOut)], "done", Unknown, false),
        ("could not start", vec![not_started(CallErrorKind::Unavailable)], "done", Failed, false),
        ("busy, then started", vec![not_started(CallErrorKind::Busy(1)), ok()], "done", Done, true),
        ("not allowed", vec![refused()], "done", Failed, false),
        ("nothing was asked for", vec![], "done", NothingChanged, false),
        ("nothing was started", vec![], "started", NothingChanged, false),
        ("nothing to do", vec![], "nothing-changed", NothingChanged, true),
        ("gave up", vec![], "failed", Failed, true),
        ("a word of its own", vec![], "success", Unknown, false),
        ("a word of its own, verified", vec![ok()], "finished", Done, false),
    ] {
        let writes: Vec<Write> = effects.into_iter().map(write).collect();
        let seen = Seen { writes: &writes, ..Seen::default() };
        let checked = check(claim, &seen);
        assert_eq!((checked.outcome, checked.instead.is_none()), (outcome, kept), "{name}");
    }
}

#[test]
fn a_read_is_done_without_a_write_and_so_is_a_store() {
    for (reads_only, stored) in [(true, false), (false, true)] {
        let seen = Seen { reads_only, stored, ..Seen::default() };
        assert_eq!(check("done", &seen), Checked { outcome: Outcome::Done, instead: None });
    }
}

#[test]
fn the_hosts_own_words_name_what_happened() {
    let seen =
        |writes: Vec<Write>| check("done", &Seen { writes: &writes, ..Seen::default() }).instead;
    for (effect, expected) in [
        (failed(), "Starting VM 102 web: failed, Proxmox says: no space left."),
        (unverified(), "Starting VM 102 web: Proxmox says it is done, but VM 102 never ran."),
        (running(), "Starting VM 102 web: still running."),
    ] {
        assert_eq!(seen(vec![write(effect)]).as_deref(), Some(expected));
    }
    let many = (0..9).map(|_| write(running())).collect();
    assert!(seen(many).unwrap().ends_with("; and 4 more."));
}

#[test]
fn a_retry_of_another_call_does_not_excuse_the_first() {
    let mut second = write(ok());
    second.call = call("b");
    let writes = [write(not_started(CallErrorKind::Busy(1))), second];
    let checked = check("done", &Seen { writes: &writes, ..Seen::default() });
    assert_eq!(checked.outcome, Outcome::Failed);
}

#[test]
fn a_plan_that_was_not_carried_out_whole_is_not_done() {
    let writes = [write(ok())];
    let left = ["stopping VM 103 database".to_owned()];
    for claim in ["done", "started", "nothing-changed"] {
        let checked = check(claim, &Seen { writes: &writes, left: &left, ..Seen::default() });
        assert_eq!(checked.outcome, Outcome::Unknown, "{claim}");
        let said = checked.instead.unwrap();
        let both = "Starting VM 102 web: done. Planned and not done: stopping VM 103 database.";
        assert_eq!(said, both);
    }
    let begun = [write(running())];
    for (writes, claim, outcome) in [
        (&begun[..], "started", Outcome::Started),
        (&begun, "done", Outcome::Started),
        (&[], "done", Outcome::NothingChanged),
    ] {
        let seen = Seen { writes, left: &left, stored: true, ..Seen::default() };
        let checked = check(claim, &seen);
        assert_eq!(checked.outcome, outcome, "{claim}");
        assert!(checked.instead.unwrap().ends_with("not done: stopping VM 103 database."));
    }
}

#[test]
fn a_skill_that_breaks_off_is_never_done() {
    for (effect, outcome) in
        [(ok(), Outcome::Unknown), (running(), Outcome::Started), (failed(), Outcome::Failed)]
    {
        let checked = broken_off("It crashed.", &[write(effect)]);
        assert_eq!(checked.outcome, outcome);
        assert!(checked.instead.unwrap().starts_with("It crashed. By then: Starting"));
    }
}

#[test]
fn what_was_refused_had_no_effect() {
    for (effect, expected) in [
        (Effect::Refused(String::new()), false),
        (not_started(CallErrorKind::Unavailable), false),
        (not_started(CallErrorKind::TimedOut), true),
        (Effect::Leaving, true),
        (ok(), true),
    ] {
        assert_eq!(has_effect(&[write(effect.clone())]), expected, "{effect:?}");
    }
}
