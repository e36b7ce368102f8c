//! One call of one skill: a fresh instance, every limit, and the instance
//! thrown away however it ends.

mod reply;

use std::time::Duration;

use wasmtime::component::InstancePre;
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::events::{Event, GuestIndices as EventIndices};
use crate::bindings::exported::{GuestIndices, Invocation as Request, Reply};
use crate::bindings::types;
use crate::catalog::Life;
use crate::engine::{SkillEngine, TICK};
use crate::error::{self, InvokeError};
use crate::guest::Guest;
use crate::host::Stop;
use crate::manifest::Limits;
use crate::session::{Mode, Session};

pub(crate) use reply::SkillReply;

/// The most bytes that the guest hands over in one call of the host.
const MAX_HANDED_OVER: usize = 1 << 20;
/// The most handles that one instance holds.
const MAX_HANDLES: usize = 1024;

/// A component, linked and ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Linked {
    pub(crate) instance: InstancePre<Guest>,
    pub(crate) exports: std::sync::Arc<GuestIndices>,
    /// None for a component that takes no events.
    pub(crate) events: Option<std::sync::Arc<EventIndices>>,
}

/// What a component is called for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// A command.
    Invoke(&'a Request),
    /// An event. That it was taken counts as a reply that says so.
    Event(&'a Event),
}

/// What a call left behind.
#[derive(Debug)]
pub(crate) struct Called {
    /// What the skill answered.
    pub(crate) reply: Result<SkillReply, InvokeError>,
    /// What a dry run recorded; empty when the skill was dropped.
    pub(crate) mode: Option<Mode>,
}

/// Runs `entry` in a fresh instance.
pub(crate) async fn call(
    engine: &SkillEngine,
    linked: &Linked,
    life: &Life,
    session: Session,
    limits: &Limits,
    entry: Entry<'_>,
) -> Called {
    let skill = session.scope.rights.skill.clone();
    let late = session.scope.ports.clock.sleep(limits.time);
    let running = run(engine, linked, session, limits, entry);
    tokio::select! {
        // A reply that is there counts, also in the last moment.
        biased;
        called = running => called,
        () = life.ended() => Called { reply: Err(InvokeError::Replaced { skill }), mode: None },
        () = late => Called {
            reply: Err(InvokeError::TimedOut { skill, after: limits.time }),
            mode: None,
        },
    }
}

async fn run(
    engine: &SkillEngine,
    linked: &Linked,
    session: Session,
    limits: &Limits,
    entry: Entry<'_>,
) -> Called {
    let skill = session.scope.rights.skill.clone();
    let Some(_slot) = engine.admit().await else {
        let reason = "it is ending".to_owned();
        let command = session.scope.command.clone();
        return Called { reply: Err(InvokeError::Host { command, reason }), mode: None };
    };
    let mut store = Store::new(engine.raw(), Guest::new(session, limits.memory));
    store.limiter(|guest| &mut guest.meter);
    store.set_hostcall_fuel(MAX_HANDED_OVER);
    store.set_max_component_handles(MAX_HANDLES);
    interrupt(&mut store, limits.time);
    let answered = async {
        let instance = linked.instance.instantiate_async(&mut store).await?;
        match (entry, &linked.events) {
            (Entry::Invoke(request), _) => {
                let exports = linked.exports.load(&mut store, &instance)?;
                exports.call_invoke(&mut store, request).await
            }
            (Entry::Event(event), Some(events)) => {
                let exports = events.load(&mut store, &instance)?;
                Ok(exports.call_on_event(&mut store, event).await?.map(|()| took(event)))
            }
            (Entry::Event(_), None) => Err(Stop::Host("it takes no events".to_owned()).into()),
        }
    };
    let answered: wasmtime::Result<_> = answered.await;
    let guest = store.into_data();
    let reply = match answered {
        Ok(Ok(reply)) => reply::read(&skill, reply),
        Ok(Err(error)) => Err(of_skill(error)),
        Err(_) if guest.meter.is_exhausted() => {
            Err(InvokeError::Memory { skill, limit: limits.memory })
        }
        Err(error) => Err(of_engine(&error, &guest.session, limits)),
    };
    Called { reply, mode: Some(guest.session.mode) }
}

/// What the run record says of an event that was taken.
fn took(event: &Event) -> Reply {
    Reply {
        outcome: "done".to_owned(),
        speech: format!("It took {} of {}.", event.topic, event.subject),
        detail: None,
        data: None,
        extra: Vec::new(),
    }
}

/// Lets others run each tick, and ends what computes beyond its time: while it
/// does, nobody may be there to see to the time-out round the call. Should the
/// clock stand still, it ends after twice its time.
fn interrupt(store: &mut Store<Guest>, time: Duration) {
    let most = 2 * time.as_millis() / TICK.as_millis() + 1;
    let mut ticks: u128 = 0;
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |context| {
        ticks += 1;
        if context.data().session.left().is_zero() {
            return Err(Stop::Late.into());
        }
        if ticks > most {
            return Err(Stop::TooMuch("computed for twice its time".to_owned()).into());
        }
        Ok(UpdateDeadline::Yield(1))
    });
}

/// The contract's error, in words for a person.
fn of_skill(error: types::Error) -> InvokeError {
    let (row, text) = match error {
        types::Error::Denied(text) => (&error::DENIED, text),
        types::Error::Invalid(text) => (&error::INVALID, text),
        types::Error::NotFound(text) => (&error::NOT_FOUND, text),
        types::Error::Timeout => (&error::LATE, "The cluster did not answer in time.".to_owned()),
        types::Error::Busy(millis) => {
            let seconds = millis.div_ceil(1000).max(1);
            (&error::BUSY, format!("Too much is going on at once; try again in {seconds} s."))
        }
        types::Error::Unavailable(text) => (&error::UNAVAILABLE, text),
        types::Error::Failed(types::Failure { message, .. }) => (&error::FAILED, message),
        types::Error::Other(text) => (&error::OTHER, text),
    };
    let text = reply::sentence(&text);
    let text = if text.is_empty() { row.meaning.to_owned() } else { text };
    InvokeError::Answered { row, text }
}

fn of_engine(error: &wasmtime::Error, session: &Session, limits: &Limits) -> InvokeError {
    let skill = session.scope.rights.skill.clone();
    match error.downcast_ref::<Stop>() {
        Some(Stop::Late) => InvokeError::TimedOut { skill, after: limits.time },
        Some(Stop::TooMuch(what)) => InvokeError::TooMuch { skill, what: what.clone() },
        Some(Stop::Host(reason)) => {
            InvokeError::Host { command: session.scope.command.clone(), reason: reason.clone() }
        }
        None => {
            // `exit` is how some languages end; nobody gets a reply by it.
            let reason = match error.downcast_ref::<wasmtime_wasi::I32Exit>() {
                Some(exit) => format!("it ended itself with status {}", exit.0),
                None => reply::reason(&format!("{error:#}")),
            };
            InvokeError::Trapped { skill, reason }
        }
    }
}
