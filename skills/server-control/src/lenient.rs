//! Reading what Proxmox answers: it leaves out what it does not know, and may
//! write a number or a flag as text.

use serde_json::Value;

/// A number that is not negative.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// 1 and 0, as Proxmox writes booleans.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| number(value).map(|number| number != 0))
}

/// What lies at `path` in `value`: `["memory", "used"]`.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, key| value.get(key).unwrap_or(&Value::Null))
}

/// A text that says something.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path).as_str().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_flags_come_in_any_form() {
        for (value, expected_number, expected_flag) in [
            (json!(1), Some(1), Some(true)),
            (json!("0"), Some(0), Some(false)),
            (json!(true), None, Some(true)),
            (json!(-1), None, None),
            (json!("x"), None, None),
            (json!(null), None, None),
        ] {
            assert_eq!((number(&value), flag(&value)), (expected_number, expected_flag), "{value}");
        }
        let value = json!({"a": {"b": " c ", "d": ""}});
        assert_eq!(text(&value, &["a", "b"]), Some("c"));
        assert_eq!(text(&value, &["a", "d"]), None);
        assert_eq!(text(&value, &["a", "b", "c"]), None);
    }
}
