//! 64 nodes and 10,000 guests over HTTPS: the processor time of a refresh, how
//! long it takes to read all of the snapshot, and its memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jarvis_domain::inventory::{GuestState, Inventory, Snapshot};
use rustix::time::{ClockId, clock_gettime};

use crate::Times;
use crate::row::Row;
use crate::stage::{Simulator, Size};

/// The largest cluster that Proxmox and jarvis are made for.
pub(crate) const NODES: usize = 64;
pub(crate) const GUESTS: usize = 10_000;

/// What reading all of the snapshot may take, and a refresh of the processor.
const READ_MS: f64 = 1.0;
const REFRESH_CPU_MS: f64 = 50.0;

/// Refreshes at least, however short the bench is to be.
const REFRESHES: usize = 10;
/// Copies of the snapshot, of which the memory of one is taken.
const COPIES: usize = 20;
/// Old enough for anything.
const ANY_AGE: Duration = Duration::from_secs(3600);

pub(crate) async fn measure(time: Duration) -> Vec<Row> {
    let size = Size { nodes: NODES, guests: GUESTS, latency: Duration::ZERO, https: true };
    let simulator = Simulator::start(size);
    let cluster = simulator.by_https();
    let first = cluster.snapshot(Duration::ZERO).await.unwrap();
    assert_eq!((first.nodes.len(), first.guests.len()), (NODES, GUESTS));
    drop(first);

    // As the cycle does it, and as for somebody who takes nothing that is
    // older than their question: with /cluster/status.
    let cycle = refreshes(&cluster, Duration::from_nanos(1), time / 2).await;
    let whole = refreshes(&cluster, Duration::ZERO, time / 2).await;
    let reads = reads(&cluster, time / 2).await;
    let bytes = memory(&cluster.snapshot(ANY_AGE).await.unwrap());
    let refresh =
        |name, took| Row { most: Some(REFRESH_CPU_MS), ..Row::new(name, took, "ms of CPU") };
    vec![
        Row { most: Some(READ_MS), ..Row::new("snapshot_read_p50", reads.at(0.5), "ms") },
        Row::new("snapshot_read_p99", reads.at(0.99), "ms"),
        refresh("refresh_cpu_p50", cycle.0.at(0.5)),
        refresh("refresh_cpu_p95", cycle.0.at(0.95)),
        refresh("refresh_with_status_cpu_p50", whole.0.at(0.5)),
        Row::new("refresh_wall_p50", cycle.1.at(0.5), "ms"),
        Row::new("memory_per_guest", bytes, "bytes"),
    ]
}

/// Refreshes for so long; the processor time of each, and how long it took.
async fn refreshes(inventory: &impl Inventory, age: Duration, time: Duration) -> (Times, Times) {
    let (mut cpu, mut wall) = (Times::default(), Times::default());
    let until = Instant::now() + time;
    while cpu.0.len() < REFRESHES || Instant::now() < until {
        let (began, used) = (Instant::now(), processor());
        black_box(inventory.snapshot(age).await.unwrap());
        cpu.0.push((processor() - used) * 1e3);
        wall.0.push(began.elapsed().as_secs_f64() * 1e3);
    }
    (cpu, wall)
}

async fn reads(inventory: &impl Inventory, time: Duration) -> Times {
    let mut took = Times::default();
    let until = Instant::now() + time;
    while took.0.len() < REFRESHES || Instant::now() < until {
        let began = Instant::now();
        let snapshot = inventory.snapshot(ANY_AGE).await.unwrap();
        black_box(walk(&snapshot));
        took.0.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took
}

/// Looks at everything that is in `snapshot`, as somebody does who sums it up.
fn walk(snapshot: &Snapshot) -> (usize, u64, usize) {
    let running = snapshot.guests.iter().filter(|guest| guest.state == GuestState::Running);
    let memory = snapshot.guests.iter().filter_map(|guest| guest.memory).sum::<u64>()
        + snapshot.nodes.iter().filter_map(|node| node.memory).sum::<u64>()
        + snapshot.storages.iter().filter_map(|storage| storage.used).sum::<u64>();
    let names = snapshot.guests.iter().map(|guest| guest.name.len() + guest.node.as_str().len());
    (running.count(), memory, names.sum())
}

/// This process's processor time, seconds: all of its threads, no other's.
fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or_default(),
        time.tv_nsec.try_into().unwrap_or_default(),
    )
    .as_secs_f64()
}

/// The memory of a guest in `snapshot`, heap and all, from what copies of it
/// take.
fn memory(snapshot: &Snapshot) -> f64 {
    let copy = || (0..COPIES).map(|_| snapshot.clone()).collect::<Vec<Snapshot>>();
    // The first ones go where the refreshes have left memory that is free.
    let filling = copy();
    let before = resident();
    let copies = copy();
    let after = resident();
    #[allow(clippy::cast_precision_loss, reason = "some millions")]
    let per_guest = after.saturating_sub(before) as f64 / (COPIES * snapshot.guests.len()) as f64;
    drop(black_box((filling, copies)));
    per_guest
}

/// The memory of this process that is in use, bytes (proc_pid_status(5)).
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: Option<usize> =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or_default() * 1024
}
