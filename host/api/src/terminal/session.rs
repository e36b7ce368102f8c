//! One terminal: what runs in it, who has it, and how it is left and found.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jarvis_domain::identity::Life;
use jarvis_domain::{
    Caller, Clock, ClusterId, ConsoleSize, ConsoleTarget, Fault, TerminalId, Timestamp,
};
use jarvis_policy::port::FarConsole;
use tokio::sync::watch;

use super::keys::Keys;
use super::output::Output;
use super::program::Program;
use super::wire::Exit;

/// A terminal.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) about: About,
    pub(super) output: Arc<Output>,
    pub(super) keys: Arc<Keys>,
    pub(super) body: Body,
    pub(super) size: watch::Sender<ConsoleSize>,
    pub(super) hold: watch::Sender<Hold>,
    /// What somebody wants it to end for.
    pub(super) asked: watch::Sender<Option<Why>>,
    /// How it ended.
    pub(super) ending: watch::Sender<Option<Ending>>,
    /// When something was last typed or shown, milliseconds.
    active: AtomicU64,
    clock: Arc<dyn Clock>,
}

/// What is known of it from its beginning.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) id: TerminalId,
    pub(super) owner: Caller,
    pub(super) cluster: ClusterId,
    pub(super) target: ConsoleTarget,
    pub(super) since: Timestamp,
}

/// What runs in it.
#[derive(Debug)]
pub(super) enum Body {
    /// A program of this machine.
    Program(Program),
    /// Something elsewhere.
    Far(Box<dyn FarConsole>),
}

/// Who has it.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    /// That of whoever has or had it last.
    pub(super) life: Life,
    /// Since when nobody does.
    pub(super) lost: Option<Timestamp>,
}

/// Why it is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Its owner said so.
    Closed,
    /// Nothing happened for so many minutes.
    Idle(u64),
    /// Nobody came back.
    Deserted,
    /// Its owner's sign-in or role has ended.
    SignedOut,
    /// The host stops.
    Stopping,
}

/// How it ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    /// By itself, here.
    Exited(Exit),
    /// By itself, elsewhere; with the fault that did it.
    Left(Option<Box<Fault>>),
    /// For this.
    Ended(Why),
}

/// Somebody's hold of it; given up when dropped.
#[derive(Debug)]
pub(super) struct Attachment {
    pub(super) session: Arc<Session>,
    pub(super) generation: u64,
    /// How much was shown before what it is shown.
    pub(super) from: u64,
    /// It was there before.
    pub(super) resumed: bool,
}

impl Session {
    pub(super) fn new(
        about: About,
        (output, keys, body): (Arc<Output>, Arc<Keys>, Body),
        size: ConsoleSize,
        life: Life,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let since = about.since;
        Self {
            about,
            output,
            keys,
            body,
            size: watch::Sender::new(size),
            hold: watch::Sender::new(Hold { life, lost: Some(since) }),
            asked: watch::Sender::new(None),
            ending: watch::Sender::new(None),
            active: AtomicU64::new(since.0),
            clock,
        }
    }

    /// Takes hold of it; whoever had it loses it.
    pub(super) fn attach(self: &Arc<Self>, life: Life, from: Option<u64>) -> Attachment {
        let mut attached = (0, 0);
        // Within this, so that no other one comes or goes in between.
        self.hold.send_modify(|hold| {
            attached = self.output.attach(from);
            *hold = Hold { life, lost: None };
        });
        self.touch();
        let (generation, from) = attached;
        Attachment { session: Arc::clone(self), generation, from, resumed: false }
    }

    /// Makes it this large.
    pub(super) fn resize(&self, size: ConsoleSize) {
        let changed = self.size.send_if_modified(|now| std::mem::replace(now, size) != size);
        if let (true, Body::Program(program)) = (changed, &self.body) {
            program.resize(size);
        }
    }

    /// Ends it for this, unless something else was first.
    pub(super) fn end(&self, why: Why) {
        self.asked.send_if_modified(|asked| {
            let first = asked.is_none();
            asked.get_or_insert(why);
            first
        });
    }

    /// Something was typed or shown.
    pub(super) fn touch(&self) {
        self.active.store(self.clock.now().0, Ordering::Relaxed);
    }

    /// When that last was.
    pub(super) fn active(&self) -> Timestamp {
        Timestamp(self.active.load(Ordering::Relaxed))
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let Session { output, hold, clock, .. } = &*self.session;
        hold.send_if_modified(|hold| {
            let was_last = output.detach(self.generation);
            if was_last {
                hold.lost = Some(clock.now());
            }
            was_last
        });
    }
}

impl std::fmt::Display for Ending {
    /// For the audit log: `it …`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(Exit { signal: Some(signal), .. }) => write!(f, "ended by {signal}"),
            Self::Exited(Exit { status: Some(status), .. }) => {
                write!(f, "ended with exit status {status}")
            }
            Self::Exited(_) | Self::Left(None) => f.write_str("ended by itself"),
            Self::Left(Some(fault)) => write!(f, "broke off: {fault}"),
            Self::Ended(Why::Closed) => f.write_str("was closed by its owner"),
            Self::Ended(Why::Idle(minutes)) => write!(f, "was idle for {minutes} min"),
            Self::Ended(Why::Deserted) => {
                f.write_str("was not come back to after its connection was lost")
            }
            Self::Ended(Why::SignedOut) => f.write_str("went with its owner's sign-in"),
            Self::Ended(Why::Stopping) => f.write_str("went with the host"),
        }
    }
}
