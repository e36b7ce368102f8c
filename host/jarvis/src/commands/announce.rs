//! `jarvis announce`: has something said aloud where somebody listens.

use std::sync::Arc;

use jarvis_api::{NewAnnouncement, Request, Response};
use jarvis_domain::invocation::Unwatched;

use super::Ended;
use crate::args::{AnnounceArgs, Global};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::Printer;

pub(super) async fn run(global: &Global, args: &AnnounceArgs, printer: &Printer) -> Ended {
    let text = args.text.join(" ");
    let new = NewAnnouncement { text, place: args.to.clone(), urgent: args.urgent };
    let mut reach = Reach::find(global).await?;
    let told = reach.call(Request::Announce(new), Arc::new(Unwatched)).await;
    reach.close().await;
    match told? {
        Response::Noted if printer.json => printer.json(&serde_json::json!({ "noted": true })),
        Response::Noted => printer.line("It is said as soon as nobody speaks there."),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(0)
}
