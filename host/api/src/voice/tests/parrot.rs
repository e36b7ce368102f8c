//! A conversation that is played: it repeats how long somebody has spoken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::identity::Person;
use jarvis_domain::{Explain, Fault, Timestamp};
use tokio::sync::{mpsc, watch};

use super::super::error::VoiceSocketError;
use super::super::{Begun, Ears, Heard, Line, Outgoing, Start, VoiceEvent, VoiceMoment, Voices};
use super::rig::PATIENCE;

/// Sound that is none.
pub(super) const GARBAGE: &[u8] = b"garbage";
/// Sound that is not taken.
pub(super) const UNHEARD: &[u8] = b"unheard";
/// What has the conversation end, and fall behind.
pub(super) const ENOUGH: &[u8] = b"enough";
pub(super) const BEHIND: &[u8] = b"behind";

#[derive(Debug, Default)]
pub(super) struct Parrot {
    /// What came, and what became of it.
    log: Arc<Log>,
    /// It speaks without an end.
    pub(super) floods: AtomicBool,
}

#[derive(Debug, Default)]
struct Log(watch::Sender<Vec<String>>);

struct Beak {
    log: Arc<Log>,
    out: mpsc::Sender<Outgoing>,
    ends: watch::Sender<bool>,
    heard: Mutex<Duration>,
}

struct Told(mpsc::Receiver<Outgoing>);

/// Says when it is dropped.
struct Cage(Arc<Log>);

impl Parrot {
    /// How often this came.
    pub(super) fn count(&self, what: &str) -> usize {
        self.log.0.borrow().iter().filter(|one| *one == what).count()
    }

    /// Waits until this came so often.
    pub(super) async fn until(&self, what: &str, often: usize) {
        let is_so = |log: &Vec<String>| log.iter().filter(|one| *one == what).count() >= often;
        let mut log = self.log.0.subscribe();
        let seen = tokio::time::timeout(PATIENCE, log.wait_for(is_so)).await.is_ok();
        assert!(seen, "{what} did not come {often} times: {:?}", self.log.0.borrow());
    }
}

#[async_trait]
impl Voices for Parrot {
    async fn begin(&self, person: &Person, start: &Start) -> Result<Begun, Box<Fault>> {
        if start.place.as_deref() == Some("nowhere") {
            return Err(VoiceSocketError::Off.fault());
        }
        self.log.put(format!("begun by {}", person.caller.principal));
        let (out, told) = mpsc::channel(8);
        let (ends, mut ended) = watch::channel(false);
        let cage = Cage(Arc::clone(&self.log));
        let (floods, flood) = (self.floods.load(Ordering::SeqCst), out.clone());
        let life = Box::pin(async move {
            let _cage = cage;
            while floods && flood.send(Outgoing::Sound(vec![7; 4096])).await.is_ok() {}
            let _ = ended.wait_for(|ended| *ended).await;
            Ok(())
        });
        let log = Arc::clone(&self.log);
        let ears = Box::new(Beak { log, out, ends, heard: Mutex::default() });
        let wake_words = vec!["polly".to_owned()];
        Ok(Begun { wake_words, rate: start.rate, ears, line: Box::new(Told(told)), life })
    }
}

impl Ears for Beak {
    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, Box<Fault>> {
        self.log.put("sound".to_owned());
        match bytes {
            GARBAGE => return Err(VoiceSocketError::Control("garbage".to_owned()).fault()),
            ENOUGH => drop(self.ends.send_replace(true)),
            BEHIND => self.tell(Outgoing::Lagging),
            _ => {}
        }
        let lasts = Duration::from_millis(bytes.len() as u64 / 32);
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) += lasts;
        Ok(Heard { lasts, lost: bytes == UNHEARD })
    }

    fn press(&self) {
        self.happens(VoiceEvent::Listening {});
    }

    fn release(&self) {
        let text = format!("{} ms", self.heard.lock().unwrap().as_millis());
        self.happens(VoiceEvent::Words { text: text.clone() });
        self.happens(VoiceEvent::Answer { text, question: true });
        self.tell(Outgoing::Begins);
        self.tell(Outgoing::Sound(vec![1, -2, 300]));
        self.tell(Outgoing::Ends);
    }

    fn stop(&self) {
        self.happens(VoiceEvent::Cut {});
    }

    fn mute(&self, muted: bool) {
        self.happens(VoiceEvent::Muted { muted });
    }

    fn played(&self) {
        self.happens(VoiceEvent::Played {});
    }
}

impl Beak {
    fn happens(&self, event: VoiceEvent) {
        self.tell(Outgoing::Moment(VoiceMoment { at: Timestamp(1), after_us: 2, event }));
    }

    fn tell(&self, out: Outgoing) {
        self.out.try_send(out).unwrap();
    }
}

#[async_trait]
impl Line for Told {
    async fn next(&mut self) -> Option<Outgoing> {
        self.0.recv().await
    }
}

impl Log {
    fn put(&self, what: String) {
        self.0.send_modify(|log| log.push(what));
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        self.0.put("hung up".to_owned());
    }
}
