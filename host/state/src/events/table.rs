//! What happens to the tables of events. No waiting, no threads.
//!
//! The events of a skill have places that follow each other without a gap:
//! they are only ever appended at one end and removed at the other. So the
//! first and the last tell how many there are.

use std::collections::{BTreeMap, BTreeSet};

use jarvis_domain::event::{Paused, Settled, Standing, Waiting};
use jarvis_domain::{Event, SkillId, Topic};
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::error::Cause;
use crate::tables::{decode, encode};

type Place<'a> = (&'a str, u64);
type Stored<'a> = (u32, &'a str, &'a [u8]);

/// Skill → JSON of [`Subscriber`].
const SUBSCRIBERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("event-subscribers");
/// Skill and place → how often it was handed out, its id, and its JSON.
const EVENTS: TableDefinition<'_, Place<'_>, Stored<'_>> = TableDefinition::new("events");
/// Skill and the event's id → place.
const PLACES: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("event-places");

/// One skill that wants events.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Subscriber {
    /// By name: a later version may have more topics than this one.
    topics: BTreeSet<String>,
    /// The place of the last event that was ever appended.
    last: u64,
    dropped: u64,
    given_up: u64,
    given_up_in_a_row: u32,
    paused: Option<Paused>,
}

/// What was handed out.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) event: Option<Waiting>,
    /// Events before it that could not be read, and are gone.
    pub(super) unreadable: usize,
}

pub(super) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(SUBSCRIBERS)?;
    transaction.open_table(EVENTS)?;
    transaction.open_table(PLACES)?;
    Ok(())
}

/// Every topic that any skill wants.
pub(super) fn wanted(transaction: &ReadTransaction) -> Result<BTreeSet<Topic>, Cause> {
    topics(&transaction.open_table(SUBSCRIBERS)?)
}

/// Appends one event to the queue of each skill that wants it; which of them
/// lost an older one by that.
pub(super) fn append(
    transaction: &WriteTransaction,
    id: &str,
    topic: Topic,
    text: &[u8],
    most: u64,
) -> Result<Vec<String>, Cause> {
    let mut lost = Vec::new();
    for (skill, mut subscriber) in subscribers(transaction)? {
        let known = transaction.open_table(PLACES)?.get((skill.as_str(), id))?.is_some();
        if known || !subscriber.topics.contains(topic.as_str()) {
            continue;
        }
        if waiting(&transaction.open_table(EVENTS)?, &skill)? >= most
            && let Some(oldest) = first(transaction, &skill)?
        {
            remove(transaction, (&skill, oldest))?;
            subscriber.dropped += 1;
            lost.push(skill.clone());
        }
        subscriber.last += 1;
        let place = (skill.as_str(), subscriber.last);
        transaction.open_table(EVENTS)?.insert(place, (0, id, text))?;
        transaction.open_table(PLACES)?.insert((skill.as_str(), id), subscriber.last)?;
        put(transaction, &skill, &subscriber)?;
    }
    Ok(lost)
}

/// Makes `wanted` the skills that want events; every topic wanted then.
pub(super) fn subscribe(
    transaction: &WriteTransaction,
    wanted: &BTreeMap<SkillId, BTreeSet<Topic>>,
    kept: &BTreeSet<SkillId>,
) -> Result<BTreeSet<Topic>, Cause> {
    for (skill, _) in subscribers(transaction)? {
        let stays = |id: &SkillId| id.as_str() == skill;
        if wanted.keys().any(stays) || kept.iter().any(stays) {
            continue;
        }
        while let Some(place) = first(transaction, &skill)? {
            remove(transaction, (&skill, place))?;
        }
        transaction.open_table(SUBSCRIBERS)?.remove(skill.as_str())?;
    }
    for (skill, topics) in wanted {
        let topics = names(topics);
        let before = get(&transaction.open_table(SUBSCRIBERS)?, skill.as_str())?;
        let now = Subscriber { topics, ..before.unwrap_or_default() };
        put(transaction, skill.as_str(), &now)?;
    }
    topics(&transaction.open_table(SUBSCRIBERS)?)
}

/// Whether [`subscribe`] would change nothing.
pub(super) fn is_subscribed(
    transaction: &ReadTransaction,
    wanted: &BTreeMap<SkillId, BTreeSet<Topic>>,
    kept: &BTreeSet<SkillId>,
) -> Result<bool, Cause> {
    let mut there = 0;
    for row in transaction.open_table(SUBSCRIBERS)?.iter()? {
        let (skill, text) = row?;
        match wanted.iter().find(|(id, _)| id.as_str() == skill.value()) {
            Some((_, topics)) if decode::<Subscriber>(text.value())?.topics == names(topics) => {
                there += 1;
            }
            Some(_) => return Ok(false),
            None if kept.iter().any(|id| id.as_str() == skill.value()) => {}
            None => return Ok(false),
        }
    }
    Ok(there == wanted.len())
}

/// Hands out the oldest event, one more try counted.
pub(super) fn take(transaction: &WriteTransaction, skill: &str) -> Result<Taken, Cause> {
    let mut taken = Taken::default();
    while let Some(place) = first(transaction, skill)? {
        let mut events = transaction.open_table(EVENTS)?;
        let found = events.get((skill, place))?.map(|row| {
            let (tries, id, text) = row.value();
            (tries.saturating_add(1), id.to_owned(), text.to_vec())
        });
        let Some((tries, id, text)) = found else { break };
        match decode::<Event>(&text) {
            Ok(event) => {
                events.insert((skill, place), (tries, id.as_str(), text.as_slice()))?;
                taken.event = Some(Waiting { place, tries, event });
                break;
            }
            // A later version's, or damaged: nobody here can deliver it.
            Err(_) => {
                drop(events);
                remove(transaction, (skill, place))?;
                count(transaction, skill, |subscriber| subscriber.dropped += 1)?;
                taken.unreadable += 1;
            }
        }
    }
    Ok(taken)
}

/// Removes the event at `place`, unless it has gone already.
pub(super) fn settle(
    transaction: &WriteTransaction,
    skill: &str,
    place: u64,
    settled: Settled,
) -> Result<Standing, Cause> {
    remove(transaction, (skill, place))?;
    count(transaction, skill, |subscriber| match settled {
        Settled::Taken => subscriber.given_up_in_a_row = 0,
        Settled::GivenUp => {
            subscriber.given_up += 1;
            subscriber.given_up_in_a_row = subscriber.given_up_in_a_row.saturating_add(1);
        }
    })?;
    standing(
        &transaction.open_table(SUBSCRIBERS)?,
        waiting(&transaction.open_table(EVENTS)?, skill)?,
        skill,
    )
}

/// Pauses or resumes a skill.
pub(super) fn pause(
    transaction: &WriteTransaction,
    skill: &str,
    paused: Option<Paused>,
) -> Result<(), Cause> {
    count(transaction, skill, |subscriber| {
        subscriber.given_up_in_a_row = 0;
        subscriber.paused = paused;
    })
}

/// How a skill stands.
pub(super) fn read_standing(transaction: &ReadTransaction, skill: &str) -> Result<Standing, Cause> {
    let waiting = waiting(&transaction.open_table(EVENTS)?, skill)?;
    standing(&transaction.open_table(SUBSCRIBERS)?, waiting, skill)
}

fn standing(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    waiting: u64,
    skill: &str,
) -> Result<Standing, Cause> {
    let subscriber = get(table, skill)?.unwrap_or_default();
    let Subscriber { dropped, given_up, given_up_in_a_row, paused, .. } = subscriber;
    Ok(Standing { waiting, dropped, given_up, given_up_in_a_row, paused })
}

fn topics(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<BTreeSet<Topic>, Cause> {
    let mut topics = BTreeSet::new();
    for row in table.iter()? {
        let subscriber = decode::<Subscriber>(row?.1.value())?;
        topics.extend(subscriber.topics.iter().filter_map(|name| name.parse::<Topic>().ok()));
    }
    Ok(topics)
}

fn names(topics: &BTreeSet<Topic>) -> BTreeSet<String> {
    topics.iter().map(|topic| topic.as_str().to_owned()).collect()
}

fn subscribers(transaction: &WriteTransaction) -> Result<Vec<(String, Subscriber)>, Cause> {
    let mut all = Vec::new();
    for row in transaction.open_table(SUBSCRIBERS)?.iter()? {
        let (skill, text) = row?;
        all.push((skill.value().to_owned(), decode(text.value())?));
    }
    Ok(all)
}

fn get(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    skill: &str,
) -> Result<Option<Subscriber>, Cause> {
    table.get(skill)?.map(|text| decode(text.value())).transpose()
}

fn put(transaction: &WriteTransaction, skill: &str, subscriber: &Subscriber) -> Result<(), Cause> {
    let text = encode("a skill that wants events", subscriber)?;
    transaction.open_table(SUBSCRIBERS)?.insert(skill, text.as_slice())?;
    Ok(())
}

/// Changes what is noted of a skill, if it wants events.
fn count(
    transaction: &WriteTransaction,
    skill: &str,
    change: impl FnOnce(&mut Subscriber),
) -> Result<(), Cause> {
    let found = get(&transaction.open_table(SUBSCRIBERS)?, skill)?;
    let Some(mut subscriber) = found else { return Ok(()) };
    change(&mut subscriber);
    put(transaction, skill, &subscriber)
}

/// How many events wait for a skill; see the head of this module.
fn waiting(
    events: &impl ReadableTable<Place<'static>, Stored<'static>>,
    skill: &str,
) -> Result<u64, Cause> {
    let mut range = events.range((skill, 0)..=(skill, u64::MAX))?;
    let Some(first) = range.next().transpose()? else { return Ok(0) };
    let first = first.0.value().1;
    let last = range.next_back().transpose()?.map_or(first, |last| last.0.value().1);
    Ok(last - first + 1)
}

fn first(transaction: &WriteTransaction, skill: &str) -> Result<Option<u64>, Cause> {
    let events = transaction.open_table(EVENTS)?;
    let first = events.range((skill, 0)..=(skill, u64::MAX))?.next().transpose()?;
    Ok(first.map(|row| row.0.value().1))
}

fn remove(transaction: &WriteTransaction, place: Place<'_>) -> Result<(), Cause> {
    let mut events = transaction.open_table(EVENTS)?;
    let id = events.remove(place)?.map(|row| row.value().1.to_owned());
    if let Some(id) = id {
        transaction.open_table(PLACES)?.remove((place.0, id.as_str()))?;
    }
    Ok(())
}
