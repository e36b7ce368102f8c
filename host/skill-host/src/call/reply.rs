//! A skill's reply, checked against the contract's lengths and cleaned before
//! anybody sees or hears it.

use jarvis_domain::{Json, SkillId, text};

use crate::bindings::exported::Reply;
use crate::error::InvokeError;

/// The longest speech, characters (`wit/skill.wit`).
const MAX_SPEECH: usize = 1000;
/// The longest detail, bytes.
const MAX_DETAIL: usize = 64 << 10;
/// The longest data, bytes.
const MAX_DATA: usize = 256 << 10;
/// The longest note, characters; more is cut.
const MAX_NOTE: usize = 500;
/// The longest outcome, bytes; the words of the contract have 15.
const MAX_OUTCOME: usize = 64;

/// What a skill answered, fit to be shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SkillReply {
    /// Its own word for how it ended.
    pub(crate) outcome: String,
    /// One line.
    pub(crate) speech: String,
    /// Markdown.
    pub(crate) detail: Option<String>,
    /// For programs.
    pub(crate) data: Option<Json>,
    /// One line for whoever is asked about a plan.
    pub(crate) note: Option<String>,
}

/// Checks and cleans a reply of at most `most` bytes.
pub(super) fn read(skill: &SkillId, reply: Reply, most: u64) -> Result<SkillReply, InvokeError> {
    let bounded = |part: &str, long: usize, most: usize, unit: &str| {
        if long <= most {
            return Ok(());
        }
        let what = format!("its {part} has {long} {unit}, and may have {most}");
        Err(InvokeError::ReplyTooLarge { skill: skill.clone(), what })
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    bounded("whole", length(&reply), most, "bytes")?;
    let Reply { outcome, speech, detail, data, extra } = reply;
    bounded("outcome", outcome.len(), MAX_OUTCOME, "bytes")?;
    bounded("speech", speech.chars().count(), MAX_SPEECH, "characters")?;
    bounded("detail", detail.as_ref().map_or(0, String::len), MAX_DETAIL, "bytes")?;
    bounded("data", data.as_ref().map_or(0, String::len), MAX_DATA, "bytes")?;
    let bad = |what: String| InvokeError::BadReply { skill: skill.clone(), what };
    let data = data.map(|data| data.parse()).transpose();
    let data =
        data.map_err(|error: serde_json::Error| bad(format!("its data is not JSON ({error})")))?;
    let speech = sentence(&speech);
    if speech.is_empty() {
        return Err(bad("it says nothing".to_owned()));
    }
    let detail = detail.map(|detail| text::block(&detail, MAX_DETAIL));
    let note = extra.into_iter().find(|field| field.name == "note");
    let note = note.map(|field| text::line(&field.value, MAX_NOTE)).filter(|note| !note.is_empty());
    Ok(SkillReply { outcome, speech, detail, data, note })
}

/// The bytes of all its parts.
fn length(reply: &Reply) -> usize {
    let optional = |part: &Option<String>| part.as_ref().map_or(0, String::len);
    let extra = reply.extra.iter().map(|field| field.name.len() + field.value.len());
    reply.outcome.len()
        + reply.speech.len()
        + optional(&reply.detail)
        + optional(&reply.data)
        + extra.sum::<usize>()
}

/// A skill's sentence on one line.
pub(super) fn sentence(text: &str) -> String {
    text::line(text, MAX_SPEECH)
}

/// The engine's reason for a crash, its stack included.
pub(super) fn reason(text: &str) -> String {
    text::block(text, 4 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::types::Field;

    fn reply(speech: &str) -> Reply {
        Reply {
            outcome: "done".to_owned(),
            speech: speech.to_owned(),
            detail: None,
            data: None,
            extra: Vec::new(),
        }
    }

    fn note(value: &str) -> Field {
        Field { name: "note".to_owned(), value: value.to_owned() }
    }

    fn read_it(reply: Reply) -> Result<SkillReply, InvokeError> {
        read(&"test".parse().unwrap(), reply, 384 << 10)
    }

    #[test]
    fn a_reply_is_cleaned() {
        let given = Reply {
            detail: Some("| a |\n\u{1b}[31m".to_owned()),
            data: Some("{\"n\": 1}".to_owned()),
            extra: vec![note("Two\n\u{1b}[31mof them."), note("again")],
            ..reply("Hot.\n\u{7}Very.")
        };
        let read = read_it(given).unwrap();
        assert_eq!(read.speech, "Hot. Very.");
        assert_eq!(read.detail.as_deref(), Some("| a |\n[31m"));
        assert_eq!(read.data.unwrap().as_str(), "{\"n\": 1}");
        assert_eq!(read.note.as_deref(), Some("Two [31mof them."));
    }

    #[test]
    fn what_is_too_long_is_refused_by_name() {
        let long = |n: usize| "x".repeat(n);
        for (given, part) in [
            (reply(&long(MAX_SPEECH + 1)), "speech"),
            (Reply { outcome: long(65), ..reply("a") }, "outcome"),
            (Reply { detail: Some(long(MAX_DETAIL + 1)), ..reply("a") }, "detail"),
            (Reply { data: Some(long(MAX_DATA + 1)), ..reply("a") }, "data"),
        ] {
            let error = read_it(given).unwrap_err();
            assert!(
                matches!(&error, InvokeError::ReplyTooLarge { what, .. } if what.contains(part))
            );
        }
        assert!(read_it(reply(&"ä".repeat(MAX_SPEECH))).is_ok());
        let small = read(&"test".parse().unwrap(), reply(&long(96)), 99);
        assert!(
            matches!(small, Err(InvokeError::ReplyTooLarge { what, .. }) if what.contains("whole"))
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for given in [
            reply(""),
            reply(" \n\u{1b}"),
            Reply { data: Some("{".to_owned()), ..reply("a") },
            Reply { data: Some(String::new()), ..reply("a") },
        ] {
            assert!(matches!(read_it(given), Err(InvokeError::BadReply { .. })));
        }
    }
}
