//! What a host beside the satellite says by itself, such as that a timer is over: at
//! its loudspeaker, where nobody is heard or answered there. Whoever has the satellite
//! goes before.

use std::pin::Pin;

use async_trait::async_trait;
use jarvis_domain::Explain;
use tokio::sync::oneshot;

use super::player::Player;
use crate::error::VoiceError;
use crate::event::Event;
use crate::frame::Chunk;
use crate::port::Sink;
use crate::speaker::Speaker;
use crate::switch::{Phase, Saying, SayingEnd, Switch};

/// Something that is being said, until it is over.
pub(super) type Said = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The player, until somebody else has something to play.
struct Own<'a>(&'a Player);

/// Says it by `speaker`, through `player`.
pub(super) async fn say(speaker: Speaker, mut saying: Saying, player: Player, switch: Switch) {
    let events = switch.events();
    let text = saying.text.clone();
    events.tell(Event::Answer { text: text.clone() });
    let (mut own, mut cuts) = (Own(&player), player.cuts());
    player.begin_own(&text).await;
    let end = tokio::select! {
        biased;
        // Who has cut it off is there, or plays something else.
        _ = cuts.changed() => match player.is_own() {
            true => SayingEnd::CutOff,
            false => SayingEnd::Failed,
        },
        () = saying.unwanted() => {
            player.cut();
            SayingEnd::CutOff
        }
        spoken = speaker.speak(&text, &mut own, &events) => match spoken {
            Ok(()) => SayingEnd::Said,
            Err(error) => {
                events.tell(Event::Failed { fault: error.fault() });
                SayingEnd::Failed
            }
        },
    };
    if end != SayingEnd::Said {
        events.tell(Event::Cut);
    }
    player.end_own();
    saying.end(end);
    // Somebody may be listened to by now.
    if *switch.phase().borrow() == Phase::Speaking {
        events.tell(Event::Asleep);
    }
}

#[async_trait]
impl Sink for Own<'_> {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        if self.0.is_own() {
            self.0.play(chunk).await;
        }
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        if self.0.is_own() {
            let (to, done) = oneshot::channel();
            let then = move || {
                // Whoever waited may have been cut off.
                let _ = to.send(());
            };
            self.0.stop(then).await;
            // An error says that the runtime ends.
            let _ = done.await;
        }
        Ok(())
    }

    fn cut(&mut self) {
        self.0.cut();
    }
}
