//! What a satellite plays: by a task of its own, since a loudspeaker takes its
//! time. What was not played yet can be cut off.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};

use crate::error::VoiceError;
use crate::frame::Chunk;
use crate::port::Sink;

/// Pieces of sound that wait: a minute and a half, as Home Assistant sends them.
const WAITING: usize = 2048;

/// Copies are of the same one. It ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Player {
    to: mpsc::Sender<Piece>,
    cuts: watch::Sender<u64>,
    /// What is being said; empty where nothing is.
    says: Arc<Mutex<String>>,
}

enum Piece {
    Begin,
    Sound(Chunk),
    /// Also where an answer was cut off before it.
    Chime(Chunk),
    /// What is done once all before it was played, or was cut off.
    Stop(Box<dyn FnOnce() + Send>),
}

/// The loudspeaker, and what is to be played on it.
struct Playing {
    sink: Box<dyn Sink>,
    cuts: watch::Receiver<u64>,
    /// Nothing is played until the next beginning.
    cut: bool,
}

impl Player {
    /// Within a runtime.
    pub(super) fn start(sink: Box<dyn Sink>) -> Self {
        let (to, mut pieces) = mpsc::channel(WAITING);
        let (cuts, says) = (watch::Sender::new(0), Arc::default());
        let mut playing = Playing { sink, cuts: cuts.subscribe(), cut: false };
        let said: Arc<Mutex<String>> = Arc::clone(&says);
        tokio::spawn(async move {
            while let Some(piece) = pieces.recv().await {
                let is_last = matches!(piece, Piece::Stop(_));
                if let Err(error) = playing.take(piece).await {
                    tracing::warn!(%error, "a satellite's sound was not played");
                }
                if is_last {
                    said.lock().unwrap_or_else(PoisonError::into_inner).clear();
                }
            }
        });
        Self { to, cuts, says }
    }

    pub(super) fn begin(&self) {
        self.put(Piece::Begin);
    }

    pub(super) fn play(&self, chunk: Chunk) {
        self.put(Piece::Sound(chunk));
    }

    pub(super) fn chime(&self, chunk: Chunk) {
        self.put(Piece::Chime(chunk));
    }

    /// Does `then` once all before it was played.
    pub(super) fn stop(&self, then: impl FnOnce() + Send + 'static) {
        self.put(Piece::Stop(Box::new(then)));
    }

    /// Silence now, to the next beginning.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// `text` is said next.
    pub(super) fn will_say(&self, text: &str) {
        *self.says.lock().unwrap_or_else(PoisonError::into_inner) = text.to_lowercase();
    }

    /// Whether what is said holds one of `words`.
    pub(super) fn says_any_of(&self, words: &[String]) -> bool {
        let says = self.says.lock().unwrap_or_else(PoisonError::into_inner);
        words.iter().any(|word| says.contains(&word.to_lowercase()))
    }

    fn put(&self, piece: Piece) {
        if self.to.try_send(piece).is_err() {
            tracing::debug!("more is to be played than there is room for");
        }
    }
}

impl Playing {
    async fn take(&mut self, piece: Piece) -> Result<(), VoiceError> {
        if self.cuts.has_changed().unwrap_or_default() {
            self.silence();
        }
        match piece {
            Piece::Begin => {
                self.cut = false;
                self.sink.ready();
                Ok(())
            }
            Piece::Chime(chunk) => self.sink.play(chunk).await,
            Piece::Sound(_) if self.cut => Ok(()),
            Piece::Sound(chunk) => {
                let Self { sink, cuts, .. } = self;
                tokio::select! {
                    biased;
                    Ok(()) = cuts.changed() => {}
                    played = sink.play(chunk) => return played,
                }
                self.silence();
                Ok(())
            }
            Piece::Stop(then) => {
                let Self { sink, cuts, cut } = self;
                let played = tokio::select! {
                    biased;
                    Ok(()) = cuts.changed() => None,
                    played = sink.played(), if !*cut => Some(played),
                    () = std::future::ready(()), if *cut => Some(Ok(())),
                };
                then();
                if played.is_none() {
                    self.silence();
                }
                played.unwrap_or(Ok(()))
            }
        }
    }

    fn silence(&mut self) {
        self.cuts.mark_unchanged();
        self.cut = true;
        self.sink.cut();
    }
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Piece")
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tokio::sync::{Notify, oneshot};

    use super::*;

    /// Tells what it is to do; a sound of seven samples is never taken.
    #[derive(Debug, Clone, Default)]
    struct Told(Arc<Mutex<Vec<String>>>, Arc<Notify>);

    impl Told {
        fn tell(&self, what: impl Into<String>) {
            self.0.lock().unwrap().push(what.into());
            self.1.notify_one();
        }

        async fn until(&self, what: &str) {
            while !self.0.lock().unwrap().iter().any(|one| one == what) {
                self.1.notified().await;
            }
        }
    }

    #[async_trait]
    impl Sink for Told {
        async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
            self.tell(format!("play {}", chunk.samples.len()));
            if chunk.samples.len() == 7 {
                std::future::pending::<()>().await;
            }
            Ok(())
        }

        async fn played(&mut self) -> Result<(), VoiceError> {
            self.tell("played");
            Ok(())
        }

        fn cut(&mut self) {
            self.tell("cut");
        }
    }

    fn sound(samples: usize) -> Chunk {
        Chunk { rate: 16_000, samples: vec![0; samples] }
    }

    #[tokio::test]
    async fn what_is_cut_off_is_not_played_and_what_begins_afterwards_is() {
        let told = Told::default();
        let player = Player::start(Box::new(told.clone()));
        player.will_say("Jarvis says so.");
        assert!(player.says_any_of(&["jarvis".to_owned()]));
        player.begin();
        player.play(sound(7));
        told.until("play 7").await;
        player.cut();
        // The rest of it comes all the same, and a chime belongs to what is next.
        player.play(sound(8));
        player.chime(sound(1));
        let (to, done) = oneshot::channel();
        player.stop(move || to.send(()).unwrap());
        done.await.unwrap();
        player.begin();
        player.play(sound(9));
        let (to, done) = oneshot::channel();
        player.stop(move || to.send(()).unwrap());
        done.await.unwrap();
        let all = told.0.lock().unwrap().clone();
        assert_eq!(all, ["play 7", "cut", "play 1", "play 9", "played"]);
        assert!(!player.says_any_of(&["jarvis".to_owned()]), "it was said");
    }
}
