//! `jarvis announce`: has something said aloud where somebody listens.

use std::sync::Arc;

use jarvis_api::{NewAnnouncement, Request, Response};
use jarvis_assistant::Prospect;
use jarvis_domain::invocation::Unwatched;

use super::Ended;
use crate::args::{AnnounceArgs, Global};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::Printer;

/// What is said of each: how long it waits is in `assistant/src/announce/queue.rs`.
const SOON: &str = "It is said as soon as nobody speaks there.";
const NOBODY: &str = "Nobody listens there now. It is said if somebody does within ten minutes, an hour if it is urgent.";
const QUIET: &str =
    "These are quiet hours. It is said if they end within ten minutes; --urgent is heard in them.";

pub(super) async fn run(global: &Global, args: &AnnounceArgs, printer: &Printer) -> Ended {
    let text = args.text.join(" ");
    let new = NewAnnouncement { text, place: args.to.clone(), urgent: args.urgent };
    let mut reach = Reach::find(global).await?;
    let told = reach.call(Request::Announce(new), Arc::new(Unwatched)).await;
    reach.close().await;
    match told? {
        Response::Announced(prospect) if printer.json => {
            let (heard, quiet) = (prospect == Prospect::Soon, prospect == Prospect::Quiet);
            printer.json(&serde_json::json!({ "noted": true, "heard": heard, "quiet": quiet }));
        }
        Response::Announced(Prospect::Soon) => printer.line(SOON),
        Response::Announced(Prospect::Nobody) => printer.line(NOBODY),
        Response::Announced(Prospect::Quiet) => printer.line(QUIET),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(0)
}
