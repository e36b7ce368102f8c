//! `jarvis doctor`: what a new user can get wrong, looked at one by one, each
//! with what to do about it. It changes nothing, and asks no running host.

mod cluster;
mod files;
mod model;
mod nodes;
mod people;
mod skills;
mod sound;

use std::sync::Arc;

use jarvis_cluster::Cluster;
use jarvis_domain::{Clock, Fault, SystemClock};
use serde::Serialize;

use crate::settings::Settings;

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at: `access`, `ssh`, `clock` …
    pub(crate) check: &'static str,
    /// How it is.
    pub(crate) state: Health,
    /// One sentence.
    pub(crate) says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Health {
    /// As it should be.
    Well,
    /// Something is not there that one can do without.
    Without,
    /// It has to be mended.
    Ill,
}

/// Everything that is looked at.
pub(crate) struct Patient<'a> {
    pub(crate) settings: &'a Settings,
    /// The main cluster, or why there is no way to it.
    pub(crate) cluster: Result<Arc<Cluster>, Box<Fault>>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Finding {
    fn well(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, state: Health::Well, says: says.into(), hint: None }
    }

    fn without(check: &'static str, says: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { check, state: Health::Without, says: says.into(), hint: Some(hint.into()) }
    }

    fn ill(check: &'static str, says: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { check, state: Health::Ill, says: says.into(), hint: Some(hint.into()) }
    }

    fn of(check: &'static str, fault: &Fault) -> Self {
        Self::ill(check, fault.to_string(), fault.hint.clone())
    }
}

impl<'a> Patient<'a> {
    pub(crate) fn new(settings: &'a Settings, cluster: Result<Arc<Cluster>, Box<Fault>>) -> Self {
        Self { settings, cluster, clock: Arc::new(SystemClock) }
    }
}

/// Looks at everything, and hands out each finding as it is there.
pub(crate) async fn examine(patient: &Patient<'_>, mut found: impl FnMut(Finding)) {
    found(files::look(patient));
    for finding in skills::look(patient).await {
        found(finding);
    }
    let (access, snapshot) = cluster::look(patient).await;
    found(access);
    if let (Ok(cluster), Some(snapshot)) = (&patient.cluster, snapshot) {
        let clock = patient.clock.as_ref();
        found(nodes::clocks(cluster.as_ref(), &snapshot, clock).await);
        if let Some(finding) = nodes::shells(patient, &snapshot).await {
            found(finding);
        }
    }
    for finding in people::look(patient).await {
        found(finding);
    }
    found(people::door(patient).await);
    found(model::look(patient).await);
    found(sound::look(patient).await);
    for finding in sound::parts(patient).await {
        found(finding);
    }
}
