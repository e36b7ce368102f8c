//! Which run a command of a model is, also where it has no answer to say so.

use std::sync::{Arc, OnceLock};

use jarvis_domain::RunId;
use jarvis_domain::invocation::{Notice, Watcher};

/// Keeps the run that it is told of, and passes everything on.
#[derive(Debug)]
pub(super) struct Noting {
    to: Arc<dyn Watcher>,
    run: OnceLock<RunId>,
}

impl Noting {
    /// For one command.
    pub(super) fn before(to: Arc<dyn Watcher>) -> Arc<Self> {
        Arc::new(Self { to, run: OnceLock::new() })
    }

    /// The run; none where it has no record.
    pub(super) fn run(&self) -> Option<RunId> {
        self.run.get().copied()
    }
}

impl Watcher for Noting {
    fn notice(&self, notice: Notice) {
        if let Notice::Run { run } = &notice {
            // A command is one run; the first is it.
            let _ = self.run.set(*run);
        }
        self.to.notice(notice);
    }

    fn is_wanted(&self) -> bool {
        self.to.is_wanted()
    }
}
