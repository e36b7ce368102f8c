//! Programs that print more than anybody reads: `yes`, and a file of 100 MB
//! for measures. They are rows of a terminal's shell alone, where a reader that
//! stops makes them wait.

use serde::{Deserialize, Serialize};

/// About how much of it comes at once, bytes.
const WAVE: usize = 16 * 1024;
/// Each line of the file, which with the line end of a terminal has 100 bytes.
const LINE: &str = "jarvis bench line 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 ....";
/// How many lines it has: at a terminal, 100 MB.
const LINES: u64 = 1_000_000;
/// Its name.
const FILE: &str = "/bench/100M";

/// One line again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flood {
    line: String,
    /// None for ever.
    left: Option<u64>,
}

impl Flood {
    /// The flood that `argv` is; none for any other program.
    pub(crate) fn of(argv: &[String]) -> Option<Self> {
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["yes"] => Some(Self { line: "y".to_owned(), left: None }),
            ["cat", FILE] => Some(Self { line: LINE.to_owned(), left: Some(LINES) }),
            _ => None,
        }
    }

    /// The next of it, with `end` after each line; none at its end.
    pub(crate) fn wave(&mut self, end: &str) -> Option<String> {
        let most = (WAVE / (self.line.len() + end.len())) as u64;
        let count = self.left.map_or(most, |left| left.min(most));
        if let Some(left) = &mut self.left {
            *left -= count;
        }
        let line = format!("{}{end}", self.line);
        (count > 0).then(|| line.repeat(usize::try_from(count).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_100_mb_at_a_terminal_and_yes_has_no_end() {
        let argv = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut file = Flood::of(&argv("cat /bench/100M")).unwrap();
        let mut sum = 0;
        while let Some(wave) = file.wave("\r\n") {
            assert!(wave.len() <= WAVE && wave.ends_with("....\r\n"));
            sum += wave.len();
        }
        assert_eq!(sum, 100_000_000);
        let mut yes = Flood::of(&argv("yes")).unwrap();
        assert!((0..1000).all(|_| yes.wave("\n").unwrap().starts_with("y\ny\n")));
        assert_eq!(Flood::of(&argv("cat /etc/hostname")), None);
    }
}
