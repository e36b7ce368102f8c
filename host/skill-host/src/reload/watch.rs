//! When to look at the skills' folder: as soon as the kernel tells of a
//! change, and now and then all the same, since network file systems tell
//! nothing and a watch can be lost.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{Config, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use super::Reloader;

/// How often the folder is looked at without being told.
pub const POLL: Duration = Duration::from_secs(5);

impl Reloader {
    /// Keeps the catalog like the folder for as long as it is polled.
    pub async fn watch(self: Arc<Self>) {
        let mut watched = Watched::default();
        loop {
            watched.renew(&self.folder, &self.beside.told);
            let looked = self.look_when_quiet().await;
            let again = match looked {
                Ok(looked) => looked.again.unwrap_or(POLL),
                Err(error) => {
                    tracing::warn!(%error, "the folder of skills cannot be read");
                    POLL
                }
            };
            tokio::select! {
                () = self.beside.told.notified() => {}
                () = self.clock.sleep(again.min(POLL)) => {}
            }
        }
    }
}

/// The watch of one folder: of the folder itself, not of its name.
#[derive(Default)]
struct Watched {
    watcher: Option<((u64, u64), RecommendedWatcher)>,
    /// The last reason was told already.
    silent: bool,
}

impl Watched {
    /// Watches `folder` anew if another one has come in its place.
    fn renew(&mut self, folder: &Path, told: &Arc<Notify>) {
        let Ok(found) = std::fs::metadata(folder) else {
            self.watcher = None;
            return;
        };
        let identity = (found.dev(), found.ino());
        if self.watcher.as_ref().is_some_and(|(watched, _)| *watched == identity) {
            return;
        }
        match watch(folder, Arc::clone(told)) {
            Ok(watcher) => {
                self.watcher = Some((identity, watcher));
                self.silent = false;
            }
            Err(error) => {
                self.watcher = None;
                if !self.silent {
                    self.silent = true;
                    let seconds = POLL.as_secs();
                    tracing::warn!(folder = %folder.display(), %error, seconds, "changes of skills are not told by the kernel; they are looked for every few seconds");
                }
            }
        }
    }
}

fn watch(folder: &Path, told: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let hear = move |event: notify::Result<notify::Event>| {
        // Reading a skill is an event too. An error means that some were lost.
        if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
            told.notify_one();
        }
    };
    // A link out of the folder is no part of a skill, and may lead anywhere.
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(hear, config)?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}
