//! What a call does, in the words of a question or a notice. A call that the
//! tables do not name is shown as it stands, and said to be unknown.

use jarvis_domain::inventory::{GuestKind, Snapshot};
use jarvis_domain::{ApiCall, Call, Field, Language, ShellCall, Vmid, say, text};

use crate::rating::{Rated, rate, said};

mod away;
mod german;

/// The longest value that is shown whole, characters.
const SHOWN: usize = 60;

/// What `call` would do: `shut down VM 101 mediaserver on home`.
#[must_use]
pub fn describe(call: &Call, snapshot: Option<&Snapshot>) -> String {
    describe_all(std::slice::from_ref(call), snapshot).concat()
}

/// What each of `writes` would do, made in this order: a node that one of them
/// shuts down is no longer there for those after it.
#[must_use]
pub fn describe_all(writes: &[Call], snapshot: Option<&Snapshot>) -> Vec<String> {
    describe_all_in(Language::English, writes, snapshot)
}

/// As [`describe_all`], in `language`.
#[must_use]
pub fn describe_all_in(
    language: Language,
    writes: &[Call],
    snapshot: Option<&Snapshot>,
) -> Vec<String> {
    let mut gone = Vec::new();
    let one = |call: &Call| {
        let rated = rate(call);
        let text = phrase(call, &rated, rated.effect.does, snapshot, language);
        let exact = snapshot.and_then(|known| away::cost(call, &rated, known, &mut gone, language));
        match exact.or_else(|| rated.effect.cost.map(|cost| in_language(cost, language).to_owned()))
        {
            Some(cost) => format!("{text} ({cost})"),
            None => text,
        }
    };
    writes.iter().map(one).collect()
}

/// What `call` is doing: `shutting down VM 101 mediaserver on home`.
#[must_use]
pub fn describe_doing(call: &Call, snapshot: Option<&Snapshot>) -> String {
    describe_doing_in(Language::English, call, snapshot)
}

/// As [`describe_doing`], in `language`; in German as in a question.
#[must_use]
pub fn describe_doing_in(language: Language, call: &Call, snapshot: Option<&Snapshot>) -> String {
    let rated = rate(call);
    let template = match language {
        Language::English => rated.effect.doing,
        Language::German => rated.effect.does,
    };
    phrase(call, &rated, template, snapshot, language)
}

/// The call itself on one line, long values cut and secrets masked.
#[must_use]
pub fn literal(call: &Call) -> String {
    match call {
        Call::Api(call) => {
            let path = text::shown(call.path.as_str(), 200);
            let fields: Vec<String> = call.fields.iter().map(show).collect();
            let with = if fields.is_empty() { "" } else { " with " };
            format!("{} {path}{with}{}", call.verb, fields.join(", "))
        }
        Call::Shell(call) => format!("run {} on node {}", argv(call), call.node),
    }
}

/// A text of the tables in `language`; in English where it is not there in that.
fn in_language(text: &'static str, language: Language) -> &'static str {
    match language {
        Language::English => text,
        Language::German => german::german(text).unwrap_or(text),
    }
}

fn phrase(
    call: &Call,
    rated: &Rated,
    template: &'static str,
    snapshot: Option<&Snapshot>,
    language: Language,
) -> String {
    if !rated.effect.known {
        let literal = literal(call);
        return say!(
            language,
            en: "{literal}, which jarvis has no words for",
            de: "{literal} ausführen, wofür Jarvis keine Worte hat",
        );
    }
    let template = in_language(template, language);
    match call {
        Call::Api(call) => {
            let mut used = said(call);
            let text = fill(template, |name| {
                used.push(name.to_owned());
                value_of(call, name, snapshot, language)
            });
            // Nothing that is passed goes unmentioned.
            let rest: Vec<String> =
                call.fields.iter().filter(|field| !used.contains(&field.name)).map(show).collect();
            match rest.join(", ") {
                none if none.is_empty() => text,
                rest => say!(language, en: "{text} with {rest}", de: "{text}, mit {rest}"),
            }
        }
        Call::Shell(call) => {
            let text = fill(template, |name| match name {
                "argv" => argv(call),
                _ => call.node.to_string(),
            });
            if template.contains("{argv}") || rated.effect.whole {
                text
            } else {
                let argv = argv(call);
                say!(language, en: "{text} by {argv}", de: "{text}, durch {argv}")
            }
        }
    }
}

/// `template` with each `{name}` replaced by what `value` gives for it.
fn fill(template: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(&value(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn value_of(call: &ApiCall, name: &str, snapshot: Option<&Snapshot>, language: Language) -> String {
    match name {
        "guest" => guest(call, snapshot, language),
        "path" => text::shown(call.path.as_str(), 200),
        "vms" => guests(call.fields.get("vms"), snapshot, language),
        _ => {
            let captured = crate::rating::captures(call).and_then(|captures| captures.get(name));
            let value = captured.or_else(|| call.fields.get(name));
            let none = || say!(language, en: "(no {name} given)", de: "({name} nicht angegeben)");
            value.map_or_else(none, |value| text::shown(value, SHOWN))
        }
    }
}

/// `VM 101 mediaserver on home`. Kind and node are the call's own: they, not
/// the inventory's, decide what is hit.
fn guest(call: &ApiCall, snapshot: Option<&Snapshot>, language: Language) -> String {
    let kind = match call.path.segments().nth(2) {
        Some("lxc") => GuestKind::Container,
        _ => GuestKind::Vm,
    };
    let node = call
        .path
        .node()
        .map_or_else(String::new, |node| say!(language, en: " on {node}", de: " auf {node}"));
    let Some(vmid) = call.path.guest() else { return text::shown(call.path.as_str(), SHOWN) };
    format!("{} {}{node}", kind.called(language), named(vmid, snapshot))
}

/// `101 mediaserver`, the name in quotes where it is none that Proxmox takes.
fn named(vmid: Vmid, snapshot: Option<&Snapshot>) -> String {
    let name = snapshot.and_then(|s| s.guest(vmid)).map_or("", |guest| guest.name.as_str());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    let name = text::shown(name, SHOWN);
    match (name.is_empty(), plain) {
        (true, _) => vmid.to_string(),
        (false, true) => format!("{vmid} {name}"),
        (false, false) => format!("{vmid} \"{}\"", name.replace('"', "'")),
    }
}

/// The guests of a bulk call, which without a list are all.
fn guests(vms: Option<&str>, snapshot: Option<&Snapshot>, language: Language) -> String {
    let Some(vms) = vms else { return say!(language, en: "(all of them)", de: "(alle)") };
    let one = |word: &str| match word.trim().parse() {
        Ok(vmid) => named(vmid, snapshot),
        Err(_) => text::shown(word, SHOWN),
    };
    vms.split([',', ';', ' ']).filter(|w| !w.is_empty()).map(one).collect::<Vec<_>>().join(", ")
}

fn argv(call: &ShellCall) -> String {
    let word = |word: &String| {
        let shown = text::shown(word, SHOWN);
        let plain = !shown.is_empty()
            && shown.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c));
        if plain && shown == *word { shown } else { format!("{shown:?}") }
    };
    call.argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// `name=value`, the value of a secret masked.
fn show(field: &Field) -> String {
    let name = field.name.to_lowercase();
    let secret = ["password", "secret", "token", "ticket"].iter().any(|word| name.contains(word));
    let value = if secret { "***".to_owned() } else { text::shown(&field.value, SHOWN) };
    format!("{}={value}", field.name)
}

#[cfg(test)]
mod tests;
