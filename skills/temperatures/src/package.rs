//! Which of a node's sensors is the one that people mean.
//!
//! The rules are those that other Proxmox dashboards use: the processor is
//! `Package id N`, or AMD's `Tdie`, else `Tctl` (which some models offset); an
//! NVMe disk is its `Composite` sensor.

use jarvis_skill::Reading;

/// Chips that measure the processor, by the start of their name. `x86_pkg` and
/// the `thermal` ones are thermal zones, all that some small boards have.
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

/// The processor's temperature: the hottest package where there are several.
pub(crate) fn processor(readings: &[Reading]) -> Option<&Reading> {
    let labelled = |is: fn(&str) -> bool| hottest(readings.iter().filter(|r| is(&r.label)));
    labelled(|label| label.starts_with("Package id"))
        .or_else(|| labelled(|label| label == "Tdie"))
        .or_else(|| labelled(|label| label == "Tctl"))
        .or_else(|| {
            let of_processor = |r: &&Reading| PROCESSORS.iter().any(|p| r.chip.starts_with(p));
            hottest(readings.iter().filter(of_processor))
        })
}

/// The hottest disk's temperature.
pub(crate) fn disk(readings: &[Reading]) -> Option<&Reading> {
    hottest(readings.iter().filter(|r| {
        (r.chip.starts_with("nvme") && r.label == "Composite") || r.chip.starts_with("drivetemp")
    }))
}

/// The hottest of all sensors.
pub(crate) fn any(readings: &[Reading]) -> Option<&Reading> {
    hottest(readings.iter())
}

fn hottest<'a>(readings: impl Iterator<Item = &'a Reading>) -> Option<&'a Reading> {
    readings.max_by(|a, b| a.celsius.total_cmp(&b.celsius))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(all: &[(&str, &str, f64)]) -> Vec<Reading> {
        let reading = |&(chip, label, celsius): &(&str, &str, f64)| Reading {
            chip: chip.to_owned(),
            label: label.to_owned(),
            celsius,
            critical: None,
        };
        all.iter().map(reading).collect()
    }

    #[test]
    fn the_package_is_what_people_mean() {
        let core = "coretemp-isa-0000";
        let amd = "k10temp-pci-00c3";
        for (given, expected) in [
            (&[(core, "Core 0", 70.0), (core, "Package id 0", 60.0)][..], Some(60.0)),
            (&[(core, "Package id 0", 50.0), (core, "Package id 1", 55.0)], Some(55.0)),
            (&[(amd, "Tctl", 70.0), (amd, "Tdie", 60.0), (amd, "Tccd1", 65.0)], Some(60.0)),
            (&[(amd, "Tctl", 70.0), (amd, "Tccd1", 75.0)], Some(70.0)),
            (&[(core, "Core 0", 41.0), (core, "Core 1", 43.0)], Some(43.0)),
            (&[("cpu_thermal-virtual-0", "temp1", 48.0)], Some(48.0)),
            (&[("x86_pkg_temp", "x86_pkg_temp", 51.0), ("acpitz", "acpitz", 27.8)], Some(51.0)),
            (&[("acpitz-acpi-0", "temp1", 27.8)], None),
            (&[("nvme-pci-0100", "Composite", 45.0)], None),
            (&[], None),
        ] {
            assert_eq!(processor(&readings(given)).map(|r| r.celsius), expected, "{given:?}");
        }
    }

    #[test]
    fn a_disk_is_its_composite_sensor() {
        let given = readings(&[
            ("nvme-pci-0100", "Sensor 1", 70.0),
            ("nvme-pci-0100", "Composite", 45.0),
            ("drivetemp-scsi-0-0", "temp1", 38.0),
            ("coretemp-isa-0000", "Package id 0", 60.0),
        ]);
        assert_eq!(disk(&given).map(|r| r.celsius), Some(45.0));
        assert_eq!(any(&given).map(|r| r.celsius), Some(70.0));
    }
}
