//! Where a node has temperatures, and which of them are taken.

use jarvis_domain::sensors::Reading;

use super::{hwmon, lm};

/// How many chips, zones and drives are looked for; a big workstation has
/// about ten of each.
const LOOKED_FOR: u8 = 16;

/// One way to read temperatures out of what a node has printed.
struct Source {
    name: &'static str,
    parse: fn(&str) -> Vec<Reading>,
}

/// The sources, the best first. All but the first need no package.
const SOURCES: [Source; 4] = [
    Source { name: "lm-sensors", parse: lm::parse },
    Source { name: "hwmon", parse: hwmon::chips },
    Source { name: "thermal-zone", parse: hwmon::zones },
    Source { name: "nvme", parse: hwmon::drives },
];

/// The command that asks them all: `sensors -j`, and then `file:content` for
/// each of the kernel's files that matters. `grep` follows the links that it
/// is given and none that it meets, and `-s` keeps it silent about chips that
/// are not there. It ends well, so that a node without a chip is told from one
/// without an answer.
pub(super) fn question() -> Vec<String> {
    let mut line = String::from("sensors -j; grep -rs . --include=name --include=type");
    line.push_str(" --include=temp --include='temp*_input' --include='temp*_label'");
    line.push_str(" --include='temp*_crit'");
    for folder in ["hwmon/hwmon", "thermal/thermal_zone", "nvme/nvme"] {
        for number in 0..LOOKED_FOR {
            line.push_str(&format!(" /sys/class/{folder}{number}"));
        }
    }
    line.push_str("; true");
    ["sh", "-c", &line].map(str::to_owned).to_vec()
}

/// The temperatures in `printed`, and the source that has them. It is looked
/// at as it is, whatever was asked: a plain `sensors -j`, the kernel's files
/// alone, or `{"sensors": …, "smart": …}` will do.
pub(crate) fn found(printed: &[u8]) -> Option<(&'static str, Vec<Reading>)> {
    let text = String::from_utf8_lossy(printed);
    SOURCES
        .iter()
        .map(|source| (source.name, (source.parse)(&text)))
        .find(|(_, readings)| !readings.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LM: &str = "{\"coretemp-isa-0000\":{\"Package id 0\":{\"temp1_input\":45.0}}}\n";
    const CHIP: &str =
        "/sys/class/hwmon/hwmon0/name:k10temp\n/sys/class/hwmon/hwmon0/temp1_input:46000\n";
    const ZONE: &str =
        "/sys/class/thermal/thermal_zone0/type:x\n/sys/class/thermal/thermal_zone0/temp:47000\n";
    const DRIVE: &str =
        "/sys/class/nvme/nvme0/hwmon1/name:nvme\n/sys/class/nvme/nvme0/hwmon1/temp1_input:48000\n";
    /// An input that nobody has soldered.
    const ABSURD: &str = "/sys/class/hwmon/hwmon0/temp1_input:-128000\n";

    #[test]
    fn the_best_source_that_has_any_is_taken() {
        for (printed, source, celsius) in [
            (format!("{LM}{CHIP}{ZONE}{DRIVE}"), "lm-sensors", 45.0),
            (format!("{{}}\n{CHIP}{ZONE}{DRIVE}"), "hwmon", 46.0),
            (format!("{ABSURD}{DRIVE}{ZONE}"), "thermal-zone", 47.0),
            (format!("sensors: not found\n{DRIVE}"), "nvme", 48.0),
            // What keys with a forced command answer.
            (LM.to_owned(), "lm-sensors", 45.0),
            (CHIP.to_owned(), "hwmon", 46.0),
            (format!("{{\"sensors\":{LM},\"smart\":[]}}"), "lm-sensors", 45.0),
        ] {
            let (from, readings) = found(printed.as_bytes()).unwrap();
            assert_eq!((from, readings[0].celsius, readings.len()), (source, celsius, 1));
        }
        for nothing in ["", "{}", ABSURD, "ok\n", "\u{1b}[31m}{ nan"] {
            assert_eq!(found(nothing.as_bytes()), None, "{nothing:?}");
        }
    }

    #[test]
    fn the_question_is_one_line_without_a_word_of_anybody_elses() {
        let argv = question();
        assert_eq!((argv.len(), argv[0].as_str()), (3, "sh"));
        assert!(argv[2].starts_with("sensors -j; grep -rs . ") && argv[2].ends_with("; true"));
        assert!(!argv[2].contains(['$', '`', '|', '>', '\n']), "{}", argv[2]);
    }
}
