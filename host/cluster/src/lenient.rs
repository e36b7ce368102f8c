//! Values as Proxmox sends them: numbers now as numbers, now as text, flags as
//! 0 and 1, absent where there is nothing to say.

use serde_json::Value;

/// A number, also one that came as text. NaN and infinities are none.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// A count: a number without its sign and its fraction.
pub(crate) fn count(value: &Value) -> Option<u64> {
    if let Some(exact) = value.as_u64() {
        return Some(exact);
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts from f64 saturate, and a negative count is no count"
    )]
    number(value).filter(|number| *number >= 0.0).map(|number| number as u64)
}

/// A flag: 1, "1" and true are set.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    number(value).map(|number| number != 0.0)
}

/// The field `name` of an object.
pub(crate) fn field<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// The text of the field `name`; none when absent or empty.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    field(object, name).as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_come_as_numbers_and_as_text() {
        for (value, expected) in [
            (json!(2048), Some(2048)),
            (json!("2048"), Some(2048)),
            (json!("0.00"), Some(0)),
            (json!(12.9), Some(12)),
            (json!(-5.7e-5), None),
            (json!("NaN"), None),
            (json!("many"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(count(&value), expected, "{value}");
        }
        assert_eq!(number(&json!("-0.5")), Some(-0.5));
        assert_eq!(
            (flag(&json!("1")), flag(&json!(0)), flag(&json!(null))),
            (Some(true), Some(false), None)
        );
    }
}
