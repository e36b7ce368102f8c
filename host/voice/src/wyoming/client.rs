//! What is asked of engines: what they are, words for sound, sound for words,
//! and to watch for a wake word.

mod hearing;
mod speaking;
mod waking;

use std::time::Duration;

use super::connection::{Connection, Service};
use super::info::Info;
use super::message::Message;
use crate::error::VoiceError;

pub use hearing::Hearing;
pub use speaking::Speaking;
pub use waking::{Detection, Waking};

/// What `service` is and can.
///
/// # Errors
/// It cannot be asked, or has not answered within 5 s.
pub async fn describe(service: &dyn Service) -> Result<Info, VoiceError> {
    let mut connection = service.open().await?;
    let info = describe_over(&mut connection, Duration::from_secs(5)).await?;
    connection.done();
    Ok(info)
}

/// The same over a connection that is there.
pub(crate) async fn describe_over(
    connection: &mut Connection,
    limit: Duration,
) -> Result<Info, VoiceError> {
    connection.send(&Message::bare("describe")).await?;
    let mut wait = connection.within(limit);
    loop {
        let message = connection.receive(&mut wait).await?;
        if message.kind == "info" {
            return message.read().ok_or_else(|| connection.no_message("info"));
        }
        connection.stray(&message)?;
    }
}
