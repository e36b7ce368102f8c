//! What is written down.

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::identity::Shown;
use jarvis_domain::registry::{Kind, Record};
use jarvis_domain::{Caller, Explain, Fault};

use super::Gate;
use super::live::Ended;

impl Gate {
    /// Writes a line into the audit log.
    pub(super) async fn tell(&self, by: Option<&Caller>, what: String) -> Result<(), Box<Fault>> {
        let entry = AuditEntry {
            run: None,
            cluster: self.cluster.clone(),
            caller: by.cloned(),
            skill: None,
            event: AuditEvent::Access { what },
        };
        self.audit.record(entry).await.map(drop).map_err(|error| error.fault())
    }

    /// The same of a refusal, which stays one where it cannot be written down.
    pub(super) async fn tell_refusal(&self, what: String) {
        if let Err(fault) = self.tell(None, what).await {
            tracing::error!(%fault, "a refused sign-in is not in the audit log");
        }
    }

    /// Ends sign-ins in memory and on disk, and says how many there were.
    pub(super) async fn end_sign_ins(
        &self,
        ids: &[String],
        by: &Caller,
        what: &str,
    ) -> Result<usize, Box<Fault>> {
        let _changing = self.changing.lock().await;
        let ended: Vec<Ended> = {
            let mut live = self.write();
            ids.iter().filter_map(|id| live.end_sign_in(id)).collect()
        };
        let mut done = Ok(());
        for id in ids {
            // Each of them: one that stays would be back after a restart.
            done = done.and(self.delete(Kind::SignIn, id).await);
        }
        if !ended.is_empty() {
            done = done.and(self.tell(Some(by), what.to_owned()).await);
        }
        self.told_of(&ended).await;
        done.map(|()| ended.len())
    }

    /// Takes what has ended in memory off the disk, and writes down `why`. The
    /// first of the errors, after all was tried.
    pub(super) async fn close(&self, ended: &[Ended], why: &str) -> Result<(), Box<Fault>> {
        let mut done = Ok(());
        for one in ended {
            let (kind, id) = match &one.shown {
                Shown::Token(id) => (Kind::SignIn, id),
                Shown::Key { id, .. } => (Kind::ApiKey, id),
            };
            done = done.and(self.delete(kind, id).await);
            done = done.and(self.tell(None, format!("{} {why}", one.principal)).await);
        }
        self.told_of(ended).await;
        done
    }

    pub(super) async fn put(&self, kind: Kind, record: Record) -> Result<(), Box<Fault>> {
        self.registry.put(kind, record).await.map_err(|error| error.fault())
    }

    pub(super) async fn delete(&self, kind: Kind, id: &str) -> Result<(), Box<Fault>> {
        self.registry.delete(kind, id).await.map(drop).map_err(|error| error.fault())
    }
}
