//! What people and programs see. Colour and progress only on a terminal.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use jarvis_assistant::{Said, Told};
use jarvis_domain::invocation::{Notice, Question, Watcher};
use jarvis_domain::{Fault, Outcome};
use serde::Serialize;
use serde_json::{Value, json};

/// The longest word that a table does not break, characters: an id.
const WORD: usize = 36;

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    /// For programs.
    pub(crate) json: bool,
    colour: bool,
}

/// What a word is, for its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    Good,
    Bad,
    Open,
    Faint,
    Strong,
}

impl Printer {
    /// As this process's standard output wants it; `NO_COLOR` is honoured.
    pub(crate) fn of_stdout(json: bool, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let plain = env("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { json, colour: std::io::stdout().is_terminal() && !plain }
    }

    /// `text` in its colour.
    pub(crate) fn tone(&self, tone: Tone, text: impl std::fmt::Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let style = match tone {
            Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Tone::Open => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::Faint => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// Text that came from elsewhere, without what could steer a terminal.
    pub(crate) fn plain(text: &str) -> String {
        jarvis_domain::text::visible(text)
    }

    /// One line.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        // A closed pipe ends the reader's interest, not our work.
        let _ = self.is_read(text);
    }

    /// One line beside the answer, on standard error; nothing for programs.
    pub(crate) fn aside(&self, text: impl std::fmt::Display) {
        if !self.json {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// One line of many; whether somebody still reads them.
    pub(crate) fn is_read(&self, text: impl std::fmt::Display) -> bool {
        writeln!(std::io::stdout(), "{text}").is_ok()
    }

    /// A value as one line of JSON.
    pub(crate) fn json(&self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(text),
            Err(error) => tracing::error!(%error, "a value could not be printed as JSON"),
        }
    }

    /// A table, as wide as the terminal.
    pub(crate) fn table<const N: usize>(
        &self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let rows: Vec<[String; N]> = rows.into_iter().collect();
        let mut table = self.table_of(&rows);
        table.set_header(header.map(|word| self.tone(Tone::Strong, word)));
        table.add_rows(rows);
        self.line(table.trim_fmt());
    }

    /// Markdown, its tables laid out.
    fn markdown(&self, text: &str) {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for line in text.trim_end().lines().chain([""]) {
            if let Some(cells) = line.strip_prefix('|') {
                rows.push(split_cells(cells));
                continue;
            }
            self.markdown_table(std::mem::take(&mut rows));
            if !line.is_empty() {
                self.line(line);
            }
        }
    }

    fn markdown_table(&self, rows: Vec<Vec<String>>) {
        let mut rows = rows.into_iter();
        let Some(header) = rows.next() else { return };
        // The second row only draws Markdown's line.
        let rows: Vec<Vec<String>> = rows.skip(1).collect();
        let mut table = self.table_of(&rows);
        table.set_header(header.iter().map(|word| self.tone(Tone::Strong, word)));
        table.add_rows(rows);
        self.line(table.trim_fmt());
    }

    /// An empty table for these rows, as wide as the terminal, if that has a width.
    fn table_of(&self, rows: &[impl AsRef<[String]>]) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if table.width().is_some_and(|width| width > 0) {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        let constraints = (0..columns).map(|at| {
            // An id that is broken in two cannot be copied.
            let words = rows.iter().filter_map(|row| row.as_ref().get(at)).flat_map(|cell| {
                cell.split_whitespace().map(|word| word.chars().count()).filter(|&of| of <= WORD)
            });
            let longest = words.max().unwrap_or_default();
            ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(longest).unwrap_or(0)))
        });
        table.set_constraints(constraints);
        table
    }

    /// What the assistant answered.
    pub(crate) fn said(&self, said: &Said) {
        if self.json {
            return self.json(&said_json(said));
        }
        match said {
            Said::Reply(reply) => {
                let tone = match reply.outcome {
                    Outcome::Done | Outcome::NothingChanged => None,
                    Outcome::Started | Outcome::Scheduled | Outcome::Unknown => Some(Tone::Open),
                    Outcome::Failed => Some(Tone::Bad),
                };
                self.line(
                    tone.map_or_else(
                        || reply.speech.clone(),
                        |tone| self.tone(tone, &reply.speech),
                    ),
                );
                if let Some(detail) = &reply.detail {
                    self.line("");
                    self.markdown(&Self::plain(detail));
                }
            }
            Said::Question(question) => {
                let (text, steps) = parted(question);
                self.line(self.tone(Tone::Open, Self::plain(text)));
                for step in steps {
                    self.line(self.tone(Tone::Faint, format_args!("  - {}", Self::plain(step))));
                }
                if let Some(note) = &question.note {
                    self.line(format_args!("The skill says: {}", Self::plain(note)));
                }
            }
            Said::Choice(choice) => {
                self.line(self.tone(Tone::Open, Self::plain(&choice.text)));
                for (index, option) in choice.options.iter().enumerate() {
                    self.line(format_args!("  {}. {}", index + 1, Self::plain(&option.label)));
                }
            }
            Said::Missing(missing) => self.line(self.tone(Tone::Open, Self::plain(&missing.text))),
            Said::Told(told) => self.told(told),
            Said::Dropped(text) => self.line(text),
        }
    }

    /// What came of words that a language model was asked about, less what
    /// [`Progress`] has shown already.
    fn told(&self, told: &Told) {
        let shown = if self.shows_ahead() { told.ahead } else { 0 };
        let rest = told.sentences.get(shown..).unwrap_or_default();
        if !rest.is_empty() {
            self.line(Self::plain(&rest.join(" ")));
        }
        if let Some(detail) = &told.detail {
            self.line("");
            self.markdown(&Self::plain(detail));
        }
    }

    /// Whether somebody looks on while an answer is made.
    fn shows_ahead(&self) -> bool {
        !self.json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
    }

    /// An error, on standard error; as JSON on standard output.
    pub(crate) fn fault(&self, fault: &Fault) {
        if self.json {
            return self.json(&json!({ "error": fault }));
        }
        let stderr = std::io::stderr();
        let bold = |text: &str| {
            if stderr.is_terminal() && self.colour {
                self.tone(Tone::Bad, text)
            } else {
                text.to_owned()
            }
        };
        let code = bold(&format!("{}:", fault.code));
        let mut text = format!("{code} {}\n", Self::plain(&fault.sentence));
        for cause in &fault.causes {
            text.push_str(&format!("  because: {}\n", Self::plain(cause)));
        }
        text.push_str(&format!(
            "  hint: {}\n",
            Self::plain(&fault.hint).replace('\n', "\n        ")
        ));
        let _ = stderr.lock().write_all(text.as_bytes());
    }
}

/// The cells of a table's row, without the backslashes that keep their
/// characters from being markup.
fn split_cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let row = row.trim_end();
    let mut chars = row.strip_suffix('|').unwrap_or(row).chars();
    while let Some(c) = chars.next() {
        let kept = match c {
            '|' => {
                cells.push(String::new());
                continue;
            }
            '\\' => chars.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(cell) = cells.last_mut() {
            cell.push(kept);
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// The one JSON object that `ask --json` prints for a sentence.
fn said_json(said: &Said) -> Value {
    match said {
        Said::Reply(reply) => json!({ "answer": reply }),
        Said::Question(question) => json!({ "waits_for": "confirmation", "question": question }),
        Said::Choice(choice) => json!({ "waits_for": "choice", "question": choice }),
        Said::Missing(missing) => json!({ "waits_for": "value", "question": missing }),
        Said::Told(told) => json!({ "answer": {
            "outcome": told.outcome.unwrap_or(Outcome::NothingChanged),
            "speech": told.speech(),
            "detail": told.detail,
            "runs": told.runs,
        } }),
        Said::Dropped(text) => {
            json!({ "answer": { "outcome": "nothing-changed", "speech": text } })
        }
    }
}

/// The question and, where there are many, its steps line by line: what is spoken has
/// them in one sentence.
fn parted(question: &Question) -> (&str, &[String]) {
    let steps = question.plan.as_slice();
    let [first, _, _, ..] = steps else { return (&question.text, &[]) };
    let begin = question.text.find(first.as_str()).and_then(|at| question.text.get(..at));
    begin.map_or((&question.text, steps), |begin| (begin.trim_end(), steps))
}

/// The exit code for what was answered. Work that was handed over and goes on
/// is a success of the command: that it goes on, `outcome` says.
pub(crate) fn exit_of(said: &Said) -> u8 {
    let of = |outcome| match outcome {
        Outcome::Done | Outcome::Started | Outcome::Scheduled | Outcome::NothingChanged => 0,
        Outcome::Unknown | Outcome::Failed => 1,
    };
    match said {
        Said::Reply(reply) => of(reply.outcome),
        Said::Told(told) => told.outcome.map_or(0, of),
        Said::Question(_) | Said::Choice(_) | Said::Missing(_) => 4,
        Said::Dropped(_) => 0,
    }
}

/// Shows what is going on while a person waits.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    /// Sentences are shown as they are made.
    ahead: bool,
    /// What was last shown of something that is fetched.
    fetching: Mutex<String>,
}

impl Progress {
    /// On a terminal, and not where JSON was asked for.
    pub(crate) fn new(printer: &Printer) -> Self {
        let shown = !printer.json && std::io::stderr().is_terminal();
        Self { shown, ahead: printer.shows_ahead(), fetching: Mutex::default() }
    }
}

impl Watcher for Progress {
    fn notice(&self, notice: Notice) {
        if !self.shown {
            return;
        }
        let text = match notice {
            Notice::Started { what, .. } => format!("… {what}"),
            Notice::Run { .. } => return,
            Notice::Ended { how, .. } if how == "ok" => return,
            Notice::Ended { how, .. } => format!("… {how}"),
            Notice::Said { sentence } if self.ahead => {
                let _ = writeln!(std::io::stdout(), "{}", Printer::plain(&sentence));
                return;
            }
            Notice::Said { .. } => return,
            Notice::Fetching { doing, percent } => {
                let percent = percent.map_or_else(String::new, |percent| format!(" {percent} %"));
                let line = format!("… {doing}{percent}");
                let mut last = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
                if *last == line {
                    return;
                }
                last.clone_from(&line);
                line
            }
        };
        let _ = writeln!(std::io::stderr(), "{}", Printer::plain(&text));
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{Reply, RunId};

    use super::*;

    #[test]
    fn the_exit_code_tells_how_it_ended() {
        for (outcome, expected) in [
            (Outcome::Done, 0),
            (Outcome::Started, 0),
            (Outcome::NothingChanged, 0),
            (Outcome::Unknown, 1),
            (Outcome::Failed, 1),
        ] {
            let said = Said::Reply(Reply {
                outcome,
                speech: "It is so.".to_owned(),
                detail: None,
                data: None,
                as_of: None,
                run: RunId::new(),
            });
            assert_eq!(exit_of(&said), expected, "{outcome:?}");
        }
        assert_eq!(exit_of(&Said::Dropped("Then not.".to_owned())), 0);
    }

    #[test]
    fn cells_are_shown_as_they_are_meant() {
        for (row, cells) in [
            (" a | b |", &["a", "b"][..]),
            (" 1\\~deb | x\\|y | |", &["1~deb", "x|y", ""]),
            (" a\\", &["a\\"]),
            ("", &[""]),
        ] {
            assert_eq!(split_cells(row), cells, "{row:?}");
        }
    }

    #[test]
    fn what_comes_from_elsewhere_cannot_steer_a_terminal() {
        assert_eq!(Printer::plain("a\u{202e}b\u{200b}c"), "abc");
        assert_eq!(Printer::plain("web\u{1b}[31m\u{7}\n\u{9b}2J x"), "web[31m\n2J x");
    }
}
