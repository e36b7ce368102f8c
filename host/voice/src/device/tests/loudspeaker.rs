use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain, ManualClock};

use super::super::{DeviceChoice, DeviceError, DeviceKind, Loudspeaker};
use super::fake::{Does, Fake};
use super::{clock, told, until};
use crate::event::{Event, Log};
use crate::frame::Chunk;
use crate::port::Sink;

const LATENCY: Duration = Duration::from_millis(40);
const BLOCK: Duration = Duration::from_millis(20);

async fn open(fake: &Arc<Fake>, clock: &Arc<ManualClock>, log: &Arc<Log>) -> Loudspeaker {
    let choice = DeviceChoice::Default;
    let opened = Loudspeaker::open_by(fake.clone(), choice, clock.clone(), log.clone()).await;
    opened.unwrap()
}

/// The device takes a block of 20 ms, and time goes on by as much.
fn block(fake: &Fake, clock: &ManualClock) -> Vec<f32> {
    let mut taken = Vec::new();
    fake.playing().take(960, 48_000, LATENCY, |_, sample| taken.push(sample));
    clock.advance(BLOCK);
    taken
}

/// Does `work` while the device takes a block each 20 ms; how many it took, and
/// how much sound was in them.
async fn beside<T>(
    work: impl Future<Output = T>,
    fake: &Fake,
    clock: &ManualClock,
) -> (T, usize, usize) {
    tokio::pin!(work);
    let (mut blocks, mut samples) = (0, 0);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return (done, blocks, samples),
            () = tokio::task::yield_now() => {
                samples += block(fake, clock).len();
                blocks += 1;
            }
        }
    }
}

fn second(rate: u32) -> Chunk {
    Chunk { rate, samples: (0..rate).map(|n| ((n % 100) * 100) as i16).collect() }
}

#[tokio::test]
async fn all_was_played_when_the_last_of_it_was_heard() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    assert_eq!(loudspeaker.held(), Duration::ZERO);
    let begun = clock.running();
    loudspeaker.play(second(16_000)).await.unwrap();
    let held = loudspeaker.held();
    assert!((Duration::from_millis(950)..=Duration::from_secs(1)).contains(&held), "{held:?}");
    let (played, _, samples) = beside(loudspeaker.played(), &fake, &clock).await;
    played.unwrap();
    assert_eq!(samples, 48_000, "the end that the filter held back, too");
    // The last block was taken at 980 ms, and is over 60 ms later.
    let took = clock.running() - begun;
    assert_eq!(took, Duration::from_millis(1040), "{took:?}");
    assert_eq!(loudspeaker.held(), Duration::ZERO);
}

#[tokio::test]
async fn who_speaks_faster_than_it_plays_waits() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    loudspeaker.play(second(48_000)).await.unwrap();
    let (third, blocks, _) = beside(
        async {
            // Sound of another rate, whose filter is another.
            loudspeaker.play(second(22_050)).await?;
            loudspeaker.play(second(16_000)).await
        },
        &fake,
        &clock,
    )
    .await;
    third.unwrap();
    assert!((49..=52).contains(&blocks), "{blocks} blocks of a second");
    let (played, _, samples) = beside(loudspeaker.played(), &fake, &clock).await;
    played.unwrap();
    assert_eq!(samples + blocks * 960, 144_000, "no sample more or less than three seconds");
}

#[tokio::test]
async fn what_is_cut_is_never_heard() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    loudspeaker.play(second(16_000)).await.unwrap();
    assert_eq!(block(&fake, &clock).len(), 960);
    loudspeaker.cut();
    // What the device has is all that is left.
    assert_eq!(loudspeaker.held(), LATENCY);
    assert_eq!(block(&fake, &clock).len(), 0);
    loudspeaker.play(second(48_000)).await.unwrap();
    let (played, _, samples) = beside(loudspeaker.played(), &fake, &clock).await;
    played.unwrap();
    assert_eq!(samples, 48_000, "nothing of what was cut");
}

/// The filter once held the last 14 ms of a chime back until the next sound came.
#[tokio::test]
async fn a_sound_that_is_whole_waits_for_no_other() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    loudspeaker.play(second(16_000)).await.unwrap();
    loudspeaker.whole().await.unwrap();
    let samples: usize = (0..60).map(|_| block(&fake, &clock).len()).sum();
    assert_eq!(samples, 48_000);
}

#[tokio::test]
async fn one_that_is_unplugged_is_found_out_with_the_next_sound() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    fake.unplug();
    // Its server takes what is played all the same.
    let fault = match loudspeaker.play(second(16_000)).await {
        // It was looked for at once.
        Err(error) => error.fault(),
        Ok(()) => {
            until(|| fake.playing().standing().failed.is_some()).await;
            loudspeaker.played().await.unwrap_err().fault()
        }
    };
    assert_eq!(fault.code, "voice-device-lost");
    assert!(fault.sentence.contains("unplugged"), "{fault}");
    fake.plug_in();
    clock.advance(Duration::from_secs(1));
    loudspeaker.play(second(48_000)).await.unwrap();
    assert_eq!(beside(loudspeaker.played(), &fake, &clock).await.2, 48_000);
    let events = told(&log);
    let [Event::DeviceLost { device, .. }, Event::DeviceBack { .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(*device, DeviceKind::Loudspeaker);
}

#[tokio::test]
async fn one_that_dies_is_an_error_at_once_and_is_looked_for_with_the_next_sound() {
    let kind = DeviceKind::Loudspeaker;
    let gone = DeviceError::None { kind, why: "unplugged".to_owned() };
    let does = [Does::Opens, Does::Fails(gone), Does::Opens];
    let (fake, clock, log) = (Fake::new(does), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    loudspeaker.play(second(16_000)).await.unwrap();
    fake.playing().fail("PulseAudio disconnected".to_owned());
    let fault = loudspeaker.played().await.unwrap_err().fault();
    assert_eq!(fault.code, "voice-device-lost");
    let at_once = loudspeaker.play(second(16_000)).await.unwrap_err().fault();
    assert_eq!((at_once.code.as_str(), fake.tries()), ("voice-device-lost", 1));
    clock.advance(Duration::from_secs(1));
    let later = loudspeaker.play(second(16_000)).await.unwrap_err().fault();
    assert_eq!((later.code.as_str(), fake.tries()), ("voice-device-none", 2));
    assert_eq!(loudspeaker.held(), Duration::ZERO);
    clock.advance(Duration::from_secs(1));
    loudspeaker.play(second(48_000)).await.unwrap();
    assert_eq!(beside(loudspeaker.played(), &fake, &clock).await.2, 48_000);
    let events = told(&log);
    assert!(
        matches!(&events[..], [Event::DeviceLost { .. }, Event::DeviceBack { device, .. }] if *device == kind),
        "{events:?}"
    );
}

#[tokio::test]
async fn one_that_takes_nothing_holds_nobody_up() {
    let (fake, clock, log) = (Fake::new([Does::HangsAtTheEnd]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    loudspeaker.play(second(16_000)).await.unwrap();
    let begun = clock.running();
    let playing = loudspeaker.played();
    tokio::pin!(playing);
    let fault = loop {
        tokio::select! {
            biased;
            done = &mut playing => break done.unwrap_err().fault(),
            () = tokio::task::yield_now() => clock.advance(BLOCK),
        }
    };
    assert!(fault.sentence.contains("it has taken nothing for 4 s"), "{fault}");
    assert_eq!(clock.running() - begun, Duration::from_secs(4));
    fake.free();
}

#[tokio::test]
async fn one_with_nothing_to_play_lets_go_of_the_card() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut loudspeaker = open(&fake, &clock, &log).await;
    for round in 0..3 {
        loudspeaker.play(second(48_000)).await.unwrap();
        assert_eq!(beside(loudspeaker.played(), &fake, &clock).await.2, 48_000);
        for _ in 0..495 {
            block(&fake, &clock);
        }
        assert_eq!(fake.closed(), round, "ten seconds are not over");
        for _ in 0..10 {
            block(&fake, &clock);
        }
        until(|| fake.closed() == round + 1).await;
        // Awake before there is something to play.
        loudspeaker.ready();
        until(|| fake.tries() == round + 2).await;
        loudspeaker.ready();
    }
    assert_eq!(fake.tries(), 4);
    assert!(told(&log).is_empty(), "nobody has to know");
}
