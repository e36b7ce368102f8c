//! The embedded store: audit, runs, journal of operations, key-value. One writer holds the lock.
