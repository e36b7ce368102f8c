//! Conversations with engines in this process, as fast as they go.

mod stage;
mod steered;
mod watched;

use std::time::Duration;

use jarvis_domain::ManualClock;

use super::*;
use crate::testing::{frames, silence, spoken};
use crate::{Chunk, MemorySource, WavSource, WavWriter};
use stage::{Stage, wake};

#[tokio::test]
async fn a_file_is_heard_and_answered() {
    let stage = Stage::new(&["start the web server"]);
    let sound = [silence(0.3), spoken("Start the web server.", &[]), silence(1.0)].concat();
    let mut conversation = stage.over(MemorySource::new(&sound));
    conversation.once().await.unwrap();
    assert_eq!(
        stage.told(),
        [
            "listening",
            "speech-began",
            "speech-ended",
            "words: start the web server",
            "answer: start the web server!",
            "sentence: start the web server!",
            "first-sound",
            "played",
        ]
    );
    assert!(stage.played() > 0);
}

#[tokio::test]
async fn an_answer_is_spoken_while_the_rest_of_it_is_made() {
    let stage = Stage::new(&["tell me a story"]).telling();
    let sound = [spoken("Tell me a story.", &[]), silence(1.0)].concat();
    // It goes on, since an answer is made while somebody listens.
    let sound = [sound, silence(30.0)].concat();
    stage.over(MemorySource::new(&sound)).once().await.unwrap();
    let told = stage.told();
    let words = told.iter().position(|told| told.starts_with("words")).unwrap();
    let expected = [
        "words: tell me a story",
        "sentence: Once upon a time.",
        "first-sound",
        "answer: Once upon a time. The end.",
        "sentence: The end.",
        "played",
    ];
    assert_eq!(told[words..], expected);
}

/// Loses some of what is said a second after it begins, or is gone at the end.
struct Torn {
    sound: MemorySource,
    frames: usize,
    gone: bool,
}

#[async_trait::async_trait]
impl Source for Torn {
    async fn next(&mut self) -> Result<Option<crate::Frame>, VoiceError> {
        self.frames += 1;
        self.sound.next().await
    }

    fn is_live(&self) -> bool {
        false
    }

    async fn forget(&mut self) {
        self.sound.forget().await;
    }

    fn is_torn(&self) -> bool {
        !self.gone && self.frames == 63
    }

    async fn is_still_there(&mut self) -> bool {
        !self.gone
    }
}

#[tokio::test]
async fn a_sentence_of_which_some_is_missing_is_not_acted_on() {
    for gone in [false, true] {
        let stage = Stage::new(&["start the web server"]);
        let sound = [silence(0.3), spoken("Start the web server.", &[]), silence(1.0)].concat();
        let torn = Torn { sound: MemorySource::new(&sound), frames: 0, gone };
        stage.over(torn).once().await.unwrap();
        assert_eq!(stage.told(), ["listening", "speech-began", "speech-ended", "no-words"]);
    }
}

#[tokio::test]
async fn silence_reaches_no_recogniser() {
    let stage = Stage::new(&["thank you"]);
    stage.over(MemorySource::new(&silence(10.0))).once().await.unwrap();
    assert_eq!(stage.told(), ["listening", "no-words"]);
    assert_eq!(stage.utterances(), 0);
    // Nor does an utterance of which nothing is understood reach anybody.
    let stage = Stage::new(&["…"]);
    let sound = [spoken("Start the web server.", &[]), silence(1.0)].concat();
    stage.over(MemorySource::new(&sound)).once().await.unwrap();
    assert_eq!(stage.told().last().unwrap(), "no-words");
}

#[tokio::test]
async fn the_wake_word_begins_each_exchange_and_one_breath_is_enough() {
    let stage = Stage::new(&["one", "two"]);
    let command = spoken("Start the web server.", &[]);
    let sound = [
        silence(0.5),
        spoken("It is cold.", &[]),
        silence(1.0),
        wake(),
        command.clone(),
        silence(1.0),
        silence(0.5),
        wake(),
        command,
        silence(1.0),
    ]
    .concat();
    let mut conversation = stage.woken_over(MemorySource::new(&sound));
    conversation.run().await.unwrap();
    let told = stage.told();
    let words: Vec<&String> = told.iter().filter(|told| told.starts_with("words")).collect();
    assert_eq!(words, ["words: one", "words: two"]);
    assert_eq!(told.iter().filter(|told| *told == "woke").count(), 2);
}

#[tokio::test]
async fn a_question_is_answered_without_the_wake_word() {
    let stage = Stage::new(&["stop web", "yes web"]);
    let say = |text: &str| [spoken(text, &[]), silence(1.0)].concat();
    let sound = [wake(), say("Stop the guest."), say("Yes, the web server.")].concat();
    stage.woken_over(MemorySource::new(&sound)).run().await.unwrap();
    let told = stage.told();
    assert_eq!(told.iter().filter(|told| *told == "woke").count(), 1);
    assert!(told.contains(&"answer: stop web?".to_owned()), "{told:?}");
    assert!(told.contains(&"words: yes web".to_owned()), "{told:?}");
}

#[tokio::test]
async fn a_whole_command_is_not_waited_for() {
    let ended = |partial: bool| async move {
        let stage = Stage::new(&["start the web server"]);
        stage.partials(partial);
        let sound = [spoken("Start the web server.", &[]), silence(2.0)].concat();
        let mut conversation = stage.over(MemorySource::new(&sound));
        conversation.once().await.unwrap();
        stage.frames()
    };
    let (waited, early) = (ended(false).await, ended(true).await);
    // 0.45 s less; the recogniser speaks while it is spoken to, so nearly.
    assert!(early + 10 < waited, "{early} frames, and {waited} without partial words");
}

#[tokio::test]
async fn the_wake_word_cuts_an_answer_off() {
    let stage = Stage::new(&["one", "two"]);
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let command = [spoken("Start the web server.", &[]), silence(1.0)].concat();
    let speaking = async {
        microphone.hears(&[wake(), command.clone()].concat()).await;
        stage.until("first-sound").await;
        // It is not its own voice that wakes it: this is one and is not heard.
        microphone.hears(&[silence(3.0), wake(), silence(0.1)].concat()).await;
        stage.until("cut").await;
        microphone.hears(&command).await;
        stage.until("words: two").await;
        drop(microphone);
        stage.sink_goes_on();
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
    let told = stage.told();
    let at = |event: &str| told.iter().position(|told| told == event).unwrap();
    assert!(at("cut") < at("words: two"), "{told:?}");
    assert!(!told[..at("cut")].contains(&"played".to_owned()), "{told:?}");
    assert_eq!(stage.cuts(), 1);
}

#[tokio::test]
async fn jarvis_does_not_wake_itself() {
    let stage = Stage::new(&["say jarvis"]);
    stage.sink_waits();
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let command = [spoken("Start the web server.", &[]), silence(1.0)].concat();
    let clock: &ManualClock = &stage.clock;
    let speaking = async {
        microphone.hears(&[wake(), command].concat()).await;
        stage.until("first-sound").await;
        // Past the cool-down, and while the sentence with its name sounds.
        microphone.hears(&[silence(3.0), wake(), silence(0.1)].concat()).await;
        stage.taken(&microphone).await;
        assert!(!stage.seen("cut"));
        clock.advance(Duration::from_secs(60));
        microphone.hears(&[wake(), silence(0.1)].concat()).await;
        stage.until("cut").await;
        drop(microphone);
        stage.sink_goes_on();
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
}

#[tokio::test]
async fn a_failing_part_is_told_and_the_next_exchange_begins() {
    let stage = Stage::new(&["fail", "one"]);
    let command = [wake(), spoken("Start the web server.", &[]), silence(3.0)].concat();
    let sound = [command.clone(), command].concat();
    let frames = frames(&sound).len();
    stage.woken_over(MemorySource::new(&sound)).run().await.unwrap();
    let told = stage.told();
    assert!(told.contains(&"failed: voice-engine-failed".to_owned()), "{told:?}");
    assert!(told.contains(&"words: one".to_owned()), "{told:?} of {frames}");
    // Without a recogniser at all, a file has one error.
    let stage = Stage::new(&[]);
    stage.no_recogniser();
    let error = stage.over(MemorySource::new(&sound)).once().await.unwrap_err();
    assert_eq!(error.row().code, "voice-engine-down");
    assert!(!stage.told().iter().any(|told| told == "played"));
}

#[tokio::test]
async fn a_recogniser_that_never_answers_is_told_of_after_half_a_minute() {
    let stage = Stage::new(&["never", "one"]);
    let command = [wake(), spoken("Start the web server.", &[]), silence(1.0)].concat();
    let mut conversation = stage.woken_over(MemorySource::new(&[&command[..]; 2].concat()));
    let ran = conversation.run();
    tokio::pin!(ran);
    tokio::select! {
        ended = &mut ran => panic!("{ended:?}"),
        () = stage.until("speech-ended") => {}
    }
    let begun = stage.clock.running();
    // All is at rest after some turns; then a second goes by.
    let waited = loop {
        tokio::select! {
            biased;
            ended = &mut ran => panic!("{ended:?}"),
            () = stage.until("failed: voice-engine-silent") => break stage.clock.running() - begun,
            () = rest() => stage.clock.advance(Duration::from_secs(1)),
        }
    };
    assert_eq!(waited, Duration::from_secs(30));
    // And the next one is heard.
    ran.await.unwrap();
    assert!(stage.seen("words: one"), "{:?}", stage.told());
}

/// As long as everything else that can go on takes.
async fn rest() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nobody_is_listened_to_before_a_question_is_out_of_the_room() {
    let stage = Stage::new(&["stop web", "yes web"]);
    let (source, mut microphone) = stage.microphone();
    let mut conversation = stage.woken_over(source);
    let speaking = async {
        microphone.hears(&[wake(), spoken("Stop the guest.", &[])].concat()).await;
        // Frame by frame, so that none of them is left for afterwards.
        while !stage.seen("played") {
            microphone.hears(&silence(0.016)).await;
            stage.taken(&microphone).await;
        }
        // The end of its question comes back by the microphone a moment later.
        microphone.hears(&spoken("Yes.", &[])[..2560]).await;
        stage.taken(&microphone).await;
        let listened = |told: &[String]| told.iter().filter(|told| *told == "listening").count();
        assert_eq!(listened(&stage.told()), 1);
        microphone.hears(&silence(0.3)).await;
        stage.until("listening").await;
        microphone.hears(&[spoken("Yes, the web server.", &[]), silence(1.0)].concat()).await;
        stage.until("words: yes web").await;
        drop(microphone);
    };
    let (ran, ()) = tokio::join!(conversation.run(), speaking);
    ran.unwrap();
}

#[tokio::test]
async fn what_a_recording_was_cut_in_is_not_acted_on_and_what_was_said_before_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("command.wav");
    let command = spoken("Start the web server.", &[]);
    for (rest, expected) in [(silence(1.5), "words: one"), (Vec::new(), "no-words")] {
        let mut writer = WavWriter::new("command.wav", std::fs::File::create(&path).unwrap());
        let samples = [silence(0.3), command.clone(), rest, vec![0; 16_000]].concat();
        writer.write(&Chunk { rate: crate::RATE, samples }).unwrap();
        writer.finish().unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 32_000).unwrap();
        let stage = Stage::new(&["one"]);
        stage.over(WavSource::open(&path).unwrap()).once().await.unwrap();
        assert!(stage.seen(expected), "{:?}", stage.told());
    }
}

#[tokio::test]
async fn what_is_not_to_be_shown_is_not_told_while_it_is_said_and_masked_once_it_is() {
    let stage = Stage::new(&["open secret"]);
    stage.partials(true);
    let sound = [silence(0.3), spoken("Start the web server.", &[]), silence(1.0)].concat();
    stage.over(MemorySource::new(&sound)).once().await.unwrap();
    let told = stage.told();
    let shown = |name: &str| told.iter().find(|told| told.starts_with(name)).cloned();
    assert_eq!(shown("partial"), None, "{told:?}");
    assert_eq!(shown("words").as_deref(), Some("words: open ••••"), "{told:?}");
    // Whoever answers is told all of it.
    assert!(told.contains(&"answer: open secret!".to_owned()), "{told:?}");
}
