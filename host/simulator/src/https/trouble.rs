//! Answers that go wrong on demand; around `handle`, which knows nothing of it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::{Request, Response, StatusCode};

use super::answer::{self, Outcome};
use super::handle::handle;
use crate::cluster::Seen;
use crate::engine::Simulator;
use crate::fault::DoorTrouble;

/// What a proxy before the node, or a page to sign in at a network, may say.
const GARBAGE: &[u8] = b"<html><body>\x1b[31m]}{ 502 \"Bad\0 Gateway \xff\xfe";

/// A whole body, or one that breaks off.
pub(super) type Content = Either<Full<Bytes>, Broken>;

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a simulated fault closed the connection")]
pub(super) struct Closed;

/// The first half of a body that promises to be whole.
#[derive(Debug)]
pub(super) struct Broken {
    promised: u64,
    half: Option<Bytes>,
    flushed: bool,
}

/// Answers `request`, which came in at the node at `here`.
pub(super) async fn answer(
    simulator: &Simulator,
    here: usize,
    request: Request<Incoming>,
) -> Result<Response<Content>, Closed> {
    simulator.with(|cluster, _| {
        let node = cluster.nodes.get(here).map(|node| node.name.to_string()).unwrap_or_default();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        cluster.saw(Seen::Https { node, method, path });
    });
    let trouble = wait(simulator, here).await;
    if trouble == Some(DoorTrouble::Garbage) {
        let mut garbage = Response::new(Either::Left(Full::new(Bytes::from_static(GARBAGE))));
        *garbage.status_mut() = StatusCode::OK;
        return Ok(garbage);
    }
    let outcome = handle(simulator, here, request).await;
    if let Outcome::Refused(refusal) = &outcome
        && refusal.status == 401
    {
        simulator.clock().sleep(simulator.timing().refusal).await;
    }
    let response = answer::response(outcome);
    match trouble {
        Some(DoorTrouble::Lose) => Err(Closed),
        Some(DoorTrouble::Half) => Ok(response.map(|body| Either::Right(Broken::of(&body)))),
        _ => Ok(response.map(|body| Either::Left(Full::new(body)))),
    }
}

/// Waits as long as the node's door hangs or is slow; how it misbehaves then.
async fn wait(simulator: &Simulator, here: usize) -> Option<DoorTrouble> {
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let trouble =
            simulator.look(|cluster, _| cluster.nodes.get(here).and_then(|node| node.trouble));
        match trouble {
            Some(DoorTrouble::Hang) => {
                if changes.changed().await.is_err() {
                    return None;
                }
            }
            Some(DoorTrouble::Slow(millis)) => {
                simulator.clock().sleep(Duration::from_millis(u64::from(millis))).await;
                return None;
            }
            other => return other,
        }
    }
}

impl Broken {
    fn of(body: &Bytes) -> Self {
        let promised = u64::try_from(body.len()).unwrap_or(u64::MAX);
        Self { promised, half: Some(body.slice(..body.len() / 2)), flushed: false }
    }
}

impl Body for Broken {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // What was handed over is written while this has nothing ready.
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Closed)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
