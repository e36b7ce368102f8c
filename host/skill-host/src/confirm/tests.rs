use std::sync::Arc;

use jarvis_domain::caller::{Door, Principal};
use jarvis_domain::{Clock, Invocation, ManualClock, RequestId, RunId};
use serde_json::Map;

use super::*;

fn pending(clock: &ManualClock) -> Pending {
    let caller = Caller {
        principal: Principal("uid:1000".to_owned()),
        door: Door::Cli,
        role: Some(Role::Operator),
    };
    let plan = Plan {
        cluster: "test".parse().unwrap(),
        command: "test.stop".parse().unwrap(),
        revision: Digest::of(b"1"),
        arguments: serde_json::json!({}),
        writes: Vec::new(),
    };
    let invocation = Invocation {
        request: RequestId::new(),
        cluster: plan.cluster.clone(),
        command: plan.command.clone(),
        arguments: Map::new(),
        origin: Origin::Template,
        locale: "en".to_owned(),
        words: None,
        confirmed: false,
        chosen: None,
    };
    Pending {
        digest: plan.digest(),
        plan,
        steps: Vec::new(),
        credential: Credential::Person,
        life: None,
        shown: None,
        needs: Role::Operator,
        repeat: Vec::new(),
        later: None,
        expires: clock.now().plus(LIFETIME),
        record: RunRecord {
            id: RunId::new(),
            at: clock.now(),
            invocation,
            caller: caller.clone(),
            revision: None,
            calls: Vec::new(),
            end: None,
            took_us: 0,
            heard: Vec::new(),
            turn: None,
        },
        caller,
    }
}

fn clock() -> ManualClock {
    ManualClock::at(Timestamp(1_000_000))
}

fn asked(questions: &Questions, clock: &ManualClock) -> ConfirmationId {
    let id = ConfirmationId::new();
    questions.put(id, pending(clock), clock.now());
    id
}

#[test]
fn a_question_is_used_up_once() {
    let (questions, clock) = (Questions::default(), clock());
    let id = asked(&questions, &clock);
    assert!(questions.look(id, clock.now()).is_ok());
    assert!(questions.take(id, clock.now()).is_ok());
    assert_eq!(questions.take(id, clock.now()).unwrap_err(), ConfirmError::Used);
    assert_eq!(questions.look(id, clock.now()).unwrap_err(), ConfirmError::Used);
}

#[test]
fn a_question_lives_a_minute() {
    let (questions, clock) = (Questions::default(), clock());
    let id = asked(&questions, &clock);
    clock.advance(LIFETIME);
    assert!(questions.look(id, clock.now()).is_ok());
    clock.advance(Duration::from_millis(1));
    assert_eq!(questions.take(id, clock.now()).unwrap_err(), ConfirmError::Expired);
}

#[test]
fn a_made_up_question_is_unknown() {
    let (questions, clock) = (Questions::default(), clock());
    let id = ConfirmationId::new();
    assert_eq!(questions.look(id, clock.now()).unwrap_err(), ConfirmError::Unknown);
}

#[test]
fn who_asks_too_much_takes_no_question_from_others() {
    let (questions, clock) = (Questions::default(), clock());
    let of = |name: &str| {
        let id = ConfirmationId::new();
        let mut pending = pending(&clock);
        pending.caller.principal = Principal(name.to_owned());
        questions.put(id, pending, clock.now());
        id
    };
    let waits = |id| questions.look(id, clock.now()).map(drop);
    let (alice, first) = (of("user:alice@pam"), of("key:mill"));
    let all: Vec<_> = (0..MOST_WAITING).map(|_| of("key:mill")).collect();
    assert_eq!(waits(alice), Ok(()));
    assert_eq!(waits(first), Err(ConfirmError::GaveWay));
    let kept = all.iter().filter(|id| waits(**id).is_ok()).count();
    assert_eq!((kept, waits(all[MOST_WAITING - 1])), (MOST_OF_ONE, Ok(())));
    // Where many ask, it is one of those who ask most that gives way.
    for n in 0..MOST_WAITING {
        of(&format!("key:{}", n / 2));
    }
    assert_eq!(waits(alice), Ok(()));
    assert_eq!(questions.with(|inner| inner.waiting.len()), MOST_WAITING);
}

#[test]
fn of_many_who_answer_at_once_one_gets_it() {
    let (questions, clock) = (Arc::new(Questions::default()), Arc::new(clock()));
    let id = asked(&questions, &clock);
    let answer = || {
        let (questions, now) = (Arc::clone(&questions), clock.now());
        std::thread::spawn(move || questions.take(id, now).is_ok())
    };
    let threads: Vec<_> = (0..16).map(|_| answer()).collect();
    let got = threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|got| *got);
    assert_eq!(got.count(), 1);
}

#[test]
fn a_question_ends_with_the_sign_in_that_asked() {
    let (questions, clock) = (Questions::default(), clock());
    let (ends, life) = Life::new();
    let (one, two) = (ConfirmationId::new(), ConfirmationId::new());
    let other = Life::new();
    questions.put(one, Pending { life: Some(life.clone()), ..pending(&clock) }, clock.now());
    questions.put(two, Pending { life: Some(other.1), ..pending(&clock) }, clock.now());
    assert!(questions.look(one, clock.now()).is_ok());
    ends.send_replace(true);
    assert!(matches!(questions.take(one, clock.now()), Err(ConfirmError::SignedOut)));
    // One that was asked while its asker went was over before it began.
    let late = ConfirmationId::new();
    questions.put(late, Pending { life: Some(life), ..pending(&clock) }, clock.now());
    assert!(matches!(questions.look(late, clock.now()), Err(ConfirmError::SignedOut)));
    assert!(questions.take(two, clock.now()).is_ok(), "another sign-in of the same person");
}
