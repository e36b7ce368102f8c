use futures_util::FutureExt;
use jarvis_domain::{Door, Explain, ManualClock, Role, Timestamp};

use super::*;

fn somebody(name: &str) -> Caller {
    Caller { principal: Principal(name.to_owned()), door: Door::Voice, role: Some(Role::Viewer) }
}

fn microphone(id: MicrophoneId) -> Microphone {
    Microphone {
        id,
        name: "kitchen".to_owned(),
        attention: Attention::Asleep,
        muted: false,
        level: 7,
    }
}

fn rig() -> (Arc<ManualClock>, Arc<Microphones>) {
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
    (clock.clone(), Microphones::new(clock))
}

#[tokio::test]
async fn a_wish_reaches_who_sits_there_and_shows_once_they_did_it() {
    let (_clock, microphones) = rig();
    let (id, me) = (MicrophoneId::new(), somebody("uid:1"));
    let wish = microphones.report(&microphone(id), &me).unwrap();
    assert_eq!(wish, Wish { number: 0, muted: false, hushed: 0 });
    let waiting = microphones.wish(id, wish.number, 0, &me);
    let wishing = async { microphones.mute(Some(id), true).unwrap() };
    let (wish, ()) = tokio::join!(waiting, wishing);
    assert_eq!(wish.unwrap(), Wish { number: 1, muted: true, hushed: 0 });
    assert!(!microphones.all()[0].muted, "only wished");
    let muted = Microphone { muted: true, level: 0, ..microphone(id) };
    assert_eq!(microphones.report(&muted, &me).unwrap().number, 1);
    assert_eq!(microphones.all(), [muted]);
    // All at once, and back.
    microphones.mute(None, false).unwrap();
    let wish = microphones.wish(id, 1, 0, &me).await.unwrap();
    assert_eq!(wish, Wish { number: 2, muted: false, hushed: 0 });
}

/// Something is being said where `me` sits, and has been asked for there.
async fn begins<'m>(
    microphones: &'m Microphones,
    id: MicrophoneId,
    me: &Caller,
) -> std::pin::Pin<Box<dyn Future<Output = bool> + 'm>> {
    microphones.report(&microphone(id), me).unwrap();
    let (clock, asking) = (&microphones.clock, microphones.saying(id, 0, Spoken::Said, me));
    tokio::select! {
        biased;
        said = asking => panic!("{said:?} of {}", clock.now()),
        () = tokio::task::yield_now() => {}
    }
    let mut saying: std::pin::Pin<Box<dyn Future<Output = bool>>> =
        Box::pin(async { microphones.say("kitchen", "Dinner is ready.").await });
    assert!(!is_over(&mut saying).await);
    let told = microphones.saying(id, 0, Spoken::Said, me).await.unwrap().unwrap();
    assert_eq!(told.number, 1);
    saying
}

async fn is_over(saying: &mut (impl Future<Output = bool> + Unpin)) -> bool {
    tokio::select! {
        biased;
        _ = saying => true,
        () = tokio::task::yield_now() => false,
    }
}

#[tokio::test]
async fn what_could_not_be_said_was_not() {
    for end in [Spoken::Failed, Spoken::CutOff, Spoken::Said] {
        let (clock, microphones) = rig();
        let (id, me) = (MicrophoneId::new(), somebody("uid:1"));
        let saying = begins(&microphones, id, &me).await;
        let asking = microphones.saying(id, 1, end, &me);
        let passing = async { clock.advance(WAIT) };
        let (said, _, ()) = tokio::join!(saying, asking, passing);
        assert_eq!(said, end != Spoken::Failed);
    }
}

#[tokio::test]
async fn nobody_gives_up_while_something_goes_on_there() {
    let (clock, microphones) = rig();
    let (id, me) = (MicrophoneId::new(), somebody("uid:1"));
    let mut saying = begins(&microphones, id, &me).await;
    let busy = Microphone { attention: Attention::Thinking, ..microphone(id) };
    for _ in 0..20 {
        clock.advance(REPORTED);
        microphones.report(&busy, &me).unwrap();
        assert!(!is_over(&mut saying).await, "it is said once that is over");
    }
    let mut waited = Duration::ZERO;
    while !is_over(&mut saying).await {
        clock.advance(REPORTED);
        waited += REPORTED;
        microphones.report(&microphone(id), &me).unwrap();
    }
    assert_eq!(waited, LONGEST_SAYING);
}

#[tokio::test]
async fn a_wait_for_a_wish_has_an_end() {
    let (clock, microphones) = rig();
    let (id, me) = (MicrophoneId::new(), somebody("uid:1"));
    microphones.report(&microphone(id), &me).unwrap();
    let waiting = microphones.wish(id, 0, 0, &me);
    let passing = async { clock.advance(WAIT) };
    let (wish, ()) = tokio::join!(waiting, passing);
    assert_eq!(wish.unwrap().number, 0);
}

#[test]
fn who_says_nothing_any_more_is_forgotten() {
    let (clock, microphones) = rig();
    let (id, me) = (MicrophoneId::new(), somebody("uid:1"));
    let mut news = microphones.news();
    microphones.report(&microphone(id), &me).unwrap();
    assert!(news.has_changed().unwrap());
    news.mark_unchanged();
    clock.advance(FORGOTTEN - Duration::from_millis(1));
    // A level alone is no news.
    microphones.report(&Microphone { level: 900, ..microphone(id) }, &me).unwrap();
    assert!(!news.has_changed().unwrap());
    clock.advance(FORGOTTEN - Duration::from_millis(1));
    assert_eq!(microphones.all()[0].level, 900);
    clock.advance(Duration::from_millis(1));
    microphones.look();
    assert!(news.has_changed().unwrap());
    assert_eq!(microphones.all(), []);
    assert_eq!(microphones.mute(Some(id), true).unwrap_err().row().code, "api-not-found");
}

#[tokio::test]
async fn nobody_speaks_for_another_or_takes_all_places() {
    let (_clock, microphones) = rig();
    let (id, me, other) = (MicrophoneId::new(), somebody("uid:1"), somebody("uid:2"));
    microphones.report(&microphone(id), &me).unwrap();
    let refused = microphones.report(&microphone(id), &other).unwrap_err();
    assert_eq!(refused.row().code, "api-not-found");
    assert_eq!(microphones.wish(id, 0, 0, &other).await.unwrap_err().row().code, "api-not-found");
    microphones.leave(id, &other);
    assert_eq!(microphones.all().len(), 1);
    for _ in 1..EACH {
        microphones.report(&microphone(MicrophoneId::new()), &me).unwrap();
    }
    let full = microphones.report(&microphone(MicrophoneId::new()), &me).unwrap_err();
    assert_eq!(full.row().code, "api-microphones");
    let long = Microphone { name: "n\u{202e}".repeat(1000), ..microphone(MicrophoneId::new()) };
    microphones.report(&long, &other).unwrap();
    let shown = microphones.all().into_iter().find(|one| one.id == long.id).unwrap();
    assert!(shown.name.chars().count() <= LONGEST + 1 && !shown.name.contains('\u{202e}'));
    for uid in 3..200 {
        let _ =
            microphones.report(&microphone(MicrophoneId::new()), &somebody(&format!("uid:{uid}")));
    }
    assert_eq!(microphones.all().len(), ALL);
    microphones.leave(id, &me);
    assert_eq!(microphones.all().len(), ALL - 1);
}

/// Somebody who sits at `id` and has said what has this number.
fn sits(microphones: &Microphones, id: MicrophoneId, me: &Caller, said: u64) -> Option<Saying> {
    microphones.saying(id, said, Spoken::Said, me).now_or_never()?.unwrap()
}

#[tokio::test]
async fn all_at_one_place_say_it_once_and_none_while_somebody_is_heard_there() {
    let (_clock, microphones) = rig();
    let (first, second, me) = (MicrophoneId::new(), MicrophoneId::new(), somebody("uid:1"));
    for id in [first, second] {
        microphones.report(&microphone(id), &me).unwrap();
        assert_eq!(sits(&microphones, id, &me, 0), None);
    }
    let kitchen = |busy| [Place { name: "kitchen".to_owned(), busy }];
    assert_eq!(microphones.places(), kitchen(false));
    let listens = Microphone { attention: Attention::Listening, ..microphone(second) };
    microphones.report(&listens, &me).unwrap();
    assert_eq!(microphones.places(), kitchen(true));
    let mut saying = Box::pin(microphones.say("kitchen", "Dinner is ready."));
    assert_eq!((&mut saying).now_or_never(), None);
    for id in [first, second] {
        let told = sits(&microphones, id, &me, 0).unwrap();
        assert_eq!((told.number, told.text.as_str()), (1, "Dinner is ready."));
        assert_eq!((&mut saying).now_or_never(), None, "not all have said it");
        assert_eq!(sits(&microphones, id, &me, 1), None);
    }
    assert_eq!(saying.now_or_never(), Some(true));
}

#[tokio::test]
async fn who_cuts_one_of_a_place_off_need_not_hear_the_others() {
    type Cut = fn(&Microphones, MicrophoneId, &Caller);
    let cuts: [(&str, Cut, u64); 4] = [
        ("the wake word", |all, id, me| assert!(all.woke(id, me)), 1),
        (
            "a button",
            |all, id, me| {
                let listens = Microphone { attention: Attention::Listening, ..microphone(id) };
                all.report(&listens, me).unwrap();
            },
            1,
        ),
        (
            "stop",
            |all, id, me| assert!(all.saying(id, 1, Spoken::CutOff, me).now_or_never().is_none()),
            1,
        ),
        ("nobody", |all, id, me| assert!(sits(all, id, me, 1).is_none()), 0),
    ];
    for (by, cut, hushed) in cuts {
        let (_clock, microphones) = rig();
        let (first, second, me) = (MicrophoneId::new(), MicrophoneId::new(), somebody("uid:1"));
        let elsewhere = Microphone { name: "hall".to_owned(), ..microphone(MicrophoneId::new()) };
        for one in [&microphone(first), &microphone(second), &elsewhere] {
            microphones.report(one, &me).unwrap();
            assert_eq!(sits(&microphones, one.id, &me, 0), None);
        }
        let mut kitchen = Box::pin(microphones.say("kitchen", "Dinner is ready."));
        let mut hall = Box::pin(microphones.say("hall", "Dinner is ready."));
        assert_eq!((&mut kitchen).now_or_never().or((&mut hall).now_or_never()), None);
        for id in [first, second, elsewhere.id] {
            assert_eq!(sits(&microphones, id, &me, 0).unwrap().number, 1);
        }
        cut(&microphones, first, &me);
        let wish = |id, known| microphones.wish(id, 0, known, &me).now_or_never();
        let told = wish(second, 0).map(|wish| wish.unwrap().hushed);
        assert_eq!(told.unwrap_or_default(), hushed, "{by}");
        assert!(wish(second, hushed).is_none(), "{by}: it is told once");
        assert!(wish(elsewhere.id, 0).is_none(), "{by}: another place");
        assert!(wish(first, 0).is_none(), "{by}: who is cut off knows");
        assert_eq!((&mut hall).now_or_never(), None);
        if hushed > 0 {
            assert_eq!(sits(&microphones, second, &me, 0), None, "{by}: not to be said");
            assert_eq!(sits(&microphones, first, &me, 1), None);
            assert_eq!(kitchen.now_or_never(), Some(true), "{by}: cut off is as good as said");
        }
    }
}

#[tokio::test]
async fn who_goes_away_has_not_said_it_and_is_not_waited_for() {
    let (clock, microphones) = rig();
    let (first, second, me) = (MicrophoneId::new(), MicrophoneId::new(), somebody("uid:1"));
    for id in [first, second] {
        microphones.report(&microphone(id), &me).unwrap();
        assert_eq!(sits(&microphones, id, &me, 0), None);
    }
    let mut saying = Box::pin(microphones.say("kitchen", "Dinner is ready."));
    assert_eq!((&mut saying).now_or_never(), None);
    assert_eq!(sits(&microphones, first, &me, 1), None, "it was said there");
    assert_eq!((&mut saying).now_or_never(), None);
    microphones.leave(second, &me);
    assert_eq!(saying.now_or_never(), Some(true), "one has said it");
    let mut saying = Box::pin(microphones.say("kitchen", "Dinner is cold."));
    assert_eq!((&mut saying).now_or_never(), None);
    microphones.leave(first, &me);
    assert_eq!(saying.now_or_never(), Some(false));
    // One that only falls silent is waited for, and not for ever.
    let third = MicrophoneId::new();
    microphones.report(&microphone(third), &me).unwrap();
    assert_eq!(sits(&microphones, third, &me, 0), None);
    let mut saying = Box::pin(microphones.say("kitchen", "Dinner is gone."));
    assert_eq!((&mut saying).now_or_never(), None);
    clock.advance(LONGEST_SAYING);
    assert!(!saying.await);
}

#[test]
fn of_two_that_hear_the_same_word_the_first_counts_and_only_those_that_are_there() {
    let (_clock, microphones) = rig();
    let (first, second, me) = (MicrophoneId::new(), MicrophoneId::new(), somebody("uid:1"));
    for id in [first, second] {
        microphones.report(&microphone(id), &me).unwrap();
    }
    assert!(microphones.woke(MicrophoneId::new(), &me), "one that is not known");
    assert!(microphones.woke(first, &somebody("uid:2")), "one of somebody else");
    assert!(microphones.woke(second, &me), "neither of these was heard");
    assert!(!microphones.woke(first, &me));
}
