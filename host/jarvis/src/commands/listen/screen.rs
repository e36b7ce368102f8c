//! Who is told what happens while `jarvis listen` goes on, and hands it to the
//! thread that prints.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;
use jarvis_domain::invocation::{Notice, Watcher};
use jarvis_voice::{Event, Moment, Observer, Switch};
use tokio::sync::oneshot;

use super::Start;
use super::printing::{Line, Printing};
use crate::render::Printer;

/// What waits to be printed; more is let go.
const WAITING: usize = 1000;
/// How long whoever reads is waited for at the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// See the module. It never waits for whoever reads.
#[derive(Debug)]
pub(crate) struct Screen {
    to: Mutex<Option<SyncSender<Line>>>,
    /// Told once the thread has printed all.
    done: Mutex<Option<oneshot::Receiver<()>>>,
    heard: AtomicBool,
    /// The exit code of what failed last; 0 where nothing has.
    failed: AtomicU8,
}

impl Screen {
    pub(crate) fn start(printer: Printer) -> Self {
        let (to, lines) = sync_channel(WAITING);
        let (printed, done) = oneshot::channel();
        std::thread::spawn(move || {
            Printing::new(printer, lines).run();
            // Nobody may wait for it any more.
            let _ = printed.send(());
        });
        let (to, done) = (Mutex::new(Some(to)), Mutex::new(Some(done)));
        Self { to, done, heard: AtomicBool::new(false), failed: AtomicU8::new(0) }
    }

    /// Says what is there, and shows from now on how `switch` stands.
    pub(crate) fn begin(&self, start: Start, switch: &Switch) {
        self.print(Line::Start(start, switch.clone()));
    }

    /// Prints what still waits; nothing comes afterwards. False where that
    /// cannot be done, because nobody reads it.
    pub(crate) async fn finish(&self, clock: &dyn Clock) -> bool {
        self.to.lock().unwrap_or_else(PoisonError::into_inner).take();
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(done) = done else { return false };
        tokio::select! {
            biased;
            printed = done => printed.is_ok(),
            () = clock.sleep(PATIENCE) => false,
        }
    }

    /// Whether anything was understood.
    pub(super) fn heard(&self) -> bool {
        self.heard.load(Ordering::SeqCst)
    }

    /// How what failed last ends the command; 0 where nothing has, or an answer came all the same.
    pub(super) fn failed(&self) -> u8 {
        self.failed.load(Ordering::SeqCst)
    }

    fn print(&self, line: Line) {
        let to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        if to.as_ref().is_some_and(|to| to.try_send(line).is_err()) {
            tracing::debug!("nobody reads what is shown; a line was let go");
        }
    }
}

impl Observer for Screen {
    fn saw(&self, moment: Moment) {
        match &moment.event {
            Event::Words { .. } => self.heard.store(true, Ordering::SeqCst),
            Event::Failed { fault } => self.failed.store(fault.exit, Ordering::SeqCst),
            // An answer came all the same, or another voice said it.
            Event::Answer { .. } | Event::FirstSound => self.failed.store(0, Ordering::SeqCst),
            _ => {}
        }
        self.print(Line::Moment(moment));
    }
}

impl Watcher for Screen {
    fn notice(&self, notice: Notice) {
        self.print(Line::Notice(notice));
    }
}
