//! The dialogues that are open: by whom, and by the name that whoever asks gives to
//! a conversation.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jarvis_assistant::Conversation;
use tokio::sync::Mutex;

/// How long one is kept that nobody goes on with. Home Assistant forgets its own
/// after five minutes.
const KEPT: Duration = Duration::from_secs(600);
/// The most of one peer, and of all.
const EACH: usize = 16;
const ALL: usize = 256;

/// One of them; its sentences are answered one after the other.
pub(super) type Dialogue = Arc<Mutex<Conversation>>;

/// Whose, and its name.
type Key = (IpAddr, String);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Open(HashMap<Key, (Dialogue, Duration)>);

impl Open {
    /// That of this peer and name, at `now`. Of too many the one goes that was left
    /// alone for longest, a peer's own before others'.
    pub(super) fn find(&mut self, address: IpAddr, name: &str, now: Duration) -> Dialogue {
        self.0.retain(|_, (_, used)| now.saturating_sub(*used) < KEPT);
        let key = (address, name.to_owned());
        if !self.0.contains_key(&key) {
            let own = self.0.keys().filter(|(of, _)| *of == address).count() >= EACH;
            if own || self.0.len() >= ALL {
                self.forget(own.then_some(address));
            }
        }
        let (dialogue, used) = self.0.entry(key).or_default();
        *used = now;
        Arc::clone(dialogue)
    }

    /// The oldest of this peer, or of all.
    fn forget(&mut self, of: Option<IpAddr>) {
        let mine = self.0.iter().filter(|((address, _), _)| of.is_none_or(|of| of == *address));
        let oldest = mine.min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.0.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_has_its_own_and_takes_no_others() {
        let mut open = Open::default();
        let at = |n: u8| IpAddr::from([192, 0, 2, n]);
        let secs = Duration::from_secs;
        let first = open.find(at(1), "kitchen", secs(1));
        assert!(Arc::ptr_eq(&first, &open.find(at(1), "kitchen", secs(2))));
        assert!(!Arc::ptr_eq(&first, &open.find(at(2), "kitchen", secs(3))));
        let kept = open.find(at(2), "kitchen", secs(3));
        for n in 0..40 {
            open.find(at(1), &format!("room {n}"), secs(4 + n));
        }
        assert_eq!(open.0.len(), EACH + 1, "its own went");
        assert!(Arc::ptr_eq(&kept, &open.find(at(2), "kitchen", secs(50))));
        for n in 3..=255 {
            open.find(at(n), "kitchen", secs(60));
        }
        assert_eq!(open.0.len(), ALL, "of all the oldest went");
        assert!(Arc::ptr_eq(&kept, &open.find(at(2), "kitchen", secs(61))));
        open.find(at(9), "new", secs(700));
        assert_eq!(open.0.len(), 1, "what nobody goes on with is forgotten");
    }
}
