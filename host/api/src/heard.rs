//! What was heard and said by voice, as whoever listened tells it for the record.

use jarvis_domain::records::Records;
use jarvis_domain::run::{Exchange, MOMENTS, Moment};
use jarvis_domain::{Caller, Door, Explain, Fault, Role, RunId, text};

use crate::ApiError;
use crate::service::{CANDIDATES, needs, not_found};
use crate::wire::Response;

/// The longest text of a moment that was heard, characters.
const LONGEST_SAID: usize = 2000;
/// The longest name of a place, characters.
const LONGEST_PLACE: usize = 100;

/// What was heard around a run is only its own caller's to tell.
pub(crate) async fn add(
    run: RunId,
    heard: Vec<Moment>,
    caller: &Caller,
    records: &dyn Records,
) -> Result<Response, Box<Fault>> {
    needs(caller, Role::Viewer, "telling what was heard")?;
    let found = records.run(run).await.map_err(|error| error.fault())?;
    let own = found.filter(|found| {
        caller.door == Door::Voice
            && found.caller.door == Door::Voice
            && found.caller.principal == caller.principal
    });
    own.ok_or_else(|| not_found("run", run.to_string()).fault())?;
    records.add_heard(run, cleaned(heard)).await.map_err(|error| error.fault())?;
    Ok(Response::Noted)
}

/// What led to no run is told by whoever speaks, and by nobody else.
pub(crate) async fn add_exchange(
    place: Option<String>,
    heard: Vec<Moment>,
    caller: &Caller,
    records: &dyn Records,
) -> Result<Response, Box<Fault>> {
    needs(caller, Role::Viewer, "telling what was heard")?;
    if caller.door != Door::Voice {
        return Err(not_found("microphone", caller.principal.to_string()).fault());
    }
    let place = place.map(|place| text::shown(&place, LONGEST_PLACE));
    let kept = records.add_exchange(caller.clone(), place, cleaned(heard)).await;
    kept.map_err(|error| error.fault())?;
    Ok(Response::Noted)
}

/// The one whose id begins with `id`.
pub(crate) async fn exchange(id: &str, records: &dyn Records) -> Result<Response, Box<Fault>> {
    let found = records.find_exchanges(id, CANDIDATES).await.map_err(|error| error.fault())?;
    let id = id.to_owned();
    match <[Exchange; 1]>::try_from(found) {
        Ok([one]) => Ok(Response::Exchange(Box::new(one))),
        Err(none) if none.is_empty() => Err(not_found("exchange", id).fault()),
        Err(several) => {
            let fit = several.iter().map(|one| one.id.to_string()).collect();
            Err(ApiError::Ambiguous { kind: "exchange", id, fit }.fault())
        }
    }
}

fn cleaned(heard: Vec<Moment>) -> Vec<Moment> {
    let moments = heard.into_iter().take(MOMENTS).map(|moment| Moment {
        what: text::shown(&moment.what, 40),
        text: moment.text.map(|said| text::shown(&said, LONGEST_SAID)),
        ..moment
    });
    moments.collect()
}
