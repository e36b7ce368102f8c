//! `jarvis config`: the settings, checked and shown.

use jarvis_document::Problem;
use serde_json::json;

use super::Ended;
use crate::args::{ConfigCommand, Global};
use crate::reach::settings_of;
use crate::render::{Printer, Tone};

pub(super) fn run(global: &Global, command: &ConfigCommand, printer: &Printer) -> Ended {
    let (settings, found) = settings_of(global)?;
    let from = found.as_ref().map(|found| format!("{} ({})", found.path.display(), found.by));
    match command {
        ConfigCommand::Check if printer.json => {
            printer.json(&json!({ "file": found.map(|found| found.path), "problems": Vec::<Problem>::new() }));
        }
        ConfigCommand::Check => {
            let file = from.unwrap_or_else(|| "no file; the defaults count".to_owned());
            printer.line(format_args!("{} {file}", printer.tone(Tone::Good, "sound:")));
        }
        ConfigCommand::Show if printer.json => printer.json(&settings),
        ConfigCommand::Show => {
            let file = from.unwrap_or_else(|| "the defaults: there is no file".to_owned());
            printer.line(printer.tone(Tone::Faint, format_args!("# {file}")));
            match serde_json::to_string_pretty(&settings) {
                Ok(text) => printer.line(text),
                Err(error) => tracing::error!(%error, "the settings could not be shown"),
            }
        }
    }
    Ok(0)
}
