//! What is heard, and what it is listened to for.

use crate::error::VoiceError;
use crate::event::{Event, Events};
use crate::frame::Frame;
use crate::port::Source;
use crate::speech::{Ear, EndSettings, Heard, Why};
use crate::switch::{Saying, Switch, Switched, Wanted};

use super::interjection::Interjection;
use super::watch::{ECHO, Watch};
use super::{Exchange, Said};

/// The source, and what looks at each of its frames.
pub(super) struct Ears {
    source: Switched,
    switch: Switch,
    watch: Watch,
    ear: Ear,
    interjection: Interjection,
    /// Sound was lost since an utterance was waited for.
    torn: bool,
    /// No more sound comes.
    over: bool,
}

/// How a sleep ends.
#[derive(Debug)]
pub(super) enum Begun {
    /// With the wake word, or somebody who wants to talk: what happens from then
    /// on.
    Woken(Events),
    /// With something to say.
    Saying(Saying),
    /// No more sound comes, or nothing more is to begin.
    Over,
}

/// A piece of an utterance.
#[derive(Debug)]
pub(super) enum Utterance {
    Frames(Vec<Frame>),
    Ended(Why),
    /// Somebody has muted it: what was said so far is forgotten.
    Muted,
    /// Somebody wants no more of it, by a button.
    Stopped,
}

/// What comes of listening to somebody.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and a frame nearly always")]
enum Listened {
    Frame(Frame),
    /// No more sound.
    Over,
    /// Somebody wants no more of it.
    Stopped,
}

/// What comes next to the ears that watch for the wake word.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and a frame nearly always")]
enum Next {
    Frame(Frame),
    /// What came of the last frame.
    Looked(Option<String>),
    /// No more sound.
    Over,
}

/// What came of something that was done while the ears were open.
#[derive(Debug)]
pub(super) enum Beside<T> {
    Done(T),
    /// Something else came first, and ends the exchange so.
    Cut(Exchange),
}

/// What may break off what is done beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The wake word and a button. The recogniser has no time for "stop".
    WakeWord,
    /// These, and a short "stop".
    Words,
}

impl std::fmt::Debug for Ears {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ears")
            .field("watch", &self.watch)
            .field("ear", &self.ear)
            .finish_non_exhaustive()
    }
}

impl Ears {
    pub(super) fn new(
        source: Box<dyn Source>,
        switch: Switch,
        watch: Watch,
        end: EndSettings,
        interjection: Interjection,
    ) -> Self {
        let (source, ear) = (switch.over(source), Ear::new(end));
        Self { source, switch, watch, ear, interjection, torn: false, over: false }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Told of what was said so far: see [`Ear::complete`].
    pub(super) fn complete(&mut self, complete: bool) {
        self.ear.complete(complete);
    }

    /// Until the wake word, until somebody wants to talk, or until there is
    /// something to say.
    pub(super) async fn asleep(&mut self) -> Result<Begun, VoiceError> {
        let switch = self.switch.clone();
        let events = switch.ongoing();
        events.tell(Event::Asleep);
        // A file waits for whoever takes from it, unless for the wake word.
        let hears = self.source.is_live() || self.watch.is_there();
        while !self.over {
            let next = tokio::select! {
                biased;
                wanted = switch.wanted() => match wanted {
                    Wanted::Talk => return Ok(Begun::Woken(switch.woken(None))),
                    Wanted::Stop => continue,
                },
                () = switch.ended() => break,
                saying = switch.saying() => return Ok(Begun::Saying(saying)),
                next = next(&mut self.source, &mut self.watch, hears, &events) => next,
            };
            self.over = matches!(next, Err(_) | Ok(Next::Over));
            match next? {
                Next::Frame(frame) => {
                    self.watch.passes(&self.source);
                    self.ear.push(frame);
                    self.watch.look(frame);
                }
                Next::Looked(Some(word)) => {
                    return Ok(Begun::Woken(switch.woken(Some(word))));
                }
                Next::Looked(None) | Next::Over => {}
            }
        }
        Ok(Begun::Over)
    }

    /// Waits until jarvis's own last words are out of the room, and forgets
    /// them: else they would be taken for the beginning of an answer.
    pub(super) async fn settle(&mut self) -> Result<(), VoiceError> {
        if self.source.is_live() {
            let until = self.watch.heard() + self.source.behind() + ECHO;
            while self.watch.heard() < until
                && let Some(frame) = self.frame().await?
            {
                self.ear.push(frame);
            }
        }
        self.ear.forget();
        Ok(())
    }

    /// Waits until somebody speaks; none where nobody does.
    pub(super) async fn utterance(
        &mut self,
        events: &Events,
    ) -> Result<Option<Utterance>, VoiceError> {
        self.ear.listen();
        self.watch.forget();
        self.torn = false;
        loop {
            let frame = match self.listened().await? {
                Listened::Frame(frame) => frame,
                Listened::Over => break,
                Listened::Stopped => {
                    self.ear.stop();
                    return Ok(Some(Utterance::Stopped));
                }
            };
            match self.ear.push(frame) {
                Heard::Began(frames) => {
                    events.tell(Event::SpeechBegan);
                    return Ok(Some(Utterance::Frames(frames)));
                }
                Heard::Nothing => return Ok(None),
                // Nothing is missing of what nobody has begun to say.
                Heard::Quiet => self.torn = false,
                Heard::Going | Heard::Ended(_) => {}
            }
        }
        self.ear.stop();
        Ok(None)
    }

    /// Whether nothing of the utterance is missing: what is left may mean something else.
    pub(super) async fn is_whole(&mut self) -> bool {
        !self.torn && self.source.is_still_there().await
    }

    /// The next piece of it. Dropping the future loses nothing.
    pub(super) async fn more(&mut self) -> Result<Utterance, VoiceError> {
        let frame = match self.listened().await? {
            Listened::Frame(frame) => frame,
            Listened::Over => {
                self.ear.stop();
                return Ok(Utterance::Ended(Why::SourceOver));
            }
            Listened::Stopped => {
                self.ear.stop();
                return Ok(Utterance::Stopped);
            }
        };
        if self.switch.is_muted() {
            self.ear.stop();
            return Ok(Utterance::Muted);
        }
        Ok(match self.ear.push(frame) {
            Heard::Ended(why) => Utterance::Ended(why),
            _ => Utterance::Frames(vec![frame]),
        })
    }

    /// What comes of `work`, during which nothing is listened to; or how the exchange goes
    /// on, where somebody stops it or mutes meanwhile.
    pub(super) async fn unless_stopped<T>(
        &mut self,
        work: impl Future<Output = T>,
    ) -> Result<T, Said> {
        tokio::pin!(work);
        let (switch, mut muted) = (self.switch.clone(), self.switch.muted());
        let said = loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                wanted = switch.wanted() => match wanted {
                    Wanted::Stop => break Said::Cut(Exchange::Over),
                    // They are heard already.
                    Wanted::Talk => {}
                },
                // The sender lives as long as the switch does.
                _ = muted.wait_for(|muted| *muted) => break Said::Nothing,
            }
        };
        self.ear.stop();
        Err(said)
    }

    /// Does `work` with open ears. A source that waits for whoever takes from
    /// it is left alone meanwhile.
    pub(super) async fn beside<T>(
        &mut self,
        work: impl Future<Output = T>,
        by: By,
        events: &Events,
    ) -> Result<Beside<T>, VoiceError> {
        tokio::pin!(work);
        let switch = self.switch.clone();
        if by == By::Words {
            self.interjection.begin();
        }
        loop {
            let hears = self.source.is_live() && !self.over;
            let next = tokio::select! {
                biased;
                done = &mut work => return Ok(Beside::Done(done)),
                wanted = switch.wanted() => return Ok(match wanted {
                    Wanted::Talk => Beside::Cut(Exchange::CutOff(None)),
                    Wanted::Stop => Beside::Cut(Exchange::Over),
                }),
                () = self.interjection.stopped(), if by == By::Words => {
                    return Ok(Beside::Cut(Exchange::Over));
                }
                next = next(&mut self.source, &mut self.watch, hears, events) => next?,
            };
            match next {
                Next::Frame(frame) => {
                    self.watch.passes(&self.source);
                    self.ear.push(frame);
                    if by == By::Words {
                        self.interjection.push(frame, self.watch.at(), events);
                    }
                    self.watch.look(frame);
                }
                Next::Looked(Some(word)) => {
                    return Ok(Beside::Cut(Exchange::CutOff(Some(word))));
                }
                Next::Looked(None) => {}
                Next::Over => self.over = true,
            }
        }
    }

    /// The next frame of whoever is listened to. Dropping the future loses nothing.
    async fn listened(&mut self) -> Result<Listened, VoiceError> {
        let switch = self.switch.clone();
        loop {
            tokio::select! {
                biased;
                wanted = switch.wanted() => match wanted {
                    Wanted::Stop => return Ok(Listened::Stopped),
                    // They are heard already.
                    Wanted::Talk => {}
                },
                frame = self.frame() => return Ok(frame?.map_or(Listened::Over, Listened::Frame)),
            }
        }
    }

    async fn frame(&mut self) -> Result<Option<Frame>, VoiceError> {
        if self.over {
            return Ok(None);
        }
        let frame = self.source.next().await;
        self.watch.passes(&self.source);
        self.torn |= self.source.is_torn();
        self.over = !matches!(frame, Ok(Some(_)));
        frame
    }
}

/// The next frame, unless the watch still looks at the last one. A wake word's
/// engine that is only being reached or started misses what is said meanwhile;
/// everything else hears it. Dropping the future loses nothing.
async fn next(
    source: &mut Switched,
    watch: &mut Watch,
    hears: bool,
    events: &Events,
) -> Result<Next, VoiceError> {
    let looking = watch.is_looking();
    let hears = hears && (!looking || watch.is_beginning() && source.is_live());
    tokio::select! {
        biased;
        word = watch.looked(events), if looking => Ok(Next::Looked(word)),
        frame = source.next(), if hears => Ok(frame?.map_or(Next::Over, Next::Frame)),
        () = std::future::pending() => Ok(Next::Over),
    }
}
