//! The answer to a read: what `pvesh` printed, as the value it stands for.

use serde_json::Value;

use crate::ClusterError;
use crate::launch::Captured;
use crate::pvesh::classify;

/// The value that `captured` answers the read `what` with.
pub(crate) fn read(what: &str, captured: &Captured) -> Result<Value, ClusterError> {
    check(what, captured)?;
    if captured.stdout.iter().all(u8::is_ascii_whitespace) {
        // A method that returns null prints nothing at all.
        return Ok(Value::Null);
    }
    let value = serde_json::from_slice(&captured.stdout).map_err(|error| {
        ClusterError::Garbled { what: what.to_owned(), why: format!("it is not JSON: {error}") }
    })?;
    Ok(unwrapped(value))
}

/// Whether `captured` is an answer at all.
pub(crate) fn check(what: &str, captured: &Captured) -> Result<(), ClusterError> {
    let stderr = String::from_utf8_lossy(&captured.stderr);
    if captured.status != 0 {
        return Err(classify::error(what, captured.status, &stderr));
    }
    if !stderr.trim().is_empty() {
        // Good answers come with warnings of storage plug-ins and locales.
        tracing::debug!(what, stderr = classify::message(&stderr), "pvesh noted");
    }
    Ok(())
}

/// `pvesh` packs what it gets from another node, and cannot read itself, into
/// one JSON string: undone where a list or an object was packed.
fn unwrapped(value: Value) -> Value {
    let Value::String(text) = &value else { return value };
    match serde_json::from_str(text) {
        Ok(inner @ (Value::Array(_) | Value::Object(_))) => inner,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: i32, stdout: &str, stderr: &str) -> Result<Value, ClusterError> {
        let captured = Captured {
            status,
            stdout: stdout.as_bytes().to_vec(),
            stderr: stderr.as_bytes().to_vec(),
            truncated: false,
        };
        read("get /x", &captured)
    }

    #[test]
    fn good_answers_are_values_whatever_stands_on_stderr() {
        for (stdout, expected) in [
            ("{\"a\":1}\n", json!({"a": 1})),
            ("", Value::Null),
            ("\n", Value::Null),
            ("\"a text\"\n", json!("a text")),
            ("\"[{\\\"n\\\":1}]\"\n", json!([{"n": 1}])),
            ("\"17\"\n", json!("17")),
        ] {
            let noise = "Plugin \"X\" is implementing an older storage API\n";
            assert_eq!(answer(0, stdout, noise).unwrap(), expected, "{stdout}");
        }
    }

    #[test]
    fn garbage_is_said_to_be_garbage() {
        for stdout in ["{\"a\":", "┌──┐\n│ok│", "Segmentation fault", "{}{}", "{\"a\":\u{0}}"]
        {
            let error = answer(0, stdout, "").unwrap_err();
            assert!(matches!(error, ClusterError::Garbled { .. }), "{stdout}: {error}");
        }
    }

    #[test]
    fn a_failed_read_is_never_an_answer() {
        assert!(answer(255, "{\"a\":1}", "").is_err());
        let error = answer(137, "", "").unwrap_err();
        assert!(matches!(error, ClusterError::Died { signal: 9, .. }), "{error}");
    }
}
