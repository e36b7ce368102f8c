//! One call of one skill: a fresh instance, every limit, and the instance
//! thrown away however it ends.

mod cpu;
mod reply;
mod stopped;

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::clock::Sleep;
use tokio::sync::Semaphore;
use wasmtime::component::InstancePre;
use wasmtime::{Store, UpdateDeadline};

use crate::bindings::events::{Event, GuestIndices as EventIndices};
use crate::bindings::exported::{GuestIndices, Invocation as Request, Reply};
use crate::bindings::types;
use crate::catalog::Held;
use crate::engine::{Share, SkillEngine};
use crate::error::{self, Excess, InvokeError};
use crate::guest::Guest;
use crate::host::Stop;
use crate::manifest::Limits;
use crate::meter::Taken;
use crate::record::Record;
use crate::session::{Mode, Session};

use cpu::Cpu;
pub(crate) use reply::SkillReply;

/// A component, linked and ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Linked {
    pub(crate) instance: InstancePre<Guest>,
    pub(crate) exports: Arc<GuestIndices>,
    /// None for a component that takes no events.
    pub(crate) events: Option<Arc<EventIndices>>,
    /// The skill's places among the calls that run at the same time, which
    /// its next revision takes over.
    pub(crate) places: Arc<Semaphore>,
    /// What each call takes of the engine's pool.
    pub(crate) share: Share,
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
    /// What it took.
    pub(crate) used: Used,
}

/// What one call took of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// The processor's time.
    pub(crate) cpu: Duration,
    /// Its memory at the end, which is its most: it never shrinks. Bytes.
    pub(crate) memory: usize,
}

/// Counts what one call takes, also when nothing of it comes back.
#[derive(Debug, Default)]
struct Counts {
    cpu: Cpu,
    memory: Taken,
}

/// Why a call is given up.
enum Cut {
    /// Its revision is ended.
    Ended,
    /// Its time is over.
    Late,
}

impl Called {
    /// One whose instance never was, or is gone.
    fn dropped(error: InvokeError) -> Self {
        Self { reply: Err(error), mode: None, used: Used::default() }
    }
}

impl Counts {
    fn used(&self) -> Used {
        Used { cpu: self.cpu.spent(), memory: self.memory.bytes() }
    }
}

/// Runs `entry` in a fresh instance.
pub(crate) async fn call(
    engine: &SkillEngine,
    linked: &Linked,
    held: &mut Held,
    session: Session,
    limits: &Limits,
    entry: Entry<'_>,
) -> Called {
    let (skill, run) = (session.scope.rights.skill.clone(), session.scope.run);
    let mut late = session.scope.ports.clock.sleep(limits.time);
    let replaced = || InvokeError::Replaced { skill: skill.clone() };
    // Nothing of what it had may be used any more, however soon it is done.
    if held.is_over() {
        return Called::dropped(replaced());
    }
    let mut ended = pin!(held.ended());
    // The skill's own place first, so that a skill that has all of its own
    // takes no other's while it waits.
    let own = Arc::clone(&linked.places).acquire_owned();
    let _own = match in_time(own, ended.as_mut(), &mut late).await {
        Ok(Ok(own)) => own,
        Ok(Err(_)) | Err(Cut::Late) => {
            let most = limits.concurrent;
            return Called::dropped(InvokeError::Crowded { skill, most });
        }
        Err(Cut::Ended) => return Called::dropped(replaced()),
    };
    let _place = match in_time(engine.admit(linked.share), ended.as_mut(), &mut late).await {
        Ok(Ok(place)) => place,
        Ok(Err(_)) | Err(Cut::Late) => return Called::dropped(InvokeError::Full { skill }),
        Err(Cut::Ended) => return Called::dropped(replaced()),
    };
    let counts = Counts::default();
    let running = execute(engine, linked, session, limits, entry, &counts);
    let mut called = match in_time(running, ended, &mut late).await {
        Ok(called) => called,
        Err(Cut::Ended) => Called::dropped(replaced()),
        Err(Cut::Late) => {
            Called::dropped(InvokeError::TimedOut { skill: skill.clone(), after: limits.time })
        }
    };
    called.used = counts.used();
    let Used { cpu, memory } = called.used;
    tracing::debug!(%skill, %run, ?cpu, memory, "a call of a skill is over");
    called
}

/// What `waiting` comes to, unless the revision ends or it is too late first.
/// What is there counts, also in the last moment.
async fn in_time<T>(
    waiting: impl Future<Output = T>,
    ended: Pin<&mut impl Future<Output = ()>>,
    late: &mut Sleep,
) -> Result<T, Cut> {
    tokio::select! {
        biased;
        done = waiting => Ok(done),
        () = ended => Err(Cut::Ended),
        () = late => Err(Cut::Late),
    }
}

async fn execute(
    engine: &SkillEngine,
    linked: &Linked,
    session: Session,
    limits: &Limits,
    entry: Entry<'_>,
    counts: &Counts,
) -> Called {
    let Counts { cpu, memory } = counts;
    let skill = session.scope.rights.skill.clone();
    let mut store = Store::new(engine.raw(), Guest::new(session, limits, memory.clone()));
    store.limiter(|guest| &mut guest.meter);
    store.set_hostcall_fuel(usize::try_from(limits.argument).unwrap_or(usize::MAX));
    store.set_max_component_handles(limits.handles as usize);
    interrupt(&mut store, limits, cpu.clone());
    let answered: wasmtime::Result<_> = {
        let mut answering = pin!(async {
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
        });
        std::future::poll_fn(|context| cpu.during(|| answering.as_mut().poll(context))).await
    };
    let guest = store.into_data();
    let reply = match answered {
        Ok(Ok(reply)) => reply::read(&skill, reply, limits.reply),
        Ok(Err(error)) => Err(of_skill(error, &guest.session.scope.record)),
        Err(_) if guest.meter.is_exhausted() => {
            Err(InvokeError::Memory { skill, limit: limits.memory })
        }
        Err(error) => Err(stopped::of(&error, &guest.session.scope)),
    };
    Called { reply, mode: Some(guest.session.mode), used: Used::default() }
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
/// does, nobody may be there to see to the time-out round the call.
fn interrupt(store: &mut Store<Guest>, limits: &Limits, cpu: Cpu) {
    let most = limits.cpu;
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |context| {
        if context.data().session.left().is_zero() {
            return Err(Stop::Late.into());
        }
        if cpu.so_far() > most {
            return Err(Stop::TooMuch(Excess::Cpu(most)).into());
        }
        Ok(UpdateDeadline::Yield(1))
    });
}

/// The contract's error, in words for a person.
fn of_skill(error: types::Error, record: &Record) -> InvokeError {
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
    let has_words = ![error::LATE.code, error::BUSY.code].contains(&row.code);
    let behind = record.fault_behind(has_words.then_some(text.as_str())).map(Box::new);
    let text = reply::sentence(&text);
    let text = if text.is_empty() { row.meaning.to_owned() } else { text };
    InvokeError::Answered { row, text, behind }
}
