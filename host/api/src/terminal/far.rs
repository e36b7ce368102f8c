//! A console that runs elsewhere: carries what is shown and what is typed.

use jarvis_domain::{CallError, ConsoleSize};
use jarvis_policy::port::FarConsole;
use tokio::sync::watch;

use super::keys::Keys;
use super::output::{CHUNK, Output};

/// Carries both ways until it is over.
pub(super) async fn carry(
    console: &dyn FarConsole,
    output: &Output,
    keys: &Keys,
    size: watch::Receiver<ConsoleSize>,
) -> Result<(), CallError> {
    let over = tokio::select! {
        over = show(console, output) => over,
        over = type_in(console, keys, size) => over,
    };
    output.finish();
    over
}

async fn show(console: &dyn FarConsole, output: &Output) -> Result<(), CallError> {
    while output.has_room().await {
        let Some(bytes) = console.read().await? else { break };
        for chunk in bytes.chunks(CHUNK) {
            // One message may be longer than there is room for.
            if !output.has_room().await {
                return Ok(());
            }
            output.push(chunk);
        }
    }
    Ok(())
}

async fn type_in(
    console: &dyn FarConsole,
    keys: &Keys,
    mut size: watch::Receiver<ConsoleSize>,
) -> Result<(), CallError> {
    loop {
        tokio::select! {
            bytes = keys.next() => match bytes {
                Some(bytes) => console.write(&bytes).await?,
                // Closed: what is shown decides when it is over.
                None => std::future::pending().await,
            },
            changed = size.changed() => match changed {
                Ok(()) => {
                    let now = *size.borrow_and_update();
                    console.resize(now).await?;
                }
                Err(_) => std::future::pending().await,
            },
        }
    }
}
