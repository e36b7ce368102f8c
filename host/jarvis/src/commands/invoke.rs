//! `jarvis invoke` and `jarvis confirm`: commands and answers, typed as such.

use std::sync::Arc;

use jarvis_api::{InvokeRequest, Request, Response};
use jarvis_domain::CommandName;
use serde_json::{Map, Value};

use super::Ended;
use crate::args::{ConfirmArgs, Global, InvokeArgs};
use crate::errors::UsageError;
use crate::reach::Reach;
use crate::render::{Printer, Progress, exit_of};

pub(super) async fn invoke(global: &Global, args: &InvokeArgs, printer: &Printer) -> Ended {
    let command: CommandName =
        args.command.parse().map_err(|error| UsageError::Argument(format!("{error}")))?;
    let request = Request::Invoke(InvokeRequest {
        command,
        arguments: arguments(&args.arguments)?,
        locale: global.locale(),
        confirmed: args.yes,
        cluster: global.cluster.clone(),
    });
    send(global, request, printer).await
}

pub(super) async fn confirm(global: &Global, args: &ConfirmArgs, printer: &Printer) -> Ended {
    let id =
        args.id.parse().map_err(|error| UsageError::Argument(format!("{:?}: {error}", args.id)))?;
    let request = if args.no { Request::Decline { id } } else { Request::Confirm { id } };
    send(global, request, printer).await
}

async fn send(global: &Global, request: Request, printer: &Printer) -> Ended {
    let mut reach = Reach::find(global).await?;
    let answer = reach.call(request, Arc::new(Progress::new(printer))).await;
    reach.close().await;
    match answer? {
        Response::Said(said) => {
            printer.said(&said);
            Ok(exit_of(&said))
        }
        _ => Err(UsageError::Answer.into()),
    }
}

/// `name=value` pairs; the host converts the texts.
fn arguments(pairs: &[String]) -> Result<Map<String, Value>, UsageError> {
    let mut arguments = Map::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(UsageError::Argument(format!(
                "{pair:?} is not name=value, like guest=101"
            )));
        };
        if arguments.insert(name.to_owned(), Value::String(value.to_owned())).is_some() {
            return Err(UsageError::Argument(format!("the argument {name} is given twice")));
        }
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_pairs() {
        let given = arguments(&["guest=101".to_owned(), "name=a=b".to_owned()]).unwrap();
        assert_eq!((given["guest"].as_str(), given["name"].as_str()), (Some("101"), Some("a=b")));
        for bad in [&["guest"][..], &["=1"], &["a=1", "a=2"]] {
            let pairs: Vec<String> = bad.iter().map(|pair| (*pair).to_owned()).collect();
            assert!(arguments(&pairs).is_err(), "{bad:?}");
        }
    }
}
