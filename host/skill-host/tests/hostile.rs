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

use jarvis_domain::skill_log::SkillStream;

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

    let logged = stage.fakes.store.logged();
    let has = |from, text: &str| {
        logged.iter().any(|line| line.from == from && line.text.starts_with(text))
    };
    let tricks = "\\u{1b}[2J\\u{202e}olleh\\r\\n\\u{7}hello";
    assert!(has(SkillStream::Log, tricks), "{logged:?}");
    assert!(has(SkillStream::Stdout, "\\u{1b}[2J"), "{logged:?}");
    assert!(has(SkillStream::Host, "19745 more lines were dropped"), "{logged:?}");
}
