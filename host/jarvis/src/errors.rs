//! The table of errors: the union of what the rooms declare, and the binary's
//! own.

use jarvis_domain::{Explain, Fault, Row};

use crate::commands::intents::home;
use crate::commands::reply;
use crate::render::{Printer, Tone};
use crate::{demo, engines, rooms, settings, wiring};

/// An error of the command line itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    /// An argument is not of the form it must have.
    #[error("{0}")]
    Argument(String),
    /// Standard input could not be read.
    #[error("standard input cannot be read")]
    Input(#[source] std::io::Error),
    /// The prompt stopped reading.
    #[error("the prompt could not be read any more")]
    Prompt(#[source] tokio::task::JoinError),
    /// The host answered with something else than it was asked for.
    #[error("the host answered something that was not asked for")]
    Answer,
}

const ARGUMENT: Row = Row {
    code: "usage-argument",
    meaning: "An argument of the command line has not the form that it must have.",
    hint: "jarvis help COMMAND shows what it takes.",
    exit: 2,
    status: 400,
};
const INPUT: Row = Row {
    code: "usage-input",
    meaning: "Standard input cannot be read as text.",
    hint: "Pipe UTF-8 text with one sentence a line.",
    exit: 2,
    status: 400,
};
const PROMPT: Row = Row {
    code: "usage-prompt",
    meaning: "The prompt of jarvis chat stopped reading.",
    hint: "Start jarvis chat again; jarvis ask does without a prompt.",
    exit: 1,
    status: 500,
};
const ANSWER: Row = Row {
    code: "usage-answer",
    meaning: "Host and command line do not speak the same version.",
    hint: "Install the same version of both, and start the host again.",
    exit: 1,
    status: 502,
};

impl Explain for UsageError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Argument(_) => &ARGUMENT,
            Self::Input(_) => &INPUT,
            Self::Prompt(_) => &PROMPT,
            Self::Answer => &ANSWER,
        }
    }
}

impl From<UsageError> for Box<Fault> {
    fn from(error: UsageError) -> Self {
        Self::new(Fault::from(&error))
    }
}

/// Every row, by code.
pub(crate) fn rows() -> Vec<&'static Row> {
    let own: &[&Row] = &[&ARGUMENT, &INPUT, &PROMPT, &ANSWER];
    let skill_host = jarvis_skill_host::rows();
    let api = jarvis_api::rows();
    let assistant = jarvis_assistant::rows();
    let voice = jarvis_voice::rows();
    let rooms = [
        own,
        settings::ROWS,
        demo::ROWS,
        wiring::ROWS,
        engines::ROWS,
        engines::wake::ROWS,
        rooms::ROWS,
        reply::ROWS,
        home::ROWS,
        &api,
        &assistant,
        jarvis_auth::ROWS,
        jarvis_cluster::ROWS,
        jarvis_ollama::ROWS,
        jarvis_policy::ROWS,
        jarvis_sentences::ROWS,
        jarvis_simulator::ROWS,
        skill_host.as_slice(),
        jarvis_state::ROWS,
        voice.as_slice(),
    ];
    let mut rows = rooms.concat();
    rows.sort_by_key(|row| row.code);
    rows
}

/// `jarvis errors`.
pub(crate) fn print(printer: &Printer) -> u8 {
    let rows = rows();
    if printer.json {
        printer.json(&rows);
        return 0;
    }
    let exit = |row: &Row| row.exit.to_string();
    let row = |row: &&Row| {
        [
            printer.tone(Tone::Strong, row.code),
            exit(row),
            row.meaning.to_owned(),
            row.hint.to_owned(),
        ]
    };
    printer.table(["code", "exit", "meaning", "what to do"], rows.iter().map(row));
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_rows_are_complete() {
        let rows = rows();
        assert!(rows.len() > 40, "{}", rows.len());
        for pair in rows.windows(2) {
            assert_ne!(pair[0].code, pair[1].code);
        }
        for row in rows {
            let plain =
                row.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(plain && row.code.contains('-'), "{}", row.code);
            assert!((1..=5).contains(&row.exit), "{}: exit {}", row.code, row.exit);
            assert!((400..600).contains(&row.status), "{}: status {}", row.code, row.status);
            assert!(row.meaning.len() > 10 && row.hint.len() > 10, "{}", row.code);
            // Which file counts depends on how jarvis is started.
            assert!(!row.hint.contains("jarvis.yaml"), "{}", row.code);
        }
    }
}
