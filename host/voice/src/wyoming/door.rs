//! A door for peers that speak Wyoming. Whoever may not enter is closed out
//! before a byte is read.

mod allow;
mod crowd;
mod visit;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::error::PeerError;
use super::message::Message;
use super::server::Engine;
use crate::error::VoiceError;
use crowd::Crowd;
pub(super) use crowd::Place;

pub use allow::{BadNetwork, Network, may_enter};

/// How long after an error of the listener it is tried again: often there are
/// no more files to be had, and a loop would only keep that so.
const AGAIN: Duration = Duration::from_secs(1);

/// A door with its address, that lets nobody in yet.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    address: SocketAddr,
    allowed: Arc<[Network]>,
    crowd: Arc<Crowd>,
    clock: Arc<dyn Clock>,
}

/// Somebody who may enter.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) stream: TcpStream,
    pub(super) address: IpAddr,
    pub(super) place: Place,
}

impl Door {
    /// Takes the address.
    ///
    /// # Errors
    /// It cannot be had, or is another than loopback and `allowed` is empty.
    pub async fn open(
        address: SocketAddr,
        allowed: &[Network],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VoiceError> {
        if !address.ip().to_canonical().is_loopback() && allowed.is_empty() {
            return Err(PeerError::Open(address).into());
        }
        let listen = |error| PeerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let crowd = Crowd::new(Arc::clone(&clock));
        Ok(Self { listener, address, allowed: allowed.into(), crowd, clock })
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets peers in for as long as it is polled; each meets an engine that
    /// `desk` makes for its address.
    pub async fn serve<E: Engine + 'static>(&self, desk: impl Fn(IpAddr) -> E) {
        let mut visits = JoinSet::new();
        loop {
            while visits.try_join_next().is_some() {}
            let Entered { stream, address, place } = self.enter().await;
            let (mut engine, clock) = (desk(address), Arc::clone(&self.clock));
            visits.spawn(async move {
                let (reader, writer) = stream.into_split();
                let ended = visit::visit(reader, writer, &mut engine, &place, &clock).await;
                if let Err(error) = ended {
                    tracing::debug!(%address, %error, "a Wyoming peer was closed out");
                }
            });
        }
    }

    /// The next one who may enter.
    pub(super) async fn enter(&self) -> Entered {
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a Wyoming peer was not accepted");
                    self.clock.sleep(AGAIN).await;
                    continue;
                }
            };
            let address = peer.ip().to_canonical();
            match self.look(address) {
                // Frames are small and wanted at once.
                Ok(place) => match stream.set_nodelay(true) {
                    Ok(()) => return Entered { stream, address, place },
                    Err(error) => tracing::debug!(%error, "a Wyoming peer has gone again"),
                },
                Err(error) => {
                    tracing::warn!(%address, %error, "a Wyoming peer was not let in");
                    refuse(stream, &error);
                }
            }
        }
    }

    fn look(&self, address: IpAddr) -> Result<Place, PeerError> {
        if !may_enter(address, &self.allowed) {
            return Err(PeerError::NotAllowed);
        }
        self.crowd.enter(address)
    }
}

/// Says why, as far as the system takes it at once.
fn refuse(stream: TcpStream, error: &PeerError) {
    // A stranger is told nothing.
    if matches!(error, PeerError::Crowded(_)) {
        let _ = stream.try_write(&Message::error(&error.fault()).encode());
    }
    drop(stream);
}

#[cfg(test)]
mod tests;
