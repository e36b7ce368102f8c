//! Passwords of the node's own accounts, by PAM.
//!
//! PAM runs whatever modules an administrator has put into it, within the
//! process that asks. So a child of our own program does: it is told one
//! account, answers once and ends, a module that crashes takes nothing with
//! it, and one that hangs is killed.

mod child;
mod wire;

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::identity::{Account, Checked, Passwords, Secret};
use jarvis_domain::{Clock, Explain, Fault};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::error::AuthError;
use wire::{Answer, LONGEST, Question};

pub use child::check_password;

/// The realm of the node's own accounts.
const REALM: &str = "pam";

/// How PAM is asked.
#[derive(Debug)]
pub struct PamSettings {
    /// Our own program, by absolute path.
    pub program: PathBuf,
    /// Its arguments: the command that calls [`check_password`].
    pub arguments: Vec<String>,
    /// The service, a file in `/etc/pam.d`.
    pub service: String,
    /// The child's whole environment; of ours it gets nothing.
    pub environment: Vec<(String, String)>,
    /// How long a child may take; libpam itself waits up to 3 s after a wrong
    /// password.
    pub at_most: Duration,
    /// How many children there are at once, and four times as many that wait.
    pub at_once: usize,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// See the module.
#[derive(Debug)]
pub struct PamPasswords {
    settings: PamSettings,
    places: Semaphore,
    /// With those who wait for one.
    doors: Semaphore,
}

/// A child and all that it has started; killed unless it has ended.
struct Group {
    child: Child,
    pid: Option<Pid>,
}

impl PamSettings {
    /// `program check-password`, for the service `jarvis`.
    #[must_use]
    pub fn standard(program: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self {
            program,
            arguments: vec!["check-password".to_owned()],
            service: "jarvis".to_owned(),
            environment: Vec::new(),
            at_most: Duration::from_secs(30),
            at_once: 8,
            clock,
        }
    }
}

impl PamPasswords {
    /// Asks nothing yet.
    #[must_use]
    pub fn new(settings: PamSettings) -> Self {
        let places = Semaphore::new(settings.at_once);
        let doors = Semaphore::new(settings.at_once.saturating_mul(5));
        Self { settings, places, doors }
    }

    async fn ask(&self, question: &Question) -> Result<Answer, AuthError> {
        let unavailable = |why: &str| AuthError::Unavailable(why.to_owned());
        let busy = || unavailable("too many are being checked");
        let _door = self.doors.try_acquire().map_err(|_| busy())?;
        let asking = async {
            let _place = self.places.acquire().await.map_err(|_| busy())?;
            let line = serde_json::to_vec(question).map_err(|_| unavailable("no JSON"))?;
            Group::spawn(&self.settings)?.talk(line).await
        };
        tokio::select! {
            biased;
            answer = asking => answer,
            () = self.settings.clock.sleep(self.settings.at_most) => {
                Err(unavailable("PAM gave no answer in time"))
            }
        }
    }
}

#[async_trait]
impl Passwords for PamPasswords {
    async fn check(
        &self,
        account: &Account,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Checked, Box<Fault>> {
        let code = code.map(|code| code.reveal().to_owned());
        let question = Question {
            service: self.settings.service.clone(),
            user: account.user().to_owned(),
            password: password.reveal().to_owned(),
            code,
        };
        // Other realms' accounts are not the node's, whatever their names.
        if account.realm() != REALM || !question.is_sendable() {
            return Ok(Checked::Wrong);
        }
        match self.ask(&question).await {
            Ok(Answer::Right) => Ok(Checked::Right),
            Ok(Answer::Wrong) => Ok(Checked::Wrong),
            Ok(Answer::Failed { why }) => {
                let why = format!("PAM failed: {}", jarvis_domain::text::line(&why, 200));
                Err(AuthError::Unavailable(why).fault())
            }
            Err(error) => Err(error.fault()),
        }
    }
}

impl Group {
    fn spawn(settings: &PamSettings) -> Result<Self, AuthError> {
        let child = Command::new(&settings.program)
            .args(&settings.arguments)
            .env_clear()
            .envs(settings.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let child = child.map_err(|error| {
            AuthError::Unavailable(format!(
                "{} does not start: {error}",
                settings.program.display()
            ))
        })?;
        let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        Ok(Self { child, pid })
    }

    async fn talk(mut self, mut line: Vec<u8>) -> Result<Answer, AuthError> {
        line.push(b'\n');
        if let Some(mut stdin) = self.child.stdin.take() {
            // One that has crashed reads nothing, and is looked at below.
            let _ = stdin.write_all(&line).await;
        }
        let mut said = Vec::new();
        if let Some(stdout) = self.child.stdout.take() {
            let read = stdout.take(LONGEST).read_to_end(&mut said).await;
            read.map_err(|error| AuthError::Unavailable(format!("no answer from PAM: {error}")))?;
        }
        let status = self.child.wait().await;
        self.pid = None;
        let status = status.map_err(|error| AuthError::Unavailable(error.to_string()))?;
        match serde_json::from_slice(&said) {
            Ok(answer) if status.success() => Ok(answer),
            _ => Err(AuthError::Unavailable(format!("PAM was asked and crashed ({status})"))),
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.pid
            && let Err(error) = kill_process_group(pid, Signal::KILL)
        {
            tracing::debug!(%error, "a child that asked PAM was gone already");
        }
    }
}
