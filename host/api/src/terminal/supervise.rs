//! The life of a terminal from its opening to its last process and its line
//! in the audit log, with or without a socket.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{CallError, Clock, Timestamp};

use super::far;
use super::places::Place;
use super::session::{Body, Ending, Session, Why};
use super::terminals::Terminals;

/// How long a terminal waits for its owner after its connection was lost.
pub(super) const LOST: Duration = Duration::from_secs(300);
/// How long what a program has shown last may take to be fetched.
const DRAIN: Duration = Duration::from_secs(10);

/// Why a terminal ends.
enum End {
    /// By itself.
    Own(Result<(), CallError>),
    /// For this.
    For(Why),
}

/// Follows `session` to its end.
pub(super) async fn supervise(terminals: Arc<Terminals>, session: Arc<Session>, place: Place) {
    let clock = session.clock();
    let end = watch(&session, terminals.idle).await;
    let ending = match (end, &session.body) {
        (End::Own(_), Body::Program(program)) => {
            let ending = Ending::Exited(program.end(clock).await);
            session.ending.send_replace(Some(ending.clone()));
            drain(&session).await;
            program.release();
            ending
        }
        (End::Own(over), Body::Far(_)) => {
            let ending = Ending::Left(over.err().map(|error| Box::new(error.fault)));
            session.ending.send_replace(Some(ending.clone()));
            drain(&session).await;
            session.output.stop();
            ending
        }
        (End::For(why), body) => {
            let ending = Ending::Ended(why);
            // First of all nobody sees or types any more.
            session.ending.send_replace(Some(ending.clone()));
            session.output.stop();
            if let Body::Program(program) = body {
                program.end(clock).await;
                program.release();
            }
            ending
        }
    };
    session.keys.close();
    record(&terminals, &session, &ending).await;
    drop(place);
}

async fn watch(session: &Session, idle: Duration) -> End {
    let over = over(session);
    tokio::pin!(over);
    let mut hold = session.hold.subscribe();
    let mut asked = session.asked.subscribe();
    loop {
        let (mut life, lost) = {
            let now = hold.borrow_and_update();
            (now.life.clone(), now.lost)
        };
        tokio::select! {
            biased;
            () = life.ended() => return End::For(Why::SignedOut),
            why = asked.wait_for(Option::is_some) => {
                return End::For(why.ok().and_then(|why| *why).unwrap_or(Why::Stopping));
            }
            over = &mut over => return End::Own(over),
            _ = hold.changed() => {}
            () = is_idle(session, idle) => return End::For(Why::Idle(idle.as_secs() / 60)),
            () = is_deserted(session.clock(), lost) => return End::For(Why::Deserted),
        }
    }
}

/// Completes when what runs in it has ended by itself.
async fn over(session: &Session) -> Result<(), CallError> {
    match &session.body {
        Body::Program(program) => {
            program.ended().await;
            Ok(())
        }
        Body::Far(console) => {
            let size = session.size.subscribe();
            far::carry(&**console, &session.output, &session.keys, size).await
        }
    }
}

async fn is_idle(session: &Session, idle: Duration) {
    let clock = session.clock();
    loop {
        let for_long = clock.now().since(session.active());
        match idle.checked_sub(for_long).filter(|left| !left.is_zero()) {
            Some(left) => clock.sleep(left).await,
            None => return,
        }
    }
}

async fn is_deserted(clock: &dyn Clock, lost: Option<Timestamp>) {
    match lost {
        Some(lost) => clock.sleep(LOST.saturating_sub(clock.now().since(lost))).await,
        None => std::future::pending().await,
    }
}

/// Lets the client fetch what was shown last.
async fn drain(session: &Session) {
    tokio::select! {
        () = session.output.drained() => {}
        () = session.clock().sleep(DRAIN) => {}
    }
}

async fn record(terminals: &Terminals, session: &Session, ending: &Ending) {
    let about = &session.about;
    let (shown, typed) = (session.output.total(), session.keys.total());
    let what = format!(
        "the terminal {} on {} {ending}; open from {} to {}, {shown} bytes shown, {typed} typed",
        about.id,
        about.target,
        about.since,
        session.clock().now(),
    );
    terminals.note(&about.cluster, &about.owner, what).await;
}
