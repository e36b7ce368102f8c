//! An event on its way into a skill: the same path as a command, with nobody
//! at its beginning. It has a run record, runs in a fresh instance, and is a
//! viewer that may write nothing.

use std::sync::Arc;

use jarvis_domain::caller::{Door, Principal};
use jarvis_domain::invocation::{Answer, Unwatched};
use jarvis_domain::{
    Caller, CommandName, Event, Fault, Invocation, Origin, Outcome, Reply, RequestId, Risk, Role,
};
use serde_json::{Map, Value};

use super::Inner;
use super::keeper::Keeper;
use crate::bindings::events::Event as Wire;
use crate::call::Entry;
use crate::catalog::{Held, Skill};
use crate::error::InvokeError;
use crate::session::{Mode, Session};

/// What stands for a command in records and in the audit log.
const COMMAND: &str = "on-event";

impl Inner {
    /// Delivers one event, once. An error says that the skill did not take it.
    pub(crate) async fn on_event(
        &self,
        skill: &Arc<Skill>,
        held: &mut Held,
        event: &Event,
    ) -> Result<(), Box<Fault>> {
        let clock = self.ports.clock.as_ref();
        let mut keeper = Keeper::begin(self.invocation_of(skill, event), caller(event), clock);
        keeper.revision(skill.revision());
        let ended = self.take_event(skill, held, event, &mut keeper).await;
        let ended = ended.map_err(|error| Box::new(error.into_fault()));
        keeper.end(self.ports.runs.as_ref(), &ended).await;
        ended.map(drop)
    }

    async fn take_event(
        &self,
        skill: &Arc<Skill>,
        held: &mut Held,
        event: &Event,
        keeper: &mut Keeper,
    ) -> Result<Answer, InvokeError> {
        keeper.put(self.ports.runs.as_ref()).await?;
        // Names are only there to describe writes, and none gets that far.
        let names = Arc::new(self.nothing_known());
        let scope = self.scope(skill, Risk::Read, keeper, names, Arc::new(Unwatched));
        let record = Arc::clone(&scope.record);
        let session = Session::new(scope, Mode::Real(None));
        let wire = wire(event);
        let entry = Entry::Event(&wire);
        let called = self.measured(skill, held, session, entry).await;
        keeper.absorb(&record);
        let reply = called.reply?;
        Ok(Answer::Reply(Reply {
            outcome: Outcome::Done,
            speech: reply.speech,
            detail: None,
            data: None,
            as_of: record.as_of(),
            run: keeper.id(),
        }))
    }

    fn invocation_of(&self, skill: &Skill, event: &Event) -> Invocation {
        let texts = [
            ("event", event.id.to_string()),
            ("topic", event.topic.to_string()),
            ("subject", event.subject.clone()),
        ];
        let texts = texts.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text)));
        Invocation {
            request: RequestId::new(),
            cluster: self.cluster.clone(),
            command: CommandName { skill: skill.id().clone(), command: COMMAND.to_owned() },
            arguments: texts.collect::<Map<String, Value>>(),
            origin: Origin::Event,
            locale: "en".to_owned(),
            words: None,
            confirmed: false,
            chosen: None,
        }
    }
}

/// Who is written down as the caller of an event.
pub(crate) fn caller(event: &Event) -> Caller {
    Caller {
        principal: Principal(format!("event:{}", event.topic)),
        door: Door::Event,
        role: Some(Role::Viewer),
    }
}

fn wire(event: &Event) -> Wire {
    Wire {
        id: event.id.to_string(),
        topic: event.topic.to_string(),
        at: event.at.0,
        subject: event.subject.clone(),
        data: Value::Object(event.data.clone()).to_string(),
        extra: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ApiCall, Call, EventId, Fields, Timestamp, Topic, Verb};

    use super::*;
    use crate::host::Refusal;
    use crate::testing::Rig;

    #[tokio::test]
    async fn who_takes_an_event_may_write_nothing_to_the_cluster() {
        let event = Event {
            id: EventId::new(),
            topic: Topic::GuestState,
            at: Timestamp(1),
            subject: String::new(),
            data: Map::new(),
        };
        for declared in [Risk::Read, Risk::Change, Risk::Destructive] {
            let mut rig = Rig::with_grants(
                "[{capability: cluster-write, verbs: [create], paths: ['/nodes/*/qemu/*/status/start']}]",
            );
            rig.caller = Caller { role: Some(Role::Admin), ..caller(&event) };
            rig.declared = declared;
            let call = Call::Api(ApiCall {
                verb: Verb::Create,
                path: "/nodes/home/qemu/102/status/start".parse().unwrap(),
                fields: Fields::none(),
            });
            let refused = rig.session().start(call).await.unwrap_err();
            assert!(matches!(refused, Refusal::Denied(_)), "{declared}: {refused:?}");
            assert!(rig.fakes.cluster.started().is_empty());
        }
    }
}
