//! What `jarvis listen` shows: a line for all that is heard and answered, and
//! on a terminal below them one that lives: what goes on, and how loud it is.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use jarvis_domain::invocation::Notice;
use jarvis_voice::{Event, Moment, Phase, Switch};
use serde_json::json;

use super::Start;
use crate::render::{Printer, Tone};

/// How often the living line is drawn.
const PICTURE: Duration = Duration::from_millis(100);
/// Blocks of the level; each stands for twice as loud as the one before.
const BLOCKS: u32 = 10;

/// Something to print.
#[derive(Debug)]
pub(super) enum Line {
    Start(Start, Switch),
    Moment(Moment),
    Notice(Notice),
}

/// The thread that prints.
pub(super) struct Printing {
    printer: Printer,
    lines: Receiver<Line>,
    /// Of the living line; none before it begins, and where nobody looks.
    alive: Option<Switch>,
    /// What was understood so far of what is being said.
    partial: String,
    drawn: String,
}

impl Printing {
    pub(super) fn new(printer: Printer, lines: Receiver<Line>) -> Self {
        Self { printer, lines, alive: None, partial: String::new(), drawn: String::new() }
    }

    /// Until nobody has anything more to print.
    pub(super) fn run(mut self) {
        loop {
            match self.lines.recv_timeout(PICTURE) {
                Ok(line) if self.printer.json => self.json(&line),
                Ok(line) => {
                    self.draw(String::new());
                    self.show(line);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.draw(String::new()),
            }
            let line = self.alive.as_ref().map(|switch| self.living(switch));
            self.draw(line.unwrap_or_default());
        }
    }

    fn json(&self, line: &Line) {
        match line {
            Line::Start(start, _) => self.printer.json(&json!({ "started": start })),
            Line::Moment(moment) => self.printer.json(moment),
            Line::Notice(notice) => self.printer.json(notice),
        }
    }

    fn show(&mut self, line: Line) {
        match line {
            Line::Start(start, switch) => {
                for line in start.lines() {
                    self.printer.line(line);
                }
                self.alive = std::io::stdout().is_terminal().then_some(switch);
            }
            Line::Moment(moment) => self.moment(moment.event),
            Line::Notice(Notice::Started { what, .. }) => {
                self.faint(format_args!("… {}", Printer::plain(&what)));
            }
            Line::Notice(Notice::Run { .. }) => {}
            Line::Notice(Notice::Ended { how, .. }) if how == "ok" => {}
            Line::Notice(Notice::Ended { how, .. }) => {
                self.faint(format_args!("… {}", Printer::plain(&how)));
            }
            // It is shown once it is spoken.
            Line::Notice(Notice::Said { .. }) => {}
            Line::Notice(Notice::Fetching { doing, percent }) => {
                let percent = percent.map_or_else(String::new, |percent| format!(" {percent} %"));
                self.faint(format_args!("… {}{percent}", Printer::plain(&doing)));
            }
        }
    }

    fn moment(&mut self, event: Event) {
        match event {
            Event::Partial { text } => self.partial = text,
            Event::Words { text } => {
                self.partial.clear();
                let words = Printer::plain(&text);
                self.printer.line(self.printer.tone(Tone::Strong, format_args!("> {words}")));
            }
            Event::Answer { text } => self.printer.line(Printer::plain(&text)),
            Event::NoWords => {
                self.partial.clear();
                self.faint("Nothing was said, or nothing was understood of it.");
            }
            Event::Cut => self.faint("Cut off."),
            Event::Muted { muted: true } => self.printer.line("Muted: nothing is heard."),
            Event::Muted { muted: false } => self.printer.line("Not muted any more."),
            Event::Failed { fault } | Event::DeviceLost { fault, .. } => self.printer.fault(&fault),
            Event::DeviceBack { name, .. } => {
                self.printer.line(format_args!("{} is back.", Printer::plain(&name)));
            }
            _ => {}
        }
    }

    fn faint(&self, text: impl std::fmt::Display) {
        self.printer.line(self.printer.tone(Tone::Faint, text));
    }

    fn living(&self, switch: &Switch) -> String {
        if switch.is_muted() {
            return self.printer.tone(Tone::Bad, "muted");
        }
        let (tone, word) = match *switch.phase().borrow() {
            Phase::Asleep => (Tone::Faint, "asleep"),
            Phase::Listening => (Tone::Good, "listening"),
            Phase::Thinking => (Tone::Open, "thinking"),
            Phase::Speaking => (Tone::Open, "speaking"),
        };
        let level = meter(*switch.level().borrow());
        let partial = Printer::plain(&self.partial).replace('\n', " ");
        // Beyond the end of a line it could not be drawn over.
        let partial: String = partial.chars().take(50).collect();
        format!("{} {level} {partial}", self.printer.tone(tone, format_args!("{word:9}")))
    }

    /// Over the line that was drawn before.
    fn draw(&mut self, line: String) {
        if line == self.drawn {
            return;
        }
        let mut stdout = std::io::stdout();
        // A terminal that is gone shows nothing.
        let _ = write!(stdout, "\r{line}\x1b[K");
        let _ = stdout.flush();
        self.drawn = line;
    }
}

/// How loud `level` is: by ear it is the doublings that count.
fn meter(level: u16) -> String {
    let doublings = (u16::BITS - level.leading_zeros()).saturating_sub(u16::BITS - BLOCKS);
    let full = doublings.min(BLOCKS) as usize;
    let rest = BLOCKS as usize - full;
    format!("{:▮<full$}{:▯<rest$}", "", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_shows_doublings() {
        for (level, full) in [(0, 0), (63, 0), (64, 1), (1000, 4), (16_384, 9), (32_768, 10)] {
            let meter = meter(level);
            let count = meter.chars().filter(|c| *c == '▮').count();
            assert_eq!((count, meter.chars().count()), (full, 10), "{level}: {meter}");
        }
    }
}
