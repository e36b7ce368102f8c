//! The skills' logs: a file for each skill in `logs/skills/`, one JSON object a
//! line, and one older file. One thread reads and writes them, so that no call
//! of a skill waits for a disk; when it cannot keep up, lines are dropped and
//! counted.

mod file;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::kv::StoreError;
use jarvis_domain::skill_log::{SkillLine, SkillLogPage, SkillLogs};
use jarvis_domain::{Clock, SkillId, Trouble};
use tokio::sync::{mpsc, oneshot, watch};

use crate::error::Cause;
use file::LogFile;

/// The most lines that wait for the disk, some MiB at worst.
const WAITING: usize = 1024;
/// The most lines of one answer.
const MOST: usize = 1000;
const DOING: &str = "reading a skill's log";

/// Keeps the logs. Dropping it waits for what is being written.
#[derive(Debug)]
pub(crate) struct SkillLogStore {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    /// Told of each line that is written.
    news: watch::Receiver<u64>,
    lost: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
}

/// What the thread is asked for.
#[derive(Debug)]
enum Order {
    Write(SkillId, SkillLine),
    Recent(SkillId, usize, Answer),
    After(SkillId, u64, Answer),
}

type Answer = oneshot::Sender<std::io::Result<SkillLogPage>>;

impl SkillLogStore {
    /// Logs in `folder`, which is made when the first line comes.
    pub(crate) fn open(folder: &Path, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (orders, inbox) = mpsc::channel(WAITING);
        let (told, news) = watch::channel(0);
        let lost = Arc::new(AtomicU64::new(0));
        let keeper =
            Keeper { folder: folder.to_owned(), files: HashMap::new(), lost: Arc::clone(&lost) };
        let thread = std::thread::Builder::new()
            .name("skill-logs".to_owned())
            .spawn(move || keeper.work(inbox, &told))?;
        Ok(Self { orders: Some(orders), thread: Some(thread), news, lost, clock })
    }

    async fn ask(&self, order: impl FnOnce(Answer) -> Order) -> Result<SkillLogPage, StoreError> {
        let closed = || Cause::Closed.while_doing(DOING);
        let (answer, answered) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or_else(closed)?;
        orders.send(order(answer)).await.map_err(|_| closed())?;
        let page = answered.await.map_err(|_| closed())?;
        page.map_err(|error| Cause::file("read the log")(error).while_doing(DOING))
    }
}

#[async_trait]
impl SkillLogs for SkillLogStore {
    fn write(&self, skill: &SkillId, line: SkillLine) {
        let order = Order::Write(skill.clone(), line);
        let taken = self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok());
        if !taken {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn recent(&self, skill: &SkillId, limit: usize) -> Result<SkillLogPage, StoreError> {
        self.ask(|answer| Order::Recent(skill.clone(), limit.min(MOST), answer)).await
    }

    async fn after(
        &self,
        skill: &SkillId,
        next: u64,
        wait: Duration,
    ) -> Result<SkillLogPage, StoreError> {
        let mut news = self.news.clone();
        let mut late = self.clock.sleep(wait);
        loop {
            news.mark_unchanged();
            let page = self.ask(|answer| Order::After(skill.clone(), next, answer)).await?;
            if !page.lines.is_empty() {
                return Ok(page);
            }
            tokio::select! {
                told = news.changed() => if told.is_err() { return Ok(page) },
                () = &mut late => return Ok(page),
            }
        }
    }
}

impl Drop for SkillLogStore {
    fn drop(&mut self) {
        self.orders.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that keeps the skills' logs had failed");
        }
    }
}

/// The thread's own.
struct Keeper {
    folder: PathBuf,
    files: HashMap<SkillId, LogFile>,
    lost: Arc<AtomicU64>,
}

impl Keeper {
    fn work(mut self, mut inbox: mpsc::Receiver<Order>, told: &watch::Sender<u64>) {
        let mut troubles: HashMap<SkillId, Trouble> = HashMap::new();
        while let Some(order) = inbox.blocking_recv() {
            match order {
                Order::Write(skill, line) => {
                    let written = self.file(&skill).and_then(|file| file.append(&line));
                    let trouble = troubles.entry(skill.clone()).or_default();
                    match written {
                        Ok(()) if trouble.ends() => {
                            tracing::info!(%skill, "a skill's log is written again");
                        }
                        Err(error) if trouble.begins() => {
                            tracing::warn!(%skill, %error, "a skill's log cannot be written");
                        }
                        Ok(()) | Err(_) => {}
                    }
                    told.send_modify(|count| *count += 1);
                }
                // Whoever asked may be gone.
                Order::Recent(skill, limit, answer) => {
                    let _ = answer.send(self.file(&skill).and_then(|file| file.recent(limit)));
                }
                Order::After(skill, next, answer) => {
                    let _ = answer.send(self.file(&skill).and_then(|file| file.after(next, MOST)));
                }
            }
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                tracing::warn!(lost, "lines of skills' logs came faster than the disk takes them");
            }
        }
    }

    fn file(&mut self, skill: &SkillId) -> std::io::Result<&mut LogFile> {
        let file = self.files.entry(skill.clone());
        Ok(file.or_insert_with(|| LogFile::new(&self.folder, skill)))
    }
}

#[cfg(test)]
mod tests;
