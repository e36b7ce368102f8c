//! Doing one thing to one guest, or to all with a tag.

use jarvis_skill::series::{self, Fate};
use jarvis_skill::{
    Clock, ClusterRead, ClusterWrite, Error, Inventory, ItemExt, Reply, Request, Verb, say, words,
};

use crate::action::{Action, Verdict};
use crate::guest::{self, Guest, State};
use crate::report;

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
        return Err(Error::NotFound(say!(
            en: "No guest that can run is tagged {tag}.",
            de: "Kein Gast, der laufen kann, hat den Tag {tag}.",
        )));
    }
    on_all(host, request, action, guests)
}

/// One after another. What one of them cannot be asked to do keeps nobody
/// else from it; after one that failed the rest is left alone.
fn on_all(
    host: &(impl ClusterWrite + Clock),
    request: &Request,
    action: &Action,
    guests: Vec<Guest>,
) -> Result<Reply, Error> {
    let fates = series::in_turn(guests, |guest| match action.judge(guest) {
        Verdict::Go(rest) => {
            let (path, fields) = (guest.path(rest), action.fields());
            series::write(host, request, (Verb::Create, &path, &fields), None)
        }
        Verdict::Already(how) => Ok(Fate::Already(how)),
        Verdict::Refused(why) => Ok(Fate::Refused(why)),
    })?;
    Ok(series::reply(action, &fates)?.with_data(report::data(action, &fates)))
}
