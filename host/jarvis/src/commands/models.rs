//! `jarvis models`: the files of engines, fetched when somebody asks for one.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use jarvis_api::{Request, Response};
use jarvis_domain::figures::{EngineFigures, EngineState};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Explain, Fault};
use jarvis_voice::{Catalogue, Entry, EntryKind, Held, Listed, ModelFolder, ModelsError, Progress};
use serde_json::json;

use super::Ended;
use crate::args::{Global, ModelsCommand};
use crate::engines;
use crate::errors::UsageError;
use crate::reach::{Reach, settings_of};
use crate::render::{Printer, Tone};

/// Bytes of a megabyte, as sizes of files are told.
const MB: u64 = 1_000_000;
const BAR: usize = 30;

pub(super) async fn run(global: &Global, command: &ModelsCommand, printer: &Printer) -> Ended {
    let (settings, _) = settings_of(global)?;
    let folder = ModelFolder::at(engines::folder(&settings));
    match command {
        ModelsCommand::List { all } => list(&folder, *all, printer),
        ModelsCommand::Running => running(global, printer).await?,
        ModelsCommand::Pull { names } => {
            for entry in found(names)? {
                pull(entry, &folder, settings.models.sources.clone(), printer).await?;
            }
        }
        ModelsCommand::Remove { names } => {
            for entry in found(names)? {
                let removed = folder.remove(&entry).map_err(|error| error.fault())?;
                let said = if removed { "removed" } else { "was not there" };
                tell(&entry, said, printer);
            }
        }
        ModelsCommand::Verify { names } => {
            return verify(&folder, names, printer).await;
        }
    }
    Ok(0)
}

fn found(names: &[String]) -> Result<Vec<Entry>, Box<Fault>> {
    let entries: Result<Vec<Entry>, ModelsError> =
        names.iter().map(|name| Catalogue::get().find(name).cloned()).collect();
    entries.map_err(|error| error.fault())
}

/// What is there, and what else the settings may want; or all there is.
fn list(folder: &ModelFolder, all: bool, printer: &Printer) {
    let listed = Catalogue::get().entries().iter().map(|entry| (entry, folder.look(entry)));
    let few = |(entry, listed): &(&Entry, Listed)| {
        all || listed.held != Held::Missing || entry.kind != EntryKind::Piper
    };
    let listed: Vec<(&Entry, Listed)> = listed.filter(few).collect();
    if printer.json {
        return printer.json(&listed.iter().map(|(_, listed)| listed).collect::<Vec<_>>());
    }
    let row = |(entry, listed): &(&Entry, Listed)| {
        let held = match listed.held {
            Held::There => printer.tone(Tone::Good, "there"),
            Held::Partly => "partly".to_owned(),
            Held::Missing => printer.tone(Tone::Faint, "-"),
        };
        let bytes = if listed.held == Held::There { Some(listed.bytes) } else { entry.about };
        [
            listed.name.clone(),
            use_of(listed.kind).to_owned(),
            held,
            bytes.map(size).unwrap_or_default(),
        ]
    };
    printer.table(["name", "for", "here", "size"], listed.iter().map(row));
    if !all {
        printer.line(
            printer.tone(Tone::Faint, "Piper has voices in many languages: --all shows them."),
        );
    }
}

/// The engines of the host, as they are now.
async fn running(global: &Global, printer: &Printer) -> Result<(), Box<Fault>> {
    let mut reach = Reach::find(global).await?;
    let told = reach.call(Request::Engines, Arc::new(Unwatched)).await;
    reach.close().await;
    let Response::Engines(engines) = told? else { return Err(UsageError::Answer.into()) };
    if printer.json {
        printer.json(&engines);
    } else if engines.is_empty() {
        printer.line("No engine runs: a host that serves starts them with whoever speaks first.");
    } else {
        let row = |engine: &EngineFigures| {
            let state = match (engine.state, engine.since) {
                (EngineState::Running, Some(since)) => format!("running since {since}"),
                (EngineState::Running, None) => "running".to_owned(),
                (EngineState::Starting, _) => "starting".to_owned(),
                (EngineState::Down, _) => {
                    let why = Printer::plain(engine.why.as_deref().unwrap_or_default());
                    format!("down: {why}")
                }
            };
            let memory = engine.memory.map(size).unwrap_or_default();
            [engine.name.clone(), state, engine.restarts.to_string(), memory]
        };
        let header = ["engine", "state", "started again", "memory"];
        printer.table(header, engines.iter().map(row));
    }
    Ok(())
}

async fn pull(
    entry: Entry,
    folder: &ModelFolder,
    sources: jarvis_voice::Sources,
    printer: &Printer,
) -> Result<(), Box<Fault>> {
    let shows = !printer.json && std::io::stderr().is_terminal();
    let (folder, fetched) = (folder.clone(), entry.clone());
    let work = move || {
        let mut told = 0;
        let mut progress = |at: Progress| {
            // A picture a megabyte is as smooth as the eye needs.
            if shows && (at.done / MB != told || Some(at.done) == at.all) {
                told = at.done / MB;
                // Whoever does not look misses nothing.
                let _ = write!(std::io::stderr(), "{}", bar(&at));
                let _ = std::io::stderr().flush();
            }
        };
        folder.pull(&fetched, &sources, &mut progress)
    };
    // Ctrl-C ends the program; what has come is gone on with the next time.
    let pulled = tokio::task::spawn_blocking(work).await.map_err(|_| UsageError::Answer)?;
    if shows {
        eprintln!();
    }
    pulled.map_err(|error| error.fault())?;
    tell(&entry, "is there", printer);
    Ok(())
}

async fn verify(folder: &ModelFolder, names: &[String], printer: &Printer) -> Ended {
    let wanted = if names.is_empty() {
        let there = |entry: &&Entry| folder.look(entry).held == Held::There;
        Catalogue::get().entries().iter().filter(there).cloned().collect()
    } else {
        found(names)?
    };
    let mut code = 0;
    for entry in wanted {
        let (folder, looked_at) = (folder.clone(), entry.clone());
        let work = move || folder.verify(&looked_at);
        match tokio::task::spawn_blocking(work).await.map_err(|_| UsageError::Answer)? {
            Ok(()) => tell(&entry, "is whole", printer),
            Err(error) => {
                let fault = error.fault();
                printer.fault(&fault);
                code = fault.exit;
            }
        }
    }
    Ok(code)
}

fn tell(entry: &Entry, said: &str, printer: &Printer) {
    if printer.json {
        printer.json(&json!({ "name": entry.name, "state": said }));
    } else {
        printer.line(format_args!("{} {said}", printer.tone(Tone::Strong, &entry.name)));
    }
}

/// What a terminal shows, over what it showed before.
fn bar(Progress { file, done, all }: &Progress) -> String {
    let all = all.unwrap_or(*done).max(1);
    let full = usize::try_from(done.saturating_mul(BAR as u64) / all).unwrap_or(BAR).min(BAR);
    let (had, missing) = ("━".repeat(full), "─".repeat(BAR - full));
    format!("\r{had}{missing} {} of {}  {file}\x1b[K", size(*done), size(all))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..MB => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes / MB),
    }
}

fn use_of(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Whisper => "speech to text",
        EntryKind::Piper => "a voice",
        EntryKind::Porcupine => "the wake word",
        EntryKind::OnnxRuntime => "Piper's voices",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_with_what_has_come() {
        let (full, half) = ("━".repeat(BAR), "━".repeat(BAR / 2) + &"─".repeat(BAR / 2));
        for (done, all, picture, told) in [
            (0, Some(147_000_000), "─".repeat(BAR), "0 kB of 147 MB"),
            (73_500_000, Some(147_000_000), half, "73 MB of 147 MB"),
            (147_000_000, Some(147_000_000), full.clone(), "147 MB of 147 MB"),
            // A source may send more than it said, or not say how much.
            (200_000_000, Some(147_000_000), full.clone(), "200 MB of 147 MB"),
            (999, None, full, "1 kB of 1 kB"),
            (u64::MAX, Some(1), "━".repeat(BAR), "18446744073709 MB of 1 kB"),
        ] {
            let shown = bar(&Progress { file: "base.en".to_owned(), done, all });
            assert_eq!(shown, format!("\r{picture} {told}  base.en\x1b[K"), "{done} of {all:?}");
        }
    }
}
