//! Doing one thing to one guest, or to all with a tag.

use jarvis_skill::{
    Clock, ClusterRead, ClusterWrite, End, Error, Fate, Inventory, ItemExt, Operation, Reply,
    Request, Verb, words,
};

use crate::action::{Action, Verdict};
use crate::guest::{self, Guest, State};
use crate::report;

/// What became of the attempt to begin.
enum Begun {
    Over(Fate),
    Going(Box<dyn Operation>),
}

/// Does it to the guest that the request names.
pub(crate) fn on_one(
    host: &(impl Inventory + ClusterRead + ClusterWrite + Clock),
    request: &Request,
    action: &Action,
) -> Result<Reply, Error> {
    let mut guest = guest::find(host, request.argument("guest")?)?;
    // On a node that is down, a read would only be waited for in vain.
    if guest.state != State::Unknown {
        guest = guest.refreshed(host)?;
    }
    on_all(host, request, action, vec![guest])
}

/// Does it to every guest with the request's tag, templates left out. Their
/// states are the inventory's: one answer, where a read each would take longer
/// than what is asked for.
pub(crate) fn on_tagged(
    host: &(impl Inventory + ClusterWrite + Clock),
    request: &Request,
    action: &Action,
) -> Result<Reply, Error> {
    let tag: String = request.argument("tag")?;
    let found = host.find_all("guest", Some(&tag))?.items;
    let tagged = found.iter().filter(|item| item.has_tag(&tag)).filter_map(Guest::of);
    let guests: Vec<Guest> = tagged.filter(|guest| !guest.template).collect();
    if guests.is_empty() {
        let tag = words::line(&tag, 60);
        return Err(Error::NotFound(format!("No guest that can run is tagged {tag}.")));
    }
    on_all(host, request, action, guests)
}

/// Begins with all of them before it waits for the first, so that they go on
/// side by side.
fn on_all(
    host: &(impl ClusterWrite + Clock),
    request: &Request,
    action: &Action,
    guests: Vec<Guest>,
) -> Result<Reply, Error> {
    let mut begun: Vec<(Guest, Begun)> = Vec::with_capacity(guests.len());
    for guest in guests {
        let attempt = match begin(host, request, action, &guest) {
            // A grant that is missing is missing for all of them.
            Err(denied) if !begun.iter().any(|(_, begun)| has_effect(begun)) => return Err(denied),
            Err(denied) => Begun::Over(Fate::Failed(denied.sentence())),
            Ok(attempt) => attempt,
        };
        begun.push((guest, attempt));
    }
    let ended = begun.into_iter().map(|(guest, attempt)| {
        let fate = match attempt {
            Begun::Over(fate) => fate,
            Begun::Going(operation) => Fate::from(End::of(&*operation, request, host)),
        };
        (guest, fate)
    });
    report::reply(action, &ended.collect::<Vec<_>>())
}

/// An error only when the call was denied.
fn begin(
    host: &(impl ClusterWrite + Clock),
    request: &Request,
    action: &Action,
    guest: &Guest,
) -> Result<Begun, Error> {
    let rest = match action.judge(guest) {
        Verdict::Go(rest) => rest,
        Verdict::Already(how) => return Ok(Begun::Over(Fate::Already(how))),
        Verdict::Refused(why) => return Ok(Begun::Over(Fate::Refused(why))),
    };
    if request.time_left(host).is_zero() {
        let why = "was not reached, because there was no time left".to_owned();
        return Ok(Begun::Over(Fate::Refused(why)));
    }
    match host.write(Verb::Create, &guest.path(rest), &action.fields()) {
        Ok(Some(operation)) => Ok(Begun::Going(operation)),
        Ok(None) => Ok(Begun::Over(Fate::Done { warnings: 0 })),
        Err(error) => Ok(Begun::Over(Fate::not_started(error)?)),
    }
}

fn has_effect(begun: &Begun) -> bool {
    matches!(begun, Begun::Going(_) | Begun::Over(Fate::Done { .. } | Fate::Unknown(_)))
}
