//! Places for calls: each takes its share of the pool before it begins, so
//! that none that began finds the pool empty.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Component;

use super::bounds::{CONCURRENT_CALLS, MAX_PARTS};
use super::pool::{MEMORIES, TABLES};

/// What one call takes of the pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    memories: u32,
    tables: u32,
}

/// What calls take their shares from.
#[derive(Debug, Clone)]
pub(super) struct Places {
    calls: Arc<Semaphore>,
    memories: Arc<Semaphore>,
    tables: Arc<Semaphore>,
}

/// The share of a call that runs; given back with it.
#[derive(Debug)]
pub(crate) struct Place {
    _call: OwnedSemaphorePermit,
    _memories: OwnedSemaphorePermit,
    _tables: OwnedSemaphorePermit,
}

impl Share {
    /// What an instance of `component` takes. The most there is, where that is
    /// not known before: of what imports modules.
    pub(crate) fn of(component: &Component) -> Self {
        match component.resources_required() {
            Some(required) => Self {
                memories: required.num_memories.min(MAX_PARTS),
                tables: required.num_tables.min(MAX_PARTS),
            },
            None => Self { memories: MAX_PARTS, tables: MAX_PARTS },
        }
    }
}

impl Places {
    pub(super) fn new() -> Self {
        let places = |many: u32| Arc::new(Semaphore::new(many as usize));
        Self { calls: places(CONCURRENT_CALLS), memories: places(MEMORIES), tables: places(TABLES) }
    }

    /// Waits for `share`, always in the same order, so that no two wait for
    /// each other.
    pub(super) async fn take(&self, share: Share) -> Result<Place, AcquireError> {
        let (memories, tables) = (Arc::clone(&self.memories), Arc::clone(&self.tables));
        Ok(Place {
            _call: Arc::clone(&self.calls).acquire_owned().await?,
            _memories: memories.acquire_many_owned(share.memories).await?,
            _tables: tables.acquire_many_owned(share.tables).await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Whether there is a place at once.
    fn at_once(places: &Places, share: Share) -> Option<Place> {
        let mut taking = std::pin::pin!(places.take(share));
        match taking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => place.ok(),
            Poll::Pending => None,
        }
    }

    #[test]
    fn whatever_of_the_pool_runs_out_calls_wait_for_it() {
        let small = Share { memories: 1, tables: 1 };
        for (share, most) in [
            (small, CONCURRENT_CALLS),
            (Share { memories: 8, tables: 1 }, 16),
            (Share { memories: 1, tables: 32 }, 8),
            (Share { memories: 0, tables: 0 }, CONCURRENT_CALLS),
        ] {
            let places = Places::new();
            let mut held: Vec<_> = (0..most).map(|_| at_once(&places, share).unwrap()).collect();
            assert!(at_once(&places, share).is_none(), "{share:?}");
            held.pop();
            assert!(at_once(&places, share).is_some(), "{share:?}");
        }
    }
}
