//! Exchanges by voice that led to no run, in words.

use std::sync::Arc;

use jarvis_api::{Request, Response};
use jarvis_domain::Fault;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::run::{Exchange, Moment};

use super::{heard, shortened};
use crate::errors::UsageError;
use crate::local::Local;
use crate::reach::Reach;
use crate::render::{Printer, Tone};

/// The newest ones, in as many parts as the host makes of them.
pub(super) async fn newest(reach: &mut Reach, limit: usize) -> Result<Vec<Exchange>, Box<Fault>> {
    let mut found: Vec<Exchange> = Vec::new();
    while found.len() < limit {
        let before = found.last().map(|exchange| exchange.id);
        let request = Request::Exchanges { limit: limit - found.len(), before };
        match reach.call(request, Arc::new(Unwatched)).await? {
            Response::Exchanges(part) if part.is_empty() => break,
            Response::Exchanges(part) => found.extend(part),
            _ => return Err(UsageError::Answer.into()),
        }
    }
    Ok(found)
}

pub(super) fn list(found: &[Exchange], printer: &Printer) {
    let local = Local::here();
    let ids: Vec<String> = found.iter().map(|exchange| exchange.id.to_string()).collect();
    let row = |(exchange, id): (&Exchange, &str)| {
        [
            printer.tone(Tone::Faint, local.time(exchange.at)),
            Printer::plain(exchange.place.as_deref().unwrap_or_default()),
            Printer::plain(&told(&exchange.heard)),
            printer.tone(Tone::Faint, id),
        ]
    };
    let rows = found.iter().zip(shortened(&ids)).map(row);
    let when = local.head("when");
    printer.table([&when, "where", "what", "id"], rows);
}

pub(super) fn show(exchange: &Exchange, printer: &Printer) {
    let strong = |text: &str| printer.tone(Tone::Strong, text);
    printer.line(format_args!("No command ran: {}.", Printer::plain(&told(&exchange.heard))));
    printer.line("");
    printer.line(format_args!("{} {}", strong("exchange"), exchange.id));
    printer.line(format_args!("{} {}", strong("when"), Local::here().whole(exchange.at)));
    let caller = &exchange.caller;
    printer.line(format_args!("{} {} through {}", strong("who"), caller.principal, caller.door));
    if let Some(place) = &exchange.place {
        printer.line(format_args!("{} {}", strong("where"), Printer::plain(place)));
    }
    heard(&exchange.heard, printer);
}

/// What happened, in as few words as tell it: "woke on jarvis, heard nothing".
fn told(moments: &[Moment]) -> String {
    let mut told: Vec<String> = Vec::new();
    let (mut spoke, mut has_words) = (false, false);
    for moment in moments {
        let text = moment.text.as_deref().unwrap_or_default();
        told.extend(match moment.what.as_str() {
            "woke" => Some(format!("woke on {text}")),
            "speech-began" => {
                spoke = true;
                None
            }
            "no-words" if spoke => Some("understood nothing".to_owned()),
            "no-words" => Some("heard nothing".to_owned()),
            "listening" => {
                spoke = false;
                None
            }
            "words" => {
                has_words = true;
                Some(format!("heard {text:?}"))
            }
            "answer" if has_words => Some(format!("answered {text:?}")),
            "answer" => Some(format!("announced {text:?}")),
            "cut" => Some("was cut off".to_owned()),
            "muted" if text == "true" => Some("was muted".to_owned()),
            "muted" => Some("was no longer muted".to_owned()),
            "device-lost" => Some(format!("lost the {text}")),
            "device-back" => Some(format!("has back the {text}")),
            "failed" => Some(format!("failed: {text}")),
            _ => None,
        });
    }
    if told.is_empty() { "listened".to_owned() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;

    use super::*;

    #[test]
    fn an_exchange_is_told_in_a_few_words() {
        for (moments, expected) in [
            (
                &["woke jarvis", "chime wake", "listening", "no-words"][..],
                "woke on jarvis, heard nothing",
            ),
            (
                &["listening", "speech-began", "speech-ended silence", "no-words"],
                "understood nothing",
            ),
            (
                &["woke jarvis", "words purple monkey", "answer I did not understand that."],
                "woke on jarvis, heard \"purple monkey\", answered \"I did not understand that.\"",
            ),
            (&["answer Tea is ready.", "cut"], "announced \"Tea is ready.\", was cut off"),
            (&["muted true", "muted false"], "was muted, was no longer muted"),
            (
                &["device-lost microphone: it is gone", "device-back microphone: desk"],
                "lost the microphone: it is gone, has back the microphone: desk",
            ),
            (
                &["woke jarvis", "failed whisper said nothing"],
                "woke on jarvis, failed: whisper said nothing",
            ),
            (&["listening"], "listened"),
        ] {
            let moment = |text: &&str| {
                let (what, text) = text.split_once(' ').unwrap_or((text, ""));
                let text = Some(text.to_owned()).filter(|text| !text.is_empty());
                Moment { at: Timestamp(1), after_us: 2, what: what.to_owned(), text }
            };
            let moments: Vec<Moment> = moments.iter().map(moment).collect();
            assert_eq!(told(&moments), expected);
        }
    }
}
