//! How a catalog comes in another's place: in one swap, while calls of what it
//! replaces go on for a time.

use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jarvis_domain::Clock;

use super::next::Next;
use super::{ReloadError, Reloader, blocking, crashed};
use crate::catalog::{Catalog, Skill};

/// How long calls of a replaced revision go on.
pub const DRAIN: Duration = Duration::from_secs(30);

impl Reloader {
    /// Publishes `next` in place of `old`.
    pub(super) async fn publish(&self, old: &Catalog, mut next: Next) -> Result<(), ReloadError> {
        let decided = self.decided().await?;
        // What was decided since the look began counts too.
        next.skills.retain(|_, skill| !skill.life.is_over() && self.grants_all(skill, &decided));
        let mut replaced = Vec::new();
        for skill in old.skills() {
            let granted = match next.skills.get_mut(skill.id()) {
                Some(successor) if Arc::ptr_eq(skill, successor) => continue,
                Some(successor) => {
                    // Nobody else has it yet.
                    if let Some(successor) = Arc::get_mut(successor) {
                        successor.take_over(skill);
                    }
                    successor.allowed().covers(skill.allowed())
                }
                // Gone with its folder, or no longer allowed.
                None => !next.broken.values().any(|one| one.id.as_ref() == Some(skill.id())),
            };
            replaced.push((Arc::clone(skill), granted));
        }
        let made = blocking(move || Catalog::of(next.skills, next.broken.into_values().collect()));
        let made = made.await.map_err(|error| ReloadError::Skill(Box::new(crashed(error))))?;
        self.host.publish(made);
        for (skill, granted) in replaced {
            if granted {
                self.draining().push(Arc::downgrade(&skill));
                drain(skill, &self.clock);
            } else {
                skill.life.end();
            }
        }
        Ok(())
    }

    /// The replaced revisions that still have calls.
    pub(super) fn draining(&self) -> MutexGuard<'_, Vec<Weak<Skill>>> {
        let mut draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        draining.retain(|skill| skill.strong_count() > 0);
        draining
    }
}

/// Lets the calls of a replaced revision end, but not for ever.
fn drain(skill: Arc<Skill>, clock: &Arc<dyn Clock>) {
    if skill.life.calls() == 0 {
        return;
    }
    let late = clock.sleep(DRAIN);
    tokio::spawn(async move {
        tokio::select! {
            () = skill.life.idle() => {}
            () = late => {
                tracing::warn!(skill = %skill.id(), revision = %skill.revision().short(), "calls of a replaced revision took too long and are ended");
                skill.life.end();
            }
        }
    });
}
