//! A line as it is typed: echo, erasing, and the keys that end it. No history
//! and no cursor: arrow keys and the like are swallowed.

/// How long a line may be, as the kernel's terminals have it.
const LINE: usize = 4096;

/// Ctrl-C.
pub(super) const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BELL: u8 = 0x07;
const KILL: u8 = 0x15;
const ESCAPE: u8 = 0x1b;

/// What a key means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// The line, without its end.
    Entered(String),
    /// Ctrl-C: the line is thrown away.
    Interrupted,
    /// Ctrl-D on an empty line.
    Ended,
}

/// The line so far.
#[derive(Debug, Default)]
pub(super) struct Line {
    bytes: Vec<u8>,
    escape: Escape,
    /// Nothing is echoed: a password.
    pub(super) hidden: bool,
}

/// How far an escape sequence has come.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    /// `ESC [` and parameters.
    Parameters,
    /// `ESC O`, one byte to go.
    Single,
}

impl Line {
    /// Takes one byte; what is to be shown for it goes to `echo`.
    pub(super) fn key(&mut self, byte: u8, echo: &mut Vec<u8>) -> Option<Key> {
        if self.swallows(byte) {
            return None;
        }
        match byte {
            b'\r' | b'\n' => {
                echo.extend(b"\r\n");
                let bytes = std::mem::take(&mut self.bytes);
                return Some(Key::Entered(String::from_utf8_lossy(&bytes).into_owned()));
            }
            INTERRUPT => {
                self.bytes.clear();
                echo.extend(b"^C\r\n");
                return Some(Key::Interrupted);
            }
            END if self.bytes.is_empty() => return Some(Key::Ended),
            0x08 | 0x7f => self.erase(echo),
            KILL => {
                while !self.bytes.is_empty() {
                    self.erase(echo);
                }
            }
            ESCAPE => self.escape = Escape::Begun,
            0..=0x1f => {}
            _ if self.bytes.len() >= LINE => echo.push(BELL),
            byte => {
                self.bytes.push(byte);
                if !self.hidden {
                    echo.push(byte);
                }
            }
        }
        None
    }

    /// Takes a character away, however many bytes it has.
    fn erase(&mut self, echo: &mut Vec<u8>) {
        let mut any = false;
        while let Some(byte) = self.bytes.pop() {
            any = true;
            let continues = byte & 0xc0 == 0x80;
            if !continues {
                break;
            }
        }
        if any && !self.hidden {
            echo.extend(b"\x08 \x08");
        }
    }

    fn swallows(&mut self, byte: u8) -> bool {
        let (next, swallowed) = match (self.escape, byte) {
            (Escape::None, _) => (Escape::None, false),
            (Escape::Begun, b'[') => (Escape::Parameters, true),
            (Escape::Begun, b'O') => (Escape::Single, true),
            (Escape::Parameters, 0x20..=0x3f) => (Escape::Parameters, true),
            // What no sequence has is a key again, so that Ctrl-C always works.
            (_, 0..=0x1f) => (Escape::None, false),
            _ => (Escape::None, true),
        };
        self.escape = next;
        swallowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8], hidden: bool) -> (Vec<Key>, String) {
        let mut line = Line { hidden, ..Line::default() };
        let mut echo = Vec::new();
        let keys = bytes.iter().filter_map(|byte| line.key(*byte, &mut echo)).collect();
        (keys, String::from_utf8_lossy(&echo).into_owned())
    }

    fn entered(text: &str) -> Key {
        Key::Entered(text.to_owned())
    }

    #[test]
    fn keys_do_what_they_do_at_a_terminal() {
        let check = |bytes: &[u8], keys: &[Key], echo: &str| {
            assert_eq!(typed(bytes, false), (keys.to_vec(), echo.to_owned()), "{bytes:?}");
        };
        check(b"ls\r", &[entered("ls")], "ls\r\n");
        check(b"lx\x7fs\n", &[entered("ls")], "lx\x08 \x08s\r\n");
        check("a\u{20ac}\x08\r".as_bytes(), &[entered("a")], "a\u{20ac}\x08 \x08\r\n");
        check(b"\x7f\x08\r", &[entered("")], "\r\n");
        check(b"abc\x15d\r", &[entered("d")], "abc\x08 \x08\x08 \x08\x08 \x08d\r\n");
        check(b"ab\x03", &[Key::Interrupted], "ab^C\r\n");
        check(b"a\x04\x7f\x04", &[Key::Ended], "a\x08 \x08");
        check(b"a\x1b[A\x1b[1;5D\x1bOHb\t\x00\r", &[entered("ab")], "ab\r\n");
        check(b"\x1b[\x03", &[Key::Interrupted], "^C\r\n");
    }

    #[test]
    fn a_password_is_not_echoed_and_binary_is_no_harm() {
        assert_eq!(typed(b"secret\x7f\r", true), (vec![entered("secre")], "\r\n".to_owned()));
        let (keys, _) = typed(&[0xff, 0xfe, b'\r'], false);
        assert_eq!(keys, [entered("\u{fffd}\u{fffd}")]);
        let (keys, echo) = typed(&[vec![b'x'; LINE + 3], vec![b'\r']].concat(), false);
        assert_eq!(keys, [entered(&"x".repeat(LINE))]);
        assert!(echo.ends_with("\u{7}\u{7}\u{7}\r\n"));
    }
}
