//! What a client of `termproxy` sends, read as `termproxy` does: first a line
//! `user:ticket`, then messages `0:LENGTH:DATA`, `1:COLUMNS:ROWS:` and `2`.
//!
//! A message's head that is not whole when it arrives is lost, and so is one
//! that is no number: what follows is read as the next message. Real nodes do
//! the same, so a client has to send each head at once.

/// How long the first line may be, and how much may wait to be understood.
pub(super) const LINE: usize = 4096;
/// How long a number may be before it is given up.
const NUMBER: usize = 20;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// Bytes for what is behind the terminal.
    Data(Vec<u8>),
    /// Columns and rows.
    Size(u16, u16),
}

/// Reads messages as they come.
#[derive(Debug)]
pub(super) struct Reader {
    /// The last size that was told: columns and rows.
    pub(super) size: (u16, u16),
    /// How much data of the last message is still to come.
    left: usize,
    /// What is not enough for a message.
    rest: Vec<u8>,
}

/// Why the first line is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLine {
    /// Longer than [`LINE`].
    TooLong,
    /// Without a colon.
    NoColon,
}

/// Takes the line `user:ticket` off the front of `bytes`; none before its end
/// has come.
#[allow(clippy::type_complexity, reason = "the user and the ticket")]
pub(super) fn first_line(bytes: &mut Vec<u8>) -> Result<Option<(Vec<u8>, Vec<u8>)>, BadLine> {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return if bytes.len() >= LINE { Err(BadLine::TooLong) } else { Ok(None) };
    };
    if end >= LINE {
        return Err(BadLine::TooLong);
    }
    let mut line: Vec<u8> = bytes.drain(..=end).collect();
    line.truncate(end);
    let colon = line.iter().position(|byte| *byte == b':').ok_or(BadLine::NoColon)?;
    let ticket = line.split_off(colon + 1);
    line.truncate(colon);
    Ok(Some((line, ticket)))
}

impl Default for Reader {
    fn default() -> Self {
        Self { size: (80, 24), left: 0, rest: Vec::new() }
    }
}

impl Reader {
    /// Takes what has come; what it says.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.rest.extend_from_slice(bytes);
        let mut all = Vec::new();
        loop {
            if self.left > 0 {
                let count = self.left.min(self.rest.len());
                if count == 0 {
                    return all;
                }
                self.left -= count;
                all.push(Input::Data(self.rest.drain(..count).collect()));
                continue;
            }
            match self.rest.as_slice() {
                [] | [_] => return all,
                [b'0', ..] => {
                    self.skip(2);
                    self.left = self.number().unwrap_or(0);
                }
                [b'1', ..] => {
                    self.skip(2);
                    if let Some(columns) = self.number()
                        && let Some(rows) = self.number()
                    {
                        let side = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
                        self.size = (side(columns), side(rows));
                        all.push(Input::Size(side(columns), side(rows)));
                    }
                }
                // A ping, or nothing that is known.
                _ => self.skip(1),
            }
        }
    }

    fn skip(&mut self, count: usize) {
        self.rest.drain(..count.min(self.rest.len()));
    }

    /// Takes a number and its colon; what is none is taken as well.
    fn number(&mut self) -> Option<usize> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b':') {
                let text: Vec<u8> = self.rest.drain(..end).collect();
                self.skip(1);
                return std::str::from_utf8(&text).ok()?.parse().ok();
            }
            if self.rest.len() <= NUMBER {
                return None;
            }
            self.skip(NUMBER);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> Input {
        Input::Data(text.as_bytes().to_vec())
    }

    #[test]
    fn messages_are_read_whatever_frames_they_come_in() {
        let check = |frames: &[&[u8]], expected: &[Input]| {
            let mut reader = Reader::default();
            let read: Vec<Input> = frames.iter().flat_map(|frame| reader.read(frame)).collect();
            assert_eq!(read, expected, "{frames:?}");
        };
        check(&[b"0:2:ls0:1:\r"], &[data("ls"), data("\r")]);
        check(&[b"0:4:ab", b"cd2", b"2"], &[data("ab"), data("cd")]);
        check(&[b"1:120:40:0:1:x"], &[Input::Size(120, 40), data("x")]);
        check(&[b"1:99999999:0:"], &[Input::Size(u16::MAX, 0)]);
        check(&[b"2"], &[]);
        check(&["0:3:\u{20ac}".as_bytes()], &[data("\u{20ac}")]);
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        let check = |frames: &[&[u8]], expected: &[Input]| {
            let mut reader = Reader::default();
            let read: Vec<Input> = frames.iter().flat_map(|frame| reader.read(frame)).collect();
            assert_eq!(read, expected, "{frames:?}");
            assert!(reader.rest.len() <= NUMBER + 1);
        };
        check(&[b"0:x:0:1:a"], &[data("a")]);
        check(&[b"0:-1:0:1:a"], &[data("a")]);
        check(&[b"1:80:x:0:1:a"], &[data("a")]);
        check(&[b"0:0:0:1:a"], &[data("a")]);
        check(&[&[0xff; 64], b"0:1:a"], &[data("a")]);
        check(&[&[0; 64], b"0:1:a"], &[data("a")]);
        // A head in two parts is lost on a real node, too.
        check(&[b"0:1", b"0:abcdefghij"], &[]);
        check(&[b"0:99999999999999999999999:", b"0:1:a"], &[data("a")]);
        check(&[b"0:18446744073709551615:a"], &[data("a")]);
        check(&[&[b'0'; 5000]], &[]);
    }

    #[test]
    fn the_first_line_is_a_user_and_a_ticket() {
        let mut bytes = b"root@pam:PVEVNC:1::x=\n0:1:a".to_vec();
        let line = first_line(&mut bytes).unwrap().unwrap();
        assert_eq!(line, (b"root@pam".to_vec(), b"PVEVNC:1::x=".to_vec()));
        assert_eq!(bytes, b"0:1:a");
        assert_eq!(first_line(&mut b"root@pam:half".to_vec()), Ok(None));
        assert_eq!(first_line(&mut b"no colon\n".to_vec()), Err(BadLine::NoColon));
        assert_eq!(first_line(&mut vec![b'a'; LINE]), Err(BadLine::TooLong));
        let mut late = vec![b'a'; LINE + 10];
        late.push(b'\n');
        assert_eq!(first_line(&mut late), Err(BadLine::TooLong));
    }
}
