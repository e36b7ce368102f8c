//! The host's end of the control socket.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jarvis_domain::invocation::{Notice, Watcher};
use jarvis_domain::{Caller, Door, Explain, Principal, Role};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::crowd::{Crowd, EACH};
use super::line;
use crate::wire::{Envelope, Frame};
use crate::{ApiError, Service};

/// The role of a uid at this socket.
pub type RoleOf = Arc<dyn Fn(u32) -> Option<Role> + Send + Sync>;

/// Who is who at this socket.
#[derive(Clone)]
pub struct Admission {
    /// The role of each uid.
    pub role_of: RoleOf,
    /// What whoever speaks may do at most.
    pub spoken: Role,
    /// The user that jarvis runs as, who like root may hold any number of
    /// connections.
    pub host: u32,
}

/// The longest request, bytes.
const MAX_REQUEST: usize = 1024 * 1024;
/// Connections served at a time; more wait.
const MAX_CONNECTIONS: usize = 64;
/// How long a caller may take over the first request: a place is not for
/// those who only hold it.
const FIRST: Duration = Duration::from_secs(10);
/// How long a person may think between two sentences.
const IDLE: Duration = Duration::from_secs(3600);
/// How long a caller may take to read an answer.
const WRITE: Duration = Duration::from_secs(10);
/// How long requests in flight are waited for at the end. What they started
/// goes on without them.
const DRAIN: Duration = Duration::from_secs(5);

impl Admission {
    fn caller(&self, uid: u32, spoken: bool, lowered_to: Option<Role>) -> Caller {
        let role = Role::lowered((self.role_of)(uid), lowered_to);
        let (door, role) = match spoken {
            true => (Door::Voice, Role::lowered(role, Some(self.spoken))),
            false => (Door::Cli, role),
        };
        Caller { principal: Principal(format!("uid:{uid}")), door, role }
    }
}

impl std::fmt::Debug for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission").field("host", &self.host).finish_non_exhaustive()
    }
}

/// A bound socket; its file goes away with it.
#[derive(Debug)]
pub struct Listener {
    path: PathBuf,
    listener: UnixListener,
}

impl Listener {
    /// Binds `path`, whose folder must exist. A socket that a killed host left
    /// behind is replaced; one that answers is not.
    pub async fn bind(path: &Path) -> Result<Self, ApiError> {
        let listen = |source| ApiError::Listen { socket: path.to_owned(), source };
        if UnixStream::connect(path).await.is_ok() {
            return Err(listen(std::io::ErrorKind::AddrInUse.into()));
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(listen(error));
            }
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(listen)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(listen)?;
        Ok(Self { path: path.to_owned(), listener })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Gone already when somebody cleaned up; there is nobody to tell.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Serves until `stop` completes; requests in flight are then finished.
pub async fn serve(
    listener: Listener,
    service: Arc<Service>,
    admission: Admission,
    stop: impl Future<Output = ()>,
) {
    let crowd = Crowd::new(admission.host);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (closing, _) = tokio::sync::watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        while connections.try_join_next().is_some() {}
        // A place first: who finds none waits in the kernel's queue, and being
        // told to stop is heard all the same.
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (service, admission) = (Arc::clone(&service), admission.clone());
                let (crowd, mut closed) = (Arc::clone(&crowd), closing.subscribe());
                connections.spawn(async move {
                    let ended = enter(stream, &crowd, &service, &admission, &mut closed).await;
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a control connection ended early");
                    }
                    drop(slot);
                });
            }
            Err(error) => tracing::warn!(%error, "a control connection was not accepted"),
        }
    }
    closing.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("some requests did not end in time; their operations go on");
        connections.abort_all();
    }
}

/// Serves a connection, unless its user holds too many.
async fn enter(
    stream: UnixStream,
    crowd: &Arc<Crowd>,
    service: &Service,
    admission: &Admission,
    closed: &mut tokio::sync::watch::Receiver<bool>,
) -> Result<(), ApiError> {
    let uid = stream.peer_cred().map_err(ApiError::Broken)?.uid();
    let (reader, mut writer) = stream.into_split();
    let Some(_place) = crowd.enter(uid) else {
        tracing::warn!(uid, "a user holds too many control connections");
        let refusal = ApiError::Crowded { uid, most: EACH };
        return write(&mut writer, &Frame::Fault(refusal.fault())).await;
    };
    connection(uid, BufReader::new(reader), writer, service, admission, closed).await
}

async fn connection(
    uid: u32,
    mut reader: BufReader<OwnedReadHalf>,
    mut writer: OwnedWriteHalf,
    service: &Service,
    admission: &Admission,
    closed: &mut tokio::sync::watch::Receiver<bool>,
) -> Result<(), ApiError> {
    let mut conversation = service.conversation();
    let mut patience = FIRST;
    loop {
        let reading = line::read::<Envelope, _>(&mut reader, MAX_REQUEST);
        let read = tokio::select! {
            read = tokio::time::timeout(patience, reading) => read,
            _ = closed.wait_for(|closed| *closed) => return Ok(()),
        };
        let Ok(read) = read else { return Ok(()) };
        // Nobody in particular has no more time for the second request either.
        patience = if (admission.role_of)(uid).is_some() { IDLE } else { FIRST };
        let Envelope { lowered_to, spoken, request } = match read {
            Ok(Some(envelope)) => envelope,
            Ok(None) => return Ok(()),
            Err(error) => {
                // Told once; what follows on this line cannot be trusted.
                return write(&mut writer, &Frame::Fault(error.fault())).await;
            }
        };
        let caller = admission.caller(uid, spoken, lowered_to);
        let (notices, receiver) = mpsc::unbounded_channel();
        let notices = Arc::new(Notices::new(notices));
        let handled =
            service.handle(request, &caller, &mut conversation, Arc::clone(&notices) as _);
        let handled = async {
            tokio::pin!(handled);
            tokio::select! {
                biased;
                handled = &mut handled => return handled,
                // "Stop" was said. A terminal that is closed says no such thing.
                () = closed_by_peer(&mut reader), if spoken => notices.break_off(),
            }
            handled.await
        };
        let frame = match forward(handled, receiver, &mut writer).await? {
            Ok(response) => Frame::Response(Box::new(response)),
            Err(fault) => Frame::Fault(fault),
        };
        write(&mut writer, &frame).await?;
    }
}

/// Completes once the other side will ask for nothing more.
async fn closed_by_peer(reader: &mut BufReader<OwnedReadHalf>) {
    if reader.fill_buf().await.is_ok_and(|more| !more.is_empty()) {
        // It waits with its next request.
        std::future::pending::<()>().await;
    }
}

/// Writes a frame to somebody who reads it in time.
async fn write(writer: &mut OwnedWriteHalf, frame: &Frame) -> Result<(), ApiError> {
    let late = |_| ApiError::Broken(std::io::ErrorKind::TimedOut.into());
    tokio::time::timeout(WRITE, line::write(writer, frame)).await.map_err(late)?
}

/// Writes notices while `handled` runs, which never waits for somebody who
/// reads slowly. The request runs to its end even when the other side is gone:
/// what it started must be recorded.
async fn forward<T>(
    handled: impl Future<Output = T>,
    mut notices: mpsc::UnboundedReceiver<Notice>,
    writer: &mut OwnedWriteHalf,
) -> Result<T, ApiError> {
    let over = Notify::new();
    let run = async {
        let result = handled.await;
        over.notify_one();
        result
    };
    let tell = async {
        let mut told = Ok(());
        loop {
            let notice = tokio::select! {
                biased;
                Some(notice) = notices.recv() => notice,
                () = over.notified() => return told,
            };
            if told.is_ok() {
                told = write(writer, &Frame::Notice(notice)).await;
            }
        }
    };
    let (result, told) = tokio::join!(run, tell);
    told.map(|()| result)
}

#[derive(Debug)]
struct Notices {
    to: mpsc::UnboundedSender<Notice>,
    unwanted: AtomicBool,
}

impl Notices {
    fn new(to: mpsc::UnboundedSender<Notice>) -> Self {
        Self { to, unwanted: AtomicBool::new(false) }
    }

    fn break_off(&self) {
        self.unwanted.store(true, Ordering::SeqCst);
    }
}

impl Watcher for Notices {
    fn notice(&self, notice: Notice) {
        // The receiver is gone only once the request is over.
        let _ = self.to.send(notice);
    }

    fn is_wanted(&self) -> bool {
        !self.unwanted.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::OperationId;
    use tokio::io::AsyncReadExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_request_does_not_wait_for_who_reads_slowly() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (_reader, mut writer) = ours.into_split();
        let (sender, notices) = mpsc::unbounded_channel();
        let (finished, ended) = oneshot::channel();
        // More than a socket holds.
        let what = "starting ".repeat(1 << 20);
        let handled = async move {
            let watcher = Notices::new(sender);
            watcher.notice(Notice::Started { operation: OperationId::new(), what });
            // The notice is on its way when it comes back.
            tokio::task::yield_now().await;
            finished.send(()).unwrap();
            7
        };
        let told = async {
            ended.await.unwrap();
            let mut told = Vec::new();
            while !told.ends_with(b"\n") {
                theirs.read_buf(&mut told).await.unwrap();
            }
            told.len()
        };
        let (result, told) = tokio::join!(forward(handled, notices, &mut writer), told);
        assert_eq!(result.unwrap(), 7);
        assert!(told > 9 << 20, "{told}");
    }
}
