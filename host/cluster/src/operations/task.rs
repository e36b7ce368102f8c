//! Proxmox tasks: how one ended, its log, and finding one whose id was lost.

use jarvis_domain::operation::{Journal, OperationRecord};
use jarvis_domain::{Timestamp, Upid};
use serde_json::Value;

use super::effect::Expected;
use super::rivals;
use crate::ClusterError;
use crate::access::Access;
use crate::lenient::{field, text};

/// How a task is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    Running,
    Ok {
        warnings: u32,
    },
    /// Its log ends without a result: it was killed, or its last line was
    /// glued to output that did not end in a newline. Either may have worked.
    Unexpected,
    Failed(String),
}

/// The search for a lost task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    One(Upid),
    Nothing,
    Several(usize),
    /// One that another operation may have started.
    Contested,
}

/// Clocks of a cluster's nodes may differ by a little, milliseconds.
pub(super) const SKEW: u64 = 5_000;

/// How the task is doing, as its own node says.
pub(super) async fn status(access: &Access, upid: &Upid) -> Result<Task, ClusterError> {
    let path = format!("/nodes/{}/tasks/{upid}/status", upid.node());
    let answer = access.read(&path, &[]).await?;
    match (text(&answer, "status"), text(&answer, "exitstatus")) {
        (Some("running"), _) => Ok(Task::Running),
        (Some("stopped"), result) => Ok(result.map_or(Task::Unexpected, outcome)),
        _ => Err(ClusterError::Garbled {
            what: format!("get {path}"),
            why: "it says neither running nor stopped".to_owned(),
        }),
    }
}

/// The lines of the task's log from `start`.
pub(super) async fn log(
    access: &Access,
    upid: &Upid,
    start: u32,
    limit: u32,
) -> Result<Vec<String>, ClusterError> {
    let path = format!("/nodes/{}/tasks/{upid}/log", upid.node());
    let query = [("start", start.to_string()), ("limit", limit.to_string())];
    let answer = access.read(&path, &query).await?;
    let lines: Vec<String> = answer
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| field(line, "t").as_str())
        .map(str::to_owned)
        .collect();
    // What Proxmox says in place of an empty page.
    if lines == ["no content"] { Ok(Vec::new()) } else { Ok(lines) }
}

/// The task of `record`, whose id was not told.
pub(super) async fn find(
    access: &Access,
    journal: &dyn Journal,
    expected: &Expected,
    node: &str,
    record: &OperationRecord,
) -> Result<Found, ClusterError> {
    let since = record.at;
    // By the cluster's clock: that of a machine elsewhere may be far off.
    let told = Timestamp(since.0.saturating_add_signed(access.ahead()));
    let seconds = told.0.saturating_sub(SKEW) / 1000;
    let mut query = vec![
        ("source", "all".to_owned()),
        ("since", seconds.to_string()),
        ("limit", "500".to_owned()),
    ];
    if let Some(guest) = &expected.guest {
        query.push(("vmid", guest.vmid.to_string()));
    }
    let answer = access.read(&format!("/nodes/{node}/tasks"), &query).await?;
    let Value::Array(tasks) = answer else {
        return Err(ClusterError::Garbled {
            what: format!("get /nodes/{node}/tasks"),
            why: "it is not a list".to_owned(),
        });
    };
    let tasks = tasks.iter().filter_map(|task| text(task, "upid")?.parse().ok());
    // Asked after the list: what the list shows has an owner by now, if it has
    // one, or an operation that does not know it yet, also where that was an
    // earlier life of this host.
    let recent = journal.recent(Timestamp(since.0.saturating_sub(2 * SKEW))).await?;
    let is_owned = |upid: &Upid| recent.iter().any(|other| other.upid.as_ref() == Some(upid));
    let own = |upid: &Upid| access.user().is_none_or(|user| user == upid.user());
    let tasks = tasks.filter(|upid: &Upid| own(upid) && !is_owned(upid));
    match pick(tasks, expected, told) {
        Found::One(upid) if rivals::are_among(&recent, record, &upid, access.ahead()) => {
            Ok(Found::Contested)
        }
        found => Ok(found),
    }
}

/// The one among `tasks` that can be it. One that began before the call, but
/// within what clocks may differ, counts only if no later one is there.
fn pick(tasks: impl Iterator<Item = Upid>, expected: &Expected, since: Timestamp) -> Found {
    let guest = expected.guest.as_ref().map(|guest| guest.vmid.to_string());
    let fits = |upid: &Upid| {
        expected.kinds.contains(&upid.kind())
            && guest.as_ref().is_none_or(|guest| guest == upid.id())
            && upid.start().0 + SKEW >= since.0
    };
    let mut found: Vec<Upid> = Vec::new();
    for task in tasks.filter(fits) {
        // The list may hold a task twice while it moves to the archive.
        if !found.contains(&task) {
            found.push(task);
        }
    }
    // A task's start has whole seconds.
    if found.iter().any(|upid| upid.start().0 + 1000 > since.0) {
        found.retain(|upid| upid.start().0 + 1000 > since.0);
    }
    match found.as_slice() {
        [] => Found::Nothing,
        [one] => Found::One(one.clone()),
        several => Found::Several(several.len()),
    }
}

fn outcome(result: &str) -> Task {
    if result == "OK" {
        return Task::Ok { warnings: 0 };
    }
    if let Some(warnings) = result.strip_prefix("WARNINGS: ").and_then(|n| n.parse().ok()) {
        return Task::Ok { warnings };
    }
    if result == "unexpected status" { Task::Unexpected } else { Task::Failed(result.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::effect;
    use jarvis_domain::{ApiCall, Fields, Verb};

    #[test]
    fn results_are_compared_exactly() {
        for (result, expected) in [
            ("OK", Task::Ok { warnings: 0 }),
            ("WARNINGS: 2", Task::Ok { warnings: 2 }),
            ("unexpected status", Task::Unexpected),
            ("ok", Task::Failed("ok".to_owned())),
            ("WARNINGS: many", Task::Failed("WARNINGS: many".to_owned())),
            ("VM 101 already running", Task::Failed("VM 101 already running".to_owned())),
        ] {
            assert_eq!(outcome(result), expected);
        }
    }

    fn upid(seconds: u64, kind: &str, id: &str) -> Upid {
        format!("UPID:pve1:00000001:00000001:{seconds:08X}:{kind}:{id}:root@pam:").parse().unwrap()
    }

    #[test]
    fn a_lost_task_is_the_only_one_that_can_be_it() {
        let call = ApiCall {
            verb: Verb::Create,
            path: "/nodes/pve1/qemu/101/status/start".parse().unwrap(),
            fields: Fields::none(),
        };
        let expected = effect::expected(&call);
        let since = Timestamp(100_500);
        let found = |tasks: &[Upid]| pick(tasks.iter().cloned(), &expected, since);
        let (own, earlier) = (upid(100, "qmstart", "101"), upid(97, "qmstart", "101"));
        assert_eq!(found(std::slice::from_ref(&own)), Found::One(own.clone()));
        assert_eq!(found(&[own.clone(), own.clone()]), Found::One(own.clone()));
        assert_eq!(found(&[earlier.clone(), own.clone()]), Found::One(own.clone()));
        assert_eq!(found(std::slice::from_ref(&earlier)), Found::One(earlier));
        assert_eq!(found(&[own, upid(102, "hastart", "101")]), Found::Several(2));
        assert_eq!(
            found(&[
                upid(100, "qmstop", "101"),
                upid(100, "qmstart", "102"),
                upid(50, "qmstart", "101")
            ]),
            Found::Nothing
        );
    }
}
