//! What `sensors -j` of lm-sensors prints: chips, their features, and the
//! features' values, `temp1_input` among them.

use jarvis_domain::sensors::Reading;
use serde_json::Value;

use super::is_sane;
use crate::lenient::number;

/// The temperatures in `printed`; none when it is nothing of the kind.
pub(super) fn parse(printed: &str) -> Vec<Reading> {
    let Some(chips) = object(printed) else { return Vec::new() };
    let mut readings: Vec<Reading> =
        chips.iter().flat_map(|(name, chip)| of_chip(name, chip)).collect();
    readings.sort_by(|one, other| (&one.chip, &one.label).cmp(&(&other.chip, &other.label)));
    readings
}

/// The object in `text`. Chips that fail leave complaints before it, and
/// values that are no number leave a bare `nan`, which JSON does not know.
fn object(text: &str) -> Option<serde_json::Map<String, Value>> {
    let text = text.get(text.find('{')?..=text.rfind('}')?)?;
    let parsed = serde_json::from_str(text).or_else(|_| serde_json::from_str(&without_nan(text)));
    match parsed {
        Ok(Value::Object(mut chips)) => match chips.remove("sensors") {
            // Some wrap it together with the disks' own reports.
            Some(Value::Object(inner)) => Some(inner),
            _ => Some(chips),
        },
        _ => None,
    }
}

fn without_nan(text: &str) -> String {
    let lines = text.split(',').map(|part| match part.rsplit_once(':') {
        Some((before, value)) if is_nan(value) => {
            let rest =
                value.trim_start().trim_start_matches(['-', '+']).get(3..).unwrap_or_default();
            format!("{before}: null{rest}")
        }
        _ => part.to_owned(),
    });
    lines.collect::<Vec<_>>().join(",")
}

fn is_nan(value: &str) -> bool {
    let value = value.trim_start().trim_start_matches(['-', '+']);
    value.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("nan") || word == "inf")
}

fn of_chip(name: &str, chip: &Value) -> Vec<Reading> {
    let Some(features) = chip.as_object() else { return Vec::new() };
    features
        .iter()
        .filter_map(|(label, values)| {
            let values = values.as_object()?;
            let value = |ending: &str| {
                values
                    .iter()
                    .find(|(key, _)| key.starts_with("temp") && key.ends_with(ending))
                    .and_then(|(_, value)| number(value))
                    .filter(|celsius| is_sane(*celsius))
            };
            Some(Reading {
                chip: name.to_owned(),
                label: label.clone(),
                celsius: value("_input")?,
                critical: value("_crit"),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(printed: &str) -> Vec<(String, String, f64, Option<f64>)> {
        parse(printed)
            .into_iter()
            .map(|reading| (reading.chip, reading.label, reading.celsius, reading.critical))
            .collect()
    }

    fn one(
        chip: &str,
        label: &str,
        celsius: f64,
        critical: Option<f64>,
    ) -> (String, String, f64, Option<f64>) {
        (chip.to_owned(), label.to_owned(), celsius, critical)
    }

    const NVME: &str = r#"{"nvme-pci-0100": {"Adapter": "PCI adapter",
        "Composite": {"temp1_input": 38.85, "temp1_max": 81.85, "temp1_min": -273.15, "temp1_crit": 84.85, "temp1_alarm": 0.0},
        "Sensor 1": {"temp2_input": 39.85, "temp2_max": 65261.85, "temp2_crit": 65261.85}},
      "nct6775-isa-0290": {"in0": {"in0_input": 1.2}, "fan1": {"fan1_input": 800},
        "AUXTIN": {"temp3_input": -128.0}, "SYSTIN": {"temp2_input": 35}},
      "empty-isa-0000": {}}"#;

    #[test]
    fn temperatures_are_read_and_absurd_ones_left_out() {
        assert_eq!(
            seen(NVME),
            [
                one("nct6775-isa-0290", "SYSTIN", 35.0, None),
                one("nvme-pci-0100", "Composite", 38.85, Some(84.85)),
                one("nvme-pci-0100", "Sensor 1", 39.85, None),
            ]
        );
    }

    #[test]
    fn complaints_wrappers_and_nan_do_not_hide_the_rest() {
        let chip = r#""k10temp-pci-00c3": {"Tctl": {"temp1_input": 52.5}}"#;
        let expected = [one("k10temp-pci-00c3", "Tctl", 52.5, None)];
        for printed in [
            format!("ERROR: Can't get value of subfeature temp2_input: I/O error\n{{{chip}}}\n"),
            format!(r#"{{"sensors": {{{chip}}}, "smart": []}}"#),
            format!(
                r#"{{"x": {{"a": {{"temp1_input": nan, "temp1_crit": NaN}}, "b": {{"temp2_input":  -nan}}}}, {chip}}}"#
            ),
            format!(
                r#"{{"x": {{"a": {{"temp1_input": null}}, "b": 7, "c": []}}, "y": "text", {chip}}}"#
            ),
        ] {
            assert_eq!(seen(&printed), expected, "{printed}");
        }
    }

    #[test]
    fn what_is_no_report_has_no_temperatures() {
        for printed in ["", "{}", "[]", "}{", "No sensors found!\n", "{\"a\": {", "\u{0}\u{ff}"] {
            assert!(seen(printed).is_empty(), "{printed:?}");
        }
    }
}
