//! Temperatures from the kernel's own files, for nodes without lm-sensors:
//! hwmon (Documentation/hwmon/sysfs-interface) and thermal zones, both in
//! thousandths of a degree.

use std::collections::BTreeMap;

use jarvis_domain::sensors::Reading;

use super::is_sane;

/// The folders of `printed`, each with its files' contents.
type Folders<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>;

/// The temperatures of hwmon chips.
pub(super) fn chips(printed: &str) -> Vec<Reading> {
    of_chips(printed, |path| !path.contains("/nvme/"))
}

/// The temperatures of NVMe drives, in the folders of the drives themselves.
pub(super) fn drives(printed: &str) -> Vec<Reading> {
    of_chips(printed, |path| path.contains("/nvme/"))
}

fn of_chips(printed: &str, wanted: fn(&str) -> bool) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (folder, files) in folders(printed, wanted) {
        // Two disks are both called nvme; their folders tell them apart.
        let chip = match files.get("name") {
            Some(name) => format!("{name}-{folder}"),
            None => folder.to_owned(),
        };
        for (file, value) in &files {
            let Some(input) = file.strip_suffix("_input").filter(|f| f.starts_with("temp")) else {
                continue;
            };
            let Some(celsius) = degrees(value) else { continue };
            let of = |ending: &str| files.get(format!("{input}_{ending}").as_str()).copied();
            readings.push(Reading {
                chip: chip.clone(),
                label: of("label").unwrap_or(input).to_owned(),
                celsius,
                critical: of("crit").and_then(degrees),
            });
        }
    }
    readings
}

/// The temperatures of thermal zones.
pub(super) fn zones(printed: &str) -> Vec<Reading> {
    folders(printed, |path| path.contains("thermal_zone"))
        .into_iter()
        .filter_map(|(zone, files)| {
            Some(Reading {
                chip: zone.to_owned(),
                label: files.get("type").copied().unwrap_or(zone).to_owned(),
                celsius: degrees(files.get("temp")?)?,
                critical: None,
            })
        })
        .collect()
}

fn folders(text: &str, wanted: fn(&str) -> bool) -> Folders<'_> {
    let mut folders = Folders::new();
    for line in text.lines() {
        let Some((path, value)) = line.split_once(':') else { continue };
        if !wanted(path) {
            continue;
        }
        let mut parts = path.rsplit('/');
        if let (Some(file), Some(folder)) = (parts.next(), parts.next()) {
            folders.entry(folder).or_default().insert(file, value.trim());
        }
    }
    folders
}

fn degrees(thousandths: &str) -> Option<f64> {
    let celsius = f64::from(thousandths.parse::<i32>().ok()?) / 1000.0;
    is_sane(celsius).then_some(celsius)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(readings: Vec<Reading>) -> Vec<(String, String, f64, Option<f64>)> {
        readings.into_iter().map(|r| (r.chip, r.label, r.celsius, r.critical)).collect()
    }

    #[test]
    fn chips_are_put_together_from_their_files() {
        let printed = "\
/sys/class/hwmon/hwmon0/name:nvme
/sys/class/hwmon/hwmon0/temp1_input:38850
/sys/class/hwmon/hwmon0/temp1_label:Composite
/sys/class/hwmon/hwmon0/temp1_crit:84850
/sys/class/hwmon/hwmon1/temp1_input:-273150
/sys/class/hwmon/hwmon1/temp2_input:45000
/sys/class/hwmon/hwmon1/temp3_input:many
/sys/class/hwmon/hwmon1/in0_input:1200
garbage
";
        assert_eq!(
            seen(chips(printed)),
            [
                ("nvme-hwmon0".to_owned(), "Composite".to_owned(), 38.85, Some(84.85)),
                ("hwmon1".to_owned(), "temp2".to_owned(), 45.0, None),
            ]
        );
    }

    #[test]
    fn zones_are_named_by_their_type() {
        let printed = "\
/sys/class/thermal/thermal_zone0/type:x86_pkg_temp
/sys/class/thermal/thermal_zone0/temp:52000
/sys/class/thermal/thermal_zone1/type:acpitz
";
        assert_eq!(
            seen(zones(printed)),
            [("thermal_zone0".to_owned(), "x86_pkg_temp".to_owned(), 52.0, None)]
        );
        assert!(zones("").is_empty() && chips("\u{fffd}:\u{fffd}").is_empty());
    }
}
