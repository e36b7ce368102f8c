use jarvis_domain::skill_log::{SkillLevel, SkillStream};
use jarvis_domain::{ManualClock, RunId, Timestamp};

use super::*;

fn store(folder: &Path) -> (SkillLogStore, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let shared: Arc<dyn Clock> = clock.clone();
    (SkillLogStore::open(&folder.join("logs/skills"), shared).unwrap(), clock)
}

fn line(text: &str) -> SkillLine {
    SkillLine {
        at: Timestamp(1),
        run: RunId::new(),
        level: SkillLevel::Warn,
        from: SkillStream::Stderr,
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn what_was_written_is_read_also_by_the_next_host() {
    let folder = tempfile::tempdir().unwrap();
    let skill: SkillId = "loud".parse().unwrap();
    let written = line("a\nb");
    let (logs, _) = store(folder.path());
    logs.write(&skill, written.clone());
    let written = [written];
    assert_eq!(logs.recent(&skill, 10).await.unwrap().lines, written);
    assert_eq!(logs.recent(&"quiet".parse().unwrap(), 10).await.unwrap().lines, []);
    drop(logs);
    let (logs, _) = store(folder.path());
    assert_eq!(logs.recent(&skill, 10).await.unwrap().lines, written);
}

#[tokio::test]
async fn who_follows_is_woken_by_the_next_line_or_by_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let skill: SkillId = "loud".parse().unwrap();
    let (logs, clock) = store(folder.path());
    let next = logs.recent(&skill, 0).await.unwrap().next;
    let wait = Duration::from_secs(2);
    let (page, ()) = tokio::join!(logs.after(&skill, next, wait), async {
        // Another skill's line wakes nobody for good.
        logs.write(&"other".parse().unwrap(), line("x"));
        tokio::task::yield_now().await;
        logs.write(&skill, line("new"));
    });
    let page = page.unwrap();
    assert_eq!(page.lines.first().map(|line| line.text.as_str()), Some("new"));

    let (empty, ()) = tokio::join!(logs.after(&skill, page.next, wait), async {
        tokio::task::yield_now().await;
        clock.advance(wait);
    });
    assert_eq!(empty.unwrap(), SkillLogPage { lines: Vec::new(), next: page.next });
}
