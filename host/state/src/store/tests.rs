use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use redb::{ReadableTableMetadata, StorageBackend, TableDefinition};

use super::*;

const NUMBERS: TableDefinition<'_, u64, u64> = TableDefinition::new("numbers");

/// A file whose disk can be full.
#[derive(Debug)]
struct Disk {
    file: redb::backends::FileBackend,
    full: Arc<AtomicBool>,
    syncs: Arc<AtomicUsize>,
}

impl Disk {
    fn room(&self) -> Result<(), std::io::Error> {
        if self.full.load(Ordering::SeqCst) {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.room()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.room()?;
        self.syncs.fetch_add(1, Ordering::SeqCst);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.room()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> Result<(), std::io::Error> {
        self.file.close()
    }
}

struct Bench {
    root: tempfile::TempDir,
    full: Arc<AtomicBool>,
    syncs: Arc<AtomicUsize>,
}

impl Bench {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), full: Arc::default(), syncs: Arc::default() }
    }

    fn open(&self) -> Store {
        let path = self.root.path().join("db");
        let (full, syncs) = (Arc::clone(&self.full), Arc::clone(&self.syncs));
        let open = move || {
            let file = std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            let file = redb::backends::FileBackend::new(file)?;
            let disk = Disk { file, full: Arc::clone(&full), syncs: Arc::clone(&syncs) };
            Database::builder().create_with_backend(disk)
        };
        let lock = Arc::new(crate::folder::lock(self.root.path()).unwrap());
        Store::with(Box::new(open), lock, |transaction| {
            transaction.open_table(NUMBERS)?;
            Ok(())
        })
        .unwrap()
    }
}

async fn put(store: &Store, urgency: Urgency, number: u64) -> Result<(), StoreError> {
    store
        .change("putting", urgency, move |transaction| {
            transaction.open_table(NUMBERS)?.insert(number, number)?;
            Ok(())
        })
        .await
}

/// Hands `change` in, which is not committed by then.
async fn hand_in<T>(change: &mut (impl Future<Output = T> + Unpin)) {
    // Else tokio would have a task that hands in so much wait in between.
    tokio::task::coop::unconstrained(std::future::poll_fn(|context| {
        assert!(std::pin::Pin::new(&mut *change).poll(context).is_pending());
        std::task::Poll::Ready(())
    }))
    .await;
}

/// Holds the writer until what this gives is dropped.
async fn hold(store: &Store) -> std::sync::mpsc::Sender<()> {
    let (held, wait) = std::sync::mpsc::channel::<()>();
    let mut waiting = Box::pin(store.change("waiting", Urgency::Now, move |_| {
        let _ = wait.recv();
        Ok(())
    }));
    hand_in(&mut waiting).await;
    held
}

async fn count(store: &Store) -> Result<u64, StoreError> {
    store.read("counting", |transaction| Ok(transaction.open_table(NUMBERS)?.len()?)).await
}

#[tokio::test]
async fn what_is_urgent_and_what_is_not_is_there_after_closing() {
    let bench = Bench::new();
    let store = bench.open();
    for (number, urgency) in [Urgency::Now, Urgency::Soon, Urgency::Later].into_iter().enumerate() {
        put(&store, urgency, number as u64).await.unwrap();
        assert_eq!(count(&store).await.unwrap(), number as u64 + 1);
    }
    store.hint(|transaction| {
        transaction.open_table(NUMBERS)?.insert(7, 7)?;
        Ok(())
    });
    drop(store);
    assert_eq!(count(&bench.open()).await.unwrap(), 4);
}

#[tokio::test]
async fn changes_that_wait_together_share_a_commit() {
    let bench = Bench::new();
    let store = bench.open();
    let before = bench.syncs.load(Ordering::SeqCst);
    // The first holds the writer until the others wait.
    let held = hold(&store).await;
    let mut changes: Vec<_> =
        (0..100).map(|number| Box::pin(put(&store, Urgency::Now, number))).collect();
    for change in &mut changes {
        hand_in(change).await;
    }
    drop(held);
    for change in changes {
        change.await.unwrap();
    }
    let syncs = bench.syncs.load(Ordering::SeqCst) - before;
    assert!(syncs <= 8, "{syncs} syncs for 101 changes");
    assert_eq!(count(&store).await.unwrap(), 100);
}

#[tokio::test]
async fn a_full_disk_refuses_changes_until_there_is_room_and_loses_none() {
    let bench = Bench::new();
    let store = bench.open();
    put(&store, Urgency::Now, 1).await.unwrap();
    bench.full.store(true, Ordering::SeqCst);
    for number in 2..5 {
        let error = put(&store, Urgency::Now, number).await.unwrap_err();
        assert_eq!(error.doing, "putting");
    }
    bench.full.store(false, Ordering::SeqCst);
    put(&store, Urgency::Now, 5).await.unwrap();
    assert_eq!(count(&store).await.unwrap(), 2);
    drop(store);
    assert_eq!(count(&bench.open()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_change_that_fails_changes_nothing() {
    let bench = Bench::new();
    let store = bench.open();
    let failed: Result<(), StoreError> = store
        .change("failing", Urgency::Now, |transaction| {
            transaction.open_table(NUMBERS)?.insert(1, 1)?;
            Err(Cause::Closed)
        })
        .await;
    failed.unwrap_err();
    assert_eq!(count(&store).await.unwrap(), 0);
    put(&store, Urgency::Now, 2).await.unwrap();
    assert_eq!(count(&store).await.unwrap(), 1);
}

#[tokio::test]
async fn a_change_whose_caller_went_away_is_still_carried_out() {
    let bench = Bench::new();
    let store = bench.open();
    let held = hold(&store).await;
    let mut waiting = Box::pin(put(&store, Urgency::Now, 1));
    hand_in(&mut waiting).await;
    drop(waiting);
    drop(held);
    put(&store, Urgency::Now, 2).await.unwrap();
    assert_eq!(count(&store).await.unwrap(), 2);
}
