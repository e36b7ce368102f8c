//! `jarvis key`: the keys that programs sign in with.

use std::sync::Arc;

use jarvis_api::{MadeKey, Request, Response};
use jarvis_domain::Fault;
use jarvis_domain::identity::{ApiKey, NewKey};
use jarvis_domain::invocation::Unwatched;

use super::Ended;
use crate::args::{Global, KeyCommand};
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

pub(super) async fn run(global: &Global, command: &KeyCommand, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    let answer = ask(&mut reach, command).await;
    reach.close().await;
    match answer? {
        Response::Keys(keys) if printer.json => printer.json(&keys),
        Response::Keys(keys) => list(&keys, printer),
        Response::MadeKey(made) if printer.json => printer.json(&made),
        Response::MadeKey(made) => show(&made, printer),
        _ => return Err(UsageError::Answer.into()),
    }
    Ok(0)
}

async fn ask(reach: &mut Reach, command: &KeyCommand) -> Result<Response, Box<Fault>> {
    let request = match command {
        KeyCommand::List => Request::Keys,
        KeyCommand::Make(args) => Request::MakeKey(NewKey {
            name: args.name.clone(),
            role: args.role.into(),
            may_confirm: args.may_confirm,
            valid_for_days: args.days,
        }),
        KeyCommand::Revoke { key } => {
            let known = reach.call(Request::Keys, Arc::new(Unwatched)).await?;
            Request::RevokeKey { id: id_of(key, &known) }
        }
    };
    reach.call(request, Arc::new(Unwatched)).await
}

/// The id of the key that is called so; what was given where none is.
fn id_of(given: &str, known: &Response) -> String {
    let Response::Keys(keys) = known else { return given.to_owned() };
    let named = keys.iter().find(|key| key.name == given);
    named.map_or_else(|| given.to_owned(), |key| key.id.clone())
}

fn list(keys: &[ApiKey], printer: &Printer) {
    if keys.is_empty() {
        return printer.line("There is no key. Make one: jarvis key make NAME --role viewer");
    }
    let local = Local::here();
    let row = |key: &ApiKey| {
        let expires = key.expires.map_or_else(|| "never".to_owned(), |at| local.time(at));
        let confirms = if key.may_confirm { "yes" } else { "no" };
        [
            key.id.clone(),
            key.name.clone(),
            key.role.to_string(),
            confirms.to_owned(),
            key.by.to_string(),
            expires,
        ]
    };
    let ends = local.head("ends");
    printer.table(["key", "name", "role", "may confirm", "made by", &ends], keys.iter().map(row));
}

fn show(made: &MadeKey, printer: &Printer) {
    let key = &made.key;
    let name = printer.tone(Tone::Strong, &key.name);
    printer.line(format_args!("The key {name} ({}), {}, is shown this once:", key.id, key.role));
    printer.line(&made.secret.0);
    printer.line("A program sends it with each request: Authorization: Bearer <key>");
}
