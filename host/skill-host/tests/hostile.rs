//! Every hostile guest once: its code is the expected one, and the host goes
//! on. `script/bench hostile` also measures what its neighbours feel.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "hostile/folders.rs"]
mod folders;
#[path = "hostile/stage.rs"]
mod stage;
#[path = "hostile/table.rs"]
mod table;

use stage::Stage;
use table::ROWS;

#[test]
fn every_guest_has_its_row() {
    assert_eq!(folders::without_row(), Vec::<String>::new());
    assert!(ROWS.iter().all(|row| !row.does.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_guest_ends_as_expected_and_the_host_goes_on() {
    let stage = Stage::new(&[]).await;
    let mut wrong = Vec::new();
    for row in ROWS {
        let seen = stage.attack(row).await;
        if seen != row.expects {
            wrong.push(format!("{}: {seen}, and not {}", row.guest, row.expects));
        }
        let neighbour = stage.invoke("well-behaved.run").await;
        assert_eq!(neighbour, "done", "after {}", row.guest);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
