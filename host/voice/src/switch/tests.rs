//! What others see of a switch, and what comes through it.

use std::collections::VecDeque;
use std::sync::Mutex;

use jarvis_domain::{ManualClock, Timestamp};

use super::*;
use crate::{Frame, Log, MemorySource};

fn switch() -> (Switch, Arc<Log>) {
    let log = Arc::new(Log::default());
    (Switch::new(log.clone(), Arc::new(ManualClock::at(Timestamp(0)))), log)
}

fn told(log: &Log) -> Vec<Event> {
    log.take().into_iter().map(|moment| moment.event).collect()
}

#[tokio::test]
async fn nothing_of_the_sound_is_left_while_muted_and_that_is_told_once() {
    let (switch, log) = switch();
    let mut source = switch.over(Box::new(MemorySource::new(&[9000; 256 * 3])));
    let level = switch.level();
    assert_eq!(source.next().await.unwrap().unwrap().peak(), 9000);
    assert_eq!(*level.borrow(), 9000);
    switch.mute(true);
    switch.mute(true);
    assert_eq!(*level.borrow(), 0);
    assert_eq!(source.next().await.unwrap(), Some(Frame::SILENCE));
    assert_eq!(*level.borrow(), 0, "nor is it shown how loud it is");
    switch.toggle();
    assert_eq!(source.next().await.unwrap().unwrap().peak(), 9000);
    assert_eq!(source.next().await.unwrap(), None);
    assert_eq!(told(&log), [Event::Muted { muted: true }, Event::Muted { muted: false }]);
}

#[tokio::test]
async fn a_level_falls_off_slowly() {
    let (switch, _) = switch();
    let mut samples = vec![0; 256 * 40];
    samples[0] = i16::MIN;
    let mut source = switch.over(Box::new(MemorySource::new(&samples)));
    let level = switch.level();
    let mut levels = Vec::new();
    while source.next().await.unwrap().is_some() {
        levels.push(*level.borrow());
    }
    assert_eq!(levels[0], 32_768);
    assert!((14_000..18_000).contains(&levels[5]), "{levels:?}");
    assert!(levels[39] < 200 && levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
}

#[tokio::test]
async fn a_button_counts_only_where_it_makes_sense() {
    let (switch, log) = switch();
    let events = switch.events();
    assert!(!switch.stop(), "there is nothing to stop");
    assert!(switch.talk());
    assert_eq!(switch.wanted().await, Wanted::Talk);
    events.tell(Event::Listening);
    assert_eq!(*switch.phase().borrow(), Phase::Listening);
    assert!(!switch.talk(), "it listens already");
    assert!(switch.stop(), "whoever is listened to may be listened to no more");
    assert_eq!(switch.wanted().await, Wanted::Stop);
    events.tell(Event::SpeechEnded { why: crate::Why::Silence });
    assert_eq!(*switch.phase().borrow(), Phase::Thinking);
    assert!(switch.stop());
    assert_eq!(switch.wanted().await, Wanted::Stop);
    events.tell(Event::FirstSound);
    assert_eq!(*switch.phase().borrow(), Phase::Speaking);
    events.tell(Event::Asleep);
    switch.mute(true);
    assert!(!switch.talk(), "nobody would be heard");
    assert_eq!(told(&log).len(), 5);
}

#[tokio::test]
async fn the_times_of_an_exchange_have_one_beginning_whoever_tells_what_happens() {
    let (clock, log) = (Arc::new(ManualClock::at(Timestamp(0))), Arc::new(Log::default()));
    let switch = Switch::new(log.clone(), clock.clone());
    // A microphone that was opened long before.
    let device = Events::begin(clock.clone(), Arc::new(switch.clone()));
    let second = || clock.advance(Duration::from_secs(1));
    second();
    let exchange = switch.woken(Some("jarvis".to_owned()));
    second();
    exchange.tell(Event::Listening);
    second();
    switch.mute(true);
    second();
    let (kind, name) = (crate::DeviceKind::Microphone, "desk".to_owned());
    device.tell(Event::DeviceBack { device: kind, name });
    second();
    exchange.tell(Event::Played);
    switch.ongoing().tell(Event::Asleep);
    second();
    switch.woken(Some("jarvis".to_owned()));
    let times: Vec<u64> = log.take().iter().map(|moment| moment.after_us / 1_000_000).collect();
    assert_eq!(times, [0, 1, 2, 3, 4, 4, 0]);
}

/// A source that goes on while nobody takes from it.
struct Live(Arc<Mutex<VecDeque<Frame>>>);

#[async_trait::async_trait]
impl Source for Live {
    async fn next(&mut self) -> Result<Option<Frame>, crate::VoiceError> {
        Ok(self.0.lock().unwrap().pop_front())
    }

    fn is_live(&self) -> bool {
        true
    }

    async fn forget(&mut self) {
        self.0.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn what_was_captured_while_muted_is_not_heard_afterwards() {
    // Whether a frame is taken meanwhile or all of them wait.
    for taken in [1, 0] {
        let (switch, _) = switch();
        let waiting: Arc<Mutex<VecDeque<Frame>>> = Arc::default();
        let hears = |frames: usize| {
            waiting.lock().unwrap().extend(vec![Frame::from([9000; 256]); frames]);
        };
        let mut source = switch.over(Box::new(Live(Arc::clone(&waiting))));
        switch.mute(true);
        hears(500);
        for _ in 0..taken {
            assert_eq!(source.next().await.unwrap(), Some(Frame::SILENCE));
        }
        switch.mute(false);
        hears(1);
        let mut heard = Vec::new();
        while let Some(frame) = source.next().await.unwrap() {
            heard.push(frame.peak());
            if heard.len() == 1 {
                hears(10);
            }
        }
        assert_eq!(heard, [vec![0; 8], vec![9000; 3]].concat(), "{taken} taken");
    }
}

#[tokio::test]
async fn what_was_wanted_before_somebody_is_listened_to_is_forgotten() {
    let (switch, _) = switch();
    let events = switch.events();
    events.tell(Event::FirstSound);
    assert!(switch.stop() && switch.talk());
    events.tell(Event::Listening);
    let waits = tokio::select! {
        biased;
        _ = switch.wanted() => false,
        () = std::future::ready(()) => true,
    };
    assert!(waits);
}
