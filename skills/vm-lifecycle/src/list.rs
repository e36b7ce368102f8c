//! Which guests there are.

use jarvis_skill::words::Noun;
use jarvis_skill::{Error, Inventory, ItemExt, Reply, Request, say, words};
use serde_json::json;

use crate::guest::{Guest, Kind, State};

/// More names than these are counted instead of told.
const NAMES: usize = 8;

/// What is asked for; `None` does not matter.
struct Wanted {
    state: Option<State>,
    kind: Option<Kind>,
    node: Option<String>,
    tag: Option<String>,
}

/// The answer to `list`.
pub(crate) fn answer(host: &impl Inventory, request: &Request) -> Result<Reply, Error> {
    let wanted = Wanted::read(request)?;
    let found = host.find_all("guest", wanted.tag.as_deref())?;
    let tagged =
        found.items.iter().filter(|item| wanted.tag.as_deref().is_none_or(|tag| item.has_tag(tag)));
    let guests: Vec<Guest> =
        tagged.filter_map(Guest::of).filter(|guest| wanted.takes(guest)).collect();
    let rows: Vec<_> = guests.iter().map(row).collect();
    let guests_data = guests.iter().map(|guest| {
        json!({
            "vmid": guest.id.parse::<u32>().ok(),
            "name": guest.name,
            "kind": guest.kind.word().to_lowercase(),
            "node": guest.node,
            "state": guest.state.word(),
            "template": guest.template,
            "lock": guest.lock,
            "tags": guest.tags,
        })
    });
    let data = json!({ "as_of": found.as_of, "guests": guests_data.collect::<Vec<_>>() });
    let reply = Reply::done(wanted.speech(&guests)).with_data(data);
    if rows.is_empty() {
        return Ok(reply);
    }
    let head = say!(
        en: "Number|Name|Kind|Node|State|Tags",
        de: "Nummer|Name|Art|Knoten|Zustand|Tags",
    );
    Ok(reply.with_detail(words::table_of(&head, &rows)))
}

impl Wanted {
    fn read(request: &Request) -> Result<Self, Error> {
        let unknown = |name: &str, given: &str| {
            let given = words::line(given, 40);
            Error::Invalid(say!(
                en: "{given:?} is not a {name} of a guest.",
                de: "{given:?} passt zu keinem Gast ({name}).",
            ))
        };
        let state = match request.optional::<String>("state")?.as_deref() {
            None => None,
            Some("running") => Some(State::Running),
            Some("stopped") => Some(State::Stopped),
            Some("suspended") => Some(State::Paused),
            Some("unknown") => Some(State::Unknown),
            Some(other) => return Err(unknown("state", other)),
        };
        let kind = match request.optional::<String>("only")?.as_deref() {
            None => None,
            Some("vm") => Some(Kind::Vm),
            Some("container") => Some(Kind::Container),
            Some(other) => return Err(unknown("kind", other)),
        };
        Ok(Self { state, kind, node: request.optional("node")?, tag: request.optional("tag")? })
    }

    fn takes(&self, guest: &Guest) -> bool {
        // A template has a state only in name.
        self.state.is_none_or(|state| guest.state == state && !guest.template)
            && self.kind.is_none_or(|kind| guest.kind == kind)
            && self.node.as_ref().is_none_or(|node| guest.node == *node)
    }

    fn speech(&self, guests: &[Guest]) -> String {
        let noun = match self.kind {
            None => Noun::GUEST,
            Some(Kind::Vm) => Noun { en: "VM", de: ("eine VM", "VMs") },
            Some(Kind::Container) => Noun { en: "container", de: ("ein Container", "Container") },
        };
        let mut place = String::new();
        if let Some(node) = &self.node {
            let node = words::line(node, 63);
            place.push_str(&say!(en: " on {node}", de: " auf {node}"));
        }
        if let Some(tag) = &self.tag {
            let tag = words::line(tag, 60);
            place.push_str(&say!(en: " tagged {tag}", de: " mit dem Tag {tag}"));
        }
        let real: Vec<&Guest> = guests.iter().filter(|guest| !guest.template).collect();
        let names: Vec<String> = real.iter().map(|guest| guest.called()).collect();
        let count = noun.counted(real.len());
        let one = real.len() == 1;
        let (be, ist) = if one { ("is", "ist") } else { ("are", "sind") };
        let mut told = match self.state {
            Some(State::Running) => {
                let (count, laufen) = (capital(&count), if one { "läuft" } else { "laufen" });
                say!(en: "{count}{place} {be} running", de: "{count}{place} {laufen}")
            }
            Some(state) => {
                let (count, state) = (capital(&count), state.said());
                say!(en: "{count}{place} {be} {state}", de: "{count}{place} {ist} {state}")
            }
            None => say!(en: "There {be} {count}{place}", de: "Es gibt {count}{place}"),
        };
        match self.state {
            _ if real.is_empty() => {}
            None if real.len() > 1 => told.push_str(&format!(": {}", states(&real))),
            _ => told.push_str(&format!(": {}", words::list_of_at_most(&names, NAMES))),
        }
        told.push('.');
        match guests.len() - real.len() {
            0 => {}
            templates => {
                let templates =
                    Noun { en: "template", de: ("eine Vorlage", "Vorlagen") }.counted(templates);
                told.push_str(&say!(en: " Also {templates}.", de: " Dazu {templates}."));
            }
        }
        told
    }
}

/// `12 running, 7 stopped and 1 suspended`.
fn states(guests: &[&Guest]) -> String {
    let all = [State::Running, State::Stopped, State::Paused, State::Unknown];
    let counts = all.iter().filter_map(|state| {
        let count = guests.iter().filter(|guest| guest.state == *state).count();
        let state = state.said();
        (count > 0).then(|| format!("{count} {state}"))
    });
    words::list(&counts.collect::<Vec<_>>())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn row(guest: &Guest) -> [String; 6] {
    let state = match guest.template {
        true => say!(en: "template", de: "Vorlage"),
        false => guest.state.said(),
    };
    [
        guest.id.clone(),
        words::cell(&guest.name),
        guest.kind.said(),
        words::cell(&guest.node),
        state,
        words::cell(&guest.tags.join(", ")),
    ]
}
