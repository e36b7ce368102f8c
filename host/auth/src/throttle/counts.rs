//! The counts themselves, in memory and bounded. No I/O.

mod key;
mod table;

use std::net::IpAddr;
use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::identity::Account;
use jarvis_domain::registry::Record;
use serde::{Deserialize, Serialize};

use super::Slowed;
pub(super) use key::Key;
use key::Place;
use table::Table;

/// Wrong passwords are forgotten when none has followed for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);
/// An address is an account's for so long after it has signed in there.
const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// How failures make the next attempt wait.
struct Curve {
    /// So many cost nothing: people mistype.
    free: u32,
    /// A second, then twice as long each time, and never longer than this.
    most: Duration,
}

const OF_ACCOUNT: Curve = Curve { free: 3, most: Duration::from_secs(60) };
/// Several people may come from one address.
const OF_PLACE: Curve = Curve { free: 10, most: Duration::from_secs(300) };

/// What has been counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// By account, from addresses that are not the account's.
    accounts: Table,
    places: Table,
    /// By account and an address that is the account's. A table of its own:
    /// whoever floods the other two does not make it forget.
    known: Table,
}

/// One count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    failed: u32,
    last: Timestamp,
    /// When it was signed in there last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Timestamp>,
    /// Turned away since one was looked at last.
    #[serde(skip)]
    unread: u64,
}

impl Counts {
    /// Takes in `records`, and says which of them are none of ours.
    pub(super) fn load(&mut self, records: &[Record], now: Timestamp) -> Vec<Key> {
        for record in records {
            let count: Option<Count> = serde_json::from_slice(&record.value).ok();
            match (record.id.parse::<Key>(), count) {
                (Ok(key), Some(count)) => drop(self.table(&key).put(key, count)),
                _ => tracing::warn!(id = record.id, "a count of wrong passwords is unreadable"),
            }
        }
        self.prune(now)
    }

    pub(super) fn begin(
        &mut self,
        account: &Account,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Vec<Key>, Slowed> {
        let keys = self.keys(account, address, now);
        let wait = |key: &Key| (self.wait(key, now), key.clone());
        // From a known address nothing but the account's own count there.
        let asked = if keys.known { keys.all.get(..1) } else { keys.all.get(..) };
        let longest = asked.into_iter().flatten().map(wait).max_by_key(|(wait, _)| *wait);
        if let Some((wait, key)) = longest
            && !wait.is_zero()
        {
            let mut unread = 0;
            self.table(&key).change(&key, |count| {
                count.unread = count.unread.saturating_add(1);
                unread = count.unread;
            });
            return Err(Slowed { wait, unread });
        }
        Ok(self.each(keys.all, |count| {
            if now.since(count.last) >= FORGOTTEN_AFTER {
                count.failed = 0;
            }
            *count =
                Count { failed: count.failed.saturating_add(1), last: now, unread: 0, ..*count };
        }))
    }

    pub(super) fn forgive(
        &mut self,
        account: &Account,
        address: IpAddr,
        now: Timestamp,
    ) -> Vec<Key> {
        let keys = self.keys(account, address, now);
        self.each(keys.all, |count| count.failed = count.failed.saturating_sub(1))
    }

    pub(super) fn succeed(
        &mut self,
        account: &Account,
        address: IpAddr,
        now: Timestamp,
    ) -> Vec<Key> {
        let keys = self.keys(account, address, now);
        let place = Place::of(address);
        let known = Key::Known(account.clone(), place);
        // What others did from there stays counted: an account of one's own
        // must not pay for guesses at another's.
        let mut changed = self.each(vec![Key::Place(place)], |count| {
            count.failed = count.failed.saturating_sub(1);
        });
        // From a known address nothing was counted there, and guesses from
        // elsewhere are not pardoned.
        if !keys.known {
            let account = Key::Account(account.clone());
            self.accounts.remove(&account);
            changed.push(account);
        }
        let count = Count { failed: 0, last: now, seen: Some(now), unread: 0 };
        changed.extend(self.known.put(known.clone(), count));
        changed.push(known);
        changed
    }

    /// Forgets what is over, and says what that was.
    pub(super) fn prune(&mut self, now: Timestamp) -> Vec<Key> {
        let tables = [&mut self.accounts, &mut self.places, &mut self.known];
        tables.into_iter().flat_map(|table| table.prune(|count| count.expires() <= now)).collect()
    }

    /// How `key` is kept: none if it is not, or no longer.
    pub(super) fn record(&mut self, key: &Key) -> Option<(Vec<u8>, Timestamp)> {
        let count = self.table(key).get(key).filter(|count| !count.is_empty())?;
        Some((serde_json::to_vec(&count).ok()?, count.expires()))
    }

    /// Whose counts an attempt is asked for and adds to, the first before all.
    fn keys(&mut self, account: &Account, address: IpAddr, now: Timestamp) -> Keys {
        let place = Place::of(address);
        let pair = Key::Known(account.clone(), place);
        let known = self.known.get(&pair).is_some_and(|count| count.expires() > now);
        let first = if known { pair } else { Key::Account(account.clone()) };
        Keys { all: vec![first, Key::Place(place)], known }
    }

    fn wait(&self, key: &Key, now: Timestamp) -> Duration {
        let (table, curve) = match key {
            Key::Account(_) => (&self.accounts, OF_ACCOUNT),
            Key::Place(_) => (&self.places, OF_PLACE),
            Key::Known(..) => (&self.known, OF_ACCOUNT),
        };
        let Some(count) = table.get(key) else { return Duration::ZERO };
        let passed = now.since(count.last);
        if passed >= FORGOTTEN_AFTER {
            return Duration::ZERO;
        }
        curve.after(count.failed).saturating_sub(passed)
    }

    /// Changes each count, those that become empty go; all that have changed,
    /// with those that had to make room.
    fn each(&mut self, keys: Vec<Key>, change: impl Fn(&mut Count)) -> Vec<Key> {
        let mut changed = Vec::new();
        for key in keys {
            let table = self.table(&key);
            let mut count = table.get(&key).unwrap_or_default();
            change(&mut count);
            if count.is_empty() {
                table.remove(&key);
            } else {
                changed.extend(table.put(key.clone(), count));
            }
            changed.push(key);
        }
        changed
    }

    fn table(&mut self, key: &Key) -> &mut Table {
        match key {
            Key::Account(_) => &mut self.accounts,
            Key::Place(_) => &mut self.places,
            Key::Known(..) => &mut self.known,
        }
    }
}

struct Keys {
    all: Vec<Key>,
    known: bool,
}

impl Count {
    fn is_empty(&self) -> bool {
        self.failed == 0 && self.seen.is_none()
    }

    /// When it says nothing any more.
    fn expires(&self) -> Timestamp {
        match self.seen {
            Some(seen) => seen.plus(KNOWN_FOR),
            None => self.last.plus(FORGOTTEN_AFTER),
        }
    }

    /// When it was last of use, by which the oldest go first.
    fn touched(&self) -> Timestamp {
        self.last.max(self.seen.unwrap_or_default())
    }
}

impl Curve {
    fn after(&self, failed: u32) -> Duration {
        match failed.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(more) => {
                let doubled = 1u64.checked_shl(more - 1).unwrap_or(u64::MAX);
                Duration::from_secs(doubled).min(self.most)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_costs_twice_the_one_before() {
        let seconds = |curve: &Curve, failed| curve.after(failed).as_secs();
        for (failed, account, place) in [
            (0, 0, 0),
            (3, 0, 0),
            (4, 1, 0),
            (5, 2, 0),
            (9, 32, 0),
            (10, 60, 0),
            (11, 60, 1),
            (19, 60, 256),
            (20, 60, 300),
            (90, 60, 300),
            (u32::MAX, 60, 300),
        ] {
            let found = (seconds(&OF_ACCOUNT, failed), seconds(&OF_PLACE, failed));
            assert_eq!(found, (account, place), "{failed}");
        }
    }
}
