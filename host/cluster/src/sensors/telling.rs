//! Which of a node's sensors tells how hot the node is.
//!
//! The rules are those that other Proxmox dashboards use: the processor is
//! `Package id N`, or AMD's `Tdie`, else `Tctl` (which some models offset),
//! else whatever a processor's chip shows, else the hottest of all. A board's
//! other inputs are often not connected to anything, and read as they like.
//! The skill that speaks of temperatures chooses by rules of its own.

use jarvis_domain::sensors::Reading;

/// Chips that measure the processor, by the start of their name; the last ones
/// are thermal zones, all that some small boards have.
const PROCESSORS: [&str; 8] = [
    "coretemp",
    "k10temp",
    "zenpower",
    "x86_pkg_temp",
    "cpu_thermal",
    "cpu-thermal",
    "soc_thermal",
    "soc-thermal",
];

/// The reading that stands for the node; none where there are none.
pub(super) fn telling(readings: &[Reading]) -> Option<&Reading> {
    let labelled = |is: fn(&str) -> bool| hottest(readings.iter().filter(|r| is(&r.label)));
    let of_processor = |r: &&Reading| PROCESSORS.iter().any(|chip| r.chip.starts_with(chip));
    labelled(|label| label.starts_with("Package id"))
        .or_else(|| labelled(|label| label == "Tdie"))
        .or_else(|| labelled(|label| label == "Tctl"))
        .or_else(|| hottest(readings.iter().filter(of_processor)))
        .or_else(|| hottest(readings.iter()))
}

fn hottest<'a>(readings: impl Iterator<Item = &'a Reading>) -> Option<&'a Reading> {
    readings.max_by(|a, b| a.celsius.total_cmp(&b.celsius))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_tells_and_stray_inputs_do_not() {
        let core = "coretemp-isa-0000";
        for (given, expected) in [
            (&[(core, "Core 0", 70.0), (core, "Package id 0", 60.0)][..], Some(60.0)),
            (&[(core, "Package id 0", 50.0), (core, "Package id 1", 55.0)], Some(55.0)),
            (&[("k10temp", "Tctl", 70.0), ("k10temp", "Tdie", 60.0)], Some(60.0)),
            (&[("k10temp", "Tctl", 70.0), ("k10temp", "Tccd1", 75.0)], Some(70.0)),
            (&[(core, "Core 0", 41.0), ("nct6775", "AUXTIN1", 127.0)], Some(41.0)),
            (&[("acpitz", "temp1", 27.8), ("nvme", "Composite", 40.0)], Some(40.0)),
            (&[], None),
        ] {
            let reading = |&(chip, label, celsius): &(&str, &str, f64)| Reading {
                chip: chip.to_owned(),
                label: label.to_owned(),
                celsius,
                critical: None,
            };
            let readings: Vec<Reading> = given.iter().map(reading).collect();
            assert_eq!(telling(&readings).map(|r| r.celsius), expected, "{given:?}");
        }
    }
}
