//! Tickets: a text for one use within 30 seconds, in place of a token where
//! only a URL can be sent. In memory alone; after a restart one gets another.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::identity::{Secret, Shown};

use crate::random;

/// How long one is good.
const LIFETIME: Duration = Duration::from_secs(30);
/// So many for one sign-in or key; a page opens two or three.
const OF_ONE: usize = 16;
/// So many in all.
const MOST: usize = 4096;

/// Those that are out.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    /// By the digest: what is looked up is not what a caller can choose.
    by_digest: HashMap<String, Ticket>,
    /// The oldest first.
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Ticket {
    of: Shown,
    until: Timestamp,
}

impl Tickets {
    /// A ticket that stands for `of`. Whoever has too many loses the oldest.
    pub(crate) fn issue(&mut self, of: &Shown, now: Timestamp) -> Secret {
        self.prune(now);
        // Without random numbers there is none that could be redeemed.
        let Ok(random) = random::text::<32>() else { return Secret::new("") };
        let text = format!("jvt_{random}");
        let held = |digest: &&String| self.by_digest.get(*digest).is_some_and(|t| t.of == *of);
        let oldest = match self.order.iter().filter(held).count() >= OF_ONE {
            true => self.order.iter().find(held),
            false if self.order.len() >= MOST => self.order.front(),
            false => None,
        };
        if let Some(oldest) = oldest.cloned() {
            self.remove(&oldest);
        }
        let digest = random::digest(text.as_bytes());
        self.order.push_back(digest.clone());
        self.by_digest.insert(digest, Ticket { of: of.clone(), until: now.plus(LIFETIME) });
        Secret::new(text)
    }

    /// What `text` stands for, this once.
    pub(crate) fn redeem(&mut self, text: &str, now: Timestamp) -> Option<Shown> {
        self.prune(now);
        self.remove(&random::digest(text.as_bytes())).map(|ticket| ticket.of)
    }

    fn remove(&mut self, digest: &str) -> Option<Ticket> {
        let ticket = self.by_digest.remove(digest)?;
        self.order.retain(|known| known != digest);
        Some(ticket)
    }

    /// Drops those that are over.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        let by_digest = &mut self.by_digest;
        by_digest.retain(|_, ticket| ticket.until > now);
        self.order.retain(|digest| by_digest.contains_key(digest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_468_823_000);

    fn shown(number: usize) -> Shown {
        Shown::Token(number.to_string())
    }

    #[test]
    fn a_ticket_is_for_one_use_within_its_time() {
        let mut tickets = Tickets::default();
        let one = tickets.issue(&shown(1), NOW);
        let two = tickets.issue(&shown(1), NOW);
        assert_ne!(one, two);
        assert_eq!(tickets.redeem(one.reveal(), NOW), Some(shown(1)));
        assert_eq!(tickets.redeem(one.reveal(), NOW), None, "used");
        let late = NOW.plus(LIFETIME);
        assert_eq!(tickets.redeem(two.reveal(), late), None, "too late");
        assert_eq!(tickets.redeem(two.reveal(), NOW), None);
        for stray in ["", "jvt_", "jvt_00", &format!("{} ", two.reveal())] {
            assert_eq!(tickets.redeem(stray, NOW), None);
        }
    }

    #[test]
    fn there_are_only_so_many_for_one_and_in_all() {
        let mut tickets = Tickets::default();
        let other = tickets.issue(&shown(0), NOW);
        let mine: Vec<Secret> = (0..OF_ONE + 5).map(|_| tickets.issue(&shown(1), NOW)).collect();
        assert_eq!(tickets.by_digest.len(), OF_ONE + 1);
        assert_eq!(tickets.redeem(mine[0].reveal(), NOW), None);
        assert!(tickets.redeem(mine[OF_ONE + 4].reveal(), NOW).is_some());
        assert!(tickets.redeem(other.reveal(), NOW).is_some(), "another's stay");
        for number in 0..MOST + 100 {
            tickets.issue(&shown(number), NOW);
        }
        assert_eq!((tickets.by_digest.len(), tickets.order.len()), (MOST, MOST));
        tickets.prune(NOW.plus(LIFETIME));
        assert!(tickets.by_digest.is_empty() && tickets.order.is_empty());
    }
}
