//! Units by their signs, after a number.

use super::said::Said;

/// The words for `sign` behind `number`; none where it is no unit.
pub(super) fn unit(sign: &str, number: &str, of: &Said) -> Option<String> {
    let [second, minute, hour] = of.per;
    let (sign, per) = match sign.split_once('/') {
        Some((sign, "s")) => (sign, second),
        Some((sign, "min")) => (sign, minute),
        Some((sign, "h")) => (sign, hour),
        Some(_) => return None,
        None => (sign, ""),
    };
    let (_, one, several) = of.units.iter().find(|(written, _, _)| *written == sign)?;
    let words = if (of.is_one)(number) { one } else { several };
    Some(format!("{words}{per}"))
}

/// Whether `sign` is only taken for a unit where it touches its number: "16 m"
/// is rather said than "2 A" of a list.
pub(super) fn must_touch(sign: &str) -> bool {
    matches!(sign, "x" | "A" | "m" | "d" | "us" | "B")
}
