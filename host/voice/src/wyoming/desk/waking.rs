//! Watching for a wake word, for a peer.

use std::time::Duration;

use serde_json::json;

use super::WakeWords;
use crate::error::VoiceError;
use crate::frame::FRAME;
use crate::wyoming::PeerError;
use crate::wyoming::client::Waking;
use crate::wyoming::incoming::Incoming;
use crate::wyoming::message::Message;
use crate::wyoming::server::Replies;

/// A watch that goes on for as long as sound comes.
#[derive(Debug)]
pub(super) struct Listening {
    waking: Waking,
    incoming: Incoming,
    /// Those that are asked for; all of them where none is.
    wanted: Vec<String>,
    heard: Duration,
    found: bool,
}

impl Listening {
    /// What `detect` asks for.
    pub(super) fn new(wake: &WakeWords, detect: &Message) -> Result<Self, PeerError> {
        let names = detect.data.get("names").and_then(|names| names.as_array());
        let names = names.into_iter().flatten().filter_map(|name| name.as_str());
        let wanted: Vec<String> = names.map(|name| name.replace('_', " ").to_lowercase()).collect();
        let is_ours = |name: &String| wake.words.iter().any(|word| word == name);
        if !wanted.is_empty() && !wanted.iter().any(is_ours) {
            return Err(PeerError::Absent("such wake word"));
        }
        let (waking, incoming) = ((wake.watch)(), Incoming::default());
        Ok(Self { waking, incoming, wanted, heard: Duration::ZERO, found: false })
    }

    pub(super) async fn sound(
        &mut self,
        chunk: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        let said = chunk.data.get("timestamp").and_then(|millis| millis.as_u64());
        for frame in self.incoming.push(chunk)? {
            self.heard = self.heard.saturating_add(FRAME);
            let Some(found) = self.waking.frame(&frame).await? else { continue };
            if !self.wanted.is_empty() && !self.wanted.contains(&found.name) {
                continue;
            }
            self.found = true;
            let own = u64::try_from(self.heard.as_millis()).unwrap_or(u64::MAX);
            let data = json!({"name": found.name, "timestamp": said.unwrap_or(own)});
            replies.send(&Message::new("detection", data)).await?;
        }
        Ok(())
    }

    /// No more sound comes; the next piece begins anew.
    pub(super) async fn stop(&mut self, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        let found = std::mem::take(&mut self.found);
        self.incoming = Incoming::default();
        self.waking.pause().await?;
        if found {
            return Ok(());
        }
        replies.send(&Message::bare("not-detected")).await
    }
}
