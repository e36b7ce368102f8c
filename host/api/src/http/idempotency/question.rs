//! What became of a question that a request with a key was answered with. Its run
//! tells: it ends with the question, and goes on once somebody has said yes,
//! through whichever door.

use std::time::Duration;

use jarvis_domain::invocation::{Answer as Ended, Question};
use jarvis_domain::run::RunEnd;

use crate::http::error::HttpError;
use crate::http::problem::Answer;
use crate::http::state::Shared;

/// How long after its end a question may still be found answered: a yes that came in
/// time is written down with its run a moment later.
const SETTLING: Duration = Duration::from_secs(5);

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A yes may still count.
    Waits,
    /// Nobody has said yes, and a yes counts no more.
    Lapsed,
    /// Somebody has said yes.
    Answered,
}

/// What became of `question`.
pub(super) async fn look(state: &Shared, question: &Question) -> Answer<Asked> {
    let record = state.parts.service.run(question.run).await?;
    // Of so many runs since, that it is gone: nobody can tell.
    let end = record.ok_or(HttpError::KeyLost)?.end;
    let is_open =
        matches!(end, Some(RunEnd::Answered(Ended::Question(last))) if last.id == question.id);
    Ok(match is_open {
        false => Asked::Answered,
        true if state.parts.clock.now() > question.expires.plus(SETTLING) => Asked::Lapsed,
        true => Asked::Waits,
    })
}
