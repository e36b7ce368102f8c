//! The keys of whoever sits before `jarvis listen`: Enter talks, m mutes, s
//! stops an answer or ends the listening, q ends. On a terminal a key is enough; where
//! something else writes them, each is a line.

use std::io::{BufRead, IsTerminal, Read};
use std::os::fd::AsFd;
use std::sync::Arc;

use jarvis_voice::Switch;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::Notify;

/// The keys, and the terminal as it was; dropping it puts that back.
pub(super) struct Keys {
    before: Option<Termios>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Talk,
    Mute,
    Stop,
    Quit,
}

impl Keys {
    /// Reads keys from standard input from now on. `only`: nothing else begins
    /// an exchange, so that their end is the end of it all. `file`: a file speaks, which
    /// is heard also where there is no key at all.
    pub(super) fn start(switch: Switch, only: bool, file: bool, quit: Arc<Notify>) -> Self {
        let before = if std::io::stdin().is_terminal() { without_lines() } else { None };
        let person = before.is_some();
        // A read that waits for a key cannot be broken off: its thread is left
        // behind when the program ends.
        std::thread::spawn(move || {
            let mut any = false;
            let mut press = |key| {
                any = true;
                match key {
                    Key::Talk => drop(switch.talk()),
                    Key::Mute => switch.toggle(),
                    Key::Stop => drop(switch.stop()),
                    Key::Quit => quit.notify_one(),
                }
            };
            let stdin = std::io::stdin().lock();
            if person {
                stdin.bytes().map_while(Result::ok).filter_map(key).for_each(&mut press);
            } else {
                let lines = stdin.lines().map_while(Result::ok);
                lines.filter_map(|line| word(&line)).for_each(&mut press);
            }
            if only {
                if file && !any {
                    switch.talk();
                }
                switch.end();
            }
        });
        Self { before }
    }

    /// Whether a person is at them.
    pub(super) fn is_person(&self) -> bool {
        self.before.is_some()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // A terminal that is gone needs nothing back.
            let _ = tcsetattr(std::io::stdin().as_fd(), OptionalActions::Now, before);
        }
    }
}

/// Has the terminal hand over each key at once, unseen. Ctrl-C stays a signal.
fn without_lines() -> Option<Termios> {
    let stdin = std::io::stdin();
    let before = tcgetattr(stdin.as_fd()).ok()?;
    let mut now = before.clone();
    now.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    tcsetattr(stdin.as_fd(), OptionalActions::Now, &now).ok()?;
    Some(before)
}

fn key(byte: u8) -> Option<Key> {
    match byte {
        b'\n' | b'\r' | b' ' => Some(Key::Talk),
        b'm' | b'M' => Some(Key::Mute),
        b's' | b'S' | 0x1b => Some(Key::Stop),
        b'q' | b'Q' | 0x04 => Some(Key::Quit),
        _ => None,
    }
}

fn word(line: &str) -> Option<Key> {
    match line.trim().as_bytes() {
        [] => Some(Key::Talk),
        [byte] => key(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_lines_mean_the_same() {
        for (byte, line, expected) in [
            (b'\n', "", Some(Key::Talk)),
            (b'm', "m", Some(Key::Mute)),
            (b'S', " s ", Some(Key::Stop)),
            (b'q', "q", Some(Key::Quit)),
            (b'x', "x", None),
            (b'x', "mute", None),
        ] {
            assert_eq!((key(byte), word(line)), (expected, expected), "{line:?}");
        }
    }
}
