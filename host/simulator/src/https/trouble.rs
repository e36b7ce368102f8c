//! Answers that go wrong on demand; around `handle`, which knows nothing of it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::{Request, Response};
use tokio::sync::mpsc::UnboundedSender;

use super::answer::{self, Outcome};
use super::handle::{Handled, handle};
use super::upgrade::Opened;
use crate::cluster::Seen;
use crate::engine::Simulator;
use crate::fault::DoorTrouble;

/// What a proxy before the node, or a page to sign in at a network, may say.
const GARBAGE: &[u8] = b"<html><body>\x1b[31m]}{ 502 \"Bad\0 Gateway \xff\xfe";

/// How much of a flood comes at once.
const WAVE: usize = 16 * 1024;

/// A whole body, one that breaks off, or one that never ends.
pub(super) type Content = Either<Full<Bytes>, Either<Broken, Flood>>;

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

/// A list that never ends, and never has an entry.
#[derive(Debug, Default)]
pub(super) struct Flood {
    began: bool,
}

/// Answers `request`, which came in at the node at `here`.
pub(super) async fn answer(
    simulator: &Simulator,
    here: usize,
    request: Request<Incoming>,
    terminals: &UnboundedSender<Box<Opened>>,
) -> Result<Response<Content>, Closed> {
    simulator.with(|cluster, _| {
        let node = cluster.nodes.get(here).map(|node| node.name.to_string()).unwrap_or_default();
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        cluster.saw(Seen::Https { node, method, path });
    });
    let trouble = wait_while(simulator, here, DoorTrouble::Hang).await;
    match trouble {
        Some(DoorTrouble::Garbage) => return Ok(Response::new(whole(Bytes::from_static(GARBAGE)))),
        Some(DoorTrouble::Flood) => {
            return Ok(Response::new(Either::Right(Either::Right(Flood::default()))));
        }
        Some(DoorTrouble::Slow(millis)) => {
            simulator.clock().sleep(Duration::from_millis(u64::from(millis))).await;
        }
        _ => {}
    }
    let outcome = match handle(simulator, here, request).await {
        Handled::Answered(outcome) => outcome,
        Handled::Terminal(opened) if trouble != Some(DoorTrouble::Lose) => {
            let response = opened.wanted.response();
            // Whoever takes it is there for as long as this connection.
            return terminals.send(opened).map(|()| response.map(whole)).map_err(|_| Closed);
        }
        Handled::Terminal(_) | Handled::Closed => return Err(Closed),
    };
    if let Outcome::Refused(refusal) = &outcome
        && refusal.status == 401
    {
        simulator.clock().sleep(simulator.timing().refusal).await;
    }
    let response = answer::response(outcome);
    match trouble {
        Some(DoorTrouble::Lose) => Err(Closed),
        Some(DoorTrouble::Half) => {
            Ok(response.map(|body| Either::Right(Either::Left(Broken::of(&body)))))
        }
        _ => Ok(response.map(whole)),
    }
}

/// Waits as long as the node's door misbehaves in `this` way; how it does then.
pub(super) async fn wait_while(
    simulator: &Simulator,
    here: usize,
    this: DoorTrouble,
) -> Option<DoorTrouble> {
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let trouble =
            simulator.look(|cluster, _| cluster.nodes.get(here).and_then(|node| node.trouble));
        if trouble != Some(this) || changes.changed().await.is_err() {
            return trouble;
        }
    }
}

fn whole(body: Bytes) -> Content {
    Either::Left(Full::new(body))
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

impl Body for Flood {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        let wave = if self.began {
            Bytes::from_static(&[b' '; WAVE])
        } else {
            Bytes::from_static(b"{\"data\":[")
        };
        self.began = true;
        Poll::Ready(Some(Ok(Frame::data(wave))))
    }
}
