//! What fails again and again, as all that writes does while a disk is full: told of when
//! it begins, and when it is over.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something has failed since it last went well.
#[derive(Debug, Default)]
pub struct Trouble(AtomicBool);

impl Trouble {
    /// It fails. Whether that is to be told: it went well before.
    pub fn begins(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }

    /// It goes well. Whether that is to be told: it failed before.
    pub fn ends(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_that_it_begins_and_once_that_it_is_over() {
        let trouble = Trouble::default();
        assert!(!trouble.ends());
        for _ in 0..2 {
            assert_eq!([trouble.begins(), trouble.begins()], [true, false]);
            assert_eq!([trouble.ends(), trouble.ends()], [true, false]);
        }
    }
}
