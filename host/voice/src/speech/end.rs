//! The rule by which an utterance begins and ends, over frames that are speech
//! or are not. It counts frames, so that it takes as long at any speed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pre_roll::frames;

/// So many frames of speech in a row end a silence; fewer are a click.
const RUN: usize = 3;
/// No silence within a word, nor between two, is as long.
const GAP: Duration = Duration::from_millis(200);

/// How long a silence ends an utterance, as the settings call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Patience {
    /// 0.25 s, for short commands.
    #[serde(rename = "short")]
    Aggressive,
    /// 0.7 s.
    #[serde(rename = "normal")]
    Normal,
    /// 1.25 s, for people who think while they speak.
    #[serde(rename = "long")]
    Relaxed,
}

/// When an utterance begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndSettings {
    /// So much speech is one.
    pub start: Duration,
    /// So much silence ends it.
    pub end: Duration,
    /// So much silence ends it where what was said is a whole command.
    pub complete: Duration,
    /// It is no longer than this.
    pub longest: Duration,
    /// How long is waited for it to begin.
    pub nothing: Duration,
    /// How much of what was heard before belongs to it.
    pub kept: Duration,
}

/// Why an utterance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Silence.
    Silence,
    /// A short silence after a whole command.
    Complete,
    /// It was as long as it may be.
    Longest,
    /// No more sound comes.
    SourceOver,
}

/// One utterance.
#[derive(Debug)]
pub(super) struct End {
    settings: EndSettings,
    began: bool,
    /// What was said is a whole command; frames of speech since that was told.
    complete: Option<usize>,
    /// Frames in all, of speech before it began, of speech in a row, and of
    /// silence since the last speech.
    all: usize,
    speech: usize,
    run: usize,
    silence: usize,
}

/// What one more frame means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Waiting,
    Began,
    Going,
    Ended(Why),
    Nothing,
}

impl Patience {
    /// As settings.
    #[must_use]
    pub fn settings(self) -> EndSettings {
        let end = match self {
            Self::Aggressive => 250,
            Self::Normal => 700,
            Self::Relaxed => 1250,
        };
        let millis = Duration::from_millis;
        EndSettings {
            start: millis(300),
            end: millis(end),
            complete: millis(250),
            longest: millis(15_000),
            nothing: millis(5_000),
            kept: millis(320),
        }
    }
}

impl End {
    pub(super) fn new(settings: EndSettings) -> Self {
        Self { settings, began: false, complete: None, all: 0, speech: 0, run: 0, silence: 0 }
    }

    pub(super) fn began(&self) -> bool {
        self.began
    }

    pub(super) fn complete(&mut self, complete: bool) {
        self.complete = complete.then_some(0);
    }

    pub(super) fn push(&mut self, voiced: bool) -> Turn {
        self.all += 1;
        self.run = if voiced { self.run + 1 } else { 0 };
        // A recogniser is late: whoever goes on is not done, though it says so.
        self.complete = self.complete.map(|since| since + usize::from(voiced));
        self.complete = self.complete.filter(|since| *since < frames(self.settings.start));
        if self.run >= RUN || (voiced && !self.began) {
            self.silence = 0;
        } else {
            self.silence += 1;
        }
        if self.began { self.going() } else { self.waiting(voiced) }
    }

    fn waiting(&mut self, voiced: bool) -> Turn {
        self.speech += usize::from(voiced);
        if self.silence >= frames(GAP) {
            // What there was before was no speech, or that of another time.
            self.speech = 0;
        }
        if self.speech >= frames(self.settings.start) {
            self.began = true;
            return Turn::Began;
        }
        if self.all >= frames(self.settings.nothing.min(self.settings.longest)) {
            return Turn::Nothing;
        }
        Turn::Waiting
    }

    fn going(&self) -> Turn {
        let end = frames(self.settings.end);
        let shorter =
            if self.complete.is_some() { end.min(frames(self.settings.complete)) } else { end };
        if self.silence >= end {
            return Turn::Ended(Why::Silence);
        }
        if self.silence >= shorter {
            return Turn::Ended(Why::Complete);
        }
        if self.all >= frames(self.settings.longest) {
            return Turn::Ended(Why::Longest);
        }
        Turn::Going
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Speech for `#`, silence for `.`, each 0.1 s. When it began and ended.
    fn follow(patience: Patience, story: &str) -> (Option<usize>, Option<(usize, Turn)>) {
        let (mut end, mut began, mut at) = (End::new(patience.settings()), None, 0);
        for (n, what) in story.chars().enumerate() {
            while at * 16 < (n + 1) * 100 {
                at += 1;
                match end.push(what == '#') {
                    Turn::Began => began = Some(at * 16),
                    turn @ (Turn::Ended(_) | Turn::Nothing) => {
                        return (began, Some((at * 16, turn)));
                    }
                    Turn::Waiting | Turn::Going => {}
                }
            }
        }
        (began, None)
    }

    #[test]
    fn an_utterance_begins_and_ends_in_time() {
        use Patience::{Aggressive, Normal, Relaxed};
        let (silence, long) = (Turn::Ended(Why::Silence), "#".repeat(200));
        let quiet = ".".repeat(100);
        for (patience, story, began, ended) in [
            (Normal, "###", Some(304), None),
            (Normal, "..###", Some(512), None),
            (Normal, "..#####........", Some(512), Some((1408, silence))),
            (Aggressive, "#####........", Some(304), Some((768, silence))),
            (Relaxed, "#####..............", Some(304), Some((1776, silence))),
            // A pause within a sentence.
            (Normal, "####......####..", Some(304), None),
            // Clicks are no speech, and neither are words of another time.
            (Normal, "#...#...#...#...#...#...#...", None, None),
            (Normal, "##....##....##....", None, None),
            (Normal, &quiet, None, Some((5008, Turn::Nothing))),
            (Normal, &long, Some(304), Some((15_008, Turn::Ended(Why::Longest)))),
        ] {
            assert_eq!(follow(patience, story), (began, ended), "{patience:?} {story}");
        }
    }

    #[test]
    fn a_whole_command_needs_less_silence() {
        let mut end = End::new(Patience::Normal.settings());
        let mut push = |voiced: bool, count: usize, complete: bool| {
            end.complete(complete);
            (0..count).fold(None, |_, _| Some(end.push(voiced)))
        };
        assert_eq!(push(true, 40, false), Some(Turn::Going));
        assert_eq!(push(false, 15, true), Some(Turn::Going));
        // "Start the web server" … "on node two": not whole any more.
        assert_eq!(push(true, 10, false), Some(Turn::Going));
        assert_eq!(push(false, 30, false), Some(Turn::Going));
        assert_eq!(push(false, 1, true), Some(Turn::Ended(Why::Complete)));
        let mut short = End::new(Patience::Aggressive.settings());
        let turns: Vec<Turn> = (0..60)
            .map(|n| {
                short.complete(true);
                short.push(n < 30)
            })
            .collect();
        assert_eq!(turns[45], Turn::Ended(Why::Silence), "it is as short as that anyway");
    }

    #[test]
    fn whoever_goes_on_after_a_whole_command_is_heard_to_the_end() {
        let mut end = End::new(Patience::Normal.settings());
        let turns = |end: &mut End, voiced: bool, count: usize| {
            (0..count).map(|_| end.push(voiced)).last().unwrap()
        };
        turns(&mut end, true, 40);
        // "Start the web server" was told, and its last sounds are still on.
        end.complete(true);
        turns(&mut end, true, 10);
        assert_eq!(turns(&mut end, false, 10), Turn::Going);
        // "… on", a moment's thought, "node two".
        turns(&mut end, true, 20);
        assert_eq!(turns(&mut end, false, 30), Turn::Going);
        turns(&mut end, true, 20);
        assert_eq!(turns(&mut end, false, 44), Turn::Ended(Why::Silence));
    }

    #[test]
    fn a_click_does_not_keep_an_utterance_open() {
        let mut end = End::new(Patience::Normal.settings());
        let turns: Vec<Turn> = (0..100).map(|n| end.push(n < 30 || n == 50 || n == 60)).collect();
        assert_eq!(turns[73], Turn::Ended(Why::Silence));
    }
}
