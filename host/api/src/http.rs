//! The HTTP API: sign-in, the cluster, actions, confirmations and records,
//! over connections of its own with limits on everything that is read.
//!
//! Actions are typed invocations and go to the [`Service`](crate::Service)
//! like those of any other door; only what shows the cluster is read from its
//! snapshot, after a look at the role.

mod act;
mod error;
mod etag;
mod guard;
mod idempotency;
mod input;
mod listen;
mod metrics;
mod models;
mod names;
mod openapi;
mod problem;
mod routes;
pub mod schema;
mod server;
mod sockets;
mod state;
mod tls;
mod who;
pub mod wire;

#[cfg(test)]
mod tests;

use jarvis_domain::Principal;
use tokio::sync::broadcast::error::RecvError;

pub use error::HttpError;
pub(crate) use error::ROWS;
pub use listen::{Bound, Listen, Tls};
pub use models::ModelList;
pub use names::Names;
pub use problem::{FieldProblem, More, Problem};
pub use sockets::WsPerson;
pub use state::{HttpParts, SiteDoors};

use state::{Shared, State};

/// Serves the API until `stop` completes; requests in flight are then
/// finished. Drops the questions of whoever signs out meanwhile.
pub async fn serve(bound: Bound, parts: HttpParts, stop: impl Future<Output = ()>) {
    let state = State::new(parts, bound.names.clone(), openapi::document());
    let router = routes::finished(&state);
    let serving = server::serve(bound, router, Shared::clone(&state), stop);
    tokio::select! {
        () = serving => {}
        () = forget_the_gone(&state) => {}
    }
}

/// Never completes while somebody can still go.
async fn forget_the_gone(state: &Shared) {
    let mut gone = state.parts.identity.gone();
    let forget = |who: &Principal| state.parts.service.forget(who);
    loop {
        match gone.recv().await {
            Ok(who) => forget(&who),
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "not all of those who signed out were seen");
            }
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
