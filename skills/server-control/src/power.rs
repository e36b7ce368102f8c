//! Nodes rebooted, shut down and woken; several of them one after another, the
//! one that jarvis runs on last.

use std::time::Duration;

use jarvis_skill::series::{self, Deed, Fate, Target};
use jarvis_skill::{
    Clock, ClusterRead, ClusterWrite, Error, Field, Reply, Request, Verb, say, words,
};
use serde_json::{Value, json};

use crate::cluster::{Member, Standing};

/// What is done to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Reboot,
    ShutDown,
    Wake,
}

/// How long the node that jarvis runs on is waited for: long enough to hear
/// that Proxmox refuses, and over before the node takes jarvis along. Proxmox
/// waits 2 s before it acts.
const OWN: Duration = Duration::from_secs(3);

impl Deed for Action {
    fn done(&self) -> String {
        match self {
            Self::Reboot => say!(en: "Rebooted", de: "neu gestartet"),
            Self::ShutDown => say!(en: "Shut down", de: "heruntergefahren"),
            Self::Wake => say!(en: "Woke", de: "aufgeweckt"),
        }
    }

    fn not_done(&self) -> String {
        match self {
            Self::Reboot => say!(en: "was not rebooted", de: "wurde nicht neu gestartet"),
            Self::ShutDown => say!(en: "was not shut down", de: "wurde nicht heruntergefahren"),
            Self::Wake => say!(en: "was not woken", de: "wurde nicht aufgeweckt"),
        }
    }

    fn going_on(&self, several: bool) -> String {
        let be = if several { "are" } else { "is" };
        let (ist, startet, faehrt) =
            if several { ("sind", "starten", "fahren") } else { ("ist", "startet", "fährt") };
        match self {
            Self::Reboot => say!(
                en: "{be} rebooting and not back yet",
                de: "{startet} neu und {ist} noch nicht wieder da",
            ),
            Self::ShutDown => say!(en: "{be} still shutting down", de: "{faehrt} noch herunter"),
            Self::Wake => say!(en: "{be} not up yet", de: "{ist} noch nicht da"),
        }
    }

    fn advice(&self, called: &str, why: &str) -> Option<String> {
        // "No wake on LAN MAC address defined for 'pve2'!"
        (*self == Self::Wake && why.contains("MAC address")).then(|| {
            say!(
                en: "In Proxmox, open the options of node {called} and enter its MAC address for Wake-on-LAN.",
                de: "In Proxmox fehlt bei den Optionen des Knotens {called} die MAC-Adresse für Wake-on-LAN.",
            )
        })
    }
}

impl Target for Member {
    fn called(&self) -> String {
        words::line(&self.name, 63)
    }
}

impl Action {
    /// Why nothing is to be done to this node, as the end of a sentence that
    /// begins with its name.
    fn needless(self, node: &Member) -> Option<String> {
        match (self, node.online) {
            (Self::Reboot, false) => Some(say!(
                en: "is offline, so there is nothing to reboot",
                de: "ist offline, also gibt es nichts neu zu starten",
            )),
            (Self::ShutDown, false) => {
                Some(say!(en: "is offline already", de: "ist schon offline"))
            }
            (Self::Wake, true) => Some(say!(en: "is online already", de: "ist schon online")),
            _ => None,
        }
    }

    fn do_to(
        self,
        host: &(impl ClusterWrite + Clock),
        request: &Request,
        node: &Member,
    ) -> Result<Fate, Error> {
        if let Some(why) = self.needless(node) {
            return Ok(Fate::Already(why));
        }
        let command = |command: &str| vec![Field::new("command", command)];
        let (path, fields) = match self {
            Self::Reboot => ("status", command("reboot")),
            Self::ShutDown => ("status", command("shutdown")),
            Self::Wake => ("wakeonlan", Vec::new()),
        };
        let path = format!("/nodes/{}/{path}", node.name);
        let at_most = node.local.then_some(OWN);
        series::write(host, request, (Verb::Create, &path, &fields), at_most)
    }
}

/// Does it to the node that the request names.
pub(crate) fn on_one(
    host: &(impl ClusterRead + ClusterWrite + Clock),
    request: &Request,
    action: Action,
) -> Result<Reply, Error> {
    let name: String = request.argument("node")?;
    let mut members = Standing::read(host)?.members;
    members.retain(|member| member.name == name);
    if members.is_empty() {
        let name = words::line(&name, 63);
        return Err(Error::NotFound(say!(
            en: "There is no node {name}.",
            de: "Den Knoten {name} gibt es nicht.",
        )));
    }
    on(host, request, action, members)
}

/// Does it to all nodes that the request means.
pub(crate) fn on_all(
    host: &(impl ClusterRead + ClusterWrite + Clock),
    request: &Request,
    action: Action,
) -> Result<Reply, Error> {
    let except: Option<String> = request.optional("except")?;
    let others = match request.optional::<String>("which")?.as_deref() {
        None | Some("all") => false,
        Some("others") => true,
        Some(other) => {
            let other = words::line(other, 40);
            return Err(Error::Invalid(say!(
                en: "{other:?} is neither all nor others.",
                de: "{other:?} ist weder all noch others.",
            )));
        }
    };
    let standing = Standing::read(host)?;
    if action == Action::Reboot && standing.quorate == Some(false) {
        return Err(Error::refused(say!(
            en: "The cluster has no quorum, so after a reboot no guest would start again. I reboot the nodes only one by one, when you name each.",
            de: "Der Cluster hat kein Quorum, darum würde nach einem Neustart kein Gast wieder starten. Neu starten geht so nur einzeln, Knoten für Knoten beim Namen genannt.",
        )));
    }
    let mut members = standing.members;
    members.retain(|member| {
        except.as_ref().is_none_or(|except| *except != member.name) && !(others && member.local)
    });
    if members.is_empty() {
        return Err(Error::NotFound(say!(
            en: "There is no other node.",
            de: "Einen anderen Knoten gibt es nicht.",
        )));
    }
    // With its own node jarvis goes down too, and could not go on.
    members.sort_by_key(|member| member.local);
    on(host, request, action, members)
}

fn on(
    host: &(impl ClusterWrite + Clock),
    request: &Request,
    action: Action,
    members: Vec<Member>,
) -> Result<Reply, Error> {
    let fates = series::in_turn(members, |node| action.do_to(host, request, node))?;
    let mut reply = series::reply(&action, &fates)?;
    let own = fates.iter().find(|(node, fate)| node.local && *fate == Fate::Running);
    if let (Some(_), false) = (own, action == Action::Wake) {
        reply.speech.push_str(&match action {
            Action::Reboot => say!(
                en: " I run on it, so you do not hear from me until it is back.",
                de: " Darauf läuft Jarvis selbst: Bis er wieder da ist, herrscht Stille.",
            ),
            _ => say!(
                en: " I run on it, so you do not hear from me until somebody turns it on.",
                de: " Darauf läuft Jarvis selbst: Bis ihn jemand einschaltet, herrscht Stille.",
            ),
        });
    }
    if fates.len() > 1 {
        reply = reply.with_detail(table(&fates));
    }
    Ok(reply.with_data(data(&fates)))
}

fn table(fates: &[(Member, Fate)]) -> String {
    let row = |(node, fate): &(Member, Fate)| {
        let what = match fate {
            Fate::Done { .. } => say!(en: "done", de: "erledigt"),
            Fate::Running => say!(en: "not finished yet", de: "noch nicht fertig"),
            Fate::NotReached => say!(en: "not touched", de: "nicht angefasst"),
            Fate::Failed(why) => say!(en: "failed: {why}", de: "fehlgeschlagen: {why}"),
            Fate::Unknown(why) => say!(en: "uncertain: {why}", de: "ungewiss: {why}"),
            Fate::Already(how) | Fate::Refused(how) => how.clone(),
        };
        [words::cell(&node.name), words::cell(&what)]
    };
    let head = say!(en: "Node|Result", de: "Knoten|Ergebnis");
    words::table_of(&head, &fates.iter().map(row).collect::<Vec<_>>())
}

fn data(fates: &[(Member, Fate)]) -> Value {
    let nodes = fates.iter().map(|(node, fate)| {
        json!({ "node": node.name, "result": fate.word(), "message": fate.message() })
    });
    json!({ "nodes": nodes.collect::<Vec<_>>() })
}
