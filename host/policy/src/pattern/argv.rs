//! Positional patterns over argument lists.

use std::str::FromStr;

use jarvis_domain::text;
use serde::{Deserialize, Serialize};

use super::interpreter;
use crate::rating::PROGRAMS;

/// `[systemctl, status, "*"]`: word for word; `*` is exactly one argument,
/// `**` at the end is any number of them, none included, so that
/// `[run, "*", "**"]` covers `run a` and `run a b` but not `run`.
///
/// What a wild card stands for never begins with `-`: every option that a
/// skill may use is written out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct ArgvPattern {
    words: Vec<Word>,
    tail: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Word {
    Any,
    Literal(String),
}

/// Why a list of words is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadArgvPattern {
    /// Without its wild cards it could not be run.
    #[error(transparent)]
    Argv(#[from] BadArgv),
    /// The program is a wild card.
    #[error("the program must be written out, not {0}")]
    WildProgram(String),
    /// `a*`.
    #[error("the wild card in {0:?} stands for part of an argument; * stands for a whole one")]
    Partial(String),
    /// `**` before the end.
    #[error("** may only be the last argument")]
    InnerTail,
    /// `sh -c *`.
    #[error("nothing open (* or **) may follow {word}: it {why}; write its arguments out")]
    Interpreter {
        /// The word before the wild card.
        word: String,
        /// What it can do.
        why: &'static str,
    },
    /// A bare name that the host does not know.
    #[error("{word:?} is not a program jarvis knows by its bare name; write its absolute path")]
    UnknownProgram {
        /// The name.
        word: String,
        /// The nearest known name, where one is near.
        nearest: Option<&'static str>,
    },
}

/// Why an argument list cannot be run at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadArgv {
    /// No program.
    #[error("the list of arguments is empty; its first word is the program")]
    Empty,
    /// Neither a bare name nor an absolute path in its one spelling.
    #[error(
        "{0:?} is not a program: a bare name like sensors, or an absolute path without . and .."
    )]
    Program(String),
    /// NUL, newline and other control characters.
    #[error("argument {0} has a control character")]
    Control(usize),
    /// An argument longer than [`ArgvPattern::MAX_WORD`], or too many.
    #[error("at most {max} arguments of {bytes} bytes each are run", max = ArgvPattern::MAX, bytes = ArgvPattern::MAX_WORD)]
    Long,
}

impl ArgvPattern {
    /// The most words.
    pub const MAX: usize = 64;
    /// The longest word in bytes.
    pub const MAX_WORD: usize = 4096;

    /// Checks `words`.
    pub fn new<S: AsRef<str>>(words: &[S]) -> Result<Self, BadArgvPattern> {
        let all: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let (tail, words) = match all.split_last() {
            Some((&"**", rest)) => (true, rest),
            _ => (false, all.as_slice()),
        };
        let Some(program) = words.first() else {
            let wild = if tail {
                BadArgvPattern::WildProgram("**".to_owned())
            } else {
                BadArgv::Empty.into()
            };
            return Err(wild);
        };
        if program.contains('*') {
            return Err(BadArgvPattern::WildProgram((*program).to_owned()));
        }
        check_argv(words)?;
        let mut pattern = Self { words: Vec::new(), tail };
        let mut open_after: Option<(&str, &'static str)> = None;
        for (index, word) in words.iter().enumerate() {
            match *word {
                "*" => {
                    refuse_after(open_after)?;
                    pattern.words.push(Word::Any);
                }
                "**" => return Err(BadArgvPattern::InnerTail),
                word if word.contains('*') => {
                    return Err(BadArgvPattern::Partial(text::cut(word, 80)));
                }
                word => {
                    if open_after.is_none() {
                        open_after = interpreter::reason(word, index == 0).map(|why| (word, why));
                    }
                    pattern.words.push(Word::Literal(word.to_owned()));
                }
            }
        }
        if tail {
            refuse_after(open_after)?;
        }
        if !program.starts_with('/') && !PROGRAMS.contains(program) {
            let nearest = jarvis_document::nearest(program, PROGRAMS.iter().copied());
            return Err(BadArgvPattern::UnknownProgram { word: (*program).to_owned(), nearest });
        }
        Ok(pattern)
    }

    /// Whether `argv` is covered.
    #[must_use]
    pub fn matches(&self, argv: &[String]) -> bool {
        if check_argv(argv).is_err() {
            return false;
        }
        let mut given = argv.iter();
        let all = self.words.iter().all(|word| match (word, given.next()) {
            (Word::Any, Some(argument)) => is_plain(argument),
            (Word::Literal(literal), Some(argument)) => literal == argument,
            (_, None) => false,
        });
        // `**` ends the pattern, so what is left is what it stands for.
        all && if self.tail {
            given.all(|argument| is_plain(argument))
        } else {
            given.next().is_none()
        }
    }

    /// Whether every list that `other` covers is covered here too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let long_enough = if self.tail {
            other.words.len() >= self.words.len()
        } else {
            !other.tail && other.words.len() == self.words.len()
        };
        let in_place =
            self.words.iter().zip(&other.words).all(|(own, others)| match (own, others) {
                (Word::Any, others) => others.is_plain(),
                (own, others) => own == others,
            });
        long_enough && in_place && other.words.iter().skip(self.words.len()).all(Word::is_plain)
    }

    /// The words as they are written.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(|word| match word {
            Word::Any => "*",
            Word::Literal(literal) => literal.as_str(),
        });
        words.chain(self.tail.then_some("**"))
    }
}

impl Word {
    /// Whether a wild card may stand for everything this word stands for.
    fn is_plain(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => is_plain(literal),
        }
    }
}

/// Whether `argv` can be run as it stands: a program by its bare name or its
/// one absolute spelling, and arguments without control characters.
pub fn check_argv<S: AsRef<str>>(argv: &[S]) -> Result<(), BadArgv> {
    let program = argv.first().ok_or(BadArgv::Empty)?.as_ref();
    if argv.len() > ArgvPattern::MAX
        || argv.iter().any(|word| word.as_ref().len() > ArgvPattern::MAX_WORD)
    {
        return Err(BadArgv::Long);
    }
    if let Some(index) = argv.iter().position(|word| word.as_ref().contains(char::is_control)) {
        return Err(BadArgv::Control(index));
    }
    let segments = program.strip_prefix('/').unwrap_or(program);
    let sound = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('-')
            && !matches!(segment, "." | "..")
            && segment.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
    };
    let bare = !program.starts_with('/') && segments.contains('/');
    if bare || !segments.split('/').all(sound) {
        return Err(BadArgv::Program(text::cut(program, 80)));
    }
    Ok(())
}

/// What a wild card may stand for: something, and no option.
fn is_plain(argument: &str) -> bool {
    !argument.is_empty() && !argument.starts_with('-')
}

fn refuse_after(open_after: Option<(&str, &'static str)>) -> Result<(), BadArgvPattern> {
    match open_after {
        Some((word, why)) => Err(BadArgvPattern::Interpreter { word: word.to_owned(), why }),
        None => Ok(()),
    }
}

impl TryFrom<Vec<String>> for ArgvPattern {
    type Error = BadArgvPattern;

    fn try_from(words: Vec<String>) -> Result<Self, BadArgvPattern> {
        Self::new(&words)
    }
}

impl From<ArgvPattern> for Vec<String> {
    fn from(pattern: ArgvPattern) -> Self {
        pattern.words().map(str::to_owned).collect()
    }
}

impl FromStr for ArgvPattern {
    type Err = BadArgvPattern;

    /// Reads words parted by single spaces, for tests and messages; a grant
    /// writes them as a list.
    fn from_str(text: &str) -> Result<Self, BadArgvPattern> {
        Self::new(&text.split(' ').collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn wild_cards_stand_for_whole_arguments_that_are_no_options() {
        for (pattern, call, expected) in [
            ("systemctl status *", "systemctl status ssh", true),
            ("systemctl status *", "systemctl status", false),
            ("systemctl status *", "systemctl status ssh cron", false),
            ("systemctl status *", "systemctl status --host=evil", false),
            ("systemctl status *", "systemctl status -Hevil", false),
            ("systemctl * **", "systemctl", false),
            ("systemctl * **", "systemctl status", true),
            ("systemctl * **", "systemctl status ssh cron", true),
            ("systemctl * **", "systemctl status ssh --force", false),
            ("sensors -j", "sensors -j", true),
            ("sensors -j", "sensors -j ", false),
            ("sensors **", "sensors", true),
            ("sensors -j", "/usr/bin/sensors -j", false),
        ] {
            let parsed: ArgvPattern = pattern.parse().unwrap();
            assert_eq!(parsed.matches(&argv(call)), expected, "{pattern:?} {call:?}");
        }
    }

    #[test]
    fn open_arguments_after_an_interpreter_are_refused() {
        for text in [
            "/bin/sh -c *",
            "/usr/bin/bash **",
            "/usr/bin/python3.11 *",
            "/usr/bin/env **",
            "/usr/bin/sudo *",
            "/usr/bin/find / -exec *",
            "/usr/bin/tar --checkpoint-action *",
            "/usr/bin/ssh root@pve2 **",
            "/usr/local/bin/wrapper sh -c *",
            "/usr/sbin/pct exec 101 **",
            "/usr/bin/pvesh get *",
        ] {
            let refused = text.parse::<ArgvPattern>();
            assert!(
                matches!(refused, Err(BadArgvPattern::Interpreter { .. })),
                "{text}: {refused:?}"
            );
        }
        assert!("/bin/sh -c uptime".parse::<ArgvPattern>().is_ok());
    }

    #[test]
    fn malformed_patterns_say_why() {
        let refused = |words: &[&str]| ArgvPattern::new(words).unwrap_err().to_string();
        for (words, expected) in [
            (&[][..], "the list of arguments is empty"),
            (&["*"], "the program must be written out, not *"),
            (&["**"], "the program must be written out, not **"),
            (&["sens*"], "the program must be written out, not sens*"),
            (&["systemctl", "**", "ssh"], "** may only be the last argument"),
            (&["systemctl", "stat*"], "the wild card in \"stat*\" stands for part"),
            (&["../bin/sensors"], "\"../bin/sensors\" is not a program"),
            (&["/usr/../bin/sensors"], "\"/usr/../bin/sensors\" is not a program"),
            (&["//bin/sensors"], "\"//bin/sensors\" is not a program"),
            (&["bin/sensors"], "\"bin/sensors\" is not a program"),
            (&["-x"], "\"-x\" is not a program"),
            (&["sensors", "a\0b"], "argument 1 has a control character"),
            (&["sensors", "a\nb"], "argument 1 has a control character"),
            (&["sensrs"], "\"sensrs\" is not a program jarvis knows"),
        ] {
            assert!(refused(words).starts_with(expected), "{words:?}: {}", refused(words));
        }
        assert!(matches!(
            ArgvPattern::new(&["sensrs"]),
            Err(BadArgvPattern::UnknownProgram { nearest: Some("sensors"), .. })
        ));
        assert_eq!(ArgvPattern::new(&["sensors"; 65]), Err(BadArgv::Long.into()));
    }
}
