//! What a satellite plays: by a task of its own, since a loudspeaker takes its
//! time. What was not played yet can be cut off. What a guest plays goes before what
//! is said here by ourselves.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::conversation::{Holds, OwnVoice};
use crate::error::VoiceError;
use crate::frame::Chunk;
use crate::port::Sink;

/// Samples that wait: two minutes at 48 kHz, four and more as Home Assistant sends
/// an answer, at once.
const WAITING: usize = 2 * 60 * 48_000;
/// As so many counts whatever has fewer.
const LEAST: usize = 256;

/// Copies are of the same one. It ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Player {
    to: mpsc::UnboundedSender<Held>,
    /// How many samples more may wait.
    room: Arc<Semaphore>,
    cuts: watch::Sender<u64>,
    /// Which words are in what is said.
    says: Arc<Mutex<Holds>>,
    own: OwnVoice,
    plays: Arc<Plays>,
}

/// What is played now.
#[derive(Debug, Default)]
struct Plays {
    /// Something of a guest.
    guest: AtomicBool,
    /// Something of our own.
    own: AtomicBool,
    /// How often a guest has begun.
    begun: AtomicU64,
}

/// A piece, with the room that it takes.
type Held = (Piece, OwnedSemaphorePermit);

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
    says: Arc<Mutex<Holds>>,
    own: OwnVoice,
    /// Nothing is played until the next beginning.
    cut: bool,
}

impl Player {
    /// Within a runtime. `own` is told when words that it knows are played.
    pub(super) fn start(sink: Box<dyn Sink>, own: OwnVoice) -> Self {
        let (to, mut pieces) = mpsc::unbounded_channel::<Held>();
        let (cuts, says) = (watch::Sender::new(0), Arc::default());
        let (said, voice) = (Arc::clone(&says), own.clone());
        let mut playing =
            Playing { sink, cuts: cuts.subscribe(), says: said, own: voice, cut: false };
        tokio::spawn(async move {
            while let Some((piece, _room)) = pieces.recv().await {
                let is_last = matches!(piece, Piece::Stop(_));
                if let Err(error) = playing.take(piece).await {
                    tracing::warn!(%error, "a satellite's sound was not played");
                }
                if is_last {
                    *playing.says.lock().unwrap_or_else(PoisonError::into_inner) = Holds::default();
                }
            }
        });
        let (room, plays) = (Arc::new(Semaphore::new(WAITING)), Arc::default());
        Self { to, room, cuts, says, own, plays }
    }

    /// A guest begins, and cuts off what is said by ourselves. Waits for room, as all
    /// that comes from a guest does.
    pub(super) async fn begin(&self) {
        self.plays.guest.store(true, Ordering::SeqCst);
        self.plays.begun.fetch_add(1, Ordering::SeqCst);
        if self.plays.own.swap(false, Ordering::SeqCst) {
            self.cut();
        }
        self.put(Piece::Begin).await;
    }

    /// What a guest has begun is over, or the guest has gone.
    pub(super) fn guest_is_over(&self) {
        self.plays.guest.store(false, Ordering::SeqCst);
    }

    /// Whether a guest plays something.
    pub(super) fn has_guest(&self) -> bool {
        self.plays.guest.load(Ordering::SeqCst)
    }

    /// How often a guest has begun to play something.
    pub(super) fn begun(&self) -> u64 {
        self.plays.begun.load(Ordering::SeqCst)
    }

    /// We say `text` by ourselves.
    pub(super) async fn begin_own(&self, text: &str) {
        self.plays.own.store(true, Ordering::SeqCst);
        self.will_say(text);
        self.put(Piece::Begin).await;
    }

    /// Whether we still may: no guest has begun.
    pub(super) fn is_own(&self) -> bool {
        self.plays.own.load(Ordering::SeqCst)
    }

    pub(super) fn end_own(&self) {
        self.plays.own.store(false, Ordering::SeqCst);
    }

    /// Changes with each cut.
    pub(super) fn cuts(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    pub(super) async fn play(&self, chunk: Chunk) {
        self.put(Piece::Sound(chunk)).await;
    }

    /// Is not played where there is no room.
    pub(super) fn chime(&self, chunk: Chunk) {
        let room = Arc::clone(&self.room).try_acquire_many_owned(takes(chunk.samples.len()));
        let Ok(room) = room else { return };
        // An error says that the runtime ends.
        let _ = self.to.send((Piece::Chime(chunk), room));
    }

    /// Does `then` once all before it was played.
    pub(super) async fn stop(&self, then: impl FnOnce() + Send + 'static) {
        self.put(Piece::Stop(Box::new(then))).await;
    }

    /// Silence now, to the next beginning.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// `text` is said next.
    pub(super) fn will_say(&self, text: &str) {
        *self.says.lock().unwrap_or_else(PoisonError::into_inner) = self.own.holds(text);
    }

    async fn put(&self, piece: Piece) {
        let samples = match &piece {
            Piece::Sound(chunk) | Piece::Chime(chunk) => chunk.samples.len(),
            Piece::Begin | Piece::Stop(_) => 0,
        };
        let room = Arc::clone(&self.room).acquire_many_owned(takes(samples)).await;
        // It is never closed; that nobody takes it says that the runtime ends.
        let Ok(room) = room else { return };
        let _ = self.to.send((piece, room));
    }
}

/// The room that so many samples take. More than all there is, they would wait for
/// ever; no message has so many.
fn takes(samples: usize) -> u32 {
    u32::try_from(samples.clamp(LEAST, WAITING)).unwrap_or(u32::MAX)
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
                let holds = *self.says.lock().unwrap_or_else(PoisonError::into_inner);
                self.own.says(holds, &chunk, sink.held());
                tokio::select! {
                    biased;
                    Ok(()) = cuts.changed() => {}
                    played = sink.play(chunk) => return played,
                }
                self.silence();
                Ok(())
            }
            Piece::Stop(then) => {
                let Self { sink, cuts, cut, .. } = self;
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
        self.own.silent();
    }
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Piece")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_trait::async_trait;
    use jarvis_domain::{ManualClock, Timestamp};
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

    fn player(told: &Told) -> (Player, OwnVoice) {
        let clock = Arc::new(ManualClock::at(Timestamp(1000)));
        let own = OwnVoice::new(&["Jarvis".to_owned()], clock);
        (Player::start(Box::new(told.clone()), own.clone()), own)
    }

    /// All that was put before has been played.
    async fn rest(player: &Player) {
        let (to, done) = oneshot::channel();
        player.stop(move || to.send(()).unwrap()).await;
        done.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_cut_off_is_not_played_and_what_begins_afterwards_is() {
        let told = Told::default();
        let (player, _) = player(&told);
        player.begin().await;
        player.play(sound(7)).await;
        told.until("play 7").await;
        player.cut();
        // The rest of it comes all the same, and a chime belongs to what is next.
        player.play(sound(8)).await;
        player.chime(sound(1));
        rest(&player).await;
        player.begin().await;
        player.play(sound(9)).await;
        rest(&player).await;
        let all = told.0.lock().unwrap().clone();
        assert_eq!(all, ["play 7", "cut", "play 1", "play 9", "played"]);
    }

    #[tokio::test]
    async fn a_word_counts_as_its_own_while_it_is_played() {
        let told = Told::default();
        let (player, own) = player(&told);
        player.will_say("Jarvis says so.");
        assert!(!own.is_saying_wake(Duration::ZERO));
        player.play(sound(16)).await;
        rest(&player).await;
        assert!(own.is_saying_wake(Duration::ZERO));
        let (other, own) = self::player(&told);
        other.will_say("It is hot.");
        other.play(sound(16)).await;
        rest(&other).await;
        assert!(!own.is_saying_wake(Duration::ZERO));
    }

    #[tokio::test]
    async fn no_more_waits_than_there_is_room_for_and_none_of_it_is_lost() {
        let told = Told::default();
        let (player, _) = player(&told);
        player.begin().await;
        player.play(sound(7)).await;
        told.until("play 7").await;
        let most = WAITING / 100_000;
        for _ in 0..most {
            player.play(sound(100_000)).await;
        }
        {
            let one_more = player.play(sound(100_000));
            tokio::pin!(one_more);
            tokio::select! {
                biased;
                () = &mut one_more => panic!("there is no end to what waits"),
                () = tokio::task::yield_now() => {}
            }
            // What comes after what plays for ever has room once that is cut.
            player.cut();
            one_more.await;
        }
        rest(&player).await;
        player.begin().await;
        for _ in 0..3000 {
            player.play(sound(1)).await;
        }
        rest(&player).await;
        let all = told.0.lock().unwrap().clone();
        assert_eq!(all.iter().filter(|one| *one == "play 1").count(), 3000);
    }
}
