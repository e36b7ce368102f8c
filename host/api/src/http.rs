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
mod paths;
mod problem;
mod proxies;
mod routes;
pub mod schema;
mod server;
mod settings;
mod sockets;
mod state;
mod tls;
mod who;
pub mod wire;

#[cfg(test)]
mod tests;

pub use error::HttpError;
pub(crate) use error::ROWS;
pub use listen::{Bound, Listen, Tls};
pub use models::ModelList;
pub use names::Names;
pub use problem::{FieldProblem, More, Problem};
pub use proxies::Proxies;
pub use settings::ShownSettings;
pub use sockets::WsPerson;
pub use state::{HttpParts, SiteDoors};

use state::State;

/// Serves the API until `stop` completes; requests in flight are then
/// finished.
pub async fn serve(bound: Bound, parts: HttpParts, stop: impl Future<Output = ()>) {
    let openapi = openapi::document(&parts.settings);
    let state = State::new(parts, bound.names.clone(), openapi);
    server::serve(bound, state, stop).await;
}
