//! A driver whose devices are played.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::super::captured::Captured;
use super::super::driver::{Driver, Running};
use super::super::list::DeviceInfo;
use super::super::playing::Playing;
use super::super::{DeviceChoice, DeviceError};

/// What a device does when it is opened, the next time and every time after the
/// last of them.
#[derive(Debug, Clone)]
pub(super) enum Does {
    Opens,
    Fails(DeviceError),
    /// It never returns, while the test lasts.
    Hangs,
    /// It opens, and never returns from being closed.
    HangsAtTheEnd,
}

#[derive(Debug, Default)]
pub(super) struct Fake {
    state: Mutex<State>,
    freed: Arc<Gate>,
    unplugged: Arc<AtomicBool>,
    looks_hang: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    does: VecDeque<Does>,
    tries: usize,
    captured: Option<Arc<Captured>>,
    playing: Option<Arc<Playing>>,
    closed: Arc<Mutex<usize>>,
}

#[derive(Debug, Default)]
struct Gate {
    open: Mutex<bool>,
    told: Condvar,
}

/// A stream of it.
struct Stream {
    hangs: Option<Arc<Gate>>,
    closed: Arc<Mutex<usize>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(gate) = &self.hangs {
            gate.pass();
        }
        *self.closed.lock().unwrap() += 1;
    }
}

impl Gate {
    fn pass(&self) {
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.told.wait(open).unwrap();
        }
    }
}

impl Fake {
    pub(super) fn new(does: impl IntoIterator<Item = Does>) -> Arc<Self> {
        let state = State { does: does.into_iter().collect(), ..State::default() };
        Arc::new(Self { state: Mutex::new(state), ..Self::default() })
    }

    /// What hangs goes on.
    pub(super) fn free(&self) {
        *self.freed.open.lock().unwrap() = true;
        self.freed.told.notify_all();
    }

    /// The device is gone, which only who looks for it finds out.
    pub(super) fn unplug(&self) {
        self.unplugged.store(true, Ordering::SeqCst);
    }

    /// Whoever looks whether a microphone is there waits from now on.
    pub(super) fn hang_looks(&self) {
        self.looks_hang.store(true, Ordering::SeqCst);
    }

    /// It is back.
    pub(super) fn plug_in(&self) {
        self.unplugged.store(false, Ordering::SeqCst);
    }

    /// How often something was opened, or tried to be.
    pub(super) fn tries(&self) -> usize {
        self.state().tries
    }

    /// How many streams were closed.
    pub(super) fn closed(&self) -> usize {
        *self.state().closed.lock().unwrap()
    }

    /// What was opened last hears this, at 48 kHz.
    pub(super) fn hear(&self, samples: &[f32]) {
        self.captured().push(samples);
    }

    pub(super) fn captured(&self) -> Arc<Captured> {
        self.state().captured.clone().expect("a microphone is open")
    }

    pub(super) fn playing(&self) -> Arc<Playing> {
        self.state().playing.clone().expect("a loudspeaker is open")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn open(&self, put: impl FnOnce(&mut State)) -> Result<Running, DeviceError> {
        let mut state = self.state();
        let last = state.does.len() == 1;
        let does = if last { state.does.front().cloned() } else { state.does.pop_front() };
        put(&mut state);
        state.tries += 1;
        let closed = Arc::clone(&state.closed);
        drop(state);
        let hangs = match does.unwrap() {
            Does::Opens => None,
            Does::HangsAtTheEnd => Some(Arc::clone(&self.freed)),
            Does::Fails(error) => return Err(error),
            Does::Hangs => {
                self.freed.pass();
                None
            }
        };
        let (name, stream) = ("fake".to_owned(), Box::new(Stream { hangs, closed }));
        Ok(Running { name, rate: 48_000, stream, look: Box::new(|| {}) })
    }
}

impl Driver for Fake {
    fn capture(&self, _: &DeviceChoice, into: Arc<Captured>) -> Result<Running, DeviceError> {
        let (looked, unplugged) = (Arc::clone(&into), Arc::clone(&self.unplugged));
        let (hangs, freed) = (Arc::clone(&self.looks_hang), Arc::clone(&self.freed));
        let look = move || {
            if hangs.load(Ordering::SeqCst) {
                freed.pass();
            }
            if unplugged.load(Ordering::SeqCst) {
                looked.fail("it is unplugged".to_owned());
            }
        };
        let running = self.open(|state| state.captured = Some(into))?;
        Ok(Running { look: Box::new(look), ..running })
    }

    fn play(&self, _: &DeviceChoice, from: Arc<Playing>) -> Result<Running, DeviceError> {
        let (looked, unplugged) = (Arc::clone(&from), Arc::clone(&self.unplugged));
        let look = move || {
            if unplugged.load(Ordering::SeqCst) {
                looked.fail("it is unplugged".to_owned());
            }
        };
        let running = self.open(|state| state.playing = Some(from))?;
        Ok(Running { look: Box::new(look), ..running })
    }

    fn list(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
        self.open(|_| {}).map(|_| Vec::new())
    }
}
