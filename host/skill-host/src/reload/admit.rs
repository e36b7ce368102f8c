//! Whether what lies in a folder may serve with the grants that its skill has.

use std::path::Path;

use jarvis_policy::GrantSet;

use super::next::Next;
use super::{Reloader, blocking};
use crate::catalog::{LoadError, Skill};
use crate::folder::{SkillFolder, exposed};

impl Reloader {
    /// Refuses what requests more than it is allowed and than the revision
    /// before it did.
    pub(super) async fn asks_no_more(
        &self,
        folder: &SkillFolder,
        allowed: &GrantSet,
        serving: Option<&Skill>,
    ) -> Result<(), LoadError> {
        let (id, requested) = (&folder.manifest.id, &folder.manifest.requests);
        let before = match serving {
            Some(serving) => Some(serving.requested().clone()),
            None => self.requested_last(id).await,
        };
        let Some(before) = before else { return Ok(()) };
        let more = before.missing(&allowed.missing(requested));
        if more.is_empty() {
            return Ok(());
        }
        Err(LoadError::AsksMore { skill: id.clone(), more })
    }

    /// Whether `folder`, which lies at `path`, needs an approval of its own to
    /// have any grants.
    ///
    /// # Errors
    /// It needs one, and has none.
    pub(super) async fn pinned(
        &self,
        path: &Path,
        folder: &SkillFolder,
        next: &Next,
    ) -> Result<bool, LoadError> {
        let (id, allowances) = (&folder.manifest.id, &next.allowances);
        let why = if allowances.pinned.contains(id) {
            Some("the settings say pin: digest".to_owned())
        } else if folder.manifest.requests.is_empty() || allowances.trusting {
            None
        } else {
            // Also after the reading: before it alone, what was read could have
            // been put there in between.
            let path = path.to_owned();
            let looked = blocking(move || exposed(&path)).await;
            let now = looked.unwrap_or_else(|error| Some(error.to_string()));
            folder.exposed.clone().or(now)
        };
        match why {
            None => Ok(false),
            Some(_) if next.approved.get(id) == Some(&folder.revision) => Ok(true),
            Some(why) => {
                let (skill, revision) = (id.clone(), folder.revision);
                Err(LoadError::NotApproved { skill, revision, why })
            }
        }
    }
}
