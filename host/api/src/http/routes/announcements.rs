//! What somebody has said aloud.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Request;
use crate::http::act::look;
use crate::http::input::{Body, Fields, Input};
use crate::http::problem::Answer;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::wire::NewAnnouncement;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(announce))
}

/// Something to be said aloud.
#[derive(Debug, ToSchema)]
#[schema(as = AnnouncementRequest)]
#[serde(deny_unknown_fields)]
struct AnnouncementBody {
    /// What: one or two sentences, with at least one letter or digit.
    #[schema(min_length = 1, max_length = 400, pattern = r".*[A-Za-z0-9].*")]
    text: String,
    /// Where; wherever the settings say if left out.
    #[schema(max_length = 80)]
    to: Option<String>,
    /// Also in quiet hours, and once more unless somebody answers.
    #[schema(value_type = Option<bool>)]
    urgent: bool,
}

impl Input for AnnouncementBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (text, to) = (fields.required("text"), fields.optional("to"));
        let urgent = fields.optional("urgent").unwrap_or_default();
        Some(Self { text: text?, to, urgent })
    }
}

/// Has something said where somebody listens, once nobody speaks there, and in quiet
/// hours only what is urgent. What cannot be said within ten minutes, an hour if it is
/// urgent, is not said any more. For operators, six times a minute at most.
#[utoipa::path(post, path = "/api/announcements", tag = "host", request_body = AnnouncementBody,
    responses((status = 204)))]
async fn announce(
    State(state): State<Shared>,
    who: Who,
    Body(AnnouncementBody { text, to, urgent }): Body<AnnouncementBody>,
) -> Answer {
    look(&state, &who, Request::Announce(NewAnnouncement { text, place: to, urgent })).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
