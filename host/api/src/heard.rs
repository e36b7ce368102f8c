//! What was heard and said by voice, as whoever listened tells it for the record.

use jarvis_domain::records::Records;
use jarvis_domain::run::{Exchange, MOMENTS, Moment};
use jarvis_domain::{Caller, Door, Explain, Fault, Language, Role, RunId, text};
use jarvis_sentences::{Pin, masked_answer};

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
    pin: Option<&Pin>,
) -> Result<Response, Box<Fault>> {
    needs(caller, Role::Viewer, "telling what was heard")?;
    let found = records.run(run).await.map_err(|error| error.fault())?;
    let own = found.filter(|found| {
        caller.door == Door::Voice
            && found.caller.door == Door::Voice
            && found.caller.principal == caller.principal
    });
    own.ok_or_else(|| not_found("run", run.to_string()).fault())?;
    records.add_heard(run, cleaned(heard, pin)).await.map_err(|error| error.fault())?;
    Ok(Response::Noted)
}

/// What led to no run is told by whoever speaks, and by nobody else.
pub(crate) async fn add_exchange(
    place: Option<String>,
    heard: Vec<Moment>,
    caller: &Caller,
    records: &dyn Records,
    pin: Option<&Pin>,
) -> Result<Response, Box<Fault>> {
    needs(caller, Role::Viewer, "telling what was heard")?;
    if caller.door != Door::Voice {
        return Err(not_found("microphone", caller.principal.to_string()).fault());
    }
    let place = place.map(|place| text::shown(&place, LONGEST_PLACE));
    let kept = records.add_exchange(caller.clone(), place, cleaned(heard, pin)).await;
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

/// Whoever listens masks what may be a `pin`; only who keeps it knows which words are it.
fn cleaned(heard: Vec<Moment>, pin: Option<&Pin>) -> Vec<Moment> {
    let has_pin = |said: &str| {
        pin.is_some_and(|pin| Language::ALL.into_iter().any(|of| pin.is_among(said, of)))
    };
    let kept = |said: String| {
        let said = if has_pin(&said) { masked_answer(&said, 1) } else { said };
        text::shown(&said, LONGEST_SAID)
    };
    let moments = heard.into_iter().take(MOMENTS).map(|moment| Moment {
        what: text::shown(&moment.what, 40),
        text: moment.text.map(kept),
        ..moment
    });
    moments.collect()
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;

    use super::*;

    #[test]
    fn a_pin_is_not_kept_whatever_is_said_around_it() {
        let pin: Pin = "4271".parse().unwrap();
        let kept = |said: &str, pin| {
            let text = Some(said.to_owned());
            let moment = Moment { at: Timestamp(3), after_us: 4, what: "words".to_owned(), text };
            cleaned(vec![moment], pin).remove(0).text.unwrap()
        };
        for said in [
            "okay um 4271",
            "4271 thanks",
            "um,4271",
            "mediaserver/4271-thanks",
            "four two seven one jarvis please do it now",
        ] {
            let masked = kept(said, Some(&pin));
            let digits = masked.contains("4271") || masked.contains("seven");
            assert!(masked.contains("••••") && !digits, "{said}: {masked}");
            assert_eq!(kept(said, None), said);
        }
        assert_eq!(kept("restart vm 1042", Some(&pin)), "restart vm 1042");
    }
}
