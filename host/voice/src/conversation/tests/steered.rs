//! Conversations that somebody steers: by "stop", by a button, by muting.

use std::time::Duration;

use super::stage::{Stage, wake};
use crate::testing::{silence, spoken};
use crate::{Chimes, MemorySource, Phase, SayingEnd};

/// How long a scene may really take: no machine is so slow.
const PATIENCE: Duration = Duration::from_secs(120);
const ALL: Chimes = Chimes { wake: true, end: true, done: true, error: true, brief: true };

fn command() -> Vec<i16> {
    [spoken("Start the web server.", &[]), silence(1.0)].concat()
}

fn stop() -> Vec<i16> {
    [silence(0.5), spoken("Stop!", &[]), silence(0.6)].concat()
}

#[tokio::test]
async fn stop_cuts_an_answer_off_and_begins_nothing() {
    let stage = Stage::new(&["one", "Stop.", "two"]);
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        microphone.hears(&[wake(), command()].concat()).await;
        stage.until("first-sound").await;
        microphone.hears(&stop()).await;
        stage.until("cut").await;
        // Not listened to without the wake word.
        microphone.hears(&[command(), wake(), command()].concat()).await;
        stage.until("words: two").await;
        drop(microphone);
        stage.sink_goes_on();
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
    let told = stage.told();
    let at = |event: &str| told.iter().position(|told| told == event).unwrap();
    assert_eq!(told[at("cut") - 1], "words: Stop.", "{told:?}");
    assert_eq!(told[at("cut") + 1], "asleep", "{told:?}");
    assert!(!told[..at("cut")].contains(&"played".to_owned()), "{told:?}");
    assert_eq!((stage.cuts(), stage.utterances()), (1, 3));
}

#[tokio::test]
async fn what_has_begun_is_told_when_its_answer_is_broken_off() {
    let stage = Stage::new(&["begin", "Stop.", "begin"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        microphone.hears(&[wake(), command()].concat()).await;
        stage.until("words: begin").await;
        microphone.hears(&stop()).await;
        stage.until("played").await;
        let told = stage.told();
        let cut = told.iter().position(|told| told == "cut").unwrap();
        assert_eq!(told[cut + 1..cut + 3], ["answer: It goes on.", "sentence: It goes on."]);
        // Whoever says the wake word wants to be heard, not to hear.
        microphone.hears(&[silence(3.0), wake(), command()].concat()).await;
        stage.until("words: begin").await;
        microphone.hears(&[silence(3.0), wake(), silence(0.1)].concat()).await;
        stage.until("answer: It goes on.").await;
        stage.until("listening").await;
        drop(microphone);
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
    assert!(!stage.seen("sentence: It goes on."));
}

#[tokio::test]
async fn a_wake_words_engine_that_never_answers_keeps_nobody_waiting() {
    let stage = Stage::new(&["one", "Stop."]);
    stage.wake_never_answers();
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let switch = stage.switch.clone();
    let speaking = async {
        stage.until("asleep").await;
        microphone.hears(&silence(0.5)).await;
        assert!(switch.talk());
        stage.until("listening").await;
        microphone.hears(&command()).await;
        stage.until("first-sound").await;
        microphone.hears(&stop()).await;
        stage.until("cut").await;
        stage.sink_goes_on();
        switch.end();
    };
    let both = async { tokio::join!(conversation.run(), speaking) };
    let both = tokio::time::timeout(PATIENCE, both).await;
    let (ran, ()) = both.unwrap_or_else(|_| panic!("{:?}", stage.told()));
    ran.unwrap();
}

#[tokio::test]
async fn nothing_longer_and_nothing_else_is_a_stop() {
    let stage = Stage::new(&["one", "stop the web server"]);
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        microphone.hears(&[wake(), command()].concat()).await;
        stage.until("first-sound").await;
        // Too long to be asked for at all.
        microphone
            .hears(&[spoken("Stop the web server and the mail.", &[]), silence(0.6)].concat())
            .await;
        // Short, and understood as something else.
        microphone.hears(&stop()).await;
        stage.taken(&microphone).await;
        while stage.utterances() < 2 {
            tokio::task::yield_now().await;
        }
        stage.sink_goes_on();
        stage.until("played").await;
        drop(microphone);
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
    assert_eq!((stage.cuts(), stage.utterances()), (0, 2));
}

#[tokio::test]
async fn jarvis_does_not_stop_itself() {
    let stage = Stage::new(&["nothing can stop it", "stop", "stop"]);
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        microphone.hears(&[wake(), command()].concat()).await;
        stage.until("first-sound").await;
        microphone.hears(&stop()).await;
        stage.taken(&microphone).await;
        assert_eq!(stage.utterances(), 1, "its own word went to no recogniser");
        stage.clock.advance(Duration::from_secs(60));
        microphone.hears(&stop()).await;
        stage.until("cut").await;
        drop(microphone);
        stage.sink_goes_on();
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
}

#[tokio::test]
async fn a_button_begins_an_exchange_and_ends_an_answer() {
    let stage = Stage::new(&["one", "two"]);
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    // There is no wake word.
    let mut conversation = stage.over(source);
    let switch = stage.switch.clone();
    let speaking = async {
        stage.until("asleep").await;
        microphone.hears(&command()).await;
        stage.taken(&microphone).await;
        assert_eq!(*switch.phase().borrow(), Phase::Asleep, "nobody asked for it");
        assert!(switch.talk());
        stage.until("listening").await;
        microphone.hears(&command()).await;
        stage.until("first-sound").await;
        assert_eq!(*switch.phase().borrow(), Phase::Speaking);
        // Whoever wants to talk does not wait for the end.
        assert!(switch.talk());
        stage.until("cut").await;
        microphone.hears(&command()).await;
        stage.until("answer: two!").await;
        assert!(switch.stop());
        while stage.cuts() < 2 {
            tokio::task::yield_now().await;
        }
        drop(microphone);
        stage.sink_goes_on();
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
}

#[tokio::test]
async fn what_was_said_before_it_was_muted_is_forgotten() {
    let stage = Stage::new(&["one"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        let sound = [wake(), spoken("Start the web server.", &[])].concat();
        microphone.hears(&sound).await;
        stage.until("speech-began").await;
        stage.switch.mute(true);
        microphone.hears(&[silence(0.1), wake(), command()].concat()).await;
        stage.taken(&microphone).await;
        assert_eq!(stage.told().last().unwrap(), "asleep");
        stage.switch.mute(false);
        // What comes at once may still be of the time before; past the cool-down.
        microphone.hears(&silence(0.5)).await;
        stage.taken(&microphone).await;
        microphone.hears(&[silence(1.5), wake(), command()].concat()).await;
        stage.until("words: one").await;
        drop(microphone);
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
    assert_eq!(stage.utterances(), 1, "half a command was not even asked for");
}

#[tokio::test]
async fn a_sentence_that_a_mute_has_cut_is_not_acted_on() {
    let stage = Stage::new(&["one"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        microphone.hears(&[wake(), spoken("Start the web server.", &[])].concat()).await;
        stage.until("speech-began").await;
        stage.taken(&microphone).await;
        stage.switch.mute(true);
        stage.switch.mute(false);
        microphone.hears(&silence(2.0)).await;
        stage.until("no-words").await;
        drop(microphone);
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
    assert!(!stage.seen("words: one"));
}

#[tokio::test]
async fn a_button_ends_listening_before_and_while_somebody_speaks() {
    let stage = Stage::new(&["one", "two"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let switch = stage.switch.clone();
    let speaking = async {
        stage.until("asleep").await;
        assert!(!switch.stop(), "nothing goes on");
        assert!(switch.talk());
        stage.until("listening").await;
        assert!(switch.stop());
        stage.until("cut").await;
        stage.until("asleep").await;
        microphone.hears(&[wake(), spoken("Start the web server.", &[])].concat()).await;
        stage.until("speech-began").await;
        assert!(switch.stop());
        stage.until("cut").await;
        stage.until("asleep").await;
        // The next one is heard as ever.
        microphone.hears(&[silence(3.0), wake(), command()].concat()).await;
        stage.until("words: one").await;
        drop(microphone);
    };
    let both = async { tokio::join!(conversation.run(), speaking) };
    let both = tokio::time::timeout(PATIENCE, both).await;
    let (ran, ()) = both.unwrap_or_else(|_| panic!("{:?}", stage.told()));
    ran.unwrap();
    assert!(!stage.seen("no-words"), "what was ended was not said, and is not unclear");
}

#[tokio::test]
async fn a_recogniser_that_hangs_keeps_nobody_from_ending_it() {
    for is_stop in [true, false] {
        for begins in [true, false] {
            let stage = Stage::new(&[]);
            if begins {
                stage.recogniser_takes_nothing();
            } else {
                stage.recogniser_begins_never();
            }
            let (source, mut microphone) = stage.microphone();
            let mut conversation = stage.woken_over(source);
            let switch = stage.switch.clone();
            let speaking = async {
                let sound = [wake(), spoken("Start the web server.", &[])].concat();
                // What nobody takes waits.
                tokio::select! {
                    biased;
                    () = stage.until("speech-began") => {}
                    () = microphone.hears(&sound) => {}
                }
                tokio::task::yield_now().await;
                if is_stop {
                    assert!(switch.stop());
                    stage.until("cut").await;
                } else {
                    switch.mute(true);
                    stage.until("no-words").await;
                }
                stage.until("asleep").await;
                switch.end();
            };
            let both = async { tokio::join!(conversation.run(), speaking) };
            let both = tokio::time::timeout(PATIENCE, both).await;
            let (ran, ()) = both.unwrap_or_else(|_| panic!("{:?}", stage.told()));
            ran.unwrap();
        }
    }
}

#[tokio::test]
async fn each_sound_can_be_off_by_itself() {
    let heard = |chimes: Chimes| async move {
        let mut all = Vec::new();
        for words in ["obvious", "…"] {
            let stage = Stage::new(&[words]).with(chimes);
            let sound = [wake(), command(), silence(1.0)].concat();
            stage.woken_over(MemorySource::new(&sound)).run().await.unwrap();
            all.extend(
                stage
                    .told()
                    .into_iter()
                    .filter_map(|told| told.strip_prefix("chime: ").map(str::to_owned)),
            );
        }
        all
    };
    for (chimes, off) in [
        (Chimes { wake: false, ..ALL }, "wake"),
        (Chimes { end: false, ..ALL }, "end"),
        (Chimes { done: false, ..ALL }, "done"),
        (Chimes { error: false, ..ALL }, "error"),
    ] {
        let mut expected = vec!["wake", "end", "done", "wake", "end", "error"];
        expected.retain(|chime| *chime != off);
        assert_eq!(heard(chimes).await, expected, "without {off}");
    }
}

#[tokio::test]
async fn sounds_say_what_goes_on() {
    let heard = |chimes: Chimes, words: &'static str| async move {
        let stage = Stage::new(&[words]).with(chimes);
        let sound = [wake(), command(), silence(1.0)].concat();
        stage.woken_over(MemorySource::new(&sound)).run().await.unwrap();
        let told = stage.told();
        let wanted = |told: &String| {
            ["chime", "speech-", "sentence", "played"].iter().any(|kind| told.starts_with(kind))
        };
        told.into_iter().filter(wanted).collect::<Vec<_>>()
    };
    let before = ["chime: wake", "speech-began", "speech-ended", "chime: end"];
    let spoken = ["sentence: obvious!", "played"];
    assert_eq!(heard(ALL, "obvious").await, [&before[..], &["chime: done"]].concat());
    let wordy = Chimes { brief: false, ..ALL };
    assert_eq!(heard(wordy, "obvious").await, [&before[..], &spoken].concat());
    // A sound that is off cannot take the place of words.
    let silent = Chimes { brief: true, ..Chimes::NONE };
    assert_eq!(heard(silent, "obvious").await, [&before[1..3], &spoken].concat());
    assert_eq!(heard(ALL, "one").await, [&before[..], &["sentence: one!", "played"]].concat());
    // Nothing was understood, or nobody understands.
    assert_eq!(heard(ALL, "…").await, [&before[..], &["chime: error"]].concat());
    assert_eq!(heard(ALL, "fail").await, [&before[..], &["chime: error"]].concat());
}

#[tokio::test]
async fn what_is_announced_is_said_between_exchanges_and_the_wake_word_cuts_it_off() {
    let stage = Stage::new(&["one", "two"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let switch = stage.switch.clone();
    let speaking = async {
        stage.until("asleep").await;
        let said = switch.say("The pizza timer is over.".to_owned()).await;
        assert_eq!(said, SayingEnd::Said);
        assert!(stage.played() > 0);
        // Who speaks is not interrupted.
        microphone.hears(&wake()).await;
        stage.until("listening").await;
        let saying = switch.say("Dinner is ready.".to_owned());
        let spoken = async {
            microphone.hears(&command()).await;
            stage.until("answer: one!").await;
        };
        let (said, ()) = tokio::join!(saying, spoken);
        assert_eq!(said, SayingEnd::Said);
        stage.sink_waits();
        let saying = switch.say("It is late.".to_owned());
        let cut = async {
            stage.until("first-sound").await;
            microphone.hears(&[wake(), command()].concat()).await;
            stage.until("words: two").await;
            stage.sink_goes_on();
        };
        let (said, ()) = tokio::join!(saying, cut);
        assert_eq!(said, SayingEnd::CutOff);
        switch.end();
    };
    let both = async { tokio::join!(conversation.run(), speaking) };
    let both = tokio::time::timeout(PATIENCE, both).await;
    let (ran, ()) = both.unwrap_or_else(|_| panic!("{:?}", stage.told()));
    ran.unwrap();
}

#[tokio::test]
async fn what_nobody_wants_to_be_said_any_more_is_cut_off() {
    let stage = Stage::new(&["one"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let switch = stage.switch.clone();
    let speaking = async {
        stage.until("asleep").await;
        // One that has not begun yet.
        tokio::select! {
            biased;
            end = switch.say("Dinner is ready.".to_owned()) => panic!("{end:?}"),
            () = std::future::ready(()) => {}
        }
        stage.sink_waits();
        let saying = switch.say("It is late.".to_owned());
        let begun = stage.until("first-sound");
        tokio::select! {
            end = saying => panic!("{end:?}"),
            () = begun => {}
        }
        stage.until("cut").await;
        stage.sink_goes_on();
        // It listens on.
        microphone.hears(&[wake(), command()].concat()).await;
        stage.until("words: one").await;
        switch.end();
    };
    let both = async { tokio::join!(conversation.run(), speaking) };
    let both = tokio::time::timeout(PATIENCE, both).await;
    let (ran, ()) = both.unwrap_or_else(|_| panic!("{:?}", stage.told()));
    ran.unwrap();
    assert!(!stage.seen("answer: Dinner is ready."));
}
