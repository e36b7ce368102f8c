//! A task: its id, its log, and the result that Proxmox reads from the log's
//! last line.

use jarvis_domain::{Timestamp, Upid};
use serde_json::{Value, json};

use crate::worker::Job;

/// One task, running or over.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) upid: Upid,
    pub(crate) pid: u32,
    pub(crate) pstart: u64,
    /// Everything its worker printed, and the last line with its result.
    pub(crate) log: String,
    pub(crate) ended: Option<Timestamp>,
    /// Somebody asked it to stop.
    pub(crate) stopping: bool,
}

/// Whose a task is: `root@pam`, or `root@pam!token`.
pub(crate) fn owner(upid: &Upid) -> &str {
    // `UPID:…:user:`; neither user nor token has a colon.
    upid.as_str().trim_end_matches(':').rsplit(':').next().unwrap_or_default()
}

impl Task {
    /// The task of `job` and of `user` that begins now.
    pub(crate) fn begin(
        job: &Job,
        user: &str,
        pid: u32,
        pstart: u64,
        now: Timestamp,
    ) -> Option<Self> {
        let start = now.0 / 1000;
        let Job { node, kind, id, .. } = job;
        let text = format!("UPID:{node}:{pid:08X}:{pstart:08X}:{start:08X}:{kind}:{id}:{user}:");
        let upid = text.parse().ok()?;
        Some(Self { upid, pid, pstart, log: String::new(), ended: None, stopping: false })
    }

    /// The result, from the last line of the log; none while it runs.
    pub(crate) fn result(&self) -> Option<String> {
        self.ended?;
        let last = self.log.lines().next_back().unwrap_or_default();
        let result = match last.strip_prefix("TASK ") {
            Some("OK") => "OK",
            Some(rest) if rest.starts_with("WARNINGS: ") => rest,
            Some(rest) => rest.strip_prefix("ERROR: ").unwrap_or("unexpected status"),
            None => "unexpected status",
        };
        Some(result.to_owned())
    }

    /// What `/nodes/{node}/tasks/{upid}/status` returns.
    pub(crate) fn status(&self) -> Value {
        let mut status = self.base();
        insert(&mut status, "pid", json!(self.pid));
        insert(&mut status, "pstart", json!(self.pstart));
        match self.result() {
            Some(result) => {
                insert(&mut status, "status", json!("stopped"));
                insert(&mut status, "exitstatus", json!(result));
            }
            None => insert(&mut status, "status", json!("running")),
        }
        status
    }

    /// Its line in the list of its node.
    pub(crate) fn listed(&self) -> Value {
        let mut line = self.base();
        insert(&mut line, "pid", json!(self.pid));
        insert(&mut line, "pstart", json!(self.pstart));
        self.finish(&mut line);
        line
    }

    /// Its line in `/cluster/tasks`: without pid once it is over.
    pub(crate) fn listed_cluster_wide(&self) -> Value {
        let mut line = self.base();
        if self.ended.is_none() {
            insert(&mut line, "pid", json!(self.pid));
            insert(&mut line, "pstart", json!(self.pstart));
        } else {
            insert(&mut line, "saved", json!("1"));
        }
        self.finish(&mut line);
        line
    }

    /// The lines of the log from `start`, at most `limit`.
    pub(crate) fn lines(&self, start: usize, limit: usize) -> Value {
        if self.log.is_empty() {
            return json!([{ "n": 1, "t": "no content" }]);
        }
        let limit = if limit == 0 { usize::MAX } else { limit };
        self.log
            .lines()
            .enumerate()
            .skip(start)
            .take(limit)
            .map(|(n, text)| json!({ "n": n + 1, "t": text }))
            .collect()
    }

    /// How many lines the log has.
    pub(crate) fn length(&self) -> usize {
        self.log.lines().count().max(1)
    }

    fn base(&self) -> Value {
        let owner = owner(&self.upid);
        let (user, token) = owner.split_once('!').map_or((owner, None), |(u, t)| (u, Some(t)));
        let mut base = json!({
            "upid": self.upid.as_str(),
            "node": self.upid.node().as_str(),
            "starttime": self.upid.start().0 / 1000,
            "type": self.upid.kind(),
            "id": self.upid.id(),
            "user": user,
        });
        if let Some(token) = token {
            insert(&mut base, "tokenid", json!(token));
        }
        base
    }

    fn finish(&self, line: &mut Value) {
        if let (Some(ended), Some(result)) = (self.ended, self.result()) {
            insert(line, "endtime", json!(ended.0 / 1000));
            insert(line, "status", json!(result));
        }
    }
}

/// Sets `key` of an object.
pub(crate) fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_is_read_from_the_last_line() {
        let job = Job {
            node: "pve1".parse().unwrap(),
            kind: "qmstart".to_owned(),
            id: "100".to_owned(),
            guest: None,
            steps: Vec::new(),
        };
        let mut task = Task::begin(&job, "root@pam!all", 1, 2, Timestamp(5000)).unwrap();
        assert_eq!(owner(&task.upid), "root@pam!all");
        assert_eq!(
            (&task.base()["user"], &task.base()["tokenid"]),
            (&json!("root@pam"), &json!("all"))
        );
        assert_eq!(task.result(), None);
        task.ended = Some(Timestamp(6000));
        for (log, result) in [
            ("TASK OK\n", "OK"),
            ("x\nTASK WARNINGS: 2\n", "WARNINGS: 2"),
            ("x\nTASK ERROR: start failed\n", "start failed"),
            ("partialTASK OK\n", "unexpected status"),
            ("tick 1\n", "unexpected status"),
            ("", "unexpected status"),
        ] {
            task.log = log.to_owned();
            assert_eq!(task.result().as_deref(), Some(result), "{log:?}");
        }
    }
}
