//! What of a run record is kept: the words, the arguments and the error may be
//! as long as a request, and a record is there to be read. What is cut says so.

use std::borrow::Cow;

use jarvis_domain::Fault;
use jarvis_domain::run::{RunEnd, RunRecord};
use serde_json::{Map, Value};

/// What is kept of the words, of all arguments together and of each text of an
/// error, bytes.
const KEPT: usize = 4 * 1024;
/// What is kept of an argument's name, bytes.
const NAME: usize = 100;
/// Causes of an error that are kept.
const CAUSES: usize = 16;

/// `record`, cut where it is too long.
pub(super) fn shortened(record: &RunRecord) -> Cow<'_, RunRecord> {
    let words = record.invocation.words.as_ref().is_some_and(|words| words.len() > KEPT);
    let arguments = length(&record.invocation.arguments) > KEPT;
    let failed = matches!(&record.end, Some(RunEnd::Failed(fault)) if is_long(fault));
    if !words && !arguments && !failed {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    if let Some(words) = &mut record.invocation.words {
        cut(words, KEPT);
    }
    if arguments {
        cut_arguments(&mut record.invocation.arguments);
    }
    if let Some(RunEnd::Failed(fault)) = &mut record.end {
        fault.causes.truncate(CAUSES);
        let texts = [&mut fault.sentence, &mut fault.hint];
        texts.into_iter().chain(&mut fault.causes).for_each(|text| cut(text, KEPT));
    }
    Cow::Owned(record)
}

fn is_long(fault: &Fault) -> bool {
    let mut texts = [&fault.sentence, &fault.hint].into_iter().chain(&fault.causes);
    fault.causes.len() > CAUSES || texts.any(|text| text.len() > KEPT)
}

fn length(arguments: &Map<String, Value>) -> usize {
    serde_json::to_string(arguments).map_or(usize::MAX, |text| text.len())
}

/// Keeps what fits, in order; a value that does not is cut as text.
fn cut_arguments(arguments: &mut Map<String, Value>) {
    let mut left = KEPT;
    let mut left_out: usize = 0;
    for (mut name, value) in std::mem::take(arguments) {
        cut(&mut name, NAME);
        if left == 0 {
            left_out += 1;
            continue;
        }
        let length = value.to_string().len();
        let kept = if length <= left {
            value
        } else {
            let mut text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            cut(&mut text, left);
            Value::String(text)
        };
        left = left.saturating_sub(length + name.len());
        arguments.insert(name, kept);
    }
    if left_out > 0 {
        let note = format!("{left_out} more arguments, not kept");
        arguments.insert("…".to_owned(), Value::String(note));
    }
}

/// Cuts `text` to `most` bytes and says so.
fn cut(text: &mut String, most: usize) {
    let length = text.len();
    if length > most {
        text.truncate(text.floor_char_boundary(most));
        text.push_str(&format!("… [cut: {length} bytes in all]"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::runs::tests::record;

    #[test]
    fn a_record_of_usual_length_is_kept_as_it_is() {
        let mut run = record("start the web server");
        run.invocation.arguments.insert("guest".to_owned(), json!([101, {"a": null}]));
        assert!(matches!(shortened(&run), Cow::Borrowed(kept) if *kept == run));
    }

    #[test]
    fn words_and_arguments_are_cut_where_a_person_stops_reading() {
        let mut run = record(&"ä".repeat(1 << 20));
        let arguments = &mut run.invocation.arguments;
        arguments.insert("a".to_owned(), json!("x".repeat(1000)));
        arguments.insert("b".to_owned(), json!(vec![7; 100_000]));
        arguments.insert("c".repeat(1 << 20), json!(1));
        arguments.insert("d".to_owned(), json!("y"));
        let kept = shortened(&run);
        let words = kept.invocation.words.as_deref().unwrap();
        assert!(words.starts_with("ää") && words.ends_with("… [cut: 2097152 bytes in all]"));
        assert!(words.len() < KEPT + 50);
        let arguments = &kept.invocation.arguments;
        assert_eq!(arguments["a"].as_str().unwrap().len(), 1000);
        let list = arguments["b"].as_str().unwrap();
        assert!(list.starts_with("[7,7,") && list.ends_with("… [cut: 200001 bytes in all]"));
        assert_eq!(arguments["…"], "2 more arguments, not kept");
        assert!(length(arguments) < KEPT + 300, "{}", length(arguments));
    }

    #[test]
    fn a_thousand_long_names_are_few() {
        let mut run = record("x");
        for number in 0..1000 {
            let name = format!("{number:04}{}", "n".repeat(2000));
            run.invocation.arguments.insert(name, json!(number));
        }
        assert!(length(&shortened(&run).invocation.arguments) < 3 * KEPT);
    }

    #[test]
    fn an_errors_texts_are_cut_too() {
        let long = "z".repeat(100_000);
        let mut fault = Fault::new(&crate::error::LOCKED, long.clone());
        fault.causes = vec![long; 40];
        let mut run = record("x");
        run.end = Some(RunEnd::Failed(fault));
        let Some(RunEnd::Failed(fault)) = &shortened(&run).end else { panic!("it did fail") };
        assert!(fault.sentence.ends_with("… [cut: 100000 bytes in all]"));
        assert_eq!(fault.causes.len(), CAUSES);
        assert!(fault.causes.iter().all(|cause| cause.len() < KEPT + 50));
    }
}
