//! An engine that takes many streams at a time, each as if it had a child to itself: a
//! child of some megabytes for each satellite of a house is too much. What is said to
//! and by the child names its stream; see [`super::many`] for the child's side.

mod trunk;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use jarvis_domain::Clock;
use tokio::io::{duplex, split};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::supervisor::{EngineSettings, Supervisor};
use crate::error::VoiceError;
use crate::wyoming::{Connection, Service};
use trunk::Up;

/// Streams of one child: it uses one processor, and a house has others.
const EACH: usize = 16;
/// What waits between whoever has a stream and the child, bytes: two seconds of sound.
const PIPE: usize = 64 * 1024;
/// Messages of all streams that wait for a child.
const WAITING: usize = 64;

/// See the module. Dropping it kills the children.
#[derive(Debug)]
pub struct SharedEngine {
    settings: EngineSettings,
    clock: Arc<dyn Clock>,
    /// As many children as were ever needed at a time: each keeps what it knows of its
    /// crashes.
    children: Mutex<Vec<Arc<Child>>>,
    streams: AtomicU64,
}

/// One child.
#[derive(Debug)]
struct Child {
    engine: Supervisor,
    room: Arc<Semaphore>,
    /// Where its messages go, while it is there.
    trunk: Mutex<Option<mpsc::Sender<Up>>>,
}

impl SharedEngine {
    /// Starts no child before somebody needs it.
    #[must_use]
    pub fn new(settings: EngineSettings, clock: Arc<dyn Clock>) -> Self {
        let (children, streams) = Default::default();
        Self { settings, clock, children, streams }
    }

    /// The processes of its children.
    pub async fn pids(&self) -> Vec<u32> {
        self.children.lock().await.iter().filter_map(|child| child.engine.pid()).collect()
    }

    /// One with room for a stream, and that; one that has crashed only where no other has
    /// any.
    async fn child(&self) -> (Arc<Child>, OwnedSemaphorePermit) {
        let mut children = self.children.lock().await;
        let (down, up): (Vec<_>, Vec<_>) =
            children.iter().partition(|child| child.engine.is_down());
        for child in up.into_iter().chain(down) {
            if let Ok(room) = Arc::clone(&child.room).try_acquire_owned() {
                return (Arc::clone(child), room);
            }
        }
        loop {
            let engine = Supervisor::start(self.settings.clone(), Arc::clone(&self.clock));
            let room = Arc::new(Semaphore::new(EACH));
            let child = Arc::new(Child { engine, room, trunk: Mutex::default() });
            children.push(Arc::clone(&child));
            // Nobody else has it yet.
            if let Ok(room) = Arc::clone(&child.room).try_acquire_owned() {
                return (child, room);
            }
        }
    }
}

impl Child {
    /// The way to it. Where it has crashed and is not to be started again yet, an
    /// error at once.
    async fn trunk(&self) -> Result<mpsc::Sender<Up>, VoiceError> {
        let mut trunk = self.trunk.lock().await;
        if let Some(up) = trunk.as_ref().filter(|up| !up.is_closed()) {
            return Ok(up.clone());
        }
        let connection = self.engine.open().await?;
        let (up, ups) = mpsc::channel(WAITING);
        tokio::spawn(trunk::carry(connection, ups));
        *trunk = Some(up.clone());
        Ok(up)
    }
}

#[async_trait]
impl Service for SharedEngine {
    fn name(&self) -> &str {
        &self.settings.name
    }

    /// A stream of its own. Dropping it ends the stream, and no child.
    async fn open(&self) -> Result<Connection, VoiceError> {
        let (child, room) = self.child().await;
        let up = child.trunk().await?;
        let stream = self.streams.fetch_add(1, Ordering::Relaxed);
        let (ours, theirs) = duplex(PIPE);
        tokio::spawn(async move {
            trunk::stream(theirs, stream, up).await;
            drop(room);
        });
        let (reader, writer) = split(ours);
        Ok(Connection::new(&self.settings.name, reader, writer, Arc::clone(&self.clock)))
    }
}
