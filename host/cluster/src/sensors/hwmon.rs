//! Temperatures from the kernel's own files, for nodes without lm-sensors:
//! hwmon (Documentation/hwmon/sysfs-interface) and thermal zones, both in
//! thousandths of a degree.

use std::collections::BTreeMap;

use jarvis_domain::sensors::Reading;

use super::is_sane;

/// How many chips and zones are looked for; a big workstation has about ten.
const LOOKED_FOR: u8 = 16;

/// Prints `file:content` for each file of the chips that matters. `grep`
/// follows the links that it is given and none that it meets, and `-s` keeps
/// it silent about chips that are not there.
pub(super) fn hwmon_argv() -> Vec<String> {
    grep(["--include=name", "--include=temp*"], "/sys/class/hwmon/hwmon")
}

/// The same for thermal zones.
pub(super) fn zones_argv() -> Vec<String> {
    grep(["--include=type", "--include=temp"], "/sys/class/thermal/thermal_zone")
}

fn grep(files: [&str; 2], folder: &str) -> Vec<String> {
    ["grep", "-rs", "."]
        .into_iter()
        .chain(files)
        .map(str::to_owned)
        .chain((0..LOOKED_FOR).map(|number| format!("{folder}{number}")))
        .collect()
}

/// The folders of `printed`, each with its files' contents.
type Folders<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>;

/// The temperatures of hwmon chips.
pub(super) fn hwmon(printed: &[u8]) -> Vec<Reading> {
    let text = String::from_utf8_lossy(printed);
    let mut readings = Vec::new();
    for (folder, files) in folders(&text) {
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
pub(super) fn zones(printed: &[u8]) -> Vec<Reading> {
    let text = String::from_utf8_lossy(printed);
    folders(&text)
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

fn folders(text: &str) -> Folders<'_> {
    let mut folders = Folders::new();
    for line in text.lines() {
        let Some((path, value)) = line.split_once(':') else { continue };
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
            seen(hwmon(printed.as_bytes())),
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
            seen(zones(printed.as_bytes())),
            [("thermal_zone0".to_owned(), "x86_pkg_temp".to_owned(), 52.0, None)]
        );
        assert!(zones(b"").is_empty() && hwmon(b"\xff:\xff").is_empty());
    }
}
