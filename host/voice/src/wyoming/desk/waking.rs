//! Watching for a wake word, for a peer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::WakeWords;
use crate::error::VoiceError;
use crate::frame::FRAME;
use crate::wyoming::PeerError;
use crate::wyoming::client::{Detection, Waking};
use crate::wyoming::incoming::Incoming;
use crate::wyoming::message::Message;
use crate::wyoming::server::Replies;

/// A watch that goes on for as long as sound comes.
#[derive(Debug)]
pub(super) struct Listening {
    waking: Waking,
    incoming: Incoming,
    /// What words are by the names of their engine.
    names: BTreeMap<String, String>,
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
        let names = wake.names.clone();
        Ok(Self { waking, incoming, names, wanted, heard: Duration::ZERO, found: false })
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
            self.tell(&found, said, replies).await?;
        }
        Ok(())
    }

    /// Tells of a word that was found by the time in the sound that was `said`, by the name
    /// that it was asked for by.
    async fn tell(
        &mut self,
        found: &Detection,
        said: Option<u64>,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        let name = self.names.get(&found.name).unwrap_or(&found.name);
        if !self.wanted.is_empty() && !self.wanted.iter().any(|wanted| wanted == name) {
            return Ok(());
        }
        self.found = true;
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let heard = said.unwrap_or(millis(self.heard));
        let data = json!({"name": name, "timestamp": heard.saturating_sub(millis(found.ago))});
        replies.send(&Message::new("detection", data)).await
    }

    /// No more sound comes; the next piece begins anew.
    pub(super) async fn stop(&mut self, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        self.incoming = Incoming::default();
        if let Some(found) = self.waking.pause().await? {
            self.tell(&found, None, replies).await?;
        }
        if std::mem::take(&mut self.found) {
            return Ok(());
        }
        replies.send(&Message::bare("not-detected")).await
    }
}
