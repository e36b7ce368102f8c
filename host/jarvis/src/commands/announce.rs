//! `jarvis announce`: has something said aloud where somebody listens.

use std::sync::Arc;

use jarvis_api::{NewAnnouncement, Request, Response};
use jarvis_domain::invocation::Unwatched;

use super::Ended;
use crate::args::{AnnounceArgs, Global};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::Printer;

/// What is said where nobody would hear it: see `assistant/src/announce/queue.rs`.
const NOBODY: &str = "Nobody listens there now. It is said if somebody does within ten minutes, an hour if it is urgent.";

pub(super) async fn run(global: &Global, args: &AnnounceArgs, printer: &Printer) -> Ended {
    let text = args.text.join(" ");
    let new = NewAnnouncement { text, place: args.to.clone(), urgent: args.urgent };
    let mut reach = Reach::find(global).await?;
    let told = reach.call(Request::Announce(new), Arc::new(Unwatched)).await;
    reach.close().await;
    match told? {
        Response::Announced { heard } if printer.json => {
            printer.json(&serde_json::json!({ "noted": true, "heard": heard }));
        }
        Response::Announced { heard: true } => {
            printer.line("It is said as soon as nobody speaks there.");
        }
        Response::Announced { heard: false } => printer.line(NOBODY),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(0)
}
