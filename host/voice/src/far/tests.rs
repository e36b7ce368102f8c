use jarvis_domain::{ManualClock, Timestamp};

use super::*;
use crate::SAMPLES;
use crate::event::Log;

#[tokio::test]
async fn what_was_said_while_muted_and_kept_by_the_network_is_silence() {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let time: Arc<dyn Clock> = clock.clone();
    let switch = Switch::new(Arc::new(Log::default()), clock.clone());
    let (inlet, waiting) = Inlet::new(&time);
    let mut source = switch.over(Box::new(waiting.source(&switch)));
    let said = |loud: i16| inlet.take(Frame::from([loud; SAMPLES]));
    assert!(said(1));
    assert_eq!(source.next().await.unwrap().unwrap().peak(), 1);
    assert!(said(1));
    clock.advance(FRAME);
    assert_eq!(source.next().await.unwrap().unwrap().peak(), 1);
    assert_eq!(source.behind(), FRAME, "it waited");
    switch.mute(true);
    clock.advance(Duration::from_secs(2));
    switch.mute(false);
    clock.advance(Duration::from_millis(100));
    // Two seconds at once, then as it is said.
    for _ in 0..125 {
        assert!(said(2));
        let heard = source.next().await.unwrap().unwrap();
        assert_eq!(heard, Frame::SILENCE);
    }
    let mut heard = Vec::new();
    for _ in 0..100 {
        clock.advance(FRAME);
        assert!(said(3));
        heard.push(source.next().await.unwrap().unwrap().peak());
    }
    assert_eq!(heard.last(), Some(&3), "{heard:?}");
    assert!(heard.iter().filter(|peak| **peak == 0).count() < 80, "{heard:?}");
}

#[tokio::test]
async fn one_that_stops_to_stream_is_gone_unless_it_says_that_this_was_all() {
    for says_so in [true, false] {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let time: Arc<dyn Clock> = clock.clone();
        let switch = Switch::new(Arc::new(Log::default()), clock.clone());
        let (inlet, waiting) = Inlet::new(&time);
        let mut source = switch.over(Box::new(waiting.source(&switch)));
        switch.events().tell(crate::Event::Listening);
        let loud = Frame::from([3_000; SAMPLES]);
        assert!(inlet.take(loud));
        assert_eq!(source.next().await.unwrap(), Some(loud));
        if says_so {
            inlet.stop();
        }
        clock.advance(GAP);
        assert_eq!(source.next().await.unwrap(), Some(Frame::SILENCE));
        assert_eq!(source.is_still_there().await, says_so);
        // It was the network: nothing of it was lost.
        assert!(inlet.take(loud));
        assert_eq!(source.next().await.unwrap(), Some(loud));
        assert!(source.is_still_there().await && !source.is_torn());
        if says_so {
            inlet.stop();
        }
        drop(inlet);
        assert_eq!(source.next().await.unwrap(), None);
        assert_eq!(source.is_still_there().await, says_so);
    }
}

#[tokio::test]
async fn what_began_in_what_is_passed_over_is_torn_and_what_begins_later_is_not() {
    for (loud, torn) in [(3_000, true), (100, false)] {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000)));
        let time: Arc<dyn Clock> = clock.clone();
        let switch = Switch::new(Arc::new(Log::default()), clock.clone());
        let (inlet, waiting) = Inlet::new(&time);
        let mut source = switch.over(Box::new(waiting.source(&switch)));
        switch.mute(true);
        switch.mute(false);
        let mut heard = Vec::new();
        for _ in 0..150 {
            clock.advance(FRAME);
            assert!(inlet.take(Frame::from([loud; SAMPLES])));
            let frame = source.next().await.unwrap().unwrap();
            heard.push((frame.peak() > 0, source.is_torn()));
        }
        let first = heard.iter().position(|(is_heard, _)| *is_heard).unwrap();
        assert_eq!(heard[first].1, torn, "{loud}");
        assert!(!heard[first + CLIPPED as usize].1, "{loud}");
    }
}
