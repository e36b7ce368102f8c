//! What is asked of the host: actions and queries at random, several at a time,
//! each with what was asked, when, and what came back.

use std::sync::Mutex;
use std::time::Duration;

use jarvis_api::control::Client;
use jarvis_api::{InvokeRequest, Request, Response};
use jarvis_assistant::Said;
use jarvis_domain::invocation::{Notice, Outcome, Reply, Watcher};
use jarvis_domain::{Clock, Fault, OperationId, SystemClock, Timestamp};
use serde_json::{Map, Value, json};

use crate::dice::Dice;
use crate::world::World;

/// Between two requests of one asker, milliseconds.
const PAUSE: (u64, u64) = (30, 500);
/// Between two tries to reach a host that is not there.
const RETRY: Duration = Duration::from_millis(50);
/// After so long without an answer a request is stuck, and is given up.
pub(crate) const STUCK: Duration = Duration::from_secs(90);

/// The commands that change something, by how often they come.
const ACTIONS: &[(u64, &str)] = &[
    (26, "start"),
    (18, "shut-down"),
    (14, "force-stop"),
    (12, "reboot"),
    (10, "suspend"),
    (10, "resume"),
    (10, "snapshot"),
    (3, "start-tagged"),
    (2, "shut-down-tagged"),
    (1, "reboot-tagged"),
];

/// How many of those are about one guest.
const ALONE: usize = 7;

/// Tags of the simulated guests, of two to four each.
const TAGS: &[&str] = &["web", "media", "critical", "network", "dev"];

/// One request and what became of it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) command: &'static str,
    /// None for a list of all, and for all with a tag.
    pub(crate) guest: Option<u32>,
    pub(crate) calm: bool,
    pub(crate) at: Timestamp,
    pub(crate) answered: Timestamp,
    /// The operations that the host told of meanwhile.
    pub(crate) operations: Vec<OperationId>,
    pub(crate) heard: Heard,
}

/// What came back.
#[derive(Debug)]
pub(crate) enum Heard {
    Reply(Box<Reply>),
    Fault(Box<Fault>),
    /// The host was killed meanwhile.
    CutOff,
    /// Nothing did.
    Stuck,
}

/// Who asks: which guests it may touch, and what it throws.
pub(crate) struct Asker {
    pub(crate) guests: Vec<u32>,
    pub(crate) queries: bool,
    pub(crate) calm: bool,
    pub(crate) dice: Dice,
}

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<OperationId>>);

impl Watcher for Seen {
    fn notice(&self, notice: Notice) {
        if let Notice::Started { operation, .. } = notice {
            self.0.lock().unwrap().push(operation);
        }
    }
}

impl Heard {
    /// One word for the table.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Reply(reply) => match reply.outcome {
                Outcome::Done => "done".to_owned(),
                Outcome::Started => "started".to_owned(),
                Outcome::Scheduled => "scheduled".to_owned(),
                Outcome::NothingChanged => "nothing-changed".to_owned(),
                Outcome::Unknown => "unknown".to_owned(),
                Outcome::Failed => "failed".to_owned(),
            },
            Self::Fault(fault) => fault.code.clone(),
            Self::CutOff => "cut off by a kill".to_owned(),
            Self::Stuck => "stuck".to_owned(),
        }
    }
}

impl Asked {
    pub(crate) fn is_query(&self) -> bool {
        matches!(self.command, "list" | "status")
    }

    pub(crate) fn took(&self) -> Duration {
        self.answered.since(self.at)
    }
}

impl Asker {
    /// Asks one thing after another until `end`.
    pub(crate) async fn ask_until(mut self, world: &World, end: Timestamp) -> Vec<Asked> {
        let mut all = Vec::new();
        while SystemClock.now() < end {
            let Some(mut client) = world.connect().await else {
                SystemClock.sleep(RETRY).await;
                continue;
            };
            all.push(self.ask(&mut client).await);
            let pause = Duration::from_millis(self.dice.between(PAUSE.0, PAUSE.1));
            SystemClock.sleep(pause.min(end.since(SystemClock.now()))).await;
        }
        all
    }

    async fn ask(&mut self, client: &mut Client) -> Asked {
        let command = match (self.queries, self.dice.comes(40)) {
            (true, true) => "list",
            (true, false) => "status",
            // Those with a tag are not one asker's alone.
            (false, _) if self.calm => self.dice.weighed(&ACTIONS[..ALONE]),
            (false, _) => self.dice.weighed(ACTIONS),
        };
        let tagged = command.ends_with("-tagged");
        let guest = (command != "list" && !tagged).then(|| *self.dice.one(&self.guests));
        let mut arguments = Map::new();
        if tagged {
            arguments.insert("tag".to_owned(), json!(self.dice.one(TAGS)));
        }
        if let Some(guest) = guest {
            arguments.insert("guest".to_owned(), json!(guest));
        }
        if command == "snapshot" {
            let name = format!("s{:x}", self.dice.between(0, u64::MAX - 1));
            arguments.insert("name".to_owned(), Value::String(name));
        }
        // A person that says yes in advance, or one that is asked.
        let confirmed = self.dice.comes(50);
        let (seen, at) = (Seen::default(), SystemClock.now());
        let heard = tokio::select! {
            heard = invoke(client, command, arguments, confirmed, &seen) => heard,
            () = SystemClock.sleep(STUCK) => Heard::Stuck,
        };
        let operations = seen.0.into_inner().unwrap();
        Asked {
            command,
            guest,
            calm: self.calm,
            at,
            answered: SystemClock.now(),
            operations,
            heard,
        }
    }
}

async fn invoke(
    client: &mut Client,
    command: &str,
    arguments: Map<String, Value>,
    confirmed: bool,
    seen: &Seen,
) -> Heard {
    let command = format!("vm-lifecycle.{command}").parse().unwrap();
    let locale = "en".to_owned();
    let request =
        Request::Invoke(InvokeRequest { cluster: None, command, arguments, locale, confirmed });
    let heard = match client.call(request, seen).await {
        Ok(Response::Said(Said::Question(question))) => {
            client.call(Request::Confirm { id: question.id }, seen).await
        }
        heard => heard,
    };
    match heard {
        Ok(Response::Said(Said::Reply(reply))) => Heard::Reply(Box::new(reply)),
        Ok(other) => panic!("no answer to a typed command: {other:?}"),
        // The door's own words for a connection that ended.
        Err(fault) if matches!(fault.code.as_str(), "api-broken" | "api-no-host") => Heard::CutOff,
        Err(fault) => Heard::Fault(fault),
    }
}
