//! The guests, and what can be done to one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use jarvis_domain::inventory::GuestKind;
use jarvis_domain::{NodeName, Role, Vmid};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ActionAnswer, ClusterQuery, HowBody};
use crate::http::act::{self, Command, How};
use crate::http::error::HttpError;
use crate::http::input::{At, Body, Fields, Input, Params, placed, wrong};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{Guests, OneGuest};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(snapshot))
        .routes(routes!(action))
        .routes(routes!(proxmox_action))
}

/// Which guests are wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct GuestQuery {
    /// Only those on this node.
    node: Option<String>,
    /// Only those with this tag.
    tag: Option<String>,
    /// Another cluster than the main one.
    cluster: Option<String>,
}

/// A snapshot to be taken.
#[derive(Debug, ToSchema)]
#[schema(as = SnapshotRequest)]
#[serde(deny_unknown_fields)]
struct SnapshotBody {
    /// Its name; made from the date if left out.
    name: Option<String>,
    /// Yes in advance.
    #[schema(value_type = Option<bool>)]
    confirmed: bool,
    /// BCP 47, for the sentences of the answer.
    locale: Option<String>,
}

/// What can be done to a guest, in Proxmox's own words: `stop` pulls the plug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum GuestAction {
    Start,
    Stop,
    Shutdown,
    Reboot,
    Suspend,
    Resume,
}

impl GuestAction {
    fn command(self) -> &'static str {
        match self {
            Self::Start => "vm-lifecycle.start",
            Self::Stop => "vm-lifecycle.force-stop",
            Self::Shutdown => "vm-lifecycle.shut-down",
            Self::Reboot => "vm-lifecycle.reboot",
            Self::Suspend => "vm-lifecycle.suspend",
            Self::Resume => "vm-lifecycle.resume",
        }
    }
}

impl std::str::FromStr for GuestAction {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "start" => Self::Start,
            "stop" => Self::Stop,
            "shutdown" => Self::Shutdown,
            "reboot" => Self::Reboot,
            "suspend" => Self::Suspend,
            "resume" => Self::Resume,
            _ => return Err("it has to be start, stop, shutdown, reboot, suspend or resume"),
        })
    }
}

impl Input for GuestQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (node, tag) = (fields.optional("node"), fields.optional("tag"));
        Some(Self { node, tag, cluster: fields.optional("cluster") })
    }
}

impl Input for SnapshotBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("name");
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        Some(Self { name, confirmed, locale })
    }
}

/// The guests of a cluster.
#[utoipa::path(get, path = "/api/guests", tag = "guests", params(GuestQuery),
    responses((status = 200, body = Guests)))]
async fn list(
    State(state): State<Shared>,
    who: Who,
    Params(GuestQuery { node, tag, cluster }): Params<GuestQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the list of guests")?;
    let snapshot = state.site(cluster.as_deref())?.snapshot().await?;
    let guests = snapshot.guests.iter().filter(|guest| {
        node.as_ref().is_none_or(|node| guest.node.as_str() == node)
            && tag.as_ref().is_none_or(|tag| guest.tags.contains(tag))
    });
    let guests = guests.cloned().collect();
    let (cluster, as_of) = (snapshot.cluster.clone(), snapshot.as_of);
    Ok(Json(Guests { cluster, as_of, guests }).into_response())
}

/// One guest.
#[utoipa::path(get, path = "/api/guests/{vmid}", tag = "guests",
    params(("vmid" = inline(schema::Vmid), Path, description = "The guest's number."), ClusterQuery),
    responses((status = 200, body = OneGuest)))]
async fn one(
    State(state): State<Shared>,
    who: Who,
    At(vmid): At<Vmid>,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "looking at a guest")?;
    let snapshot = state.site(query.cluster.as_deref())?.snapshot().await?;
    let guest = snapshot.guest(vmid).cloned().ok_or_else(|| unknown(vmid))?;
    let (cluster, as_of) = (snapshot.cluster.clone(), snapshot.as_of);
    Ok(Json(OneGuest { cluster, as_of, guest }).into_response())
}

/// Takes a snapshot of a guest's disks.
#[utoipa::path(post, path = "/api/guests/{vmid}/snapshots", tag = "guests",
    params(("vmid" = inline(schema::Vmid), Path, description = "The guest's number."), ClusterQuery),
    request_body = Option<SnapshotBody>,
    responses(ActionAnswer))]
async fn snapshot(
    State(state): State<Shared>,
    who: Who,
    At(vmid): At<Vmid>,
    Params(query): Params<ClusterQuery>,
    Body(SnapshotBody { name, confirmed, locale }): Body<SnapshotBody>,
) -> Answer {
    let mut arguments = vec![("guest", json!(vmid.get()))];
    arguments.extend(name.map(|name| ("name", json!(name))));
    let how = How { cluster: query.cluster, confirmed, locale };
    act::command(&state, &who, Command { name: "vm-lifecycle.snapshot", arguments, how }).await
}

/// Starts, stops, shuts down, reboots, suspends or resumes a guest.
#[utoipa::path(post, path = "/api/guests/{vmid}/{action}", tag = "guests",
    params(
        ("vmid" = inline(schema::Vmid), Path, description = "The guest's number."),
        ("action" = inline(GuestAction), Path, description = "What to do. `stop` pulls the plug."),
        ClusterQuery,
    ),
    request_body = Option<HowBody>,
    responses(ActionAnswer))]
async fn action(
    State(state): State<Shared>,
    who: Who,
    Path((vmid, action)): Path<(String, String)>,
    Params(query): Params<ClusterQuery>,
    Body(how): Body<HowBody>,
) -> Answer {
    let vmid = placed("vmid", &vmid)?;
    act_on(&state, &who, vmid, placed("action", &action)?, how, query).await
}

/// The same by Proxmox's own path. The guest has to be there.
#[utoipa::path(post, path = "/api/nodes/{node}/{kind}/{vmid}/status/{action}", tag = "guests",
    params(
        ("node" = inline(schema::NodeName), Path, description = "The node's name."),
        ("kind" = inline(schema::GuestSort), Path, description = "The guest's kind."),
        ("vmid" = inline(schema::Vmid), Path, description = "The guest's number."),
        ("action" = inline(GuestAction), Path, description = "What to do. `stop` pulls the plug."),
        ClusterQuery,
    ),
    request_body = Option<HowBody>,
    responses(ActionAnswer))]
async fn proxmox_action(
    State(state): State<Shared>,
    who: Who,
    Path((node, kind, vmid, action)): Path<(String, String, String, String)>,
    Params(query): Params<ClusterQuery>,
    Body(how): Body<HowBody>,
) -> Answer {
    who.needs(Role::Viewer, "looking at a guest")?;
    let node: NodeName = placed("node", &node)?;
    let kind = match kind.as_str() {
        "qemu" => GuestKind::Vm,
        "lxc" => GuestKind::Container,
        _ => return Err(wrong("kind", "it has to be qemu or lxc")),
    };
    let (vmid, action) = (placed("vmid", &vmid)?, placed("action", &action)?);
    let snapshot = state.site(query.cluster.as_deref())?.snapshot().await?;
    let guest = snapshot.guest(vmid).filter(|guest| guest.node == node && guest.kind == kind);
    if guest.is_none() {
        return Err(unknown(vmid).into());
    }
    act_on(&state, &who, vmid, action, how, query).await
}

async fn act_on(
    state: &Shared,
    who: &Who,
    vmid: Vmid,
    action: GuestAction,
    how: HowBody,
    query: ClusterQuery,
) -> Answer {
    let arguments = vec![("guest", json!(vmid.get()))];
    let command = Command { name: action.command(), arguments, how: how.on(query) };
    act::command(state, who, command).await
}

fn unknown(vmid: Vmid) -> HttpError {
    HttpError::Unknown { kind: "guest", id: vmid.to_string(), list: "/api/guests" }
}
