//! Nodes rebooted, shut down and woken; several of them one after another, the
//! one that jarvis runs on last.

use std::time::Duration;

use jarvis_skill::series::{self, Deed, Fate, Target};
use jarvis_skill::{Clock, ClusterRead, ClusterWrite, Error, Field, Reply, Request, Verb, words};
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
            Self::Reboot => "Rebooted",
            Self::ShutDown => "Shut down",
            Self::Wake => "Woke",
        }
        .to_owned()
    }

    fn not_done(&self) -> String {
        match self {
            Self::Reboot => "was not rebooted",
            Self::ShutDown => "was not shut down",
            Self::Wake => "was not woken",
        }
        .to_owned()
    }

    fn going_on(&self, several: bool) -> String {
        let be = if several { "are" } else { "is" };
        match self {
            Self::Reboot => format!("{be} rebooting and not back yet"),
            Self::ShutDown => format!("{be} still shutting down"),
            Self::Wake => format!("{be} not up yet"),
        }
    }

    fn advice(&self, called: &str, why: &str) -> Option<String> {
        // "No wake on LAN MAC address defined for 'pve2'!"
        (*self == Self::Wake && why.contains("MAC address")).then(|| {
            format!("In Proxmox, open the options of node {called} and enter its MAC address for Wake-on-LAN.")
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
    fn needless(self, node: &Member) -> Option<&'static str> {
        match (self, node.online) {
            (Self::Reboot, false) => Some("is offline, so there is nothing to reboot"),
            (Self::ShutDown, false) => Some("is offline already"),
            (Self::Wake, true) => Some("is online already"),
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
            return Ok(Fate::Already(why.to_owned()));
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
        return Err(Error::NotFound(format!("There is no node {name}.")));
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
            return Err(Error::Invalid(format!("{other:?} is neither all nor others.")));
        }
    };
    let standing = Standing::read(host)?;
    if action == Action::Reboot && standing.quorate == Some(false) {
        return Err(Error::refused(
            "The cluster has no quorum, so after a reboot no guest would start again. I reboot the nodes only one by one, when you name each.",
        ));
    }
    let mut members = standing.members;
    members.retain(|member| {
        except.as_ref().is_none_or(|except| *except != member.name) && !(others && member.local)
    });
    if members.is_empty() {
        return Err(Error::NotFound("There is no other node.".to_owned()));
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
        let until = match action {
            Action::Reboot => "until it is back",
            _ => "until somebody turns it on",
        };
        reply.speech.push_str(&format!(" I run on it, so you do not hear from me {until}."));
    }
    if fates.len() > 1 {
        reply = reply.with_detail(table(&fates));
    }
    Ok(reply.with_data(data(&fates)))
}

fn table(fates: &[(Member, Fate)]) -> String {
    let row = |(node, fate): &(Member, Fate)| {
        let what = match fate {
            Fate::Done { .. } => "done".to_owned(),
            Fate::Running => "not finished yet".to_owned(),
            Fate::NotReached => "not touched".to_owned(),
            Fate::Failed(why) => format!("failed: {why}"),
            Fate::Unknown(why) => format!("uncertain: {why}"),
            Fate::Already(how) | Fate::Refused(how) => how.clone(),
        };
        [words::cell(&node.name), words::cell(&what)]
    };
    words::table(["Node", "Result"], &fates.iter().map(row).collect::<Vec<_>>())
}

fn data(fates: &[(Member, Fate)]) -> Value {
    let nodes = fates.iter().map(|(node, fate)| {
        json!({ "node": node.name, "result": fate.word(), "message": fate.message() })
    });
    json!({ "nodes": nodes.collect::<Vec<_>>() })
}
